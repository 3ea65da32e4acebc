"""Keeps a running render's state, so that little is lost when the engine dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio.core.events import Checkpoint
from studio.engine.spending import Spending
from studio.engine.state import DenoiseState, Origin, write_state


class Keeper:
    """Writes the states of one render to one file, each in the place of the one before.

    A state that cannot be written leaves the one before it as it is.
    """

    def __init__(self, path: Path, seconds: float | None, origin: Origin):
        self._path, self._origin = path, origin
        self._spending = None if seconds is None else Spending(seconds)

    def keep(self, state: DenoiseState) -> Checkpoint:
        """Writes a state now; raises DiskFull or StudioError."""
        write_state(self._path, state, self._origin)
        return Checkpoint(path=self._path, step=state.step)

    def now_and_then(self, state: DenoiseState) -> Iterator[Checkpoint]:
        """Writes a state if that is due: when the seconds have gone by and its cost allows it."""
        if self._spending is not None and self._spending.due:
            with self._spending.spend(state.latents.device):
                kept = self.keep(state)
            yield kept
