"""The clips of contact sheets: which jobs belong to each, and when all of them are there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from studio.core.errors import StudioError
from studio.core.job import FINISHED, Job
from studio.core.json_file import JsonFile
from studio.core.library import Library
from studio.core.queue import JobQueue


@dataclass(frozen=True)
class Sheet:
    """The clips of a finished sheet, with the name of each one's preset."""

    jobs: tuple[int, ...]
    paths: list[Path]
    titles: list[str]


class _Waiting(BaseModel):
    """The sheets that were not shown yet, oldest first, each as the ids of its jobs."""

    sheets: list[tuple[int, ...]] = []


class ContactSheets:
    """The sheets that were ordered, kept in a file until each was shown.

    A job that is not in the queue any more is over; its clip is in the library.
    """

    def __init__(self, path: Path, queue: JobQueue, library: Library) -> None:
        self._file = JsonFile(path, _Waiting(), "contact sheets")
        self._queue, self._library = queue, library

    def begin(self, jobs: Sequence[Job]) -> None:
        """Takes the jobs of a new sheet; raises DiskFull, BadInput or StudioError."""
        new = tuple(job.id for job in jobs)
        self._file.write(_Waiting(sheets=[*self._file.value.sheets, new]))

    def finished(self) -> Sheet | None:
        """The oldest sheet of which all jobs are over; it stays until it is told as `shown`.

        One that has no two clips to compare is dropped. Raises StudioError.
        """
        if not self._file.value.sheets:
            return None
        working = {job.id for job in self._queue.jobs() if job.state not in FINISHED}
        for ids in self._file.value.sheets:
            if working.isdisjoint(ids):
                clips = [clip for clip in self._library.of_jobs(ids) if clip.path.is_file()]
                if len(clips) > 1:
                    names = [clip.preset or "" for clip in clips]
                    return Sheet(ids, [clip.path for clip in clips], names)
                self._drop(ids)
        return None

    def shown(self, sheet: Sheet) -> None:
        """The sheet was seen, and is not shown again."""
        self._drop(sheet.jobs)

    def _drop(self, ids: tuple[int, ...]) -> None:
        with suppress(StudioError):  # it is then shown once more, which does no harm
            left = [each for each in self._file.value.sheets if each != ids]
            self._file.write(_Waiting(sheets=left))
