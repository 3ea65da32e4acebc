"""The list of jobs: its rows' own buttons, the pointer over them, dragging to reorder."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from studio.core.job import Job
from studio.ui.queue.doings import Doing
from studio.ui.queue.job_delegate import JobDelegate
from studio.ui.queue.queue_model import JobQueueModel

Index = QModelIndex | QPersistentModelIndex


class JobListView(QListView):
    """Shows a JobQueueModel; a pressed button of a row comes out as `done_to`."""

    done_to = Signal(int, Doing)  # job id, and what its row's button stands for
    menu_wanted = Signal(QPoint)  # at a point of the screen, for the selected jobs

    def __init__(
        self, model: JobQueueModel, delegate: JobDelegate, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = model
        self._delegate = delegate
        self._held: tuple[int, Doing] | None = None  # the button that the mouse went down on
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setAccessibleName("Queue")

    def selected_jobs(self) -> list[Job]:
        """The selected jobs in the order of their rows."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._jobs.jobs[row] for row in rows]

    def select_only(self, job_id: int) -> None:
        """Select this job's row alone and make it the current one."""
        index = self._jobs.index_of(job_id)
        if index.isValid():
            self.setCurrentIndex(index)

    def dataChanged(  # noqa: N802 - Qt's name
        self, top_left: Index, bottom_right: Index, roles: Sequence[int] = ()
    ) -> None:
        if not roles or Qt.ItemDataRole.SizeHintRole in roles:
            super().dataChanged(top_left, bottom_right, list(roles))
            return
        # Qt would lay out all rows anew, at every step of a render.
        for row in range(top_left.row(), bottom_right.row() + 1):
            self.update(self._jobs.index(row))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._point_at(self._button_at(event.position().toPoint()))
        if self._held is None:
            super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        button = self._button_at(event.position().toPoint())
        if button is None or event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._held = button
        self._delegate.pressed = True
        self._repaint(button[0])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        held, self._held = self._held, None
        if held is None:
            super().mouseReleaseEvent(event)
            return
        self._delegate.pressed = False
        self._repaint(held[0])
        if self._button_at(event.position().toPoint()) == held:
            self.done_to.emit(*held)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._button_at(event.position().toPoint()) is None:
            super().mouseDoubleClickEvent(event)
        else:
            self.mousePressEvent(event)  # the second click of two on a button

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        # Letters are keys for the jobs; Qt would search for a prompt that begins so.
        if event.text().isprintable() and event.text() and event.text() != " ":
            event.ignore()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            middle = self.visualRect(self.currentIndex()).center()
            place = self.viewport().mapToGlobal(middle)
        self.menu_wanted.emit(place)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        match event.type():
            case QEvent.Type.Leave:
                self._point_at(None)
            case QEvent.Type.ToolTip if isinstance(event, QHelpEvent):
                return self._tell_tip(event)
            case _:
                pass
        return super().viewportEvent(event)

    def button_place(self, job_id: int, doing: Doing) -> QPoint | None:
        """The middle of a row's button in the viewport; None where the row has none such."""
        index = self._jobs.index_of(job_id)
        if not index.isValid():
            return None
        layout = self._delegate.layout_of(self._option(index), index)
        for found, rect in (*layout.buttons, *layout.words):
            if found is doing:
                return rect.center()
        return None

    def _tell_tip(self, event: QHelpEvent) -> bool:
        index = self.indexAt(event.pos())
        button = self._button_at(event.pos())
        if not index.isValid():
            QToolTip.hideText()
            return True
        job = self._jobs.job(index)
        words = (
            button[1].tooltip
            if button
            else "\n".join(filter(None, (job.params.prompt, job.failure)))
        )
        QToolTip.showText(event.globalPos(), words, self)
        return True

    def _button_at(self, place: QPoint) -> tuple[int, Doing] | None:
        index = self.indexAt(place)
        if not index.isValid():
            return None
        found = self._delegate.layout_of(self._option(index), index).button_at(place)
        return None if found is None else (self._jobs.job(index).id, found[0])

    def _point_at(self, button: tuple[int, Doing] | None) -> None:
        before, self._delegate.hot = self._delegate.hot, button
        if before != button:
            for changed in filter(None, (before, button)):
                self._repaint(changed[0])

    def _option(self, index: QModelIndex) -> QStyleOptionViewItem:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        return option

    def _repaint(self, job_id: int) -> None:
        index = self._jobs.index_of(job_id)
        if index.isValid():
            self.update(index)
