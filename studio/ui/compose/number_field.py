"""Number fields that show the model's own value until the person sets another."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QSizePolicy, QSpinBox

from studio.ui.compose.wheel_guard import WheelGuard

NARROWEST = 64  # pixels


class WholeField(QSpinBox):
    """A whole number; `own` is None as long as it is the model's default."""

    edited = Signal()

    def __init__(self, name: str, tip: str, low: int, high: int, step: int = 1) -> None:
        super().__init__()
        self._default = low
        self._own: int | None = None
        self.setRange(low, high)
        self.setSingleStep(step)
        _dress(self, name, tip)
        self.valueChanged.connect(self._take)

    @property
    def own(self) -> int | None:
        """What the person set, None for the default."""
        return None if self._own == self._default else self._own

    @property
    def default_words(self) -> str:
        """The model's own value as it is shown."""
        return self.textFromValue(self._default) + self.suffix()

    def take_back(self) -> None:
        """Goes back to the default, and tells."""
        self.set_own(None)
        self.edited.emit()

    def set_own(self, value: int | None) -> None:
        """Shows a value, or the default for None, without telling."""
        self._own = value
        self.blockSignals(True)
        self.setValue(self._default if self._own is None else self._own)
        self.blockSignals(False)

    def set_default(self, default: int) -> None:
        """Gives the model's own value; it is shown unless the person set another."""
        self._default = default
        self.set_own(self._own)

    def _take(self, value: int) -> None:
        self._own = None if value == self._default else value
        self.edited.emit()


class DecimalField(QDoubleSpinBox):
    """A number with decimals; `own` is None as long as it is the model's default."""

    edited = Signal()

    def __init__(self, name: str, tip: str, low: float, high: float, step: float) -> None:
        super().__init__()
        self._default = low
        self._own: float | None = None
        self.setDecimals(2)
        self.setRange(low, high)
        self.setSingleStep(step)
        _dress(self, name, tip)
        self.valueChanged.connect(self._take)

    @property
    def own(self) -> float | None:
        """What the person set, None for the default."""
        return None if self._own == self._default else self._own

    @property
    def default_words(self) -> str:
        """The model's own value as it is shown."""
        return self.textFromValue(self._default) + self.suffix()

    def take_back(self) -> None:
        """Goes back to the default, and tells."""
        self.set_own(None)
        self.edited.emit()

    def set_own(self, value: float | None) -> None:
        """Shows a value, or the default for None, without telling."""
        self._own = value
        self.blockSignals(True)
        self.setValue(self._default if self._own is None else self._own)
        self.blockSignals(False)

    def set_default(self, default: float) -> None:
        """Gives the model's own value; it is shown unless the person set another."""
        self._default = default
        self.set_own(self._own)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        text = self.locale().toString(value, "f", self.decimals())
        point = self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text

    def _take(self, value: float) -> None:
        self._own = None if value == self._default else value
        self.edited.emit()


def _dress(field: QSpinBox | QDoubleSpinBox, name: str, tip: str) -> None:
    field.setAccessibleName(name)
    field.setToolTip(tip)
    field.setKeyboardTracking(False)
    # The widest value that the range allows must not widen the column.
    field.setMinimumWidth(NARROWEST)
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    WheelGuard(field)
