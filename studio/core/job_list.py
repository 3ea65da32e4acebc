"""What can be asked of the jobs in the database without changing anything."""

from __future__ import annotations

from enum import StrEnum

from studio.core.errors import BadInput
from studio.core.job import Job
from studio.core.job_moves import ASKING, PAUSE_REASON, PAUSED
from studio.core.job_table import job_of
from studio.core.live_progress import LiveProgress
from studio.core.store import Store


class Wish(StrEnum):
    """What a running job was asked to do; whoever runs it carries it out."""

    PAUSE = "pause"
    CANCEL = "cancel"


class JobList:
    """All jobs as they are at this moment, and whether the queue is paused."""

    def __init__(self, store: Store, live: LiveProgress) -> None:
        self._store = store
        self._live = live

    def jobs(self) -> list[Job]:
        """The unfinished jobs by position, then the finished ones, newest first."""
        return self._select("position > 0 ORDER BY position") + self._select(
            "position = 0 ORDER BY finished DESC, id DESC"
        )

    def job(self, job_id: int) -> Job:
        found = self._select("id = ?", job_id)
        if not found:
            raise BadInput(
                f"There is no job {job_id}; the list of the queue shows which there are."
            )
        return found[0]

    def next_job(self) -> Job | None:
        """The first queued job; None where none waits or the queue is paused."""
        if self.paused:
            return None
        found = self._select("position > 0 AND state = 'queued' ORDER BY position LIMIT 1")
        return found[0] if found else None

    def wish(self, job_id: int) -> Wish | None:
        """What a running job was asked to do and has not done yet."""
        found = self._store.rows("SELECT wish FROM jobs WHERE id = ?", (job_id,))
        return Wish(found[0]["wish"]) if found and found[0]["wish"] else None

    @property
    def paused(self) -> bool:
        return self._store.fact(PAUSED) is not None

    @property
    def pause_reason(self) -> str | None:
        """Why the queue is paused as a sentence; None where it is not or a person did it."""
        return self._store.fact(PAUSE_REASON)

    @property
    def asks(self) -> bool:
        """Whether the queue is paused until a person says that interrupted jobs go on."""
        return (self.pause_reason or "").startswith(ASKING)

    def _select(self, where: str, *args: int) -> list[Job]:
        rows = self._store.rows(f"SELECT * FROM jobs WHERE {where}", args)
        return [self._live.onto(job_of(row)) for row in rows]
