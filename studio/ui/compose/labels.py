"""The labels of Compose: names of fields, quiet facts, and sentences in place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from studio.ui.icons import icon
from studio.ui.theme import M, S, tokens

ICON = 16  # pixels


class QuietLabel(QLabel):
    """A label that steps back behind what it describes; long text takes more lines."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("role", "quiet")
        self.setWordWrap(True)


class FieldLabel(QLabel):
    """A field's name; a dot marks a value that is not the model's own, a double click undoes it."""

    reset_wanted = Signal()

    def __init__(self, name: str, field: QWidget) -> None:
        super().__init__(name)
        self._name = name
        self._own = False
        self.setProperty("role", "quiet")
        self.setBuddy(field)

    def mark(self, own: bool, default: str) -> None:
        """Says whether the value is the person's own, and what the model's would be."""
        self.setToolTip(f"The model’s own is {default}; double-click to go back." if own else "")
        if own is self._own:
            return
        self._own = own
        self.setText(f"{self._name} •" if own else self._name)
        self.setProperty("role", None if own else "quiet")
        self.style().unpolish(self)
        self.style().polish(self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._own:
            self.reset_wanted.emit()


class Notice(QWidget):
    """A sentence with its icon, in the place that it is about; hidden while there is none."""

    def __init__(self, kind: str, closable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setProperty("role", "error" if kind == "error" else None)
        self.sentence.setMinimumWidth(1)  # a long path must not widen the column
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.closer = QToolButton(autoRaise=True)
        self.closer.setIcon(icon("close"))
        self.closer.setAccessibleName("Dismiss")
        self.closer.setToolTip("Dismiss this message")
        self.closer.clicked.connect(self.clear)
        self.closer.setVisible(closable)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, S // 2, 0, S // 2)
        row.setSpacing(M)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.closer, 0, Qt.AlignmentFlag.AlignTop)
        self._paint_icon()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, empty while there is none."""
        return self.sentence.text()

    def show_sentence(self, text: str) -> None:
        """Shows a sentence, or hides for an empty one."""
        self.sentence.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def clear(self) -> None:
        """Takes the sentence away."""
        self.show_sentence("")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._paint_icon()

    def _paint_icon(self) -> None:
        colours = tokens(self)
        colour = {"error": colours.danger, "warning": colours.warn}.get(self._kind, colours.quiet)
        drawing = icon(self._kind, self, colour)
        self.picture.setPixmap(drawing.pixmap(QSize(ICON, ICON), self.devicePixelRatioF()))
