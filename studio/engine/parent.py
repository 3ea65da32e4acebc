"""Ties this process's life to the one that started it, while Python itself could not notice."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_it() -> None:
    """From here on the system kills this process with its parent; on Linux, elsewhere nothing.

    For the seconds of imports: there is nothing to keep yet, and a library that loads holds the
    interpreter, so that the end of input is read late.
    """
    _ask_for(signal.SIGKILL if sys.platform == "linux" else None)


def outlive_it() -> None:
    """Leaves it to the end of input again, which gives a render the time to keep its state."""
    _ask_for(0 if sys.platform == "linux" else None)


def _ask_for(signal_number: int | None) -> None:
    if signal_number is not None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
