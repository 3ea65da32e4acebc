"""The strip of photos where there are several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from studio.ui.compose.photo_loading import ShownPhoto

THUMBNAIL = QSize(60, 42)


class PhotoStrip(QListWidget):
    """Small pictures side by side; one is chosen, and its crop box is above."""

    chosen = Signal(int)
    removal_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Photos")
        self.setToolTip("Choose a photo to place its crop box; Delete removes it")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setIconSize(THUMBNAIL)
        self.setSpacing(1)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(THUMBNAIL.height() + 26)
        self.currentRowChanged.connect(self._tell)

    def show_photos(self, photos: Sequence[ShownPhoto], current: int) -> None:
        """Shows these photos and chooses one of them, without telling."""
        self.blockSignals(True)
        self.clear()
        for number, photo in enumerate(photos, 1):
            item = QListWidgetItem(QIcon(_thumbnail(photo)), "")
            wide, high = photo.size
            name = f"Photo {number} of {len(photos)}: {wide}×{high}"
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
            self.addItem(item)
        self.setCurrentRow(current)
        self.blockSignals(False)
        self.scrollToItem(self.currentItem())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit(self.currentRow())
            return
        super().keyPressEvent(event)

    def _tell(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit(row)


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
