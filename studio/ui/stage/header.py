"""The line over the picture: what it is, and what goes on with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.ui.theme import L, M, S, tokens

_NOTE_MS = 4000


class Header(QWidget):
    """A title, facts beside it, and at the right a badge or for a moment a note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel()
        self.title.setProperty("role", "heading")
        self.facts = QLabel()
        self.facts.setProperty("role", "quiet")
        self.note = QLabel()
        self.note.setProperty("role", "quiet")
        self.badge = Badge()
        row = QHBoxLayout(self)
        row.setContentsMargins(L, S, L, S)
        row.setSpacing(M)
        row.addWidget(self.title, 1)
        for widget in (self.note, self.facts, self.badge):
            row.addWidget(widget)
        self.setFixedHeight(32)
        self._note_ends = QTimer(self, singleShot=True, interval=_NOTE_MS)
        self._note_ends.timeout.connect(self._end_note)
        self.show_title("")

    def show_title(self, title: str, facts: str = "", badge: str = "") -> None:
        """Shows what it is."""
        self.title.set_text(title)
        self.facts.setText(facts)
        self.badge.setText(badge)
        self.badge.setVisible(bool(badge))
        self._end_note()

    def show_note(self, text: str) -> None:
        """Says for a moment what was done."""
        self.note.setText(text)
        self.note.show()
        self.facts.hide()
        self._note_ends.start()

    def _end_note(self) -> None:
        self._note_ends.stop()
        self.note.hide()
        self.facts.setVisible(bool(self.facts.text()))


class Badge(QLabel):
    """A few words in a rounded field of the accent's colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Progress")
        self.setContentsMargins(M, 2, M, 2)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.accent)
        radius = self.height() / 2
        painter.drawRoundedRect(self.rect(), radius, radius)
        painter.setPen(colours.accent_text)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class ElidedLabel(QLabel):
    """A label of one line that leaves out the end of a text it has no room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._whole = ""

    def set_text(self, text: str) -> None:
        """Takes a text; all of it is in the tooltip."""
        self._whole = " ".join(text.split())
        self.setToolTip(self._whole)
        self.setAccessibleName(self._whole)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room))
