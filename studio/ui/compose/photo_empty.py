"""The photo well while it is empty: what to do here, and the keys for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.ui.compose.labels import QuietLabel
from studio.ui.icons import icon
from studio.ui.theme import RADIUS, L, M, tokens

BROWSE_KEY, PASTE_KEY = "Ctrl+O", "Ctrl+V"
ICON = 28  # pixels


class EmptyWell(QWidget):
    """A dashed place to drop a photo, with buttons to paste one and to browse for one."""

    browse_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hot = False
        self.setAccessibleName("Photo")
        self.setMinimumHeight(124)
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.call = QLabel("Drop a photo here", alignment=Qt.AlignmentFlag.AlignCenter)
        self.note = QuietLabel()
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.paste = self._button("Paste", "paste", PASTE_KEY, "Paste a photo")
        self.browse = self._button("Browse…", "browse", BROWSE_KEY, "Choose photo files")
        self.paste.clicked.connect(self.paste_wanted)
        self.browse.clicked.connect(self.browse_wanted)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.paste)
        buttons.addWidget(self.browse)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(L, L, L, L)
        column.setSpacing(M)
        for widget in (self.picture, self.call, self.note):
            column.addWidget(widget)
        column.addLayout(buttons)
        self._paint_icon()

    def set_hot(self, hot: bool) -> None:
        """Shows that what is dragged over it may be dropped."""
        self._hot = hot
        self.update()

    def set_note(self, text: str) -> None:
        """What a photo means for the chosen model."""
        self.note.setText(text)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._paint_icon()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.browse_wanted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.SolidLine if self._hot else Qt.PenStyle.DashLine
        colour = colours.accent if self._hot else colours.line
        painter.setPen(QPen(colour, 2 if self._hot else 1.5, style))
        painter.setBrush(colours.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.end()

    def _button(self, text: str, picture: str, key: str, tip: str) -> QPushButton:
        button = QPushButton(icon(picture), f"{text}  {key}")
        button.setAccessibleName(tip)
        button.setToolTip(f"{tip} ({key})")
        return button

    def _paint_icon(self) -> None:
        drawing = icon("photo", self, tokens(self).quiet)
        self.picture.setPixmap(drawing.pixmap(QSize(ICON, ICON), self.devicePixelRatioF()))
