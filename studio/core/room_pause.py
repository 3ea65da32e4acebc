"""The queue's pause where a disk is full, which ends by itself when there is room."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.job import JobState
from studio.core.job_start import JobStarts
from studio.core.queue import JobQueue

# How a reason to pause begins, by which the next start, too, knows that room ends it.
NO_ROOM = "The queue waits for room on the disk. "
LOOK_SECONDS = 5.0  # between two looks at the disks
MOST_SURPRISES = 3  # disks that were full in the middle, until a person has to say go on


class RoomPause:
    """Pauses the queue for want of room, and lets it go on; `clock` gives seconds."""

    def __init__(self, queue: JobQueue, starts: JobStarts, clock: Callable[[], float]) -> None:
        self._queue, self._starts, self._clock = queue, starts, clock
        self._looked = clock()

    @property
    def on(self) -> bool:
        """Whether the queue is paused for want of room, and nothing else."""
        return (self._queue.pause_reason or "").startswith(NO_ROOM)

    def pause(self, sentence: str) -> None:
        """Pauses the queue; one that is paused already stays so for its own reason."""
        if self.on or not self._queue.paused:
            if self._starts.room.surprises >= MOST_SURPRISES:
                self._queue.set_paused(True, f"A disk was full again and again. {sentence}")
            else:
                self._queue.set_paused(True, f"{NO_ROOM}{sentence}")

    def tick(self) -> None:
        """Lets the queue go on where there is room for the first job that waits."""
        now = self._clock()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        if self.on:
            waiting = (job for job in self._queue.jobs() if job.state is JobState.QUEUED)
            first = next(waiting, None)
            if first is None or self._starts.shortage(first) is None:
                self._queue.set_paused(False)
