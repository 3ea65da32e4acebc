"""How many jobs the queue has brought to an end since somebody was told."""

from __future__ import annotations

from studio.core.job import Job, JobState


class Tally:
    """Counts finished jobs; cancelled ones count nothing."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys((JobState.DONE, JobState.FAILED), 0)

    def count(self, job: Job) -> None:
        if job.state in self._counts:
            self._counts[job.state] += 1

    def take(self) -> tuple[int, int] | None:
        """How many were done and how many failed since the last time; None for none at all."""
        done, failed = self._counts.values()
        if not (done or failed):
            return None
        self._counts = dict.fromkeys(self._counts, 0)
        return done, failed
