"""The seed: drawn anew for each clip, or kept; and how many clips to make of it."""

from __future__ import annotations

import secrets

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpinBox, QToolButton, QWidget

from studio.core.draft import MAX_COUNT
from studio.core.params import MAX_SEED
from studio.ui.compose.number_field import NARROWEST
from studio.ui.compose.wheel_guard import WheelGuard
from studio.ui.icons import icon
from studio.ui.theme import S


class SeedPicker(QWidget):
    """A number with a dice and a lock; open, each clip gets a number of its own."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = QLineEdit(placeholderText="random")
        self.number.setAccessibleName("Seed")
        self.number.setToolTip("The same seed and settings make the same clip")
        digits = QRegularExpression(r"\d{0,19}")
        self.number.setValidator(QRegularExpressionValidator(digits, self.number))
        self.dice = QToolButton()
        self.dice.setIcon(icon("dice"))
        self.dice.setAccessibleName("Draw a seed")
        self.dice.setToolTip("Draw a new seed and keep it")
        self.lock = QToolButton()
        self.lock.setCheckable(True)
        self.clips = QSpinBox(prefix="×", minimum=1, maximum=MAX_COUNT)
        self.clips.setAccessibleName("Number of clips")
        self.clips.setToolTip("How many clips to make, each with a seed of its own")
        self.clips.setFixedWidth(NARROWEST)
        self.clips.setKeyboardTracking(False)
        WheelGuard(self.clips)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S // 2)
        row.addWidget(self.number, 1)
        for widget in (self.dice, self.lock, self.clips):
            row.addWidget(widget)
        self.number.textEdited.connect(self._typed)
        self.dice.clicked.connect(self._draw)
        self.lock.toggled.connect(self._locked)
        self.clips.valueChanged.connect(self._tell)
        self._locked(False)

    @property
    def kept(self) -> int | None:
        """The seed that is locked, None where each clip gets a new one."""
        return self._shown() if self.lock.isChecked() else None

    def set_kept(self, seed: int | None) -> None:
        """Locks a seed, or opens the lock for None; the number shown then stays."""
        if seed is not None:
            self.number.setText(str(seed))
        self.lock.setChecked(seed is not None)

    def series(self, count: int) -> list[int]:
        """As many seeds as clips: counted up from the locked one, or all drawn anew."""
        kept = self.kept
        if kept is not None:
            return [(kept + at) % (MAX_SEED + 1) for at in range(count)]
        return [_random() for _ in range(count)]

    def show_used(self, seed: int) -> None:
        """Shows the seed that was drawn for a clip, so that the lock can keep it."""
        if not self.lock.isChecked():
            self.number.setText(str(seed))

    def _shown(self) -> int | None:
        text = self.number.text()
        return min(int(text), MAX_SEED) if text else None

    def _typed(self, text: str) -> None:
        self.lock.setChecked(bool(text))
        self._tell()

    def _draw(self) -> None:
        self.number.setText(str(_random()))
        self.lock.setChecked(True)
        self._tell()

    def _locked(self, on: bool) -> None:
        if on and self._shown() is None:
            self.number.setText(str(_random()))
        says = "Seed locked" if on else "Seed open"
        self.lock.setAccessibleName(says)
        self.lock.setToolTip(
            f"{says}: "
            + ("every render starts from this one" if on else "every clip draws a new one")
        )
        self.lock.setIcon(icon("lock" if on else "unlock"))
        self._tell()

    def _tell(self) -> None:
        self.edited.emit()


def _random() -> int:
    return secrets.randbelow(2**32)
