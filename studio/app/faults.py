"""Errors of the window's own code: a log and a sentence, where a desktop start shows no trace."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from psygnal import EmitLoopError
from PySide6.QtCore import QObject, Signal

from studio.app.failure import failure_of
from studio.ui.main_window import MainWindow


class Faults(QObject):
    """While it is entered, what nobody caught is written to a log and said in the window."""

    _found = Signal(object)  # Exception

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._telling = False
        # By a signal, because what fails may be on a worker thread, and the window's is this one.
        self._found.connect(self._tell)

    def __enter__(self) -> Faults:
        self._before = sys.excepthook
        sys.excepthook = self.take
        return self

    def __exit__(self, *_: object) -> None:
        if sys.excepthook == self.take:  # else somebody else's is there now, and stays
            sys.excepthook = self._before

    def take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """The hook for an error that nobody caught; a terminal gets its trace as before."""
        self._before(kind, error, trace)
        if isinstance(error, Exception):
            self._found.emit(error)

    def _tell(self, error: Exception) -> None:
        # What goes wrong in the telling comes here again: to tell of that too would have no end.
        if self._telling:
            return
        self._telling = True
        try:
            cause = _cause_of(error)
            details = "".join(traceback.format_exception(cause)).rstrip()
            if not self._is_shown(details):
                self._window.show_problem(failure_of(cause).message, details)
        finally:
            self._telling = False

    def _is_shown(self, details: str) -> bool:
        # What fails at each tick of a timer makes one log, and can be read in peace.
        bar = self._window.problem
        return not bar.isHidden() and bar.log.toPlainText() == details


def _cause_of(error: Exception) -> Exception:
    """What really happened: a psygnal signal wraps what its listeners raise."""
    while isinstance(error, EmitLoopError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error
