"""The two ends of the engine's wire: events out, one whole line at a time, and requests in."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, TextIO

from pydantic import ValidationError

from studio.core.errors import BadInput
from studio.core.events import ALIVE_EVERY, Alive, Event
from studio.core.request import REQUEST, RenderRequest, StopRequest, UnloadRequest

GRACE = 0.5  # seconds from the end of input in which a running render may keep its state
NOBODY_LISTENS = 1  # exit status where an event can no longer be told


class Voice:
    """Tells events on a stream, each as one line of JSON, from any thread."""

    def __init__(self, out: TextIO):
        self._out = out
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """Writes one event, at once; ends the process where nobody listens any more."""
        line = event.model_dump_json() + "\n"
        try:
            with self._lock:
                self._out.write(line)
                self._out.flush()
        except OSError:
            leave(NOBODY_LISTENS)

    def tell_life(self) -> None:
        """Tells Alive again and again, in a thread of its own, until the process ends."""

        def beat() -> None:
            while True:
                time.sleep(ALIVE_EVERY)
                self.tell(Alive())

        threading.Thread(target=beat, name="alive", daemon=True).start()


@dataclass(frozen=True)
class Order:
    """A request that came in, and the sign to stop it."""

    request: RenderRequest | UnloadRequest
    stop: threading.Event = field(default_factory=threading.Event)


class Desk:
    """The requests that came in, in order; the first is the one that is worked on."""

    def __init__(self, refuse: Callable[[BadInput], None]):
        self._refuse = refuse
        self._orders: deque[Order] = deque()
        self._changed = threading.Condition()
        self._ended = False

    def read(self, source: TextIO) -> NoReturn:
        """Takes lines until the input ends, which stops all work and, after GRACE, the process.

        The process ends from this thread: the main one may be in the middle of a transformer block
        or of an import, and neither can be asked to stop.
        """
        for line in source:
            if line.strip():
                self._take(line)
        with self._changed:
            self._ended = True
            for order in self._orders:
                order.stop.set()
            self._changed.notify()
        time.sleep(GRACE)
        leave(0)

    def next(self) -> Order | None:
        """Waits for the next order, None once the input has ended; `done` has to follow."""
        with self._changed:
            self._changed.wait_for(lambda: self._orders or self._ended)
            return None if self._ended else self._orders[0]

    def done(self) -> None:
        """The first order is worked off."""
        with self._changed:
            self._orders.popleft()

    def _take(self, line: str) -> None:
        try:
            request = REQUEST.validate_json(line)
        except ValidationError as error:
            self._refuse(BadInput(f"The request cannot be read: {_first(error)}."))
            return
        with self._changed:
            match request:
                case StopRequest():
                    # Also where it has not begun: the engine may still be importing.
                    if self._orders:
                        self._orders[0].stop.set()
                case RenderRequest() | UnloadRequest():
                    self._orders.append(Order(request))
                    self._changed.notify()


def leave(status: int) -> NoReturn:
    """Ends the process at once, from any thread, and without Python's own farewell, which waits.

    What was told is already written, and half-written files keep their hidden names
    (`studio.core.files`), so there is nothing to put away.
    """
    os._exit(status)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
