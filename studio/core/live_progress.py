"""How far the running jobs are, kept in memory: the database hears of it only now and then."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.job import Job

WRITE_SECONDS = 2.0  # between two writes; what a crash takes back is at most this much of a bar

Progress = dict[str, int | float]


class LiveProgress:
    """The newest step and fraction of each running job."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._noted: dict[int, Progress] = {}
        self._written: dict[int, float] = {}

    def note(self, job_id: int, step: int, steps: int, fraction: float) -> bool:
        """Takes news of a job; whether it is time to write it down."""
        self._noted[job_id] = {"step": step, "steps": steps, "fraction": fraction}
        now = self._clock()
        # The first is written by the change of state that came right before it, or soon enough.
        due = now - self._written.setdefault(job_id, now) >= WRITE_SECONDS
        if due:
            self._written[job_id] = now
        return due

    def of(self, job_id: int) -> Progress:
        """The newest values by the names of Job's fields; nothing where there was no news."""
        return self._noted.get(job_id, {})

    def onto(self, job: Job) -> Job:
        """The job as it is at this moment."""
        noted = self._noted.get(job.id)
        return job if noted is None else job.model_copy(update=noted)

    def forget(self, job_id: int) -> None:
        """Drops a job's news: they are in the database, or the job is gone."""
        self._noted.pop(job_id, None)
        self._written.pop(job_id, None)
