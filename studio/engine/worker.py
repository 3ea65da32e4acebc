"""The engine's side of the wire: reads requests, renders, and tells what happens.

Only events go to standard output. Whatever a library prints goes to standard error, so that a line
of theirs is never taken for one of ours.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from pydantic import ValidationError

from studio import __version__
from studio.core.errors import BadInput, DiskFull, ModelMissing, OutOfMemory, StudioError
from studio.core.events import Event, Failed, FailureKind, Hello
from studio.core.request import REQUEST, RenderRequest, StopRequest

if TYPE_CHECKING:
    from studio.engine.renderer import Renderer

_KINDS: tuple[tuple[type[StudioError], FailureKind], ...] = (
    (BadInput, FailureKind.BAD_INPUT),
    (ModelMissing, FailureKind.MODEL_MISSING),
    (OutOfMemory, FailureKind.OUT_OF_MEMORY),
    (DiskFull, FailureKind.DISK_FULL),
)

_log = logging.getLogger(__name__)


def main() -> int:
    """Serves requests from standard input until it ends; returns the exit status."""
    out = _own_output()
    tell(out, Hello(version=__version__, pid=os.getpid()))
    desk = _Desk(out)
    threading.Thread(target=desk.read, args=(sys.stdin,), name="requests", daemon=True).start()
    # Only now, so that the listener hears from us before seconds of imports.
    from studio.engine.renderer import Renderer

    renderer = Renderer()
    while True:
        request = desk.requests.get()
        if request is None:
            return 0
        desk.stop.clear()
        if desk.ended:
            return 0
        _serve(renderer, request, desk, out)


def failed(error: Exception) -> Failed:
    """The event for an error; what is not one of ours is logged, and told without its traceback."""
    for kind, name in _KINDS:
        if isinstance(error, kind):
            return Failed(kind=name, message=str(error))
    if isinstance(error, StudioError):
        return Failed(kind=FailureKind.ENGINE, message=str(error))
    _log.error("The render failed", exc_info=error)
    return Failed(
        kind=FailureKind.ENGINE,
        message=f"The render failed for a reason of the program's own ({type(error).__name__}: "
        f"{error}); the log has the details.",
    )


def tell(out: TextIO, event: Event) -> None:
    """Writes one event as a line of JSON, at once."""
    out.write(event.model_dump_json() + "\n")
    out.flush()


class _Desk:
    """What came in: requests in order, and whether the running one is to stop."""

    def __init__(self, out: TextIO):
        self.requests: queue.SimpleQueue[RenderRequest | None] = queue.SimpleQueue()
        self.stop = threading.Event()
        self.ended = False
        self._out = out

    def read(self, source: TextIO) -> None:
        """Takes lines until the input ends; the end stops the running render and the process."""
        for line in source:
            if not line.strip():
                continue
            try:
                request = REQUEST.validate_json(line)
            except ValidationError as error:
                tell(self._out, failed(BadInput(f"The request cannot be read: {_first(error)}.")))
                continue
            if isinstance(request, StopRequest):
                self.stop.set()
            else:
                self.requests.put(request)
        self.ended = True
        self.stop.set()
        self.requests.put(None)


def _serve(renderer: Renderer, request: RenderRequest, desk: _Desk, out: TextIO) -> None:
    try:
        for event in renderer.render(request, desk.stop):
            tell(out, event)
    except Exception as error:  # noqa: BLE001 - the process's edge: a failed render, not a dead engine
        tell(out, failed(error))


def _own_output() -> TextIO:
    """Standard output for us alone; file descriptor 1 leads to standard error from here on."""
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(kept, "w", encoding="utf-8", newline="\n")


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
