"""A list of a few fixed choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from studio.ui.compose.wheel_guard import WheelGuard

T = TypeVar("T")


class ChoiceField(QComboBox, Generic[T]):
    """A combo box over values of one kind, each with its words."""

    edited = Signal()

    def __init__(self, name: str, tip: str, choices: Sequence[tuple[T, str]], default: T) -> None:
        super().__init__()
        self._default = default
        # Kept here: Qt would hand a string enum back as a plain string.
        self._values = [value for value, _ in choices]
        self.addItems([words for _, words in choices])
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        WheelGuard(self)
        self.set_value(default)
        self.activated.connect(self._tell)

    @property
    def own(self) -> T | None:
        """What the person chose, None for the default."""
        return None if self.value == self._default else self.value

    @property
    def default_words(self) -> str:
        """The default as it is shown."""
        return self.itemText(self._values.index(self._default))

    def take_back(self) -> None:
        """Goes back to the default, and tells."""
        self.set_value(self._default)
        self.edited.emit()

    @property
    def value(self) -> T:
        """What is chosen."""
        return self._values[self.currentIndex()]

    def set_value(self, value: T) -> None:
        """Chooses a value, one that is not offered too, without telling."""
        if value not in self._values:
            self._values.append(value)
            self.addItem(str(value))
        self.setCurrentIndex(self._values.index(value))

    def _tell(self) -> None:
        self.edited.emit()
