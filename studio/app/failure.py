"""What becomes of an error: a sentence, an exit status, and for one of the program's own a log."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from pathlib import Path

from studio import __version__
from studio.core.errors import StudioError
from studio.core.events import Failed, FailureKind
from studio.core.folders import folders
from studio.engine.worker import failed

FAILED = 1
BAD_INPUT = 2
_REFUSALS = (FailureKind.BAD_INPUT, FailureKind.BAD_STATE, FailureKind.MODEL_MISSING)


def failure_of(error: Exception) -> Failed:
    """The event for an error; one that nobody foresaw goes into a log that its sentence names."""
    if isinstance(error, StudioError):
        failure = failed(error)
        return failure.model_copy(update={"message": _printable(failure.message)})
    log = _write_log(error)
    where = f"the log {log} has the details" if log else "and no log could be written"
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return Failed(
        kind=FailureKind.ENGINE,
        message=_printable(f"This failed for a reason of the program's own ({reason}); {where}."),
    )


def exit_status(failure: Failed, *, begun: bool = False) -> int:
    """2 where something given cannot be used, or the disk was full before work began; else 1."""
    refused = failure.kind in _REFUSALS
    return BAD_INPUT if refused or (failure.kind is FailureKind.DISK_FULL and not begun) else FAILED


def complain(sentence: str) -> None:
    """Says one sentence on standard error."""
    print(sentence, file=sys.stderr, flush=True)


def _write_log(error: Exception) -> Path | None:
    now = datetime.now().astimezone()
    try:
        logs = folders().data / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / f"{now:%Y-%m-%d-%H%M%S}-{os.getpid()}.log"
        head = f"Clipwright {__version__}, Python {sys.version}, {now.isoformat()}\n"
        text = head + "".join(traceback.format_exception(error))
        log.write_text(text, encoding="utf-8", errors="backslashreplace")
    except Exception:  # noqa: BLE001 - the process's edge: nobody is left to tell of a second one
        return None
    return log


def _printable(text: str) -> str:
    """The text without half characters, which names in another encoding leave and JSON refuses."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
