"""Notices an engine that hangs: no sign of life, or life without any progress of its render."""

from __future__ import annotations

from enum import StrEnum

from studio.core.events import Stage

SILENCE = 20.0  # seconds without any event, when a sign of life comes every ALIVE_EVERY
AGAIN = 300.0  # seconds until somebody who chose to wait is asked again
LEAST_PATIENCE = 60.0  # seconds without progress that no render is blamed for
PATIENCE = 20  # times the longest wait between two signs of progress of the same stage
# Until a stage's own pace is known. A model of 30 GB from a slow disk (100 MB/s) takes 300 s.
UNKNOWN_PATIENCE = 600.0
_ENOUGH = 2  # waits that make a pace
_ASLEEP = 5.0  # seconds between two looks that come once a second: this process did not run either


class Hang(StrEnum):
    """How an engine hangs."""

    SILENT = "silent"  # not even a sign of life
    STUCK = "stuck"  # alive, and the render does not move


class StallWatch:
    """Watches one render; all times are seconds of one clock that never goes back."""

    def __init__(self, now: float) -> None:
        self._heard = self._moved = self._looked = now
        self._stage: Stage | None = None
        self._waits: list[float] = []
        self._forgiven_until = now

    def forgive(self, now: float) -> None:
        """Somebody chose to wait on: nothing hangs for AGAIN seconds."""
        self._forgiven_until = now + AGAIN

    def heard(self, now: float) -> None:
        """Any event came, also one that only says that the engine lives."""
        self._heard = now

    def moved(self, stage: Stage, now: float) -> None:
        """The render came further."""
        if stage is self._stage:
            # Two are enough to remember: how many there were, and the longest.
            wait = now - self._moved
            self._waits = sorted([*self._waits, wait])[-_ENOUGH:]
        else:
            self._stage, self._waits = stage, []
        self._heard = self._moved = now

    def look(self, now: float) -> Hang | None:
        """Whether it hangs at this moment; to be asked about once a second."""
        gap = now - self._looked
        self._looked = now
        if gap > _ASLEEP:  # the machine slept, or this process was held up: no one is to blame
            self._heard += gap
            self._moved += gap
        if now < self._forgiven_until:
            return None
        if now - self._heard >= SILENCE:
            return Hang.SILENT
        return Hang.STUCK if now - self._moved >= self._patience else None

    @property
    def _patience(self) -> float:
        # Of a model's tensors one may be a thousand times as large as those before it.
        if len(self._waits) < _ENOUGH or self._stage is Stage.LOAD:
            return UNKNOWN_PATIENCE
        return max(LEAST_PATIENCE, PATIENCE * self._waits[-1])
