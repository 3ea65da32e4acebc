"""The queue: every change to a job, committed to the database before anybody hears of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from psygnal import Signal

from studio.core.errors import BadInput, DiskFull
from studio.core.job import FINISHED, RUNNING, Job, JobState
from studio.core.job_list import JobList, Wish
from studio.core.job_moves import change_state, write_pause
from studio.core.job_table import (
    FIELDS,
    FINISHED_STATES,
    RUNNING_STATES,
    insert_job,
    write_job,
)
from studio.core.live_progress import LiveProgress
from studio.core.params import GenerationParams
from studio.core.positions import (
    close_gap,
    count_placed,
    front_position,
    make_room,
    move_job,
)
from studio.core.store import Store

__all__ = ["JobQueue", "Wish"]

_NOT_BY_UPDATE = frozenset({"id", "position", "state"})


def _now() -> datetime:
    return datetime.now(UTC)


class JobQueue(JobList):
    """All jobs, their order and whether the queue is paused; the database is the only memory.

    The signals come after the commit, in the order in which things happened. `reordered` says that
    `jobs()` would now come in another order, also because a job finished or went back to the queue;
    positions of jobs behind such a job shift without a `changed` of their own.
    Methods that name a job raise BadInput where there is none or where its state does not allow it.
    """

    added = Signal(list)
    changed = Signal(Job)
    removed = Signal(list)
    reordered = Signal()
    paused_changed = Signal(bool)
    wished = Signal(int)

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime] = _now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(store, LiveProgress(clock))
        self._now = now

    # New jobs, and their order

    def add(self, params_list: Sequence[GenerationParams], front: bool = False) -> list[Job]:
        """Adds a job for each params, all or none, at the end or before the first that waits."""
        if not params_list:
            return []
        with self._store.transaction() as connection:
            place = front_position(connection) if front else count_placed(connection) + 1
            make_room(connection, place, len(params_list))
            now = self._now()
            ids = [
                insert_job(connection, params, position, now)
                for position, params in enumerate(params_list, start=place)
            ]
        jobs = self._select("id BETWEEN ? AND ? ORDER BY id", ids[0], ids[-1])
        self.added.emit(ids)
        return jobs

    def duplicate(self, job_id: int) -> Job:
        """Adds a job with the same params at the end."""
        return self.add([self.job(job_id).params])[0]

    def move(self, job_id: int, position: int) -> None:
        """Gives an unfinished job another position, counted from 1; past the end is the end."""
        with self._store.transaction() as connection:
            job = self.job(job_id)
            if job.state in FINISHED:
                raise BadInput(f"{_named(job)} and has no place in the order any more.")
            place = min(max(position, 1), count_placed(connection))
            move_job(connection, job_id, job.position, place)
        if place != job.position:
            self.reordered.emit()

    # What a person does to a job

    def pause_job(self, job_id: int) -> None:
        """Pauses a waiting job at once; a running one is asked to."""
        job = self.job(job_id)
        if job.state in RUNNING:
            self._wish(job_id, Wish.PAUSE)
        elif job.state in FINISHED:
            raise BadInput(f"{_named(job)}: there is nothing to pause.")
        elif job.state is not JobState.PAUSED:
            self.move_state(job_id, JobState.PAUSED)

    def resume_job(self, job_id: int) -> None:
        """Lets a paused or interrupted job go on when its turn comes, or
        takes back a wish to pause.
        """
        job = self.job(job_id)
        if job.state in FINISHED:
            raise BadInput(f"{_named(job)}: retry or duplicate it instead.")
        if job.state in RUNNING:
            if self.wish(job_id) is Wish.PAUSE:
                self._wish(job_id, None)
        elif job.state is not JobState.QUEUED:
            self.move_state(job_id, JobState.QUEUED)

    def cancel(self, job_id: int) -> None:
        """Cancels a waiting job at once; a running one is asked to stop."""
        job = self.job(job_id)
        if job.state in RUNNING:
            self._wish(job_id, Wish.CANCEL)
        elif job.state in FINISHED:
            raise BadInput(f"{_named(job)}: there is nothing to cancel.")
        else:
            self.move_state(job_id, JobState.CANCELLED)

    def retry(self, job_id: int) -> None:
        """Puts a failed or cancelled job at the end of the queue; it starts anew."""
        job = self.job(job_id)
        if job.state is JobState.DONE:
            raise BadInput(f"{_named(job)}: duplicate it to render it once more.")
        if job.state not in FINISHED:
            raise BadInput(f"{_named(job)} and has not failed: there is nothing to retry.")
        self.move_state(job_id, JobState.QUEUED)

    def retry_failed(self) -> list[Job]:
        """Retries all failed jobs, the first that failed first."""
        failed = self._select("state = 'failed' ORDER BY finished, id")
        return self._change([(job.id, JobState.QUEUED, {}) for job in failed])

    def take_back(self, job_id: int) -> GenerationParams:
        """A job's params, to be edited: a waiting job leaves the queue, a finished one stays."""
        with self._store.transaction() as connection:
            job = self.job(job_id)
            if job.state in RUNNING:
                raise BadInput(f"{_named(job)}: pause or cancel it before you change it.")
            if job.state in FINISHED:
                return job.params
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
            close_gap(connection, job.position)
        self._gone([job_id])
        return job.params

    def set_stop_after(self, job_id: int, on: bool) -> None:
        """Sets or takes the stop-here marker: the queue pauses when the job has run."""
        if self.job(job_id).state in FINISHED:
            raise BadInput(f"{_named(self.job(job_id))}: the queue cannot stop after it any more.")
        self.update(job_id, stop_after=on)

    def remove(self, ids: Iterable[int]) -> list[int]:
        """Removes those of the jobs that are finished, and returns their ids; the others stay."""
        return self._remove_finished(set(ids))

    def clear_finished(self) -> list[int]:
        """Removes all finished jobs, and returns their ids."""
        return self._remove_finished(None)

    def set_paused(self, on: bool, reason: str | None = None) -> None:
        """Pauses the queue or lets it go on, also for the next start: no new job begins.

        Where the queue asked whether to go on after a crash, to let it go on is the answer: the
        interrupted jobs go on with it.
        """
        before = (self.paused, self.pause_reason)
        if self.asks and not on:
            interrupted = self._select("state = 'interrupted' ORDER BY position")
            self._change([(job.id, JobState.QUEUED, {}) for job in interrupted])
        with self._store.transaction() as connection:
            write_pause(connection, on, reason)
        if before != (on, reason if on else None):
            self.paused_changed.emit(on)

    # What happens to a job that runs

    def move_state(self, job_id: int, state: JobState, **changes: object) -> Job:
        """Changes a job's state and whatever fields are named; raises IllegalMove.

        When a job with the stop-here marker has run to its end, done, failed or cancelled, the same
        commit pauses the queue.
        """
        return self._change([(job_id, state, changes)])[0]

    def update(self, job_id: int, **changes: object) -> Job:
        """Writes fields of a job, all but its state and position."""
        wrong = changes.keys() - (set(FIELDS) - _NOT_BY_UPDATE)
        if wrong:
            raise ValueError(f"update does not write {', '.join(sorted(wrong))}")
        self.job(job_id)
        with self._store.transaction() as connection:
            write_job(connection, job_id, {**self._live.of(job_id), **changes})
        self._live.forget(job_id)
        job = self.job(job_id)
        self.changed.emit(job)
        return job

    def note_progress(self, job_id: int, step: int, steps: int, fraction: float) -> None:
        """Takes how far a running job is, many times a second if need be; news of another is late
        and dropped. The database gets it every few seconds, without waiting for the disk.
        """
        if self.job(job_id).state not in RUNNING:
            return
        if self._live.note(job_id, step, steps, fraction):
            # Progress is worth no pause of the window and no error.
            with suppress(DiskFull), self._store.transaction(flush=False) as connection:
                write_job(connection, job_id, self._live.of(job_id))
        self.changed.emit(self.job(job_id))

    def interrupt_running(self) -> list[Job]:
        """At the start, before anything runs: jobs that ran when the program ended are interrupted,
        and those that had been asked to pause or cancel are so. Returns the interrupted ones.
        """
        ended = {None: JobState.INTERRUPTED, Wish.PAUSE: JobState.PAUSED}
        running = self._select(f"state IN ({RUNNING_STATES}) ORDER BY position")
        jobs = self._change(
            [(job.id, ended.get(self.wish(job.id), JobState.CANCELLED), {}) for job in running]
        )
        return [job for job in jobs if job.state is JobState.INTERRUPTED]

    def _change(self, moves: Sequence[tuple[int, JobState, Mapping[str, object]]]) -> list[Job]:
        """Changes the states of jobs in one commit, then tells of each."""
        was_paused = self.paused
        before: list[Job] = []
        with self._store.transaction() as connection:
            for job_id, state, changes in moves:
                job = self.job(job_id)
                change_state(connection, job, state, self._now(), changes)
                before.append(job)
        for job in before:
            self._live.forget(job.id)
        after = [self.job(job.id) for job in before]
        for job in after:
            self.changed.emit(job)
        if _finished(before) != _finished(after):
            self.reordered.emit()
        if self.paused and not was_paused:
            self.paused_changed.emit(True)
        return after

    def _wish(self, job_id: int, wish: Wish | None) -> None:
        with self._store.transaction() as connection:
            write_job(connection, job_id, {"wish": wish})
        self.wished.emit(job_id)

    def _remove_finished(self, only: set[int] | None) -> list[int]:
        with self._store.transaction() as connection:
            query = f"SELECT id FROM jobs WHERE state IN ({FINISHED_STATES}) ORDER BY id"
            ids = [row["id"] for row in connection.execute(query)]
            ids = [job_id for job_id in ids if only is None or job_id in only]
            connection.executemany("DELETE FROM jobs WHERE id = ?", [(job_id,) for job_id in ids])
        self._gone(ids)
        return ids

    def _gone(self, ids: list[int]) -> None:
        for job_id in ids:
            self._live.forget(job_id)
        if ids:
            self.removed.emit(ids)


def _finished(jobs: Sequence[Job]) -> list[bool]:
    return [job.state in FINISHED for job in jobs]


def _named(job: Job) -> str:
    return f"Job {job.id} is {job.state.value}"
