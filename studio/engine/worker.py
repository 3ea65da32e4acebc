"""The engine's side of the wire: takes requests, renders, and tells what happens.

Only events go to standard output. Whatever a library prints goes to standard error, so that a line
of theirs is never taken for one of ours.
"""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn, TextIO

from studio import __version__
from studio.core.engine_link import DEVICE_FAULT
from studio.core.errors import (
    BadInput,
    BadState,
    DiskFull,
    ModelMissing,
    OutOfMemory,
    StudioError,
)
from studio.core.events import Failed, FailureKind, Hello, Note, Progress, Stage
from studio.core.files import remove_leftovers
from studio.core.request import RenderRequest, UnloadRequest
from studio.engine import parent
from studio.engine.wire import Desk, Order, Voice, leave

if TYPE_CHECKING:
    from studio.engine.renderer import Renderer

# The first that fits is told: a bad state is bad input as well.
_KINDS: tuple[tuple[type[StudioError], FailureKind], ...] = (
    (BadState, FailureKind.BAD_STATE),
    (BadInput, FailureKind.BAD_INPUT),
    (ModelMissing, FailureKind.MODEL_MISSING),
    (OutOfMemory, FailureKind.OUT_OF_MEMORY),
    (DiskFull, FailureKind.DISK_FULL),
)

_log = logging.getLogger(__name__)


def main() -> NoReturn:
    """Serves requests from standard input until it ends, and ends the process with status 0."""
    # Ctrl-C in a terminal reaches every process of it; the one that started this engine decides
    # what becomes of the render, and says so by a stop request or by the end of input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    voice = Voice(_own_output())
    voice.tell(Hello(version=__version__, pid=os.getpid()))
    voice.tell_life()
    desk = Desk(refuse=lambda error: voice.tell(failed(error)))
    threading.Thread(target=desk.read, args=(_input(),), name="requests", daemon=True).start()
    # Only now, so that the listener hears from us before seconds of imports.
    from studio.engine.renderer import Renderer

    parent.outlive_it()
    renderer = Renderer()
    while (order := desk.next()) is not None:
        _serve(renderer, order, voice)
        desk.done()
    leave(0)


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


def _serve(renderer: Renderer, order: Order, voice: Voice) -> None:
    try:
        match order.request:
            case UnloadRequest():
                renderer.unload()
                voice.tell(Note(text="The model's memory is free again."))
            case RenderRequest():
                # Whatever comes of it, it came here: before this, an engine did not begin to work.
                voice.tell(Progress(stage=Stage.LOAD, step=0, steps=1, fraction=0.0))
                _clean(order.request)
                for event in renderer.render(order.request, order.stop):
                    voice.tell(event)
    except Exception as error:  # noqa: BLE001 - the process's edge: a failed render, not a dead engine
        if "torch" in sys.modules and _is_device_fault(error):
            # This process can compute nothing more; whoever started it goes on in another one.
            voice.tell(Note(text=f"The GPU or its driver failed: {str(error).splitlines()[0]}"))
            _log.critical("The GPU or its driver failed", exc_info=error)
            leave(DEVICE_FAULT)
        voice.tell(failed(error))


def _is_device_fault(error: Exception) -> bool:
    from studio.engine.torch_errors import is_device_fault

    return is_device_fault(error)


def _clean(request: RenderRequest) -> None:
    """What an engine that was killed left half written, where this render will write."""
    for file in (request.out, request.checkpoint):
        if file is not None:
            remove_leftovers(file.absolute().parent)


def _input() -> TextIO:
    """Standard input in UTF-8, whatever the system's code page; a broken byte is one bad request.

    Were it an error, the thread that reads would end, and with it all hearing of stops.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")
    return sys.stdin


def _own_output() -> TextIO:
    """Standard output for us alone; file descriptor 1 leads to standard error from here on."""
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(kept, "w", encoding="utf-8", newline="\n")
