"""The line under the picture: where the clip is, what is in memory, what lies between A and B."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from studio.ui.stage.clip_time import seconds_text
from studio.ui.theme import tokens

_MARGIN = 9  # left and right, for half of the handle
_GROOVE = 4
_HANDLE = 6  # its radius
_FLAG = 11  # the side of a mark's flag
_REACH = 3  # pixels around a flag that take hold of it


class Scrubber(QSlider):
    """A slider over a clip's frames that jumps to where it is pressed; frames count from 0.

    The flags of the marks A and B can be dragged; each frame on the way is told.
    """

    held = Signal()
    sought = Signal(int)
    marked = Signal(str, int)  # "A" or "B", and its frame
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName("Position in the clip")
        self.setToolTip("Press or drag to go to a frame (← →, Home, End)")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setRange(0, 0)
        self.setPageStep(10)
        self._frame_rate = 1.0
        self._spans: list[tuple[int, int]] = []
        self._a: int | None = None
        self._b: int | None = None
        self._hover: float | None = None
        self._dragged: str | None = None  # the mark that is
        self._grip = 0.0  # how far beside it the hand is
        self._following = False
        self.valueChanged.connect(self._value_changed)

    def set_clip(self, num_frames: int, frame_rate: float) -> None:
        """Takes another clip's length."""
        self._following = True
        self.setRange(0, max(0, num_frames - 1))
        self._following = False
        self._frame_rate = frame_rate
        self.update()

    def follow(self, frame: int) -> None:
        """Shows where the clip is."""
        self._following = True
        self.setValue(frame)
        self._following = False

    def show_spans(self, spans: list[tuple[int, int]]) -> None:
        """Shows which frames are in memory."""
        if spans != self._spans:
            self._spans = spans
            self.update()

    def show_marks(self, a: int | None, b: int | None) -> None:
        """Shows the part that is played."""
        if (a, b) != (self._a, self._b):
            self._a, self._b = a, b
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, 26)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, 26)

    def frame_at(self, x: float) -> int:
        """The frame under a place of the line."""
        wide = max(1.0, self.width() - 2.0 * _MARGIN)
        part = min(max((x - _MARGIN) / wide, 0.0), 1.0)
        return round(part * self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self._dragged = self._mark_at(event.position())
        mark = {"A": self._a, "B": self._b}.get(self._dragged or "")
        self._grip = 0.0 if mark is None else event.position().x() - self._x(mark)
        self.held.emit()
        self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hover = event.position().x()
        if self.isSliderDown():
            self._seek(event)
        drags = self._dragged or self._mark_at(event.position())
        shape = Qt.CursorShape
        self.setCursor(shape.SizeHorCursor if drags else shape.PointingHandCursor)
        self._tell(event, drags)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.isSliderDown():
            self.setSliderDown(False)
            self._dragged, self._grip = None, 0.0
            self.released.emit()
            self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        self._hover = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_line(painter, 0, self.maximum(), colours.line)
        for first, last in self._spans:
            self._paint_line(painter, first, last, colours.faint)
        if self._a is not None or self._b is not None:
            self._paint_part(painter)
        first = min(self._a or 0, self.value())
        self._paint_line(painter, first, self.value(), colours.accent)
        if self._hover is not None and self.isEnabled():
            x = self._x(self.frame_at(self._hover))
            painter.fillRect(QRectF(x - 0.5, self._middle - 7, 1, 14), colours.quiet)
        self._paint_handle(painter)
        painter.end()

    def _paint_part(self, painter: QPainter) -> None:
        colours = tokens(self)
        first, last = self._a or 0, self.maximum() if self._b is None else self._b
        veil = QColor(colours.accent)
        veil.setAlphaF(0.22)
        left, right = self._x(first), self._x(last)
        painter.fillRect(QRectF(left, self._middle - 8, right - left, 16), veil)
        font = QFont(self.font())
        font.setPixelSize(9)
        font.setBold(True)
        painter.setFont(font)
        for name, flag in self._flags().items():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.accent)
            x = left if name == "A" else right
            painter.drawRect(QRectF(x - 0.75, self._middle - 9, 1.5, 18))
            painter.drawRoundedRect(flag, 2, 2)
            painter.setPen(colours.accent_text)
            painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_line(self, painter: QPainter, first: int, last: int, colour: QColor) -> None:
        left, right = self._x(first), self._x(last)
        line = QRectF(left, self._middle - _GROOVE / 2, max(right - left, 1.0), _GROOVE)
        painter.setBrush(colour)
        painter.drawRoundedRect(line, _GROOVE / 2, _GROOVE / 2)

    def _paint_handle(self, painter: QPainter) -> None:
        colours = tokens(self)
        if not self.isEnabled():
            return
        middle = QPointF(self._x(self.value()), self._middle)
        if self.hasFocus():
            ring = QColor(colours.accent)
            ring.setAlphaF(0.35)
            painter.setBrush(ring)
            painter.drawEllipse(middle, _HANDLE + 3, _HANDLE + 3)
        painter.setBrush(colours.accent if self.isSliderDown() else colours.text)
        painter.drawEllipse(middle, _HANDLE, _HANDLE)

    def _flags(self) -> dict[str, QRectF]:
        """The flags of the marks there are; they lie inside the part that is played."""
        top = self._middle - 13
        flags: dict[str, QRectF] = {}
        if self._a is not None:
            flags["A"] = QRectF(self._x(self._a), top, _FLAG, _FLAG)
        if self._b is not None:
            flags["B"] = QRectF(self._x(self._b) - _FLAG, top, _FLAG, _FLAG)
        return flags

    def _mark_at(self, place: QPointF) -> str | None:
        for name, flag in self._flags().items():
            if flag.adjusted(-_REACH, 0, _REACH, 0).contains(place):
                return name
        return None

    def _seek(self, event: QMouseEvent) -> None:
        frame = self.frame_at(event.position().x() - self._grip)
        if self._dragged is not None:
            low = self._a or 0 if self._dragged == "B" else 0
            high = self._b if self._dragged == "A" and self._b is not None else self.maximum()
            frame = min(max(frame, low), high)
            self.marked.emit(self._dragged, frame)
        self.setValue(frame)

    def _tell(self, event: QMouseEvent, mark: str | None) -> None:
        if not self.isEnabled():
            return
        frame = self.frame_at(event.position().x())
        text = f"frame {frame + 1} · {seconds_text(frame / self._frame_rate)} s"
        if mark is not None and self._dragged is None:
            end = "beginning" if mark == "A" else "end"
            text = f"{mark}, the {end} of the loop: drag it"
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def _value_changed(self, frame: int) -> None:
        self.update()
        if not self._following:
            self.sought.emit(frame)

    def _x(self, frame: int) -> float:
        wide = self.width() - 2 * _MARGIN
        return _MARGIN + wide * frame / max(1, self.maximum())

    @property
    def _middle(self) -> float:
        return self.height() / 2
