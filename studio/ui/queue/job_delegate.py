"""The rows of the queue as the list asks for them: their height, their parts, their painting."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.core.job import Job
from studio.core.queue import Wish
from studio.ui.queue.doings import Doing
from studio.ui.queue.queue_model import Role
from studio.ui.queue.row_layout import RowLayout, lay_out, row_height
from studio.ui.queue.row_painting import RowPainting, RowSays
from studio.ui.queue.thumbnails import Thumbnails
from studio.ui.theme import tokens

Index = QModelIndex | QPersistentModelIndex


class JobDelegate(QStyledItemDelegate):
    """Draws the rows; which button the pointer is on is told by the list."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.hot: tuple[int, Doing] | None = None  # job id and button under the pointer
        self.pressed = False

    def layout_of(self, option: QStyleOptionViewItem, index: Index) -> RowLayout:
        """Where the parts of this row are."""
        says = _says(index)
        return lay_out(says.job, says.wish, option.rect, option.fontMetrics)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        return QSize(320, row_height(index.data(Role.JOB), option.fontMetrics))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        says = _says(index)
        hot = self.hot[1] if self.hot and self.hot[0] == says.job.id else None
        picture = self._thumbnails.picture(says.job, painter.device().devicePixelRatioF())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        row = RowPainting(painter, option, self.layout_of(option, index), says, tokens())
        row.ground()
        row.picture(picture)
        row.first_line()
        row.second_line()
        row.buttons(hot, pressed=self.pressed)
        row.marker()
        painter.restore()


def _says(index: Index) -> RowSays:
    job: Job = index.data(Role.JOB)
    wish: Wish | None = index.data(Role.WISH)
    return RowSays(job, wish, index.data(Role.SECONDS_LEFT))
