"""Where the program starts: signals first, then the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from studio.app.stopping import Stopping


def main(words: Sequence[str] | None = None) -> int:
    """Runs a command line, by default this process's, and returns its exit status.

    Without any words it prints the help. The status is 0 done, 1 failed, 2 bad input, 128 + the
    signal's number when stopped by one (130 for Ctrl-C).
    """
    given = list(sys.argv[1:] if words is None else words)
    stopping = Stopping()
    stopping.listen()
    # Only now, so that Ctrl-C is answered without a traceback while the rest is imported.
    from studio.app.commands import run

    status = run(given or ["--help"], stopping)
    if words is None and stopping.status:
        _leave(status)
    return status


def _leave(status: int) -> None:
    # Torch takes up to a second to be torn down, which is all that a stop may take.
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)
