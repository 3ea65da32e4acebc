"""What can still be read of a damaged database, row by row, and how it gets into a new one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from studio.core.clip import ClipRecord
from studio.core.files import storage_error
from studio.core.job_table import job_of
from studio.core.migrations import TABLES, VERSION, migrate, version_of
from studio.core.positions import number_anew

Rows = dict[int, dict[str, Any]]  # by rowid

# How far the search for single rows goes past the last one that a scan came to. More rows in one
# unreadable stretch are unlikely, and each try takes microseconds.
_REACH = 10_000
# Where the last id ever given is unreadable, new ids start this far past the last known: an id must
# not meet what an older job of the same id left on the disk.
_SKIPPED_IDS = 10_000
_MAGIC = b"SQLite format 3\0"


@dataclass
class Salvage:
    """The rows that could be read, by table; `whole` where nothing was in the way."""

    version: int = VERSION
    whole: bool = True
    tables: dict[str, Rows] = field(default_factory=dict)
    last_ids: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(map(len, self.tables.values()))

    def fill(self, connection: sqlite3.Connection) -> None:
        """Makes the tables in an empty database and puts in the rows, but those without sense."""
        migrate(connection, self.version)
        connection.execute("BEGIN")
        for table, rows in self.tables.items():
            _insert(connection, table, list(rows.values()))
        connection.execute("COMMIT")
        migrate(connection)
        connection.execute("BEGIN")
        _drop_unusable(connection)
        number_anew(connection)
        connection.execute(
            "UPDATE jobs SET clip_id = NULL WHERE clip_id NOT IN (SELECT id FROM clips)"
        )
        for table in ("jobs", "clips"):
            self._skip_ids(connection, table)
        connection.execute("COMMIT")

    def _skip_ids(self, connection: sqlite3.Connection, table: str) -> None:
        known = connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0
        last = self.last_ids.get(table)
        if last is None:
            last = known if self.whole else known + _SKIPPED_IDS
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, max(last, known)))


def salvage(damaged: Path) -> Salvage:
    """Reads what can be read of the files at `damaged`, which are only copied.

    With the journal, and where that leads to errors also without it; the better of the two counts.
    Raises DiskFull or StudioError where the copy cannot be made.
    """
    best = Salvage(whole=False)
    for endings in (("", "-wal"), ("",)):
        with _copy(damaged, endings) as copy:
            found = _read(copy)
        if found.count > best.count or found.whole:
            best = found
        if best.whole:
            break
    return best


@contextmanager
def _copy(damaged: Path, endings: tuple[str, ...]) -> Generator[Path]:
    # Beside it, where there is room for as much again if anywhere; one fixed name, so that what a
    # killed process left is gone after the next time.
    folder = damaged.with_name(f".{damaged.name}.reading")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        for ending in endings:
            source = damaged.with_name(damaged.name + ending)
            if source.exists():
                shutil.copyfile(source, folder / f"copy{ending}")
        if (folder / "copy").exists():
            _mend_head(folder / "copy")
        yield folder / "copy"
    except OSError as error:
        raise storage_error(error, folder) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mend_head(path: Path) -> None:
    """SQLite reads nothing of a file that does not begin with its own name, nor of one that is
    shorter than its head says (fileformat2.html, 1.3).
    """
    with path.open("r+b") as file:
        head = file.read(32)
        if len(head) < 32:
            return
        file.seek(0)
        file.write(_MAGIC)
        # 1 stands for 65536, which does not fit into two bytes.
        page_size = int.from_bytes(head[16:18], "big") or 4096
        pages = path.stat().st_size // (65536 if page_size == 1 else page_size)
        if int.from_bytes(head[28:32], "big") > pages > 0:
            file.seek(28)
            file.write(pages.to_bytes(4, "big"))


def _read(path: Path) -> Salvage:
    found = Salvage(whole=False)
    if not path.exists() or path.stat().st_size == 0:
        return found
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        connection.row_factory = sqlite3.Row
        version = version_of(connection)
        found.version = version if 1 <= version <= VERSION else VERSION
        found.last_ids = _last_ids(connection)
        found.whole = True
        for table in TABLES:
            found.tables[table], whole = _rows(connection, table, found.last_ids.get(table, 0))
            found.whole = found.whole and whole
    return found


def _last_ids(connection: sqlite3.Connection) -> dict[str, int]:
    with suppress(sqlite3.Error):
        rows = connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
        return {row["name"]: row["seq"] for row in rows if isinstance(row["seq"], int)}
    return {}


def _rows(connection: sqlite3.Connection, table: str, last_id: int) -> tuple[Rows, bool]:
    """From the front and from the back up to what cannot be read, then one by one in between."""
    rows: Rows = {}
    if _scan(connection, table, "ASC", rows):
        return rows, True
    low = max(rows, default=0)
    _scan(connection, table, "DESC", rows)
    above = [rowid for rowid in rows if rowid > low]
    high = min(above) if above else max(last_id, low) + _REACH
    for rowid in range(low + 1, high):
        with suppress(sqlite3.Error):
            query = f"SELECT rowid AS at, * FROM {table} WHERE rowid = ?"
            rows.update({row["at"]: dict(row) for row in connection.execute(query, (rowid,))})
    return rows, False


def _scan(connection: sqlite3.Connection, table: str, order: str, rows: Rows) -> bool:
    """Adds the table's rows up to the first that cannot be read; whether that was all of them."""
    before: int | None = None
    try:
        # NOT INDEXED: an index may be damaged where the table is not.
        query = f"SELECT rowid AS at, * FROM {table} NOT INDEXED ORDER BY rowid {order}"
        for row in connection.execute(query):
            at: int = row["at"]
            if before is not None and (at <= before if order == "ASC" else at >= before):
                return False  # pages that lead back to themselves would never end
            rows[at] = dict(row)
            before = at
    except sqlite3.Error:
        return False
    return True


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    columns = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
    for row in rows:
        values = {name: value for name, value in row.items() if name in columns}
        marks = ", ".join("?" * len(values))
        connection.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(values)}) VALUES ({marks})",
            tuple(values.values()),
        )


def _drop_unusable(connection: sqlite3.Connection) -> None:
    """Bytes may have changed unnoticed by SQLite: rows that make no job or clip are dropped."""
    for table, check in (("jobs", job_of), ("clips", _check_clip)):
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():
            try:
                check(row)
            except (ValueError, TypeError):
                connection.execute(f"DELETE FROM {table} WHERE id = ?", (row["id"],))


def _check_clip(row: sqlite3.Row) -> None:
    ClipRecord.model_validate_json(row["record"])
    datetime.fromisoformat(row["created"])
