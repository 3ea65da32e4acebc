"""Rows of a name and its field, marked where the value is not the model's own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.ui.compose.choice_field import ChoiceField
from studio.ui.compose.labels import FieldLabel
from studio.ui.compose.length_picker import LengthPicker
from studio.ui.compose.number_field import DecimalField, WholeField
from studio.ui.compose.size_picker import SizePicker

LABEL_WIDTH = 78  # pixels: the longest name, and the same in all groups of rows
FIELD_HEIGHT = 28  # pixels: a name stands beside the first line of a field that has several
ONE_LINE = 40  # pixels: a field is no higher than this unless it has several

FIELDS = (WholeField, DecimalField, LengthPicker, SizePicker, ChoiceField)


class FieldRows(QGridLayout):
    """A grid of two columns; a name with a dot takes its field back on a double click."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: list[tuple[FieldLabel, QWidget]] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(6)
        self.setColumnMinimumWidth(0, LABEL_WIDTH)
        self.setColumnStretch(1, 1)

    def add(self, name: str, field: QWidget) -> None:
        """A row at the end."""
        label = FieldLabel(name, field)
        row = self.rowCount()
        field.ensurePolished()  # only then it knows its height
        height = field.sizeHint().height()
        label.setMinimumHeight(height if height <= ONE_LINE else FIELD_HEIGHT)
        self.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self.addWidget(field, row, 1)
        self._fields.append((label, field))
        if isinstance(field, FIELDS):
            label.reset_wanted.connect(field.take_back)

    def add_wide(self, widget: QWidget) -> None:
        """A widget under a field that takes both columns."""
        self.addWidget(widget, self.rowCount(), 0, 1, 2)

    def set_shown(self, field: QWidget, shown: bool) -> None:
        """Shows or hides a row."""
        for label, other in self._fields:
            if other is field:
                label.setVisible(shown)
                field.setVisible(shown)

    def mark(self) -> None:
        """Brings the dots up to date."""
        for label, field in self._fields:
            if isinstance(field, FIELDS):
                label.mark(field.own is not None, field.default_words)
