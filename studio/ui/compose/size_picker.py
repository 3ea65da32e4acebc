"""The clip's size: in words and pixels, from the photo, or typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.family import TI2V_5B, Family
from studio.core.size_choices import size_choices, size_warning
from studio.core.sizes import MAX_SIDE, best_output_size, nearest_sides
from studio.ui.compose.number_field import NARROWEST
from studio.ui.compose.wheel_guard import WheelGuard

Size = tuple[int, int]


class SizePicker(QWidget):
    """A list of sizes with two fields for one's own; `own` is None for the model's default.

    The default is the photo's shape where there is a photo, else the model's usual size.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._family = TI2V_5B
        self._photos: Sequence[Size] = ()
        self._own: Size | None = None
        self._typing = False
        self._sizes: list[Size | None] = []
        self.list = QComboBox()
        self.list.setAccessibleName("Size")
        self.list.setToolTip("Width and height of the clip in pixels")
        self.list.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.list.setMinimumContentsLength(10)
        WheelGuard(self.list)
        self.width_field = _side("Width", "W ")
        self.height_field = _side("Height", "H ")
        self.swap = QToolButton()
        self.swap.setText("⇄")
        self.swap.setAccessibleName("Swap width and height")
        self.swap.setToolTip("Swap width and height")
        self.typed = QWidget()
        row = QHBoxLayout(self.typed)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.width_field, 1)
        row.addWidget(self.swap)
        row.addWidget(self.height_field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addWidget(self.typed)
        self.list.activated.connect(self._choose)
        self.width_field.valueChanged.connect(self._type)
        self.height_field.valueChanged.connect(self._type)
        self.swap.clicked.connect(self._swap)
        self._show()

    @property
    def own(self) -> Size | None:
        """The size that the person set, None for the default."""
        usual = None if self._photos else (self._family.width, self._family.height)
        return None if self._own == usual else self._own

    @property
    def default_words(self) -> str:
        """The default as it is shown."""
        if self._photos:
            return "the photo’s shape"
        return f"{self._family.width}×{self._family.height}"

    @property
    def fields(self) -> tuple[QSpinBox, QSpinBox]:
        """The fields in which a size is typed."""
        return self.width_field, self.height_field

    @property
    def warning(self) -> str:
        """What is known to go wrong with this size, empty where nothing is."""
        size = self.clip_size(self._photos[0] if self._photos else None)
        return size_warning(self._family, *size) or ""

    def clip_size(self, photo: Size | None) -> Size:
        """The clip's width and height in pixels for a photo of this size, or without one."""
        if self._own is not None:
            return self._own
        usual = self._family.width, self._family.height
        if photo is None:
            return usual
        return best_output_size(*photo, self._family.grid_step, usual[0] * usual[1])

    def set_own(self, size: Size | None) -> None:
        """Shows a size, or the default for None, without telling."""
        self._own = size
        self._typing = size is not None and size not in self._named().values()
        self._show()

    def show_params(self, width: int | None, height: int | None) -> None:
        """Shows the size that params say; one side alone brings the other in the usual shape."""
        usual = self._family.width, self._family.height
        if width is None and height is None:
            self.set_own(None)
        else:
            wide = width or (height or 0) * usual[0] / usual[1]
            high = height or (width or 0) * usual[1] / usual[0]
            self.set_own(self._on_grid((round(wide), round(high))))

    def take_back(self) -> None:
        """Goes back to the default, and tells."""
        self.set_own(None)
        self.edited.emit()

    def set_family(self, family: Family) -> None:
        """Offers the sizes of a model; a size chosen by name keeps its name."""
        if family == self._family:
            return
        names = {size: name for name, size in self._named().items()}
        name = names.get(self._own) if self._own is not None and not self._typing else None
        self._family = family
        if self._own is not None:
            self.set_own(self._named().get(name or "", self._on_grid(self._own)))
        else:
            self._show()

    def set_photos(self, photos: Sequence[Size]) -> None:
        """Says which photos there are."""
        if tuple(photos) != tuple(self._photos):
            self._photos = tuple(photos)
            self._show()

    def _named(self) -> dict[str, Size]:
        return {choice.name: (choice.width, choice.height) for choice in size_choices(self._family)}

    def _show(self) -> None:
        self.list.clear()
        self._sizes = []
        if self._photos:
            self._offer(self._photo_words(), None)
        usual = self._family.width, self._family.height
        for name, size in self._named().items():
            is_default = size == usual and not self._photos
            self._offer(f"{name}  {size[0]}×{size[1]}", None if is_default else size)
        self.list.addItem("Custom …")
        at = len(self._sizes) if self._typing else self._sizes.index(self.own)
        self.list.setCurrentIndex(at)
        self.typed.setVisible(self._typing)
        now = self.clip_size(self._photos[0] if self._photos else None)
        step = self._family.grid_step
        for field, side in zip(self.fields, now, strict=True):
            field.blockSignals(True)
            field.setRange(step, MAX_SIDE // step * step)
            field.setSingleStep(step)
            field.setValue(side)
            field.blockSignals(False)

    def _photo_words(self) -> str:
        sizes = {self._default_size(photo) for photo in self._photos}
        if len(sizes) == 1:
            wide, high = sizes.pop()
            return f"From the photo  {wide}×{high}"
        return "From each photo"

    def _default_size(self, photo: Size) -> Size:
        area = self._family.width * self._family.height
        return best_output_size(*photo, self._family.grid_step, area)

    def _offer(self, words: str, size: Size | None) -> None:
        self.list.addItem(words)
        self._sizes.append(size)

    def _choose(self, at: int) -> None:
        if at == len(self._sizes):
            self._typing = True
            self._own = self.clip_size(self._photos[0] if self._photos else None)
            self._show()
            self.width_field.setFocus()
        else:
            self.set_own(self._sizes[at])
        self.edited.emit()

    def _type(self) -> None:
        self._own = self._on_grid((self.width_field.value(), self.height_field.value()))
        self._show()
        self.edited.emit()

    def _swap(self) -> None:
        if self._own is not None:
            self._own = self._own[1], self._own[0]
            self._show()
            self.edited.emit()

    def _on_grid(self, size: Size) -> Size:
        wide, high = (_nearest(side, self._family.grid_step) for side in size)
        return wide, high


def _nearest(side: int, step: int) -> int:
    below, above = nearest_sides(side, step)
    return below if side - below < above - side else above


def _side(name: str, prefix: str) -> QSpinBox:
    field = QSpinBox(prefix=prefix)
    field.setAccessibleName(name)
    field.setToolTip(f"{name} of the clip in pixels")
    field.setMinimumWidth(NARROWEST)
    field.setKeyboardTracking(False)
    WheelGuard(field)
    return field
