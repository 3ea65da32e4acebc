"""The settings of a preset, each with a switch that says whether the preset sets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from studio.core.draft import MAX_COUNT
from studio.core.params import MAX_STEPS, Quality, Scheduler
from studio.core.photo import Fit
from studio.core.preset import GROUPS, MAX_SIDE, PresetSettings, Shape
from studio.ui.compose.number_field import DecimalField, WholeField
from studio.ui.compose.wheel_guard import WheelGuard
from studio.ui.setting_words import SETTING_WORDS
from studio.ui.theme import XL, L, S

_CHOICES: dict[str, dict[StrEnum, str]] = {
    "shape": {
        Shape.WIDE: "Wide",
        Shape.TALL: "Tall",
        Shape.SQUARE: "Square",
        Shape.PHOTO: "As the photo",
    },
    "fit": {Fit.COVER: "Cut what hangs over", Fit.PAD: "Show all between bars"},
    "scheduler": {each: each.value for each in Scheduler},
    "quality": {each: each.value.capitalize() for each in Quality},
}
_WHOLE = {
    "width": (16, MAX_SIDE, 16, 1280),
    "height": (16, MAX_SIDE, 16, 704),
    "num_frames": (1, 9_997, 4, 81),
    "num_inference_steps": (1, MAX_STEPS, 1, 40),
    "seeds": (1, MAX_COUNT, 1, 4),
}
_DECIMAL = {
    "frame_rate": (0.01, 240.0, 1.0, 24.0),
    "flow_shift": (0.01, 100.0, 0.5, 5.0),
    "guidance_scale": (0.0, 100.0, 0.5, 5.0),
    "guidance_scale_2": (0.0, 100.0, 0.5, 3.0),
}
# What cannot be set at once, and what goes only together.
_AGAINST = {"shape": ("width", "height"), "width": ("shape",), "height": ("shape",)}
_BY_ITSELF = ("width", "height", "guidance_scale_2")  # not switched on with their group
_TOGETHER = {"width": "height", "height": "width"}


@dataclass(frozen=True)
class _Row:
    """A setting's switch and its field."""

    switch: QCheckBox
    field: QWidget
    read: Callable[[], Any]
    write: Callable[[Any], None]
    commit: Callable[[], None] = lambda: None  # takes what is typed and not entered yet


class SettingRows(QWidget):
    """All settings in their groups; a group's own switch turns all of it on or off."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        # What was to be shown, and what the field made of it: it may round, or drop a line break.
        self._shown: dict[str, tuple[Any, Any]] = {}
        self.rows: dict[str, _Row] = {}
        self.groups: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(L)
        for title, names in GROUPS.items():
            column.addLayout(self._group(title, names))
        column.addStretch()
        self._usual = {name: row.read() for name, row in self.rows.items()}

    def settings(self) -> PresetSettings:
        """What is switched on, with its values."""
        names = [name for name, row in self.rows.items() if row.switch.isChecked()]
        return PresetSettings.model_validate({name: self._value(name) for name in names})

    def commit(self) -> None:
        """Takes a number that is typed and not entered yet."""
        for row in self.rows.values():
            row.commit()

    def show_settings(self, settings: PresetSettings) -> None:
        """Shows what a preset sets, without telling."""
        self._quiet = True
        for name, row in self.rows.items():
            value = getattr(settings, name)
            row.switch.setChecked(value is not None)
            wanted = self._usual[name] if value is None else value
            if row.read() != wanted:  # else a cursor would jump
                row.write(wanted)
            self._shown[name] = (wanted, row.read())
        self._quiet = False
        self._follow()

    def _value(self, name: str) -> Any:
        now = self.rows[name].read()
        value, shown = self._shown.get(name, (now, now))
        return value if now == shown else now

    def _group(self, title: str, names: Sequence[str]) -> QGridLayout:
        head = QCheckBox(title)
        head.setProperty("role", "heading")
        head.setToolTip(f"Whether the preset sets anything of {title.lower()}")
        self.groups[title] = head
        head.clicked.connect(lambda _on: self._switch(title))
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        grid.setColumnMinimumWidth(0, XL)
        grid.setColumnMinimumWidth(1, 180)
        grid.setColumnStretch(2, 1)
        grid.addWidget(head, 0, 0, 1, 3)
        for number, name in enumerate(names, 1):
            row = self.rows[name] = self._row(name)
            grid.addWidget(row.switch, number, 1)
            grid.addWidget(row.field, number, 2)
        return grid

    def _row(self, name: str) -> _Row:
        switch = QCheckBox(SETTING_WORDS[name])
        switch.setToolTip("Switched off, the preset leaves it as it is")
        switch.toggled.connect(lambda on: self._switched(name, on))
        if name in _CHOICES:
            row = self._choice(name, switch)
        elif name in _WHOLE or name in _DECIMAL:
            row = self._number(name, switch)
        else:
            row = self._text(switch)
        row.field.setAccessibleName(SETTING_WORDS[name])
        row.field.setToolTip(SETTING_WORDS[name])
        return row

    def _choice(self, name: str, switch: QCheckBox) -> _Row:
        box, choices = QComboBox(), _CHOICES[name]
        values = list(choices)
        box.addItems(list(choices.values()))
        box.activated.connect(self._tell)
        WheelGuard(box)
        return _Row(
            switch,
            box,
            lambda: values[box.currentIndex()],
            lambda value: box.setCurrentIndex(values.index(value)),
        )

    def _number(self, name: str, switch: QCheckBox) -> _Row:
        words = SETTING_WORDS[name]
        box: WholeField | DecimalField
        if name in _WHOLE:
            low, high, step, usual = _WHOLE[name]
            box = WholeField(words, words, low, high, step)
            box.setValue(usual)
        else:
            least, most, wide, value = _DECIMAL[name]
            box = DecimalField(words, words, least, most, wide)
            box.setDecimals(3)  # 23.976 frames a second
            box.setValue(value)
        box.setKeyboardTracking(True)  # Save is there as soon as something is typed
        box.valueChanged.connect(self._tell)
        return _Row(switch, box, box.value, box.setValue, box.interpretText)

    def _text(self, switch: QCheckBox) -> _Row:
        line = QLineEdit()
        line.textEdited.connect(self._tell)
        # Some keyboards leave half a character behind, which no file can hold.
        return _Row(
            switch,
            line,
            lambda: line.text().encode("utf-8", "replace").decode("utf-8"),
            line.setText,
        )

    def _switched(self, name: str, on: bool) -> None:
        if self._quiet:
            return
        self._quiet = True
        if on:
            for other in _AGAINST.get(name, ()):
                self.rows[other].switch.setChecked(False)
        if name in _TOGETHER:
            self.rows[_TOGETHER[name]].switch.setChecked(on)
        self._quiet = False
        self._follow()
        self._tell()

    def _switch(self, title: str) -> None:
        """All of a group on or off: of a size its shape, of the guidance the first expert's, which
        every family has.
        """
        names = GROUPS[title]
        on = not any(self.rows[name].switch.isChecked() for name in names)
        for name in names:
            if not on or name not in _BY_ITSELF:
                self.rows[name].switch.setChecked(on)
        self._follow()

    def _follow(self) -> None:
        for row in self.rows.values():
            row.field.setEnabled(row.switch.isChecked())
        for title, head in self.groups.items():
            on = [self.rows[name].switch.isChecked() for name in GROUPS[title]]
            some = Qt.CheckState.Checked if any(on) else Qt.CheckState.Unchecked
            head.setCheckState(some)

    def _tell(self, *_: object) -> None:
        if not self._quiet:
            self.edited.emit()
