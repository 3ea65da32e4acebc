"""The grid of tiles: lays them out to fill each row, and plays the one under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QMouseEvent,
    QResizeEvent,
    QShowEvent,
    QSinglePointEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QWidget

from studio.core.library import Clip
from studio.ui.history.clip_delegate import ClipDelegate
from studio.ui.history.clip_model import ClipModel
from studio.ui.history.hover_player import HoverPlayer
from studio.ui.history.posters import Fit, Posters
from studio.ui.history.tile import cell_size, tile_in

_BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
SETTLE_MS = 150  # posters are scaled anew when a resize has come to rest


class ClipGrid(QListView):
    """All clips of a ClipModel as tiles."""

    star_pressed = Signal(int)  # a row
    typed = Signal(str)  # letters typed over the tiles

    def __init__(self, model: ClipModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clips = model
        self.posters = Posters(self)
        self.player = HoverPlayer(self)
        self._delegate = ClipDelegate(model, self.posters, self.player, self)
        self._pointer: QPoint | None = None
        self._fit = Fit(QSize(1, 1), 1.0)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._set_up()
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._settle.timeout.connect(self._refit)
        self.posters.ready.connect(self._repaint)
        self.posters.looked.connect(model.set_missing)
        self.player.frame_changed.connect(self._repaint)
        self.verticalScrollBar().valueChanged.connect(self._pointer_moved)
        model.rowsRemoved.connect(self.player.stop)
        model.modelReset.connect(self.player.stop)

    def selected_rows(self) -> list[int]:
        """The selected rows from the top."""
        return sorted(row for part in self._ranges() for row in part)

    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(len(part) for part in self._ranges())

    def go_to(self, row: int) -> None:
        """Selects a row alone and brings it into view."""
        self.setCurrentIndex(self._clips.index(row))

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        # Qt's own would read every clip to find the next that starts so.
        self.typed.emit(search)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        # Qt gives the first tile the frame and leaves it unselected: Enter would do nothing.
        if (
            event.reason() in _BY_KEYS
            and self.selected_count() == 0
            and self.currentIndex().isValid()
        ):
            self.setCurrentIndex(self.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._lay_out()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._lay_out()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.WindowActivate:
            # A person may come back from a file manager.
            self.posters.look_again()
            self.viewport().update()
        elif event.type() is QEvent.Type.DevicePixelRatioChange:
            self._settle.start()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.posters.look_again()
        self._refit()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self.player.stop()
        super().hideEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        index = self._star_under(event)
        if index is not None:
            self.star_pressed.emit(index.row())
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        index = self._star_under(event)
        if index is not None:
            self.star_pressed.emit(index.row())
            event.accept()
            return
        super().mouseDoubleClickEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        match event.type():
            case QEvent.Type.HoverEnter | QEvent.Type.HoverMove | QEvent.Type.MouseMove:
                if isinstance(event, QSinglePointEvent):
                    self._pointer = event.position().toPoint()
                    self._pointer_moved()
            case QEvent.Type.HoverLeave | QEvent.Type.Leave:
                self._pointer = None
                self.player.stop()
            case _:
                pass
        return super().viewportEvent(event)

    def _ranges(self) -> list[range]:
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        return [range(part.top(), part.bottom() + 1) for part in parts]

    def _set_up(self) -> None:
        view = QAbstractItemView
        self.setAccessibleName("Clips")
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(view.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(view.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(True)
        self.setEditTriggers(view.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(view.DragDropMode.DragOnly)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    def _lay_out(self) -> None:
        # Room for the scroll bar whether it shows or not: else it could come and go for ever.
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        cell = cell_size(max(1, self.width() - bar - 2 * self.frameWidth() - 1), self.font())
        self._delegate.set_cell(cell, self.font())
        if cell == self.gridSize():
            return
        self.setGridSize(cell)
        self.verticalScrollBar().setSingleStep(max(1, cell.height() // 4))
        self._settle.start()

    def _refit(self) -> None:
        self._settle.stop()
        if self.gridSize().isEmpty():
            return
        box = tile_in(self.gridSize(), self.font()).picture.size()
        scale = self.devicePixelRatioF()
        self._fit = Fit(box * scale, scale)
        self.posters.set_fit(self._fit)
        self.viewport().update()

    def _pointer_moved(self) -> None:
        clip = None if self._pointer is None else self._clip_of(self.indexAt(self._pointer))
        if clip is None or self._clips.is_missing(clip.id):
            self.player.stop()
        else:
            self.player.play(clip, self._fit)

    def _clip_of(self, index: QModelIndex) -> Clip | None:
        return self._clips.clip_at(index.row()) if index.isValid() else None

    def _star_under(self, event: QMouseEvent) -> QModelIndex | None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return None
        place = event.position().toPoint()
        index = self.indexAt(place)
        if not index.isValid():
            return None
        cell = self.visualRect(index)
        star = tile_in(cell.size(), self.font()).star
        return index if star.contains(place - cell.topLeft()) else None

    def _repaint(self, clip_id: int) -> None:
        row = self._clips.row_of(clip_id)
        if row is not None:
            self.update(self._clips.index(row))
