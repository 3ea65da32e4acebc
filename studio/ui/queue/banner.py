"""A bar over the list that says what goes on and offers what to do about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.ui.icons import icon
from studio.ui.theme import RADIUS, L, M, S, tokens


class Banner(QWidget):
    """An icon, a sentence and one or two buttons, the first of them the one that is meant."""

    def __init__(self, name: str, first: str, second: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._name = name
        self._picture = QLabel()
        self.sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.first = QPushButton(first)
        self.first.setProperty("role", "primary" if second else "")
        self.second = QPushButton(second)
        row = QHBoxLayout(self)
        row.setContentsMargins(L, M, M, M)
        row.setSpacing(M)
        row.addWidget(self._picture)
        row.addSpacing(S)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.second)
        row.addWidget(self.first)
        for button in (self.first, self.second):
            button.setAccessibleName(button.text())
            button.setToolTip(button.text())
        self.second.setVisible(bool(second))
        QWidget.setTabOrder(self.first, self.second)
        self._dress()
        self.hide()

    def say(self, sentence: str) -> None:
        """Show the bar with this sentence."""
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.first.setAccessibleDescription(sentence)
        self.show()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour(), 1))
        painter.setBrush(colours.surface)
        inside = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(inside, RADIUS, RADIUS)
        painter.end()

    def _dress(self) -> None:
        self._picture.setPixmap(icon(self._name, self, self._colour()).pixmap(18, 18))

    def _colour(self) -> QColor:
        return tokens(self).warn
