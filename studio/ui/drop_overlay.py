"""Drops anywhere in the window: what may come in, and the veil that says what it will do."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.compose.photo_intake import may_hold_media, take_in
from studio.ui.icons import icon
from studio.ui.theme import L, tokens

LONGEST_NAME = 40  # characters


class DropOverlay(QWidget):
    """Lies over the window while something is dragged that it takes; the mouse goes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sentence = ""
        self.hide()

    def announce(self, sentence: str) -> None:
        """Covers the window and says what a drop will do."""
        self.sentence = sentence
        self.setAccessibleName(sentence)
        self.setGeometry(self.window().rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colours.window)
        veil.setAlphaF(0.88)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(colours.accent, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(L, L, -L, -L), L, L)
        middle = self.rect().center()
        side = QSize(40, 40)
        picture = icon("photo", self, colours.accent).pixmap(side, self.devicePixelRatioF())
        painter.drawPixmap(middle.x() - 20, middle.y() - 52, picture)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        painter.setFont(font)
        painter.setPen(colours.text)
        below = self.rect().adjusted(2 * L, middle.y(), -2 * L, -2 * L)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(below, flags | Qt.TextFlag.TextWordWrap, self.sentence)
        painter.end()


def promise(mime: QMimeData) -> str | None:
    """What a drop of this will do, as a sentence; None for what the window does not take."""
    if not may_hold_media(mime):
        return None
    if not any(url.isLocalFile() for url in mime.urls()):
        # Its data may be large, or not there before the drop.
        return "Drop to use this picture as the photo"
    found = take_in(mime)
    photos = [photo.name for photo in found.photos if not isinstance(photo, bytes)]
    parts: list[str] = []
    if len(photos) == 1:
        parts.append(f"use {_short(photos[0])} as the photo")
    elif photos:
        parts.append(f"use {len(photos)} photos, one clip each")
    if len(found.clips) == 1:
        parts.append(f"bring back the settings of {_short(found.clips[0].name)}")
    elif found.clips:
        parts.append("bring back the settings of the first clip")
    if found.presets:
        parts.append("look through the presets in it")
    return f"Drop to {' and to '.join(parts)}"


def _short(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    half = LONGEST_NAME // 2
    return f"{name[: half - 1]}…{name[-half:]}"
