"""One connection to the SQLite file: how it is opened, and what its errors mean in words."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from studio.core.errors import BadInput, DiskFull, StudioError

# Seconds to wait for another process that is writing; ours write for milliseconds.
BUSY_SECONDS = 5.0
# Result codes of sqlite3.h; the lowest byte is the kind, the whole number the finer one.
_ERROR, _PERM, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT = 1, 3, 5, 6, 8, 10, 11
_FULL, _CANTOPEN, _NOTADB = 13, 14, 26
_IOERR_SHORT_READ, _IOERR_WRITE = 522, 778
_HARDLY_ANYTHING = 1_000_000  # bytes; with less free than this, a failed write is a full disk


class DatabaseDamaged(StudioError):
    """The database was found damaged while it was in use; the next start recovers it."""


def connect(path: Path) -> sqlite3.Connection:
    """Opens a database for writing; each commit is on the disk before it returns.

    Raises sqlite3.Error; `in_words` makes sentences of it.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_to_look(path: Path) -> sqlite3.Connection:
    """Opens a database for reading, and leaves even its journal as it is. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def in_words(path: Path) -> Generator[None]:
    """Turns SQLite's errors about the file or its disk into sentences; faults of ours stay."""
    try:
        yield
    except sqlite3.Error as error:
        sentence = _sentence(error, path)
        if sentence is None:
            raise
        raise sentence from error


def tells_damage(error: sqlite3.Error) -> bool:
    """Whether an error met while looking at a database says that its bytes are not right.

    A plain error counts as well: to a statement that is known to be right, the file is at fault.
    """
    code = _code(error)
    return code & 0xFF in (_CORRUPT, _NOTADB, _ERROR) or code == _IOERR_SHORT_READ


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0)


def _sentence(error: sqlite3.Error, path: Path) -> StudioError | None:
    code = _code(error)
    kind = code & 0xFF
    # SQLite tells a quota and a limit of the file size as a failed write.
    if kind == _FULL or code == _IOERR_WRITE or (kind == _IOERR and _full(path)):
        return DiskFull(
            f"There is no room left to write {path} (the disk is full, or a quota or a limit of "
            "the file size is reached): free some space on that disk."
        )
    if kind in (_CORRUPT, _NOTADB):
        return DatabaseDamaged(
            f"The database {path} is damaged: start Clipwright again, and it recovers what can be "
            "read."
        )
    if kind in (_READONLY, _PERM, _CANTOPEN):
        return BadInput(
            f"The database {path} cannot be written: the file or its folder is read-only or closed "
            "to this user; allow it, or choose another folder with CLIPWRIGHT_HOME."
        )
    if kind in (_BUSY, _LOCKED):
        return StudioError(
            f"The database {path} has been in use by another program for "
            f"{BUSY_SECONDS:.0f} seconds: close that program and try again."
        )
    if kind == _IOERR:
        return StudioError(
            f"The database {path} could not be read or written ({error}): check that disk."
        )
    return None


def _full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _HARDLY_ANYTHING
    except OSError:
        return False
