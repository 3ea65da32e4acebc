"""The engine's life as the queue drives it: started when needed, ended when asked or too slow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from psygnal import Signal

from studio.core.engine_link import Ending, EngineLink
from studio.core.events import Alive, Event, Hello, Progress
from studio.core.request import RenderRequest
from studio.core.stall_watch import Hang, StallWatch

STOP_SECONDS = 10.0  # from the request to stop, or the end of input, to the kill
MOST_SILENT = 2  # engines in a row that end before any work, until it is no use to start another


class EngineState(StrEnum):
    """Whether there is an engine, and whether it can be given work."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    CLOSING = "closing"


class EngineLife:
    """Starts, stops, closes and kills the engine of one link; `clock` gives seconds.

    `hung` tells how the engine hangs at its render, and None when it does no longer.
    """

    changed = Signal(str)
    hung = Signal(object)

    def __init__(self, link: EngineLink, clock: Callable[[], float]) -> None:
        self.state = EngineState.OFF
        self.hang: Hang | None = None
        self._link, self._clock = link, clock
        self._at_work = self._ended_by_us = self._ended_for_hang = False
        self._silent = 0
        self._kill_at: float | None = None
        self._watch: StallWatch | None = None

    @property
    def takes_work(self) -> bool:
        """Whether `send` reaches an engine, which it starts where none runs."""
        return self.state is not EngineState.CLOSING

    @property
    def failed_at_work(self) -> bool:
        """Whether the engine that ended had begun to work, and its end was not our doing."""
        return self._at_work and not self._ended_by_us

    @property
    def cannot_start(self) -> bool:
        """Whether the last engines ended before they began to work."""
        return self._silent >= MOST_SILENT

    def start(self) -> None:
        """Starts an engine where none runs."""
        if self.state is EngineState.OFF:
            self._at_work = self._ended_by_us = self._ended_for_hang = False
            self._enter(EngineState.STARTING)
            self._link.start()

    def send(self, request: RenderRequest) -> None:
        """Gives a render to the engine; starts one where none runs."""
        self._watch = StallWatch(self._clock())
        self.start()
        self._link.send(request)

    def note(self, event: Event) -> None:
        """The engine told something."""
        now = self._clock()
        # These two come before the libraries are imported, at which an engine may die as well.
        if not isinstance(event, Hello | Alive):
            self._at_work, self._silent = True, 0
        if isinstance(event, Hello) and self.state is EngineState.STARTING:
            self._enter(EngineState.READY)
        if self._watch is not None and isinstance(event, Progress):
            self._watch.moved(event.stage, now)
        elif self._watch is not None:
            self._watch.heard(now)

    def stop_render(self) -> None:
        """Asks the render to stop; kills the engine where that takes too long."""
        self._link.ask_stop()
        if self._kill_at is None:
            self._kill_at = self._clock() + STOP_SECONDS

    def note_render_ended(self) -> None:
        """The render came to its end, whichever; the engine may live on."""
        self._watch = None
        self._tell_hang(None)
        if self.state is not EngineState.CLOSING:
            self._kill_at = None

    def close(self) -> None:
        """Lets the engine end, which frees the GPU; kills it where that takes too long."""
        if self.takes_work and self.state is not EngineState.OFF:
            self._ended_by_us = True
            self._kill_at = self._clock() + STOP_SECONDS
            self._enter(EngineState.CLOSING)
            self._link.close()

    def kill(self, *, blame: bool = False) -> None:
        """Ends the engine whatever it does; with `blame` that counts as its own death."""
        if self.state is not EngineState.OFF:
            self._ended_by_us = self._ended_by_us or not blame
            self._ended_for_hang = blame
            self._kill_at = None
            self._enter(EngineState.CLOSING)
            self._link.kill()

    def note_end(self, ending: Ending) -> Ending:
        """The engine ended; returns how, in words that know why."""
        if self._ended_for_hang:
            advice = "a file that it reads may lie on a disk that does not answer"
            ending = replace(ending, text="did not come further and was ended", advice=advice)
        if self.state is EngineState.OFF:
            return ending
        if not (self._at_work or self._ended_by_us):
            self._silent += 1
        self._kill_at = None
        self._enter(EngineState.OFF)
        return ending

    def wait_on(self) -> None:
        """Somebody knows that the engine hangs, and would rather wait; told again after a while."""
        if self._watch is not None:
            self._watch.forgive(self._clock())

    def forgive(self) -> None:
        """The next engine may start as if none had failed before."""
        self._silent = 0

    def tick(self) -> None:
        """Kills what was asked to end and did not, and looks for a hang; for once a second."""
        now = self._clock()
        if self._kill_at is not None and now >= self._kill_at:
            self.kill()
        elif self._watch is not None and self.takes_work:
            self._tell_hang(self._watch.look(now))

    def _enter(self, state: EngineState) -> None:
        if state is not self.state:
            self.state = state
            self.changed.emit(state.value)

    def _tell_hang(self, hang: Hang | None) -> None:
        if hang is not self.hang:
            self.hang = hang
            self.hung.emit(hang)


def why_not_started(ending: Ending) -> str:
    """The sentence for a queue whose engine cannot be started."""
    return (
        f"The engine cannot be started: it {ending.text} before it began to work. The job's log "
        "may say why. Where it is this job alone, cancel it; where it is each one, install "
        "Clipwright again."
    )
