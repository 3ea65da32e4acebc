"""The rows of the preset list: headings, and under them the presets that a search leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from studio.core.preset_shelf import Arrangement, PresetShelf, Shelved
from studio.ui.plain_text import plain_tip

RECENT, STARRED, NO_CATEGORY = "Used last", "Starred", "No category"
MOST_RECENT = 3
ROW = Qt.ItemDataRole.UserRole  # a PresetRow, or a heading's text

# Why a preset cannot be used now; empty where it can.
Unfit = Callable[[Shelved], str]
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class LeaveRow:
    """The row that stands for no preset at all."""

    name: str = "No preset"
    note: str = "All settings stay as they are"


@dataclass(frozen=True)
class PresetRow:
    """A preset in the list, with its star, what Compose begins with it, and why it cannot be used;
    empty where it can.
    """

    shelved: Shelved
    starred: bool
    unfit: str
    begins: str = ""

    @property
    def name(self) -> str:
        """The first line."""
        return self.shelved.preset.name

    @property
    def note(self) -> str:
        """The second line: what it is for, or why it cannot be used."""
        description = " ".join(self.shelved.preset.description.split())
        return self.unfit or " · ".join(filter(None, (self.begins, description)))


class PresetRows(QAbstractListModel):
    """All presets of a shelf by category, those used last and the starred ones first."""

    def __init__(self, shelf: PresetShelf, parent: QObject) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._words = ""
        self._can_leave = False
        self._rows: list[PresetRow | LeaveRow | str] = []
        self._all: list[tuple[PresetRow, str]] = []

    def fill(self, unfit: Unfit, *, can_leave: bool) -> None:
        """Takes the shelf as it is now; `can_leave` where there is a preset in use."""
        self._can_leave = can_leave
        arrangement = self._shelf.arrangement
        self._all = []
        for shelved in self._shelf.all():
            preset = shelved.preset
            starred = preset.id in arrangement.starred
            begins = _begins(preset.id, arrangement)
            row = PresetRow(shelved, starred, unfit(shelved), begins)
            text = f"{preset.name} {preset.category} {preset.description} {preset.family}"
            self._all.append((row, text.casefold()))
        self._show()

    def search(self, text: str) -> None:
        """Leaves the presets that have all of these words."""
        self._words = text.casefold()
        self._show()

    def at(self, row: int) -> PresetRow | None:
        """The preset of a row, None for any other row."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, PresetRow) else None

    def leaves(self, row: int) -> bool:
        """Whether a row stands for no preset."""
        return 0 <= row < len(self._rows) and isinstance(self._rows[row], LeaveRow)

    def first(self, row: int = 0, step: int = 1) -> int:
        """The first row from `row` on that can be chosen, -1 where there is none."""
        while 0 <= row < len(self._rows):
            found = self.at(row)
            if self.leaves(row) or (found is not None and not found.unfit):
                return row
            row += step
        return -1

    def rowCount(  # noqa: N802 - Qt's name
        self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE
    ) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.note)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return row.note
            case _:
                return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        row = self._rows[index.row()]
        flag = Qt.ItemFlag
        if isinstance(row, str) or (isinstance(row, PresetRow) and row.unfit):
            return flag.ItemNeverHasChildren
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren

    def _show(self) -> None:
        words = self._words.split()
        found = [row for row, text in self._all if all(word in text for word in words)]
        self.beginResetModel()
        leave = LeaveRow()
        fits = all(word in leave.name.casefold() for word in words)
        self._rows = [leave] if self._can_leave and fits else []
        self._rows += self._arranged(found, searching=bool(words))
        self.endResetModel()

    def _arranged(
        self, found: Sequence[PresetRow], *, searching: bool
    ) -> Iterator[PresetRow | str]:
        if not searching:
            by_id = {row.shelved.preset.id: row for row in found}
            last = [by_id[i] for i in self._shelf.arrangement.recent if i in by_id]
            yield from _section(RECENT, last[:MOST_RECENT])
            yield from _section(STARRED, [row for row in found if row.starred])
        categories: dict[str, list[PresetRow]] = {}
        for row in found:
            categories.setdefault(row.shelved.preset.category, []).append(row)
        for category, rows in categories.items():
            yield from _section(category or NO_CATEGORY, rows)


def _begins(preset_id: UUID, arrangement: Arrangement) -> str:
    kinds = {"text": arrangement.for_text, "photos": arrangement.for_photo}
    named = [kind for kind, default in kinds.items() if default == preset_id]
    return f"Default for {' and '.join(named)}" if named else ""


def _section(heading: str, rows: Sequence[PresetRow]) -> Iterator[PresetRow | str]:
    if rows:
        yield heading
        yield from rows
