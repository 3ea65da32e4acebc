"""The order of the jobs that are not finished: positions 1 to n without a gap, each used once."""

from __future__ import annotations

import sqlite3

from studio.core.job_table import FINISHED_STATES, RUNNING_STATES


def count_placed(connection: sqlite3.Connection) -> int:
    """How many jobs have a position, which is the last position."""
    return int(connection.execute("SELECT count(*) FROM jobs WHERE position > 0").fetchone()[0])


def front_position(connection: sqlite3.Connection) -> int:
    """The position of the first job that does not run, or that of a new last one."""
    waiting = (
        f"SELECT min(position) FROM jobs WHERE position > 0 AND state NOT IN ({RUNNING_STATES})"
    )
    first = connection.execute(waiting).fetchone()[0]
    return count_placed(connection) + 1 if first is None else int(first)


def make_room(connection: sqlite3.Connection, position: int, count: int) -> None:
    """Moves the jobs from a position on further back."""
    connection.execute(
        "UPDATE jobs SET position = position + ? WHERE position >= ?", (count, position)
    )


def close_gap(connection: sqlite3.Connection, position: int) -> None:
    """Moves the jobs behind a position that became free one forward."""
    connection.execute("UPDATE jobs SET position = position - 1 WHERE position > ?", (position,))


def move_job(connection: sqlite3.Connection, job_id: int, before: int, after: int) -> None:
    """Gives a job another position; only the jobs between the two make way."""
    low, high, way = (before + 1, after, -1) if before < after else (after, before - 1, 1)
    connection.execute(
        "UPDATE jobs SET position = position + ? WHERE position BETWEEN ? AND ?", (way, low, high)
    )
    connection.execute("UPDATE jobs SET position = ? WHERE id = ?", (after, job_id))


def number_anew(connection: sqlite3.Connection) -> None:
    """Gives the unfinished jobs positions from 1 on in their present order, the finished ones 0."""
    connection.execute(f"UPDATE jobs SET position = 0 WHERE state IN ({FINISHED_STATES})")
    rows = connection.execute(
        f"SELECT id FROM jobs WHERE state NOT IN ({FINISHED_STATES}) ORDER BY position, id"
    ).fetchall()
    connection.executemany(
        "UPDATE jobs SET position = ? WHERE id = ?",
        [(position, row[0]) for position, row in enumerate(rows, start=1)],
    )
