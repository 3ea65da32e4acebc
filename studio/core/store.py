"""The database of queue and history: one SQLite file that a crash or a power cut leaves whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.database import DatabaseDamaged, connect, in_words
from studio.core.errors import BadInput, StudioError
from studio.core.files import storage_error
from studio.core.migrations import CLEAN, create_database, keep_fact, migrate
from studio.core.recovery import Recovery, recover_if_damaged


@dataclass(frozen=True)
class Opened:
    """An open store, and what was recovered where the database was found damaged."""

    store: Store
    recovery: Recovery | None


class Store:
    """One connection to the database; for the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._damaged = False

    @staticmethod
    def open(path: Path) -> Opened:
        """Opens the database at `path`, which is made with its folder where there is none.

        A damaged one is moved aside and what can be read of it recovered. Raises BadInput for a
        database of a newer version or a place that cannot be written, DiskFull, StudioError.
        """
        path = path.absolute()
        _make_folder(path)
        with in_words(path):
            recovery = recover_if_damaged(path)
            if not path.exists():
                _create(path)
            connection = connect(path)
            try:
                migrate(connection)
                # Without room for the mark the store opens as well: the queue can then be read.
                with suppress(sqlite3.Error):
                    keep_fact(connection, CLEAN, "0")
            except BaseException:
                connection.close()
                raise
        return Opened(Store(connection, path), recovery)

    @contextmanager
    def transaction(self, *, flush: bool = True) -> Generator[sqlite3.Connection]:
        """Everything in the context is written, or with an error nothing.

        With `flush` it is on the disk at the end; without, a power cut may lose it whole (for what
        can be lost: flushing makes the window wait). Raises DiskFull, StudioError, and
        sqlite3.IntegrityError as it is.
        """
        connection = self._connection
        with self._in_words():
            if not flush:
                connection.execute("PRAGMA synchronous = NORMAL")
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:  # SQLite rolls back by itself on a full disk
                        connection.execute("ROLLBACK")
                    raise
            finally:
                if not flush:
                    connection.execute("PRAGMA synchronous = FULL")

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query. Raises StudioError where the file cannot be read."""
        with self._in_words():
            return self._connection.execute(sql, args).fetchall()

    def fact(self, name: str) -> str | None:
        """What was kept under a name with `keep_fact`, None where nothing was."""
        found = self.rows("SELECT value FROM facts WHERE name = ?", (name,))
        return found[0]["value"] if found else None

    def close(self) -> None:
        """Closes the database; may be called twice."""
        if not self._damaged:
            # Where it cannot be marked, the next opening looks at all of it, which does no harm.
            with suppress(sqlite3.Error):
                keep_fact(self._connection, CLEAN, "1")
        self._connection.close()

    @contextmanager
    def _in_words(self) -> Generator[None]:
        try:
            with in_words(self.path):
                yield
        except DatabaseDamaged:
            self._damaged = True  # never marked as clean again: the next opening recovers it
            raise


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, path) from error
    if path.is_dir():
        raise BadInput(f"{path} is a folder where the database should be: move it away.")


def _create(path: Path) -> None:
    try:
        create_database(path)
    except StudioError:
        if not path.exists():  # else another process made it in this moment
            raise
