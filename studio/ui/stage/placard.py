"""What stands on the stage while no picture does: a drawing, what is up, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.ui.icons import icon
from studio.ui.theme import L, M, tokens

_DRAWING = 56
_WIDEST = 600
_WIDEST_SENTENCE = 440


class Placard(QWidget):
    """A drawing over a title over a sentence or something else, in the middle."""

    def __init__(
        self, drawing: str, title: str, below: QWidget | str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._drawing = drawing
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.title = QLabel(title, alignment=Qt.AlignmentFlag.AlignCenter)
        self.title.setProperty("role", "title")
        below = _sentence(below) if isinstance(below, str) else below
        below.setMaximumWidth(min(_WIDEST, below.maximumWidth()))
        column = QVBoxLayout(self)
        column.setSpacing(M)
        column.addStretch(1)
        column.addWidget(self.picture)
        column.addSpacing(L)
        column.addWidget(self.title)
        row = QHBoxLayout()
        row.addWidget(below)
        column.addLayout(row)
        column.addStretch(1)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._dress()

    def _dress(self) -> None:
        drawing = icon(self._drawing, self, tokens(self).faint)
        self.picture.setPixmap(drawing.pixmap(QSize(_DRAWING, _DRAWING), self.devicePixelRatioF()))


def _sentence(text: str) -> QLabel:
    label = QLabel(text, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
    label.setProperty("role", "quiet")
    label.setMaximumWidth(_WIDEST_SENTENCE)
    return label
