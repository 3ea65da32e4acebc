"""The models to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from studio.core.family import TI2V_5B, Family
from studio.core.model_folder import BrokenModel, ModelFolder, name_of
from studio.ui.compose.wheel_guard import WheelGuard

_TIP = "The model that makes the clip"


@dataclass(frozen=True)
class ModelChoice:
    """One model as the person sees it; one with a `reason` cannot be used.

    The family is None where the folder does not say what model it is.
    """

    name: str  # what GenerationParams.model says
    title: str
    family: Family | None
    reason: str | None = None

    @classmethod
    def whole(cls, folder: ModelFolder, reason: str | None = None) -> ModelChoice:
        """The choice for a model folder that was found whole; `reason` where it is of no use."""
        name = name_of(folder)
        plain = name == folder.family.title or name == "starter"
        title = folder.family.title if plain else f"{folder.family.title} – {folder.path.name}"
        return cls(name, title, folder.family, reason)

    @classmethod
    def broken(cls, model: BrokenModel) -> ModelChoice:
        """The choice that cannot be made, for a folder that is no model."""
        return cls(str(model.path), model.path.name, None, model.reason)


class ModelPicker(QComboBox):
    """A list of models; the ones that cannot be used are there with their reason, but grey."""

    chosen = Signal()
    opening = Signal()  # the list is about to be seen; what is new may still come into it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[ModelChoice] = []
        self.setAccessibleName("Model")
        self._tell()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.activated.connect(self.chosen)
        self.currentIndexChanged.connect(self._tell)
        WheelGuard(self)

    @property
    def choice(self) -> ModelChoice | None:
        """The model that is chosen, None where there is none to choose."""
        at = self.currentIndex()
        return self._choices[at] if 0 <= at < len(self._choices) else None

    @property
    def choices(self) -> Sequence[ModelChoice]:
        """All that are offered."""
        return tuple(self._choices)

    @property
    def family(self) -> Family:
        """What the chosen model wants; the 5B's where none is usable, so that all has a value."""
        choice = self.choice
        return TI2V_5B if choice is None or choice.family is None else choice.family

    def set_choices(self, choices: Sequence[ModelChoice]) -> None:
        """Offers these models and keeps the choice; one that is gone stays, as not found."""
        before = self.choice
        self._choices = list(choices)
        self._fill()
        if before is not None:
            self.choose(before.name)
        else:
            usable = [at for at, choice in enumerate(self._choices) if choice.reason is None]
            self.setCurrentIndex(usable[0] if usable else -1)

    def choose(self, name: str) -> None:
        """Chooses a model by its name, also one that is not there."""
        names = [choice.name for choice in self._choices]
        if name not in names:
            reason = f"The model {name} is not there any more; choose another one."
            self._choices.append(ModelChoice(name, name, None, reason))
            self._fill()
            names.append(name)
        self.setCurrentIndex(names.index(name))

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        self.opening.emit()
        super().showPopup()

    def _tell(self) -> None:
        about = self.family.about
        self.setToolTip(f"{_TIP}. {about}" if about else _TIP)
        self.setAccessibleDescription(about)

    def _fill(self) -> None:
        rows = QStandardItemModel(self)
        for choice in self._choices:
            text = choice.title if choice.reason is None else f"{choice.title} (not usable)"
            item = QStandardItem(text)
            item.setToolTip(choice.reason or choice.name)
            item.setData(choice.reason or choice.title, Qt.ItemDataRole.AccessibleDescriptionRole)
            item.setEnabled(choice.reason is None)
            rows.appendRow(item)
        self.setModel(rows)
