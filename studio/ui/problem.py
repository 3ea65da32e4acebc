"""The bar that says what went wrong, in a sentence, with the log and a report behind it."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, Qt, Signal, qVersion
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

import studio
from studio.ui.icons import icon
from studio.ui.theme import RADIUS, L, M, S, tokens

MOST_LINES = 10  # of the log, before it scrolls
Kind = Literal["error", "warning", "info"]


class ProblemBar(QWidget):
    """One sentence over the place it is about; hidden while there is nothing to say."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "info"
        self.picture = QLabel()
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)  # names in it may come from anybody
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._offered: dict[QPushButton, Callable[[], None]] = {}
        self.offer_button, self.second_offer = QPushButton(), QPushButton()
        for button in (self.offer_button, self.second_offer):
            button.setAccessibleName("Take the offer")
            button.setToolTip("Do what this message offers")
            button.clicked.connect(partial(self._take_offer, button))
        self.details_button = QPushButton("Details")
        self.details_button.setCheckable(True)
        self.details_button.setAccessibleName("Show details")
        self.details_button.setToolTip("Show the log that belongs to this message")
        self.copy_button = QPushButton("Copy report")
        self.copy_button.setAccessibleName("Copy report")
        self.copy_button.setToolTip("Copy the message, the log and the versions to the clipboard")
        self.close_button = QToolButton()
        self.close_button.setAccessibleName("Dismiss message")
        self.close_button.setToolTip("Dismiss this message (Esc)")
        self.log = _log_box()
        self._arrange()
        self.details_button.toggled.connect(self.log.setVisible)
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.dismiss)
        self._dress()
        self.hide()

    def show_problem(self, sentence: str, details: str = "", kind: Kind = "error") -> None:
        """Shows a sentence for the person; `details` is the log that goes into the report."""
        self._kind = kind
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.log.setPlainText(details)
        lines = min(max(details.count("\n") + 1, 3), MOST_LINES)
        self.log.setFixedHeight(self.log.fontMetrics().lineSpacing() * lines + 2 * L)
        self.details_button.setChecked(False)
        self.details_button.setVisible(bool(details))
        self.copy_button.setVisible(kind != "info")
        self._offered.clear()
        self.offer_button.hide()
        self.second_offer.hide()
        self._dress()
        self.show()

    def offer(self, words: str, do: Callable[[], None]) -> None:
        """Adds a button to the sentence that is shown, at most two; pressed, it takes all of it
        away and does it.
        """
        button = self.second_offer if self._offered else self.offer_button
        self._offered[button] = do
        button.setText(words)
        button.setAccessibleName(words)
        button.show()

    def dismiss(self) -> None:
        """Takes the sentence away."""
        self.hide()
        self.dismissed.emit()

    def take_back(self, sentence: str) -> None:
        """Takes a sentence away that holds no more, where it is still the one that is shown."""
        if self.sentence.text() == sentence:
            self.dismiss()

    def report(self) -> str:
        """What a person pastes where they ask for help."""
        parts = [self.sentence.text(), versions()]
        if log := self.log.toPlainText():
            parts.append(log)
        return "\n\n".join(parts)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

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

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(M)
        row.addWidget(self.picture)
        row.addWidget(self.sentence, 1)
        for button in (
            self.offer_button,
            self.second_offer,
            self.details_button,
            self.copy_button,
            self.close_button,
        ):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, S, M, S)
        column.setSpacing(S)
        column.addLayout(row)
        column.addWidget(self.log)

    def _take_offer(self, button: QPushButton, _pressed: bool = False) -> None:
        do = self._offered.pop(button, None)
        self.dismiss()
        if do is not None:
            do()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report())

    def _dress(self) -> None:
        self.picture.setPixmap(icon(self._kind, self, self._colour()).pixmap(18, 18))
        self.close_button.setIcon(icon("close", self))

    def _colour(self) -> QColor:
        colours = tokens(self)
        return {"error": colours.danger, "warning": colours.warn, "info": colours.accent}[
            self._kind
        ]


def versions() -> str:
    """One line with the versions that a report needs."""
    return (
        f"Clipwright {studio.__version__}, Qt {qVersion()}, Python {platform.python_version()}, "
        f"{platform.platform()}"
    )


def _log_box() -> QPlainTextEdit:
    box = QPlainTextEdit(readOnly=True)
    box.setAccessibleName("Log")
    box.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    box.setTabChangesFocus(True)
    box.hide()
    return box
