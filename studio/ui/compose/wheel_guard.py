"""Keeps the mouse wheel, meant to scroll the column, from changing values that pass under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Lets a wheel through to a field only while it has the focus."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        # Not WheelFocus: turning the wheel over a field must not give it the focus either.
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is not QEvent.Type.Wheel:
            return False
        if isinstance(watched, QWidget) and watched.hasFocus():
            return False
        event.ignore()
        return True
