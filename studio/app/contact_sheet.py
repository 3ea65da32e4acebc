"""The clips of a contact sheet: which jobs belong to it, and when all of them are there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from studio.core.errors import StudioError
from studio.core.job import FINISHED, Job, JobState
from studio.core.json_file import JsonFile
from studio.core.queue import JobQueue


@dataclass(frozen=True)
class Sheet:
    """The clips of a finished sheet, with the name of each one's preset."""

    paths: list[Path]
    titles: list[str]


class _Waiting(BaseModel):
    """The ids of the jobs that a sheet waits for."""

    jobs: list[int] = []


class ContactSheet:
    """The sheet ordered last, kept in a file until all its jobs are over."""

    def __init__(self, path: Path, queue: JobQueue) -> None:
        self._file = JsonFile(path, _Waiting(), "contact sheet")
        self._queue = queue

    def begin(self, jobs: Sequence[Job]) -> None:
        """Takes the jobs of a new sheet; raises DiskFull, BadInput or StudioError."""
        self._file.write(_Waiting(jobs=[job.id for job in jobs]))

    def take(self) -> Sheet | None:
        """The sheet, once, when its last job is over and there are clips to compare."""
        ids = self._file.value.jobs
        if not ids:
            return None
        jobs = [job for job in self._queue.jobs() if job.id in ids]
        if any(job.state not in FINISHED for job in jobs):
            return None
        with suppress(StudioError):  # it is then shown once more, which does no harm
            self._file.write(_Waiting())
        made = {
            job.out: job.params.preset.name if job.params.preset else ""
            for job in sorted(jobs, key=lambda job: ids.index(job.id))
            if job.state is JobState.DONE and job.out is not None and job.out.is_file()
        }
        return Sheet(list(made), list(made.values())) if len(made) > 1 else None
