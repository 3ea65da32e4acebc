"""Where the program starts: signals first, then the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from studio.app.stopping import Stopping

ENGINE = "--engine"


def main(words: Sequence[str] | None = None) -> int:
    """Runs a command line, by default this process's, and returns its exit status.

    Without any words, or with files alone, it opens the window. The status is 0 done, 1 failed,
    2 bad input, 128 + the signal's number when stopped by one (130 for Ctrl-C).
    """
    _open_what_is_closed()
    given = list(sys.argv[1:] if words is None else words)
    if given == [ENGINE]:
        return _serve()
    stopping = Stopping()
    stopping.listen()
    # Only now, so that Ctrl-C is answered without a traceback while the rest is imported.
    # No command has an ending: a folder that is called "queue" must not hide that command.
    if all(Path(word).suffix and os.path.lexists(word) for word in given):
        from studio.app import quick_start

        quick_start.begin()
        from studio.app.window import open_window

        status = open_window(given, stopping)
    else:
        from studio.app.commands import run

        status = run(given, stopping)
    if words is None and (stopping.status or "torch" in sys.modules):
        _leave(status)
    return status


def _serve() -> int:
    """The engine, for a frozen program, which has no `python -m` to start it with."""
    import runpy

    runpy.run_module("studio.engine", run_name="__main__")
    return 0


def _open_what_is_closed() -> None:
    """Gives a closed standard stream to nobody: what is written to it could not be, and a clip or a
    database that is opened next would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _leave(status: int) -> None:
    # Torch takes up to two seconds to be torn down, and a stop may take one.
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed by whoever started this
            stream.flush()
    os._exit(status)
