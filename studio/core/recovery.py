"""A damaged database: found when it is opened, moved aside, and what can be read recovered.

Nothing is deleted and the damaged files stay as they are: `NAME.damaged-YYYYMMDD-HHMMSS`, with the
journal beside it under the same name and `-wal` and `-shm`. Rows are read from a copy. Where this
is cut off after the move, the next opening finds no database and goes on from the files set aside.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from studio.core.database import connect_to_look, in_words, tells_damage
from studio.core.errors import BadInput
from studio.core.files import storage_error
from studio.core.migrations import CLEAN, TABLES, VERSION, create_database, version_of
from studio.core.salvage import Salvage, salvage

# Looked through at each opening, which takes milliseconds; a larger one only after an end that was
# no close, or it would keep the window waiting.
SMALL = 4_000_000  # bytes
_BESIDE = ("-wal", "-shm")
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")  # sqlite.org/fileformat2.html, 4.1
_MARK = ".damaged-"


@dataclass(frozen=True)
class Recovery:
    """What came of a damaged database: where it lies now, and how much could be read of it."""

    moved_to: Path
    jobs: int
    clips: int
    sentence: str


def recover_if_damaged(path: Path) -> Recovery | None:
    """Sets a damaged database aside and makes a new one of what it holds; None where all is well.

    Raises BadInput for a database of a newer version, sqlite3.Error where it cannot be looked at,
    DiskFull or StudioError where there is no room for what was read; then the next call goes on.
    """
    if path.exists():
        if not _is_damaged(path):
            return None
        aside = _move_aside(path, _free_name(path))
    else:
        unfinished = _unfinished(path)
        if unfinished is None:
            return None
        aside = _move_aside(path, unfinished)
    found = salvage(aside)
    create_database(path, fill=found.fill)
    return _told(path, aside, found)


def has_damaged(folder: Path) -> bool:
    """Whether a database that was set aside still lies in a folder: it may know of more than the
    one that was made of it.
    """
    return any(folder.glob(f"*{_MARK}*"))


def _is_damaged(path: Path) -> bool:
    try:
        size = path.stat().st_size
        journal = _beside(path, "-wal")
        has_journal = journal.exists() and journal.stat().st_size > 0
        if size == 0 or (has_journal and _is_garbage(journal)):
            return True
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        with closing(connect_to_look(path)) as connection:
            return _looks_damaged(connection, path, thorough=has_journal or size < SMALL)
    except sqlite3.Error as error:
        if tells_damage(error):
            return True
        raise


def _looks_damaged(connection: sqlite3.Connection, path: Path, *, thorough: bool) -> bool:
    version = version_of(connection)
    tables = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master")}
    if version < 1 or not tables.issuperset(TABLES):
        return True
    clean = connection.execute("SELECT value FROM facts WHERE name = ?", (CLEAN,)).fetchone()
    if thorough or version > VERSION or clean is None or clean["value"] != "1":
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            return True
    if version > VERSION:
        raise BadInput(
            f"The database {path} was written by a newer Clipwright (its version is {version}, "
            f"this one reads up to {VERSION}): start the newer one, or move the file away."
        )
    return False


def _is_garbage(journal: Path) -> bool:
    with journal.open("rb") as file:
        return file.read(4) not in _WAL_MAGIC


def _move_aside(path: Path, aside: Path) -> Path:
    """The database first: what a killed process leaves of the others is moved the next time."""
    try:
        for ending in ("", *_BESIDE):
            file = _beside(path, ending)
            if file.exists() and not _beside(aside, ending).exists():
                file.rename(_beside(aside, ending))
    except OSError as error:
        raise storage_error(error, aside) from error
    return aside


def _unfinished(path: Path) -> Path | None:
    """The files set aside that no new database was made of yet, where there is none at `path`."""
    aside = sorted(
        file for file in path.parent.glob(f"{path.name}{_MARK}*") if not file.name.endswith(_BESIDE)
    )
    if aside:
        return aside[-1]
    # A journal without its database would be taken for the new database's own.
    orphaned = any(_beside(path, ending).exists() for ending in _BESIDE)
    return _free_name(path) if orphaned else None


def _free_name(path: Path) -> Path:
    now = datetime.now().astimezone()
    name = f"{path.name}{_MARK}{now:%Y%m%d-%H%M%S}"
    number = 1
    aside = path.with_name(name)
    while any(_beside(aside, ending).exists() for ending in ("", *_BESIDE)):
        number += 1
        aside = path.with_name(f"{name}-{number}")
    return aside


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _told(path: Path, aside: Path, found: Salvage) -> Recovery:
    with in_words(path), closing(connect_to_look(path)) as connection:
        jobs, clips = (
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("jobs", "clips")
        )
    kept = f"The damaged file is kept as {aside}"
    if jobs or clips:
        sentence = (
            f"The database of the queue and the history was damaged. {_count(jobs, 'job')} and "
            f"{_count(clips, 'clip')} could be read and are here; look whether any is missing. "
            f"{kept}."
        )
    elif found.whole:
        sentence = f"The database of the queue and the history was damaged; it was empty. {kept}."
    else:
        sentence = (
            "The database of the queue and the history was damaged so much that nothing in it "
            f"could be read. The clips themselves are files of their own and not touched. {kept}."
        )
    return Recovery(aside, jobs, clips, sentence)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
