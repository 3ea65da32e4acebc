"""What comes in, before it does: each preset with what there is of it already."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import StudioError
from studio.core.preset_exchange import Clash, Incoming, take
from studio.core.preset_shelf import PresetShelf
from studio.ui.plain_text import put_name
from studio.ui.presets.preset_words import changes, summary
from studio.ui.theme import XL, L, M, S

_NOTES = {
    Clash.NONE: "New",
    Clash.SAME: "There already, the very same",
    Clash.CHANGED: "Yours of this kind says something else",
    Clash.NAME: "Another one is called so; both are kept",
    Clash.BUILT_IN: "Has the id of a built-in one and is not taken in",
}
_TAKEN = (Clash.NONE, Clash.CHANGED, Clash.NAME)
NAME_WIDTH = 260  # pixels; the choices stand beside it


class ImportReview(QDialog):
    """Takes in what stays ticked; nothing is replaced that was not chosen to be."""

    taken = Signal(int)

    def __init__(
        self, shelf: PresetShelf, incoming: Sequence[Incoming], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._incoming = incoming
        self.setWindowTitle("Take presets in")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.ticks: dict[int, QCheckBox] = {}
        self.ways: dict[int, QComboBox] = {}
        self.abouts: dict[int, QLabel] = {}
        self.complaint = QLabel(wordWrap=True)
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)  # a preset may come from anybody
        self.complaint.setProperty("role", "error")
        self.complaint.hide()
        self.accept_ = QPushButton()
        self.accept_.setProperty("role", "primary")
        self.cancel = QPushButton("Cancel")
        self.cancel.setAutoDefault(False)
        self.accept_.setDefault(True)
        self._arrange()
        self.accept_.clicked.connect(self._take)
        self.cancel.clicked.connect(self.close)
        self._follow()

    def _arrange(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, M, 0)
        grid.setHorizontalSpacing(L)
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(S)
        for number, each in enumerate(self._incoming):
            self._add(grid, number, each)
        grid.setRowStretch(2 * len(self._incoming), 1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.cancel, self.accept_):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(L)
        column.addWidget(scroll, 1)
        column.addWidget(self.complaint)
        column.addLayout(buttons)
        self.resize(680, 380)

    def _add(self, grid: QGridLayout, number: int, each: Incoming) -> None:
        if each.preset is None:
            problem = QLabel(each.problem, wordWrap=True)
            problem.setTextFormat(Qt.TextFormat.PlainText)
            problem.setProperty("role", "error")
            grid.addWidget(problem, 2 * number, 0, 1, 3)
            return
        tick = self.ticks[number] = QCheckBox()
        put_name(tick, each.preset.name, each.preset.description, NAME_WIDTH)
        tick.setChecked(each.clash in _TAKEN)
        tick.setEnabled(each.clash in _TAKEN)
        tick.toggled.connect(self._follow)
        note = QLabel(_NOTES[each.clash], wordWrap=True)
        note.setProperty("role", "quiet")
        grid.addWidget(tick, 2 * number, 0)
        grid.addWidget(note, 2 * number, 1)
        about = self.abouts[number] = QLabel(summary(each.preset), wordWrap=True)
        about.setTextFormat(Qt.TextFormat.PlainText)
        about.setProperty("role", "quiet")
        about.setContentsMargins(XL, 0, 0, M)
        grid.addWidget(about, 2 * number + 1, 0, 1, 3)
        if each.clash is Clash.CHANGED:
            way = self.ways[number] = QComboBox()
            way.addItems(["Keep both", "Replace mine"])
            way.setAccessibleName(f"What becomes of {each.preset.name}")
            way.setToolTip("Whether yours stays beside it")
            way.currentIndexChanged.connect(lambda _: self._tell_changes(number))
            grid.addWidget(way, 2 * number, 2)

    def _tell_changes(self, number: int) -> None:
        """What comes in; of one that replaces another, what becomes different by it."""
        preset = self._incoming[number].preset
        mine = None if preset is None else self._shelf.get(preset.id)
        if preset is not None and mine is not None:
            replaces = self.ways[number].currentIndex() == 1
            lines = changes(mine.preset, preset) if replaces else [summary(preset)]
            self.abouts[number].setText("\n".join(lines))

    def _follow(self) -> None:
        count = sum(tick.isChecked() for tick in self.ticks.values())
        self.accept_.setText(f"Take in {count}" if count != 1 else "Take it in")
        self.accept_.setEnabled(count > 0)

    def _take(self) -> None:
        count, problems = 0, list[str]()
        for number, tick in self.ticks.items():
            if not tick.isChecked():
                continue
            way = self.ways.get(number)
            replace = way is not None and way.currentIndex() == 1
            try:
                if take(self._incoming[number], self._shelf, replace=replace) is not None:
                    count += 1
                tick.setChecked(False)
            except StudioError as error:
                problems.append(str(error))
        if count:
            self.taken.emit(count)
        self.complaint.setText("\n".join(problems))
        self.complaint.setVisible(bool(problems))
        if not problems:
            self.close()
