"""Two clips in step: side by side, or one over the other with a wipe between them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.stage.canvas import Canvas
from studio.ui.stage.view_box import ViewBox
from studio.ui.theme import S, tokens

_REACH = 8  # pixels left and right of the wipe's line that take hold of it
_GRIP = 14  # radius of the grip on it


class Layout(StrEnum):
    """How two clips are shown."""

    SIDE_BY_SIDE = "side by side"
    WIPE = "wipe"


class CompareView(QWidget):
    """Both pictures with one zoom and place; what moves in one moves in the other."""

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left = Canvas("First clip")
        self.right = Canvas("Second clip")
        self.wipe = WipeCanvas("Both clips, with a wipe between them")
        self.left_title, self.right_title = _title(), _title()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._side_by_side())
        self._pages.addWidget(self.wipe)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages)
        self.left.view_changed.connect(lambda: self._follow(self.left, self.right))
        self.right.view_changed.connect(lambda: self._follow(self.right, self.left))
        self.wipe.view_changed.connect(self.view_changed)

    @property
    def layout_shown(self) -> Layout:
        return Layout.WIPE if self._pages.currentIndex() else Layout.SIDE_BY_SIDE

    @property
    def canvas(self) -> Canvas:
        """The canvas whose zoom is told."""
        return self.wipe if self.layout_shown is Layout.WIPE else self.left

    def set_layout(self, layout: Layout) -> None:
        """Shows them side by side, or with a wipe."""
        had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self._pages.setCurrentIndex(1 if layout is Layout.WIPE else 0)
        if had_focus:
            self.canvas.setFocus()
        self.view_changed.emit()

    def set_titles(self, left: str, right: str) -> None:
        """Names the two."""
        self.left_title.setText(left)
        self.right_title.setText(right)
        self.wipe.titles = (left, right)

    def show_pictures(self, pictures: Sequence[QImage]) -> None:
        """Shows a frame of each."""
        left, right = pictures
        if self.layout_shown is Layout.WIPE:
            self.wipe.show_both(left, right)
        else:
            self.left.show_picture(left)
            self.right.show_picture(right)

    def clear(self) -> None:
        """Shows nothing."""
        for canvas in (self.left, self.right, self.wipe):
            canvas.clear()

    def _follow(self, leader: Canvas, follower: Canvas) -> None:
        follower.set_view(leader.view)
        self.view_changed.emit()

    def _side_by_side(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for title, canvas in ((self.left_title, self.left), (self.right_title, self.right)):
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(canvas, 1)
            column.addWidget(title)
            row.addLayout(column, 1)
        return page


class WipeCanvas(Canvas):
    """The first picture left of a line, the second right of it; the line can be dragged."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setMouseTracking(True)
        self.setToolTip("Drag the line to see more of one clip or the other")
        self.titles: tuple[str, str] = ("", "")
        self.place = 0.5  # of the line, from the left end of the canvas to the right one
        self._second = QImage()
        self._dragging = False

    def show_both(self, first: QImage, second: QImage) -> None:
        """Shows a frame of each clip."""
        self._second = second
        self.show_picture(first)

    def paint_pictures(self, painter: QPainter) -> None:
        self.paint_picture(painter, self.picture, self.view)
        line = self._line()
        painter.save()
        painter.setClipRect(QRectF(line, 0, self.width() - line, self.height()))
        painter.fillRect(self.rect(), tokens(self).stage)
        size = (max(1, self._second.width()), max(1, self._second.height()))
        zoom = self.view.zoom
        if zoom is not None:  # clips of other sizes lie on each other at any zoom
            zoom *= self.view.picture[0] / size[0]
        self.paint_picture(
            painter, self._second, ViewBox(size, self.view.area, zoom, self.view.centre)
        )
        painter.restore()
        self._paint_line(painter, line)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton and self._is_on_line(event.position()):
            self._dragging = True
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._dragging:
            self.place = min(max(event.position().x() / max(1, self.width()), 0.0), 1.0)
            self.update()
        elif event.buttons() is Qt.MouseButton.NoButton and self._is_on_line(event.position()):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            if event.buttons() is Qt.MouseButton.NoButton:
                self.show_hand()
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._dragging = False
        super().mouseReleaseEvent(event)

    def _line(self) -> float:
        return round(self.place * self.width())

    def _is_on_line(self, point: QPointF) -> bool:
        return abs(point.x() - self._line()) <= _REACH

    def _paint_line(self, painter: QPainter, line: float) -> None:
        # White with a dark edge: it has to be seen over any picture, in both schemes.
        painter.fillRect(QRectF(line - 1.5, 0, 3, self.height()), QColor(0, 0, 0, 110))
        painter.fillRect(QRectF(line - 0.5, 0, 1, self.height()), QColor(255, 255, 255, 230))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(line, self.height() / 2)
        painter.setPen(QColor(0, 0, 0, 110))
        painter.setBrush(QColor(255, 255, 255, 230))
        painter.drawEllipse(middle, _GRIP, _GRIP)
        painter.setPen(QColor(30, 30, 30))
        grip = QRect(round(line) - _GRIP, round(middle.y()) - _GRIP, 2 * _GRIP, 2 * _GRIP)
        painter.drawText(grip, Qt.AlignmentFlag.AlignCenter, "‹ ›")
        for title, beyond in zip(self.titles, (False, True), strict=True):
            self._paint_title(painter, title, line, beyond=beyond)

    def _paint_title(self, painter: QPainter, title: str, line: float, *, beyond: bool) -> None:
        room = (self.width() - line if beyond else line) - 4 * S
        text = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(room))
        if not text or room < 40:
            return
        wide = self.fontMetrics().horizontalAdvance(text) + 4 * S
        left = self.width() - wide - S if beyond else S
        box = QRectF(left, self.height() - 24 - S, wide, 24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _title() -> QLabel:
    label = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
    label.setProperty("role", "quiet")
    label.setMargin(S)
    label.setMinimumWidth(40)
    return label
