"""Where the command line turns to for the queue: the one place that decides who answers."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.core.folders import folders
from studio.core.job import Job, JobState
from studio.core.job_files import JobFiles
from studio.core.lost_work import tell_lost_work
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue
from studio.core.queue_file import Imported, export_queue, import_queue
from studio.core.store import Store

DATABASE = "clipwright.db"


@dataclass(frozen=True)
class Listing:
    """The whole queue at one moment: whether it is paused and why, why it cannot go on just now
    (None where it can), and all jobs in order.
    """

    paused: bool
    pause_reason: str | None
    trouble: str | None
    jobs: list[Job]


class QueueDesk:
    """The operations on the queue as plain calls with plain answers; here, straight on the
    database.
    """

    def __init__(
        self,
        queue: JobQueue,
        folder: Path | None = None,
        complaint: str | None = None,
        trouble: str | None = None,
    ) -> None:
        self._queue, self._trouble = queue, trouble
        self.folder = Path.cwd() if folder is None else folder  # where relative paths begin
        self.complaint = complaint  # that the database was damaged, and what was recovered

    def add(self, params_list: Sequence[GenerationParams], *, front: bool) -> list[Job]:
        return self._queue.add(params_list, front=front)

    def listing(self) -> Listing:
        queue = self._queue
        return Listing(queue.paused, queue.pause_reason, self._trouble, queue.jobs())

    def pause(self, job_id: int | None) -> list[Job]:
        """Pauses a job, or with None the queue."""
        if job_id is None:
            self._queue.set_paused(True)
            return []
        self._queue.pause_job(job_id)
        return [self._queue.job(job_id)]

    def resume(self, job_id: int | None) -> list[Job]:
        """Lets a job go on, or with None the queue."""
        if job_id is None:
            self._queue.set_paused(False)
            return []
        self._queue.resume_job(job_id)
        return [self._queue.job(job_id)]

    def go_on(self) -> None:
        """Answers a queue that asks whether to go on after a crash; any other pause stays."""
        if self._queue.asks:
            self._queue.set_paused(False)

    def cancel(self, job_id: int) -> list[Job]:
        self._queue.cancel(job_id)
        job = self._queue.job(job_id)
        if job.state is JobState.CANCELLED:  # else whoever runs it removes them
            JobFiles(folders().data).remove(job_id)
        return [job]

    def retry(self, job_id: int) -> list[Job]:
        self._queue.retry(job_id)
        return [self._queue.job(job_id)]

    def retry_failed(self) -> list[Job]:
        return self._queue.retry_failed()

    def move(self, job_id: int, position: int) -> list[Job]:
        self._queue.move(job_id, position)
        return [self._queue.job(job_id)]

    def export_file(self, path: Path, *, overwrite: bool) -> int:
        return export_queue(self._queue, self.folder / path, overwrite=overwrite)

    def import_file(self, path: Path) -> Imported:
        return import_queue(self._queue, self.folder / path)


def database() -> Path:
    """The file of queue and history of this user."""
    return folders().data / DATABASE


@contextmanager
def open_desk() -> Generator[QueueDesk]:
    """The desk for the time of one command. Raises what Store.open raises."""
    opened = Store.open(database())
    try:
        queue, damage = JobQueue(opened.store), opened.recovery
        files = JobFiles(folders().data)
        complaint = None if damage is None else tell_lost_work(damage, queue, files)
        yield QueueDesk(queue, complaint=complaint)
    finally:
        opened.store.close()
