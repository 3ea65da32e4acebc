"""The strip of photos where there are several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.compose.photo_loading import ShownPhoto
from studio.ui.theme import RADIUS, S, tokens

THUMBNAIL = QSize(60, 42)
CELL = THUMBNAIL + QSize(2 * S, 2 * S)


class PhotoStrip(QListWidget):
    """Small pictures side by side; one is chosen, and its crop box is above."""

    chosen = Signal(int)
    removal_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: list[int] = []  # the pictures, by their cache keys
        self._made: dict[int, QPixmap] = {}  # their thumbnails, which take a while to make
        self.setAccessibleName("Photos")
        self.setToolTip("Choose a photo to place its crop box; Delete removes it")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setItemDelegate(_Thumbnails(self))
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(CELL.height() + self.horizontalScrollBar().sizeHint().height())
        self.currentRowChanged.connect(self._tell)

    def show_photos(self, photos: Sequence[ShownPhoto], current: int) -> None:
        """Shows these photos and chooses one of them, without telling."""
        keys = [photo.picture.cacheKey() for photo in photos]
        self.blockSignals(True)
        if keys != self._shown:
            self._shown = keys
            self._fill(photos)
        self.setCurrentRow(current)
        self.blockSignals(False)
        self.scrollToItem(self.currentItem())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit(self.currentRow())
            return
        super().keyPressEvent(event)

    def _fill(self, photos: Sequence[ShownPhoto]) -> None:
        before, self._made = self._made, {}
        self.clear()
        for number, photo in enumerate(photos, 1):
            item = QListWidgetItem()
            wide, high = photo.size
            name = f"Photo {number} of {len(photos)}: {wide}×{high}"
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
            key = photo.picture.cacheKey()
            self._made[key] = before.get(key) or _thumbnail(photo)
            item.setData(Qt.ItemDataRole.DecorationRole, self._made[key])
            self.addItem(item)

    def _tell(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit(row)


class _Thumbnails(QStyledItemDelegate):
    """Draws the pictures; a frame is around the chosen one, whose colours stay as they are."""

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return CELL

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect: QRectF = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue] - a field
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        # A list in one row makes its cells as high as itself; the picture keeps its shape.
        place = QRectF(QRect(QPoint(), THUMBNAIL))
        place.moveCenter(rect.center())
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(tokens().accent, 2))
            painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), RADIUS, RADIUS)
        outline = QPainterPath()
        outline.addRoundedRect(place, S, S)
        painter.setClipPath(outline)
        picture: QPixmap = index.data(Qt.ItemDataRole.DecorationRole)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))
        painter.restore()


def _thumbnail(photo: ShownPhoto) -> QPixmap:
    """The middle of the photo in the strip's shape."""
    size = THUMBNAIL * 2  # sharp on a dense screen too
    filled = photo.picture.scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (filled.width() - size.width()) // 2, (filled.height() - size.height()) // 2
    return QPixmap.fromImage(filled.copy(left, top, size.width(), size.height()))
