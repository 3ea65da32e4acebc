"""The area that shows a picture: as large as it fits, or zoomed to its pixels and moved by hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.stage.view_box import ViewBox
from studio.ui.theme import tokens

_SHARP_FROM = 2.0  # device pixels a picture pixel; from here on pixels are shown as squares
_NOTCH = 120  # of a wheel, in Qt's eighths of a degree
_ZOOM_PER_NOTCH = 1.25
_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class Canvas(QWidget):
    """Shows one picture over a quiet ground; wheel zooms around the pointer, drag moves."""

    view_changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.soft = False  # never shows pixels as squares
        self.caption = ""
        self.painted = 0  # pictures that reached the screen
        self._picture = QImage()
        self._fresh = False
        self._view = ViewBox((1, 1), (1, 1))
        self._grip: QPointF | None = None
        self._focus_is_seen = False

    @property
    def picture(self) -> QImage:
        """What is shown; null while there is nothing."""
        return self._picture

    @property
    def view(self) -> ViewBox:
        """Where the picture lies."""
        return self._view

    def show_picture(self, picture: QImage) -> None:
        """Shows a picture; one of another size is fitted anew."""
        size = (max(1, picture.width()), max(1, picture.height()))
        if size != self._view.picture:
            self._view = ViewBox(size, self._area())
            self.view_changed.emit()
        self._picture, self._fresh = picture, True
        self.update()

    def clear(self) -> None:
        """Shows nothing."""
        self._picture = QImage()
        self.update()

    def set_view(self, view: ViewBox) -> None:
        """Takes over zoom and place, also those of another picture's view."""
        mine = ViewBox(self._view.picture, self._area(), view.zoom, view.centre)
        if mine != self._view:
            self._view = mine
            self.show_hand()
            self.view_changed.emit()
            self.update()

    def fit(self) -> None:
        """As large as it fits."""
        self.set_view(self._view.fitted())

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """So many device pixels a picture pixel, around a point or the middle."""
        if not self._picture.isNull():
            point = (QPointF(self.rect().center()) if at is None else at) * self.devicePixelRatioF()
            self.set_view(self._view.zoomed(zoom, point.x(), point.y()))

    def zoom_by(self, notches: float, at: QPointF | None = None) -> None:
        """In or out by so many notches of a wheel."""
        self.zoom_to(self._view.scale * _ZOOM_PER_NOTCH**notches, at)

    def show_hand(self) -> None:
        """Shows by the pointer whether the picture can be moved."""
        if self._grip is None:
            movable = self._view.movable and not self._picture.isNull()
            self.setCursor(Qt.CursorShape.OpenHandCursor if movable else Qt.CursorShape.ArrowCursor)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(640, 360)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(event.rect(), tokens(self).stage)
        if self._picture.isNull():
            self._paint_caption(painter)
        else:
            self.painted += self._fresh
            self._fresh = False
            self.paint_pictures(painter)
        if self._focus_is_seen and self.hasFocus():
            painter.setPen(tokens(self).accent)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def paint_pictures(self, painter: QPainter) -> None:
        """Draws what is shown."""
        self.paint_picture(painter, self._picture, self._view)

    def paint_picture(self, painter: QPainter, picture: QImage, view: ViewBox) -> None:
        """Draws a picture where its view says, to the device pixel."""
        scale = 1 / self.devicePixelRatioF()
        painter.save()
        painter.scale(scale, scale)
        whole = abs(view.scale - round(view.scale)) < 1e-6
        sharp = not self.soft and (view.scale >= _SHARP_FROM or whole) and view.zoom is not None
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp)
        painter.drawImage(QRect(*view.rectangle()), picture)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._view = self._view.for_area(self._area())
        self.view_changed.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        # A click needs no frame to say where it went; the picture is to stay clean.
        self._focus_is_seen = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        notches = (event.angleDelta().y() or event.angleDelta().x()) / _NOTCH
        if notches and not self._picture.isNull():
            self.zoom_by(notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton and self._view.movable:
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._grip is None:
            return
        by = (event.position() - self._grip) * self.devicePixelRatioF()
        self._grip = event.position()
        self.set_view(self._view.moved(by.x(), by.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._grip = None
        self.show_hand()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._view.zoom is None:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def _area(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def _paint_caption(self, painter: QPainter) -> None:
        painter.setPen(tokens(self).quiet)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.1)
        painter.setFont(font)
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.caption)
