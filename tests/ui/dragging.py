"""Drags over a window as the system brings them: Qt finds the widget under the mouse itself."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

_WAY = (Qt.DropAction.CopyAction,)
_HELD = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


class Drag:
    """Something dragged over a window that is shown, at points in the window.

    Events go to the window's QWindow, where those of the system arrive; a QWidget would get them
    whatever lies under the mouse. Data and events are kept, because Qt only borrows them.
    """

    def __init__(self, window: QWidget, mime: QMimeData) -> None:
        self._window = window.window().windowHandle()
        self._mime = mime
        self._events: list[QEvent] = []

    def enter(self, point: QPoint) -> bool:
        """Brings it in; whether what lies there would take it."""
        return self._send(QDragEnterEvent(point, *_WAY, self._mime, *_HELD))

    def move(self, point: QPoint) -> bool:
        """Moves it on; widgets on the way are entered and left."""
        return self._send(QDragMoveEvent(point, *_WAY, self._mime, *_HELD))

    def leave(self) -> None:
        """Takes it out of the window."""
        self._send(QDragLeaveEvent())

    def drop(self, point: QPoint) -> bool:
        """Lets it go; whether it was taken."""
        return self._send(QDropEvent(QPointF(point), *_WAY, self._mime, *_HELD))

    def _send(self, event: QEvent) -> bool:
        self._events.append(event)
        QCoreApplication.sendEvent(self._window, event)
        return event.isAccepted()
