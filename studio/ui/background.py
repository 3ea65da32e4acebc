"""Work beside the event loop whose result is wanted on it: pictures read, written and packed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from queue import SimpleQueue
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThreadPool, QTimer

from studio.core.errors import StudioError

T = TypeVar("T")
_LOOK_MS = 15


class Background(QObject):
    """Does works one beside the other and hands over what comes of each, as long as it lives."""

    def __init__(self, parent: QObject, pool: QThreadPool | None = None) -> None:
        super().__init__(parent)
        self._pool = pool or QThreadPool.globalInstance()
        self._numbers = count()
        # Kept here: a worker that outlives the window holds on to nothing of it.
        self._under_way: dict[int, Callable[[Any], None]] = {}
        self._results: SimpleQueue[tuple[int, object]] = SimpleQueue()
        # A timer that looks, and no signal out of the thread: the window may be gone by then.
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._hand_over)

    @property
    def busy(self) -> bool:
        """Whether results are still to come."""
        return bool(self._under_way)

    def start(self, work: Callable[[], T], done: Callable[[T | StudioError], None]) -> None:
        """Runs `work` on a worker thread, then `done` with its result or error on this one."""
        number, results = next(self._numbers), self._results
        self._under_way[number] = done
        self._look.start()

        def run() -> None:
            result: object = StudioError("This did not work, for a reason that only the log knows.")
            try:
                result = work()
            except StudioError as error:
                result = error
            finally:
                results.put((number, result))

        self._pool.start(run)

    def forget(self) -> None:
        """What is under way comes to nothing."""
        self._under_way.clear()
        self._look.stop()

    def _hand_over(self) -> None:
        for _ in range(self._results.qsize()):
            number, result = self._results.get_nowait()
            done = self._under_way.pop(number, None)
            if not self._under_way:
                self._look.stop()
            if done is not None:
                done(result)
