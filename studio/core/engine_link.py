"""What the queue needs of an engine, wherever it runs: requests in, events out, and an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from psygnal import Signal

from studio.core.request import RenderRequest

DEVICE_FAULT = 4  # exit status of an engine whose GPU or driver failed


@dataclass(frozen=True)
class Ending:
    """How an engine ended; `text` goes on after "The engine", as in "was killed by signal 9", and
    `advice` is what may help where that happens again and again.
    """

    text: str
    advice: str = "a smaller or shorter clip needs less memory"


class EngineLink(ABC):
    """An engine that can be started again and again; all signals come on the caller's thread.

    `event` carries what the engine tells, one value of `studio.core.events.Event` at a time, all of
    them before `ended`. `log` carries lines that no listener acts on: what libraries print, and
    lines on the wire that are no event.
    """

    event = Signal(object)
    ended = Signal(Ending)
    log = Signal(str)

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether there is an engine, from `start` to `ended`."""

    @abstractmethod
    def start(self) -> None:
        """Starts an engine and returns at once; where that fails, `ended` says so."""

    @abstractmethod
    def send(self, request: RenderRequest) -> None:
        """Hands over a render; lost where no engine runs, which `ended` has told or will."""

    @abstractmethod
    def ask_stop(self) -> None:
        """Asks the running render to stop; Stopped follows, or what else ends it."""

    @abstractmethod
    def close(self) -> None:
        """Ends the engine's input, at which it ends within a second or so; `ended` follows."""

    @abstractmethod
    def kill(self) -> None:
        """Ends the engine whatever it does; `ended` follows."""
