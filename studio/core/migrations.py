"""The tables of the database, as the steps that lead from each version to the next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from studio.core.database import in_words
from studio.core.files import AtomicFile, remove_leftovers

# A finished job has position 0. Ids are never used twice: a job's folder bears its id. `wish` is
# what a running job was asked to do.
_JOBS = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    params TEXT NOT NULL,
    created TEXT NOT NULL,
    started TEXT,
    finished TEXT,
    out TEXT,
    step INTEGER NOT NULL DEFAULT 0,
    steps INTEGER NOT NULL DEFAULT 0,
    fraction REAL NOT NULL DEFAULT 0,
    engine_deaths INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    stop_after INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    clip_id INTEGER,
    wish TEXT
)
"""
# The record comes last: SQLite reads a row from its front.
_CLIPS = """
CREATE TABLE clips (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    poster TEXT,
    created TEXT NOT NULL,
    prompt TEXT NOT NULL,
    name TEXT,
    model_title TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    num_frames INTEGER NOT NULL,
    frame_rate REAL NOT NULL,
    seed INTEGER NOT NULL,
    starred INTEGER NOT NULL DEFAULT 0,
    preset TEXT,
    job_id INTEGER,
    record TEXT NOT NULL
)
"""
# A removed clip is forgotten by its job. No foreign key: a job may also remember a clip first.
_FORGET = """
CREATE TRIGGER clips_forget AFTER DELETE ON clips
BEGIN UPDATE jobs SET clip_id = NULL WHERE clip_id = OLD.id; END
"""
# What else is to be kept, by name: whether the queue is paused, whether the last close was clean.
_FACTS = "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        _FACTS,
        _JOBS,
        "CREATE INDEX jobs_by_position ON jobs (position) WHERE position > 0",
        "CREATE INDEX jobs_by_clip ON jobs (clip_id) WHERE clip_id IS NOT NULL",
        _CLIPS,
        # Holds all that History filters by, so that a search reads no row that it does not show.
        """CREATE INDEX clips_by_age
        ON clips (created DESC, id DESC, starred, preset, model_title, name, prompt)""",
        _FORGET,
        "CREATE INDEX clips_by_job ON clips (job_id) WHERE job_id IS NOT NULL",
    ),
    # A preset keeps its id when it gets another name.
    (
        "ALTER TABLE clips ADD COLUMN preset_id TEXT",
        "UPDATE clips SET preset_id = preset_id_of(record) WHERE preset IS NOT NULL",
        """CREATE INDEX clips_by_preset ON clips (preset_id, created DESC, id DESC)
        WHERE preset_id IS NOT NULL""",
    ),
)
VERSION = len(MIGRATIONS)
TABLES = ("facts", "jobs", "clips")
CLEAN = "clean"  # the fact that is "1" from a close to the next opening


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a database, 0 for one without tables of ours."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, upto: int = VERSION) -> None:
    """Brings a database to a version, each step whole or not at all. Raises sqlite3.Error."""
    # In Python: SQLite has its own JSON functions only where it was built with them.
    connection.create_function("preset_id_of", 1, _preset_id_of)
    while version_of(connection) < upto:
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(connection)  # another process may have been quicker
            if version < upto:
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _preset_id_of(record: object) -> str | None:
    """The id of the preset in a clip's record, None where it names none or is damaged."""
    try:
        found = json.loads(record)["params"]["preset"]["id"] if isinstance(record, str) else None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def keep_fact(connection: sqlite3.Connection, name: str, value: str | None) -> None:
    """Writes a fact, or removes it with None. Raises sqlite3.Error."""
    if value is None:
        connection.execute("DELETE FROM facts WHERE name = ?", (name,))
    else:
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def create_database(path: Path, fill: Callable[[sqlite3.Connection], None] = migrate) -> None:
    """Makes a new database whole under its name or not at all; `fill` makes the tables too.

    So a database without a byte was damaged, never just begun. Raises what AtomicFile raises.
    """
    remove_leftovers(path.parent)
    with (
        AtomicFile(path, overwrite=False) as temporary,
        in_words(path),
        closing(sqlite3.connect(temporary, isolation_level=None)) as connection,
    ):
        connection.row_factory = sqlite3.Row
        # A journal beside it would not get the new name: it stays in memory until all is written.
        connection.execute("PRAGMA journal_mode = MEMORY")
        fill(connection)
        keep_fact(connection, CLEAN, "1")
