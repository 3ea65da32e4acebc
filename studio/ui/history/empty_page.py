"""What History shows where it has no clip to show: what will be here, or how to see more again."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.core.library import ClipFilter
from studio.ui.icons import icon
from studio.ui.theme import XL, M, tokens


class EmptyPage(QWidget):
    """An icon, a sentence, what to do, and for a search the way back."""

    clear_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = "history"
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.heading = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.heading.setProperty("role", "heading")
        self.advice = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.advice.setProperty("role", "quiet")
        self.clear = QPushButton("Show all clips")
        self.clear.setAccessibleName("Show all clips")
        self.clear.setToolTip("Clear the search and the filters (Esc in the search field)")
        self.clear.clicked.connect(self.clear_wanted)
        self._arrange()

    def explain(self, wanted: ClipFilter) -> None:
        """Says why there is nothing, for a filter that lists no clip."""
        searched = wanted != ClipFilter()
        self._picture = "search" if searched else "history"
        if not searched:
            self.heading.setText("Your clips will be here")
            self.advice.setText(
                "Write a prompt or drop a photo, then press Render (Ctrl+Enter). Each finished "
                "clip comes here with all that made it."
            )
        else:
            self.heading.setText(_nothing(wanted))
            self.advice.setText(_way_on(wanted))
        self.clear.setVisible(searched)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._dress()

    def _dress(self) -> None:
        self.picture.setPixmap(icon(self._picture, self, tokens(self).faint).pixmap(40, 40))

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, M, XL, XL)
        column.setSpacing(M)
        column.addStretch()
        for widget in (self.picture, self.heading, self.advice):
            column.addWidget(widget)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()


def _nothing(wanted: ClipFilter) -> str:
    if wanted.text:
        return f"No clip matches “{_short(wanted.text)}”"
    return "No starred clip here" if wanted.starred else "No clip matches these filters"


def _way_on(wanted: ClipFilter) -> str:
    if wanted.text:
        return "Every word has to occur in the prompt or the name. Try fewer or other words."
    if wanted.starred:
        return "Give a clip its star with * or a click on the star in its corner."
    return "Choose another model or preset."


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
