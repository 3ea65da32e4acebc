"""The rows of the queue as the list asks for them: their height, their parts, their painting."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.queue.doings import Doing
from studio.ui.queue.queue_model import JobQueueModel
from studio.ui.queue.row_layout import RowLayout, lay_out, row_height
from studio.ui.queue.row_painting import RowPainting
from studio.ui.queue.thumbnails import Thumbnails
from studio.ui.theme import tokens

Index = QModelIndex | QPersistentModelIndex


class JobDelegate(QStyledItemDelegate):
    """Draws the rows; which button the pointer is on is told by the list."""

    def __init__(self, model: JobQueueModel, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self.hot: tuple[int, Doing] | None = None  # job id and button under the pointer
        self.pressed = False

    def layout_of(self, option: QStyleOptionViewItem, index: Index) -> RowLayout:
        """Where the parts of this row are."""
        row = self._model.row(index)
        return lay_out(row.job, row.wish, option.rect, option.fontMetrics)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        return QSize(320, row_height(self._model.job(index), option.fontMetrics))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._model.row(index)
        hot = self.hot[1] if self.hot and self.hot[0] == row.job.id else None
        picture = self._thumbnails.picture(row.job, painter.device().devicePixelRatioF())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        parts = RowPainting(painter, option, self.layout_of(option, index), row, tokens())
        parts.ground()
        parts.picture(picture)
        parts.first_line()
        parts.second_line()
        parts.buttons(hot, pressed=self.pressed)
        parts.marker()
        painter.restore()
