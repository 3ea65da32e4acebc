"""All presets under their categories, to be dragged and moved into another order."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from studio.core.preset_shelf import Shelved
from studio.ui.compose.preset_rows import NO_CATEGORY, Unfit
from studio.ui.plain_text import plain_tip

_ID, _CATEGORY = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class PresetTree(QTreeWidget):
    """Tells which preset is chosen, and the order and categories after a move."""

    chosen = Signal(object)  # a UUID, or None
    arranged = Signal(list, object)  # of UUID in order; a dict of UUID to its category

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Presets")
        self.setToolTip("Drag a preset to another place or category, or move it by Alt+↑ ↓")
        self.setHeaderHidden(True)
        self.setIndentation(12)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        root = self.invisibleRootItem()
        root.setFlags(root.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
        self.currentItemChanged.connect(self._tell)

    @property
    def current(self) -> UUID | None:
        """The preset that is chosen."""
        return _id_of(self.currentItem())

    @property
    def neighbour(self) -> UUID | None:
        """The preset under the chosen one in its category, or else the one over it."""
        item = self.currentItem()
        folder = None if item is None else item.parent()
        if item is None or folder is None:
            return None
        at = folder.indexOfChild(item)
        return _id_of(folder.child(at + 1)) or _id_of(folder.child(at - 1))

    def show_presets(
        self, presets: Sequence[Shelved], current: UUID | None, unfit: Unfit = lambda _: ""
    ) -> None:
        """Shows these presets, one of them chosen; those that cannot be used are grey."""
        folded = self._folded()
        grey = self.palette().brush(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        self.blockSignals(True)
        self.clear()
        folders: dict[str, QTreeWidgetItem] = {}
        for shelved in presets:
            preset = shelved.preset
            folder = folders.get(preset.category)
            if folder is None:
                folder = folders[preset.category] = self._folder(preset.category)
            item = QTreeWidgetItem(folder, [preset.name])
            item.setData(0, _ID, preset.id)
            reason = unfit(shelved)
            item.setToolTip(0, plain_tip(reason or preset.description))
            if reason:
                item.setForeground(0, grey)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsDragEnabled
            )
            if preset.id == current:
                self.setCurrentItem(item)
        for category, folder in folders.items():
            folder.setExpanded(category not in folded)
        self.blockSignals(False)
        self._tell()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        super().dropEvent(event)
        self._tell_order()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in ways:
            self._move(ways[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def _folders(self) -> list[QTreeWidgetItem]:
        found = [self.topLevelItem(number) for number in range(self.topLevelItemCount())]
        return [folder for folder in found if folder is not None]

    def _folded(self) -> set[str]:
        return {each.data(0, _CATEGORY) for each in self._folders() if not each.isExpanded()}

    def _folder(self, category: str) -> QTreeWidgetItem:
        folder = QTreeWidgetItem(self, [category or NO_CATEGORY])
        folder.setData(0, _CATEGORY, category)
        folder.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDropEnabled)
        return folder

    def _move(self, way: int) -> None:
        item = self.currentItem()
        folder = None if item is None else item.parent()
        if item is None or folder is None:
            return
        at = folder.indexOfChild(item) + way
        into: QTreeWidgetItem | None = folder
        if not 0 <= at < folder.childCount():  # on into the category next to it
            into = self.topLevelItem(self.indexOfTopLevelItem(folder) + way)
            at = 0 if into is None or way > 0 else into.childCount()
        if into is None:
            return
        self.blockSignals(True)  # it stays the chosen one
        folder.takeChild(folder.indexOfChild(item))
        into.insertChild(at, item)
        into.setExpanded(True)
        self.setCurrentItem(item)
        self.blockSignals(False)
        self._tell_order()

    def _tell(self, *_: object) -> None:
        self.chosen.emit(self.current)

    def _tell_order(self) -> None:
        order: list[UUID] = []
        categories: dict[UUID, str] = {}
        for folder in self._folders():
            for at in range(folder.childCount()):
                preset_id = _id_of(folder.child(at))
                if preset_id is not None:
                    order.append(preset_id)
                    categories[preset_id] = folder.data(0, _CATEGORY)
        self.arranged.emit(order, categories)


def _id_of(item: QTreeWidgetItem | None) -> UUID | None:
    return None if item is None else item.data(0, _ID)
