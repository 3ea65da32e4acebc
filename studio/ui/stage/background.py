"""Work beside the event loop whose result is wanted on it: pictures read, written and packed."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThreadPool, QTimer

from studio.core.errors import StudioError

T = TypeVar("T")
_LOOK_MS = 15


class Background(QObject):
    """Does works one beside the other and hands over what comes of each, as long as it lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._results: SimpleQueue[tuple[Callable[[Any], None], object]] = SimpleQueue()
        self._under_way = 0
        # A timer that looks, and no signal out of the thread: the window may be gone by then.
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._hand_over)

    def start(self, work: Callable[[], T], done: Callable[[T | StudioError], None]) -> None:
        """Runs `work` on a worker thread, then `done` with its result or error on this one."""
        results = self._results
        self._under_way += 1
        self._look.start()

        def run() -> None:
            result: object = StudioError("This did not work, for a reason that only the log knows.")
            try:
                result = work()
            except StudioError as error:
                result = error
            finally:
                results.put((done, result))

        QThreadPool.globalInstance().start(run)

    def forget(self) -> None:
        """What is under way comes to nothing."""
        self._results = SimpleQueue()
        self._under_way = 0
        self._look.stop()

    def _hand_over(self) -> None:
        try:
            done, result = self._results.get_nowait()
        except Empty:
            return
        self._under_way -= 1
        if not self._under_way:
            self._look.stop()
        done(result)
