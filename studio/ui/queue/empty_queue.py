"""What the page says while there is no job."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from studio.ui.icons import icon
from studio.ui.theme import M, tokens

_ICON = 40


class EmptyQueue(QWidget):
    """Tells how jobs get here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.heading = QLabel("Nothing is waiting", alignment=Qt.AlignmentFlag.AlignCenter)
        self.heading.setProperty("role", "heading")
        self.advice = QLabel(
            "Type a prompt or drop a photo, then press Render (Ctrl+Enter). "
            "Jobs line up here and are rendered one after the other.",
            alignment=Qt.AlignmentFlag.AlignCenter,
            wordWrap=True,
        )
        self.advice.setProperty("role", "quiet")
        column = QVBoxLayout(self)
        column.setSpacing(M)
        column.addStretch(1)
        for label in (self._picture, self.heading, self.advice):
            column.addWidget(label)
        column.addStretch(1)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._dress()

    def _dress(self) -> None:
        drawing = icon("queue", self, tokens(self).faint)
        self._picture.setPixmap(drawing.pixmap(_ICON, _ICON))
