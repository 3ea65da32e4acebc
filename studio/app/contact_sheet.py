"""The clips of a contact sheet: which jobs belong to it, and when all of them are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.job import Job, JobState


@dataclass(frozen=True)
class Sheet:
    """The clips of a finished sheet, with the name of each one's preset."""

    paths: list[Path]
    titles: list[str]


class ContactSheet:
    """Waits for the jobs of the sheet ordered last."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._done: dict[int, Job] = {}

    def begin(self, jobs: Sequence[Job]) -> None:
        """Takes the jobs of a new sheet."""
        self._waiting = {job.id for job in jobs}
        self._done = {}

    def note_finished(self, job: Job) -> Sheet | None:
        """Takes a job that is over; the sheet, where that was its last one."""
        if job.id not in self._waiting:
            return None
        self._waiting.discard(job.id)
        if job.state is JobState.DONE:
            self._done[job.id] = job
        if self._waiting or len(self._done) < 2:
            return None
        jobs = [self._done[job_id] for job_id in sorted(self._done)]
        paths = [job.out for job in jobs if job.out is not None]
        titles = [job.params.preset.name if job.params.preset else "" for job in jobs]
        return Sheet(paths, titles)
