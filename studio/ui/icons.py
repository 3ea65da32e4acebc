"""The icons: drawn by hand as strokes, painted in the colours of the scheme at any size."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from studio.core.folders import assets
from studio.ui.theme import tokens


def icon(name: str, widget: QWidget | None = None, colour: QColor | None = None) -> QIcon:
    """The icon of that name, in the colour given or in that of the scheme's text.

    Without a colour it follows the scheme by itself: only pixmaps taken from it have to be taken
    again. Raises FileNotFoundError for a name that has no drawing.
    """
    return QIcon(_Strokes(name, _drawing(name), colour))


def app_icon() -> QIcon:
    """The program's own icon, which has colours of its own."""
    return QIcon(_Strokes("app", _drawing("app"), QColor(Qt.GlobalColor.black)))


def icon_folder() -> Path:
    """Where the drawings are, one file a name."""
    return assets() / "icons"


class _Strokes(QIconEngine):
    """Paints one drawing, each size and colour once."""

    def __init__(self, name: str, drawing: bytes, colour: QColor | None) -> None:
        super().__init__()
        self._name = name
        self._drawing = drawing
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        scale = painter.device().devicePixelRatioF()
        picture = self._picture(rect.size() * scale, mode)
        picture.setDevicePixelRatio(scale)
        painter.drawPixmap(rect.topLeft(), picture)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self._picture(size, mode)

    def scaledPixmap(  # noqa: N802 - Qt's name
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        picture = self._picture(size * scale, mode)
        picture.setDevicePixelRatio(scale)
        return picture

    def clone(self) -> QIconEngine:
        return _Strokes(self._name, self._drawing, self._colour)

    def _picture(self, size: QSize, mode: QIcon.Mode) -> QPixmap:
        colour = self._paint_in(mode).name()
        key = f"clipwright/{self._name}/{colour}/{size.width()}x{size.height()}"
        picture = QPixmap()
        if not QPixmapCache.find(key, picture):
            picture = _draw(self._drawing.replace(b"currentColor", colour.encode()), size)
            QPixmapCache.insert(key, picture)
        return QPixmap(picture)

    def _paint_in(self, mode: QIcon.Mode) -> QColor:
        colours = tokens()
        if mode is QIcon.Mode.Disabled:
            return colours.faint
        if self._colour is not None:
            return self._colour
        return colours.text


@cache
def _drawing(name: str) -> bytes:
    return (icon_folder() / f"{name}.svg").read_bytes()


def _draw(drawing: bytes, size: QSize) -> QPixmap:
    picture = QPixmap(size)
    picture.fill(Qt.GlobalColor.transparent)
    side = min(size.width(), size.height())
    corner = QPoint((size.width() - side) // 2, (size.height() - side) // 2)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(QRect(corner, QSize(side, side))))
    painter.end()
    return picture
