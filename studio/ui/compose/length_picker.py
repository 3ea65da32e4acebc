"""The clip's length, in seconds and in frames."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSpinBox, QWidget

from studio.core.sizes import nearest_frames
from studio.ui.compose.number_field import NARROWEST
from studio.ui.compose.wheel_guard import WheelGuard

MOST_FRAMES = 4097


class LengthPicker(QWidget):
    """Two fields for one length: frames are what the model counts, seconds what people think."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame_step, self._frame_rate, self._default = 4, 24.0, 121
        self._own: int | None = None
        self.seconds = _SecondsField()
        self.frames = QSpinBox(suffix=" frames", minimum=1, maximum=MOST_FRAMES)
        for field, name in ((self.seconds, "Length in seconds"), (self.frames, "Frames")):
            field.setAccessibleName(name)
            field.setKeyboardTracking(False)
            field.setMinimumWidth(NARROWEST)
            WheelGuard(field)
        self.seconds.setToolTip("How long the clip plays; it is rounded to whole blocks of frames")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.seconds, 1)
        row.addWidget(self.frames, 1)
        self.seconds.valueChanged.connect(self._take_seconds)
        self.frames.valueChanged.connect(self._take_frames)

    @property
    def own(self) -> int | None:
        """The number of frames that the person set, None for the model's default."""
        return None if self._own == self._default else self._own

    @property
    def default_words(self) -> str:
        """The model's own length as it is shown."""
        return f"{self._default} frames"

    def take_back(self) -> None:
        """Goes back to the default, and tells."""
        self.set_own(None)
        self.edited.emit()

    def value(self) -> int:
        """The number of frames, whoever set it."""
        return self._default if self._own is None else self._own

    def set_own(self, frames: int | None) -> None:
        """Shows a number of frames, or the default for None, without telling."""
        self._own = None if frames is None else self._legal(frames)
        self._show()

    def set_model(self, default: int, frame_step: int, frame_rate: float) -> None:
        """Gives the model's own length, its step, and the frame rate that makes seconds of it."""
        self._default, self._frame_step, self._frame_rate = default, frame_step, frame_rate
        self.frames.setSingleStep(frame_step)
        self.frames.setToolTip(f"How many frames: 1, {1 + frame_step}, {1 + 2 * frame_step} …")
        self.seconds.blockSignals(True)
        self.seconds.setSingleStep(frame_step / frame_rate)
        self.seconds.setRange(1 / frame_rate, MOST_FRAMES / frame_rate)
        self.seconds.blockSignals(False)
        self.set_own(self._own)

    def _take_seconds(self, seconds: float) -> None:
        self._take_frames(round(seconds * self._frame_rate))

    def _take_frames(self, frames: int) -> None:
        legal = self._legal(frames)
        self.set_own(None if legal == self._default else legal)
        self.edited.emit()

    def _legal(self, frames: int) -> int:
        below, above = nearest_frames(frames, self._frame_step)
        return below if frames - below < above - frames else above

    def _show(self) -> None:
        for field in (self.seconds, self.frames):
            field.blockSignals(True)
        self.frames.setValue(self.value())
        self.seconds.setValue(self.value() / self._frame_rate)
        for field in (self.seconds, self.frames):
            field.blockSignals(False)


class _SecondsField(QDoubleSpinBox):
    """Seconds: kept to the hundredth, shown to the tenth where that is how they came about."""

    def __init__(self) -> None:
        super().__init__(suffix=" s", decimals=3)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        decimals = 1 if value >= 1 else 2
        return self.locale().toString(math.floor(value * 100 + 0.5) / 100, "f", decimals)

    def valueFromText(self, text: str) -> float:  # noqa: N802 - Qt's name
        # What is shown is rounded: read back as it stands it would be another length.
        if text.removesuffix(self.suffix()) == self.textFromValue(self.value()):
            return self.value()
        return super().valueFromText(text)
