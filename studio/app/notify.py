"""A notification on the desktop when the queue has ended."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from PySide6.QtCore import QObject, QTimer

from studio.core.folders import assets

_TURN_MS = 20
_PATIENCE_MS = 10_000
_log = logging.getLogger(__name__)


class Notifier(QObject):
    """Tells the desktop that the queue has ended, without a thread and without a wait.

    The service is spoken to in an asyncio loop of its own that gets a turn now and then between
    the window's events, until it has answered or ten seconds are over. Where there is no service, a
    line in the log says so.
    """

    def __init__(self, *, enabled: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.enabled = enabled
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns = QTimer(self, interval=_TURN_MS)
        self._turns.timeout.connect(self._take_turn)
        self._limit = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._limit.timeout.connect(self.stop)

    @property
    def busy(self) -> bool:
        """Whether a notification is still being handed over."""
        return self._loop is not None

    def queue_ended(self, done: int, failed: int) -> None:
        """Say how many clips were made and how many jobs failed since the queue began."""
        if not self.enabled or not (done or failed):
            return
        self.stop()
        self._loop = asyncio.new_event_loop()
        self._loop.create_task(_send(*_words(done, failed)))
        self._turns.start()
        self._limit.start()

    def stop(self) -> None:
        """Give up what is being handed over, as at the end of the program."""
        self._turns.stop()
        self._limit.stop()
        loop, self._loop = self._loop, None
        if loop is None:
            return
        # A connection that is half open is closed by the end of its task.
        loop.run_until_complete(_cancel(asyncio.all_tasks(loop)))
        loop.close()

    def _take_turn(self) -> None:
        loop = self._loop
        if loop is None:
            return
        loop.call_soon(loop.stop)
        loop.run_forever()
        if not asyncio.all_tasks(loop):
            self.stop()


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _words(done: int, failed: int) -> tuple[str, str]:
    clips = "1 clip is ready" if done == 1 else f"{done} clips are ready"
    jobs = "1 job failed" if failed == 1 else f"{failed} jobs failed"
    if not failed:
        return "The queue is done", f"{clips}."
    if not done:
        return "The queue has ended", f"{jobs}; the queue says why."
    return "The queue has ended", f"{clips}; {jobs}, and the queue says why."


async def _send(title: str, message: str) -> None:
    # Only now: its import takes a moment, which at the end of a queue nobody misses.
    from desktop_notifier import DesktopNotifier, Icon

    # Windows and macOS take the icon from the program, and read no SVG.
    linux = sys.platform.startswith("linux")
    icon = Icon(path=assets() / "icons" / "app.svg") if linux else None
    try:
        # It logs by itself where no service is there.
        await DesktopNotifier("Clipwright", icon).send(title, message)
    except Exception as error:  # noqa: BLE001 - the edge to the desktop's services
        _log.info("No notification could be shown: %s", error)
