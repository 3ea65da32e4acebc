"""Clips in step: side by side, or two of them over each other with a wipe between them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from math import ceil, sqrt

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QGridLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.stage.canvas import Canvas
from studio.ui.stage.view_box import ViewBox
from studio.ui.theme import S, tokens

_REACH = 8  # pixels left and right of the wipe's line that take hold of it
_GRIP = 14  # radius of the grip on it


class Layout(StrEnum):
    """How clips are shown; with a wipe only two can be."""

    SIDE_BY_SIDE = "side by side"
    WIPE = "wipe"


class CompareView(QWidget):
    """All pictures with one zoom and place; what moves in one moves in the others."""

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvases: list[Canvas] = []
        self.wipe = WipeCanvas("Both clips, with a wipe between them")
        self._titles: list[QLabel] = []
        self._page = QWidget()
        self._grid = QGridLayout(self._page)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._page)
        self._pages.addWidget(self.wipe)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages)
        self.wipe.view_changed.connect(self.view_changed)
        self.set_titles(("", ""))

    @property
    def layout_shown(self) -> Layout:
        return Layout.WIPE if self._pages.currentIndex() else Layout.SIDE_BY_SIDE

    @property
    def can_wipe(self) -> bool:
        """Whether there are just two clips."""
        return len(self.canvases) == 2

    @property
    def canvas(self) -> Canvas:
        """The canvas whose zoom is told."""
        return self.wipe if self.layout_shown is Layout.WIPE else self.canvases[0]

    def set_layout(self, layout: Layout) -> None:
        """Shows them side by side, or with a wipe."""
        had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        wipe = layout is Layout.WIPE and self.can_wipe
        self._pages.setCurrentIndex(1 if wipe else 0)
        if had_focus:
            self.canvas.setFocus()
        self.view_changed.emit()

    def set_titles(self, titles: Sequence[str]) -> None:
        """Makes room for as many clips as there are titles, and names them."""
        if len(titles) != len(self.canvases):
            self._lay_out(len(titles))
        for label, canvas, title in zip(self._titles, self.canvases, titles, strict=True):
            label.setText(title)
            canvas.setAccessibleDescription(title)
        if self.can_wipe:
            self.wipe.titles = (titles[0], titles[1])
        else:
            self.set_layout(Layout.SIDE_BY_SIDE)

    def show_pictures(self, pictures: Sequence[QImage]) -> None:
        """Shows a frame of each."""
        if self.layout_shown is Layout.WIPE:
            self.wipe.show_both(pictures[0], pictures[1])
            return
        for canvas, picture in zip(self.canvases, pictures, strict=True):
            canvas.show_picture(picture)

    def clear(self) -> None:
        """Shows nothing."""
        for canvas in (*self.canvases, self.wipe):
            canvas.clear()

    def _follow(self, leader: Canvas) -> None:
        for canvas in self.canvases:
            if canvas is not leader:
                canvas.set_view(leader.view)
        self.view_changed.emit()

    def _lay_out(self, count: int) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.canvases, self._titles = [], []
        across = ceil(sqrt(count)) if count > 2 else count
        for number in range(count):
            canvas, label = Canvas(f"Clip {number + 1} of {count}"), _title()
            canvas.view_changed.connect(partial(self._follow, canvas))
            row, column = divmod(number, across)
            self._grid.addWidget(canvas, 2 * row, column)
            self._grid.addWidget(label, 2 * row + 1, column)
            self.canvases.append(canvas)
            self._titles.append(label)
        rows = ceil(count / across)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 1 if row % 2 == 0 and row < 2 * rows else 0)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < across else 0)


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
