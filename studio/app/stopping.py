"""What Ctrl-C and SIGTERM do: they end the program in the manner that fits what it is doing."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from enum import Enum, auto
from types import FrameType
from typing import NoReturn

_SHOW_CURSOR = b"\x1b[?25h"  # a progress bar hides it


class Manner(Enum):
    """How a first signal ends the program; a second one always quits at once."""

    QUIT = auto()  # at once: there is nothing to put away, and imports are no place for exceptions
    UNWIND = auto()  # by a KeyboardInterrupt: open files are removed on its way
    ASK = auto()  # by setting `asked`: the render keeps its state and ends by itself


class Stopping:
    """Listens for signals; `status` is the exit status once one came, `asked` a render's sign.

    `last_words` goes to standard output when the program quits at once.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.manner = Manner.QUIT
        self.last_words = b""
        self.status = 0

    def listen(self) -> None:
        """Takes over SIGINT and SIGTERM until the process ends, its last moments included."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._received)

    def _received(self, number: int, frame: FrameType | None) -> None:
        again = self.status != 0
        self.status = 128 + number  # what a shell reports for a program that the signal killed
        if again or self.manner is Manner.QUIT:
            self._quit()
        self.asked.set()
        if self.manner is Manner.UNWIND:
            raise KeyboardInterrupt

    def _quit(self) -> NoReturn:
        # Straight to the descriptors: the signal may have come in the middle of a buffered write.
        with suppress(OSError):
            os.write(1, self.last_words)
        with suppress(OSError):
            cursor = _SHOW_CURSOR if sys.__stderr__ is not None and os.isatty(2) else b""
            os.write(2, cursor + b"Stopped.\n")
        os._exit(self.status)
