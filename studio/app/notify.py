"""A notification on the desktop when the queue has ended, or waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from studio.app.notification import Notification

_TURN_MS = 20
_PATIENCE_MS = 10_000


class Notifier(QObject):
    """Tells the desktop one thing after another, without a thread and without a wait.

    A notification gets a turn now and then between the window's events, until the service has
    answered or ten seconds are over.
    """

    def __init__(self, *, enabled: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.enabled = enabled
        self._waiting: list[tuple[str, str]] = []  # titles and sentences, told from the next turn
        self._notification: Notification | None = None
        self._turns = QTimer(self, interval=_TURN_MS)
        self._turns.timeout.connect(self._take_turn)
        self._limit = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._limit.timeout.connect(self.stop)

    @property
    def busy(self) -> bool:
        """Whether a notification is still being handed over."""
        return self._turns.isActive()

    def queue_ended(self, done: int, failed: int) -> None:
        """Say how many clips were made and how many jobs failed since the queue began."""
        if done or failed:
            self._tell(*_words(done, failed))

    def queue_waits(self, reason: str) -> None:
        """Say why the queue does not go on by itself."""
        self._tell("The queue waits", reason)

    def _tell(self, title: str, sentence: str) -> None:
        if self.enabled:
            self._waiting.append((title, sentence))
            self._turns.start()
            self._limit.start()

    def stop(self) -> None:
        """Give up what is being handed over, as at the end of the program."""
        self._turns.stop()
        self._limit.stop()
        self._waiting.clear()
        notification, self._notification = self._notification, None
        if notification is not None:
            notification.close()

    def _take_turn(self) -> None:
        if self._notification is None:
            # Only now: its imports take a moment, which at the end of a queue nobody misses.
            from studio.app.notification import Notification

            self._notification = Notification(*self._waiting[0])
        if not self._notification.take_turn():
            return
        self._notification.close()
        self._notification = None
        del self._waiting[0]
        if self._waiting:
            self._limit.start()
        else:
            self.stop()


def _words(done: int, failed: int) -> tuple[str, str]:
    clips = "1 clip is ready" if done == 1 else f"{done} clips are ready"
    jobs = "1 job failed" if failed == 1 else f"{failed} jobs failed"
    if not failed:
        return "The queue is done", f"{clips}."
    if not done:
        return "The queue has ended", f"{jobs}; the queue says why."
    return "The queue has ended", f"{clips}; {jobs}, and the queue says why."
