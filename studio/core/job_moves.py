"""The one way for a job to change its state, with everything that changes along with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from studio.core.job import FINISHED, RUNNING, Job, JobState, check_move
from studio.core.job_table import write_job
from studio.core.migrations import keep_fact
from studio.core.positions import close_gap, count_placed

PAUSED, PAUSE_REASON = "paused", "pause_reason"  # the names of two facts
# How a reason to pause begins, by which the next start, too, knows that an answer ends it.
ASKING = "Clipwright ended in the middle of a render. "


def change_state(
    connection: sqlite3.Connection,
    job: Job,
    state: JobState,
    now: datetime,
    changes: Mapping[str, object],
) -> None:
    """Writes the new state, and with it: the times of start and end, the place in the order, and
    the pause after a job with the stop-here marker.

    A finished job gives up its position; one that starts anew goes to the end with its error and
    progress cleared. `changes` has the last word. Raises IllegalMove where MOVES has no such way.
    """
    check_move(job.state, state)
    # The job as it is given may be further than the database knows.
    along: dict[str, object] = {
        "step": job.step,
        "steps": job.steps,
        "fraction": job.fraction,
    }
    if state not in RUNNING:
        along["wish"] = None
    elif job.started is None:
        along["started"] = now
    if state in FINISHED:
        along |= {"position": 0, "finished": now}
    if state is JobState.DONE:
        along["fraction"] = 1.0
    if job.state in FINISHED:
        along |= _AFRESH | {"position": count_placed(connection) + 1}
    write_job(connection, job.id, {**along, **changes, "state": state})
    if state in FINISHED:
        close_gap(connection, job.position)
        # Whoever cancels a waiting job wants nothing of it, so neither a stop.
        unwanted = state is JobState.CANCELLED and job.state not in RUNNING
        if job.stop_after and not unwanted:
            _stop_here(connection, job)


def write_pause(connection: sqlite3.Connection, on: bool, reason: str | None) -> None:
    """Keeps whether the queue is paused, and why, for the next start."""
    keep_fact(connection, PAUSED, "1" if on else None)
    keep_fact(connection, PAUSE_REASON, reason if on else None)


_AFRESH: dict[str, object] = {
    "started": None,
    "finished": None,
    "out": None,  # to the folder that is chosen by then
    "step": 0,
    "fraction": 0.0,
    "engine_deaths": 0,
    "failure": None,
}


def _stop_here(connection: sqlite3.Connection, job: Job) -> None:
    paused = connection.execute("SELECT 1 FROM facts WHERE name = ?", (PAUSED,)).fetchone()
    if paused is None:
        write_pause(connection, True, f"The queue stopped after job {job.id}, as it was marked.")
