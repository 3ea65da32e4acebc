"""The row of Compose that says which preset is in use, and what differs from it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.preset import MAX_NAME, Difference, Preset, one_line
from studio.core.preset_shelf import PresetShelf
from studio.ui.compose.field_rows import FieldRows
from studio.ui.compose.preset_list import PresetList
from studio.ui.compose.preset_rows import Unfit
from studio.ui.setting_words import SETTING_WORDS, value_words
from studio.ui.theme import S


class PresetBar(QWidget):
    """A button that opens the list, and under it, where something differs, what can be done."""

    chosen = Signal(Preset)
    left = Signal()  # no preset is wanted any more
    reverted = Signal()
    updated = Signal()
    named = Signal(str)  # a new preset of what is set now

    def __init__(self, shelf: PresetShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._preset: Preset | None = None
        self._unfit: Unfit = lambda _shelved: ""
        self._list: PresetList | None = None
        self.box = _Box()
        self.key = QShortcut(QKeySequence("Ctrl+T"), self)
        self.modified = _small("Modified", "What differs from the preset")
        self.modified.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.differences = QMenu(self)
        self.modified.setMenu(self.differences)
        self.revert = _small("Revert", "Set all of it as the preset has it")
        self.update_ = _small("Update", "Keep what is set now in this preset")
        self.save = _small("Save as new…", "Keep what is set now as a preset of its own")
        self.name = _NameField(placeholderText="Name of the new preset", maxLength=MAX_NAME)
        self.name.setAccessibleName("Name of the new preset")
        self.name.setToolTip("What the new preset is called")
        self.keep = _small("Save", "Keep it under this name (Enter)")
        self.drop = _small("Cancel", "Keep nothing (Esc)")
        self._offers, self._naming = QWidget(), QWidget()
        self._arrange()
        self._connect()
        self.show_state(None, [], can_update=False, can_save=False)

    @property
    def list(self) -> PresetList:
        """The list that opens; made when it is first asked for."""
        if self._list is None:
            self._list = PresetList(self._shelf, self)
            self._list.chosen.connect(self.chosen)
            self._list.left.connect(self.left)
        return self._list

    @property
    def stops(self) -> Sequence[QWidget]:
        """What Tab reaches, in order."""
        offers = (self.modified, self.revert, self.update_, self.save)
        return (self.box, *offers, self.name, self.keep, self.drop)

    def set_unfit(self, unfit: Unfit) -> None:
        """Takes what says why a preset cannot be used now."""
        self._unfit = unfit

    def show_state(
        self,
        preset: Preset | None,
        differences: Sequence[Difference],
        *,
        can_update: bool,
        can_save: bool,
    ) -> None:
        """Shows the preset in use, None for none, what is not as it has it or not in it, and what
        can be done.
        """
        self._preset = preset
        name = "None" if preset is None else preset.name
        self.box.setItemText(0, name)
        count = sum(each.preset is not None for each in differences)
        self.box.setAccessibleDescription(f"{name}, modified" if count else name)
        # What the preset leaves alone does not modify it, but can be kept in a new one.
        self.modified.setText(f"Modified ({count})" if count else f"Also set ({len(differences)})")
        self.differences.clear()
        for each in differences:
            self.differences.addAction(_told(each).replace("&", "&&"))
        self.modified.setVisible(bool(differences))
        self.revert.setVisible(count > 0)
        self.update_.setVisible(count > 0 and can_update)
        self._offers.setVisible((count > 0 or can_save) and self._naming.isHidden())

    def ask_name(self) -> None:
        """Lets the person type the name of a new preset."""
        self._offers.hide()
        self._naming.show()
        self.name.setText("" if self._preset is None else f"{self._preset.name} (mine)")
        self.name.selectAll()
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def end_naming(self) -> None:
        """Leaves the name alone again."""
        self._naming.hide()
        self._offers.setVisible(True)
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _arrange(self) -> None:
        _row(self._offers, self.modified, None, self.revert, self.update_, self.save)
        _row(self._naming, self.name, self.keep, self.drop)
        self._naming.hide()
        field = QWidget()
        column = QVBoxLayout(field)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        for part in (self.box, self._offers, self._naming):
            column.addWidget(part)
        rows = FieldRows()
        rows.add("Preset", field)
        self.setLayout(rows)
        for label in self.findChildren(QLabel):
            label.setBuddy(self.box)

    def _connect(self) -> None:
        self.box.opened.connect(self._open)
        self.key.activated.connect(self.box.showPopup)
        self.revert.clicked.connect(self.reverted)
        self.update_.clicked.connect(self.updated)
        self.save.clicked.connect(self.ask_name)
        self.name.returnPressed.connect(self._named)
        self.name.left.connect(self.end_naming)
        self.keep.clicked.connect(self._named)
        self.drop.clicked.connect(self.end_naming)

    def _open(self) -> None:
        self._shelf.refresh()  # a file may have come or changed outside the program
        preset_id = None if self._preset is None else self._preset.id
        self.list.open_under(self.box, self._unfit, preset_id)

    def _named(self) -> None:
        name = one_line(self.name.text())
        if name:
            self.end_naming()
            self.named.emit(name)


class _Box(QComboBox):
    """Looks like the other choices, and opens the list of presets."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.addItem("None")
        self.setAccessibleName("Preset")
        self.setToolTip("Settings under a name (Ctrl+T)")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        self.opened.emit()


class _NameField(QLineEdit):
    """A field that Esc leaves."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


def _small(text: str, tip: str) -> QToolButton:
    button = QToolButton(autoRaise=True)
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _row(widget: QWidget, *parts: QWidget | None) -> None:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for part in parts:
        if part is None:
            row.addStretch()
        else:
            row.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)


def _told(each: Difference) -> str:
    words, now = SETTING_WORDS.get(each.name, each.name), value_words(each.now)
    if each.preset is None:
        return f"(not in the preset) {words}: {now}"
    return f"{words}: {value_words(each.preset)} → {now}"
