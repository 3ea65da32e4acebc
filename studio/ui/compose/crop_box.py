"""The photo with its crop box: moved, scaled and reset by mouse and by keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.photo import CropBox
from studio.ui.compose.crop_geometry import Framing, Handle
from studio.ui.compose.crop_painting import paint_box
from studio.ui.theme import tokens

LOWEST, HIGHEST = 110, 300  # pixels of the screen
GRIP = 11.0  # pixels around a handle in which the mouse takes it
RADIUS = 6.0
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
LARGER = {Qt.Key.Key_Plus, Qt.Key.Key_Equal}
SMALLER = {Qt.Key.Key_Minus, Qt.Key.Key_Underscore}
CURSORS = {
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
}


class CropView(QWidget):
    """A photo as large as fits, what the clip will not show darkened, and a box to drag."""

    cropped = Signal(object)  # CropBox, or None for the largest in the middle
    removal_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QImage()
        self._framing: Framing | None = None
        self._box: CropBox | None = None
        self._held: Handle | None = None
        self._moving_from: tuple[QPointF, CropBox] | None = None
        self._hot = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Crop box")
        self.setToolTip(
            "Drag the box or its handles. Arrows move it by a pixel of the photo, with Shift by "
            "ten; + and − scale it; a double click or Home takes it back; Delete removes the photo."
        )

    def show_photo(self, picture: QImage, framing: Framing | None, box: CropBox | None) -> None:
        """Shows a photo; without a framing it is shown whole and nothing is cut."""
        self._picture, self._framing = picture, framing
        self._box = None if framing is None else box or framing.largest()
        self._describe()
        self._fit_height()
        self.update()

    def set_hot(self, hot: bool) -> None:
        """Shows that what is dragged over it may be dropped."""
        self._hot = hot
        self.update()

    @property
    def box(self) -> CropBox | None:
        """The box in pixels of the photo."""
        return self._box

    def photo_area(self) -> QRectF:
        """Where the photo lies in the widget."""
        if self._picture.isNull():
            return QRectF()
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(left, top, size.width(), size.height())

    def box_area(self) -> QRectF:
        """Where the box lies in the widget."""
        if self._box is None or self._framing is None:
            return self.photo_area()
        area, scale, box = self.photo_area(), self._scale(), self._box
        return QRectF(
            area.left() + box.x * scale,
            area.top() + box.y * scale,
            box.width * scale,
            box.height * scale,
        )

    def handle_at(self, handle: Handle) -> QPointF:
        """Where a handle's middle lies in the widget."""
        area = self.box_area()
        across, down = handle.value
        return area.center() + QPointF(across * area.width() / 2, down * area.height() / 2)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(320, self._height_for(320))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit_height()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is not Qt.MouseButton.LeftButton or self._box is None:
            return
        at = event.position()
        self._held = self._handle_under(at)
        if self._held is None and self.box_area().contains(at):
            self._moving_from = at, self._box
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        at, framing, box = event.position(), self._framing, self._box
        if framing is None or box is None:
            return
        if self._held is not None:
            inside = (at - self.photo_area().topLeft()) / self._scale()
            self._change(framing.dragged(box, self._held, inside.x(), inside.y()))
        elif self._moving_from is not None:
            start, before = self._moving_from
            by = (at - start) / self._scale()
            self._change(framing.moved(before, round(by.x()), round(by.y())))
        else:
            self._point(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._held = self._moving_from = None
        self._point(event.position())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.take_back()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        framing, box, key = self._framing, self._box, Qt.Key(event.key())
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit()
        elif framing is None or box is None:
            super().keyPressEvent(event)
        elif key in ARROWS:
            by = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self._change(framing.moved(box, ARROWS[key][0] * by, ARROWS[key][1] * by))
        elif key in LARGER or key in SMALLER:
            self._change(framing.scaled(box, 1 if key in LARGER else -1))
        elif key == Qt.Key.Key_Home:
            self.take_back()
        else:
            super().keyPressEvent(event)

    def take_back(self) -> None:
        """Puts the largest box in the middle again."""
        self._held = self._moving_from = None
        if self._framing is not None:
            self._box = self._framing.largest()
            self._describe()
            self.update()
            self.cropped.emit(None)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        area = self.photo_area()
        path = QPainterPath()
        path.addRoundedRect(area, RADIUS, RADIUS)
        painter.setClipPath(path)
        ratio = self.devicePixelRatioF()
        # Qt's painter skips pixels when it shrinks a lot; scaled() averages them.
        shown = self._picture.scaled(
            (area.size() * ratio).toSize(),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(area, shown)
        if self._box is not None:
            dragging = self._held is not None or self._moving_from is not None
            handles = [self.handle_at(handle) for handle in Handle]
            paint_box(painter, area, self.box_area(), handles, thirds=dragging)
        painter.setClipping(False)
        if self.hasFocus() or self._hot:
            painter.setPen(QPen(tokens(self).accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.end()

    def _scale(self) -> float:
        assert self._framing is not None
        return self.photo_area().width() / self._framing.photo[0]

    def _handle_under(self, at: QPointF) -> Handle | None:
        def away(handle: Handle) -> float:
            off = self.handle_at(handle) - at
            return max(abs(off.x()), abs(off.y()))

        nearest = min(Handle, key=away)
        return nearest if away(nearest) <= GRIP else None

    def _point(self, at: QPointF) -> None:
        handle = self._handle_under(at) if self._box is not None else None
        if handle is not None:
            across, down = handle.value
            self.setCursor(CURSORS.get((across, down)) or CURSORS[-across, -down])
        elif self._box is not None and self.box_area().contains(at):
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def _change(self, box: CropBox) -> None:
        if box != self._box:
            self._box = box
            self._describe()
            self.update()
            self.cropped.emit(box)

    def _describe(self) -> None:
        box = self._box
        self.setAccessibleDescription(
            ""
            if box is None
            else f"{box.width}×{box.height} pixels of the photo, {box.x} from the left and "
            f"{box.y} from the top"
        )

    def _height_for(self, width: int) -> int:
        if self._picture.isNull():
            return LOWEST
        wanted = width * self._picture.height() / self._picture.width()
        return round(min(max(wanted, LOWEST), HIGHEST))

    def _fit_height(self) -> None:
        self.setFixedHeight(self._height_for(self.width()))
