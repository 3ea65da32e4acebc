"""All settings of a clip but its prompt and photo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from studio.core.family import Family, resolve
from studio.core.params import MAX_STEPS, GenerationParams, ResolvedParams
from studio.core.photo import Fit
from studio.core.size_choices import length_warning
from studio.ui.compose.field_rows import FieldRows
from studio.ui.compose.labels import Notice, QuietLabel
from studio.ui.compose.length_picker import LengthPicker
from studio.ui.compose.model_choice import ModelChoice, ModelPicker
from studio.ui.compose.more_settings import MoreSettings
from studio.ui.compose.number_field import WholeField
from studio.ui.compose.seed_picker import SeedPicker
from studio.ui.compose.size_picker import SizePicker

Size = tuple[int, int]


class SettingsForm(QWidget):
    """Model, size, length, steps, seed, and the rest under More."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos: Sequence[Size] = ()
        self.model = ModelPicker()
        self.about = QuietLabel()
        self.size_picker = SizePicker()
        self.length = LengthPicker()
        self.steps = WholeField("Steps", "More steps take longer and draw finer", 1, MAX_STEPS)
        self.seed = SeedPicker()
        self.unfit = Notice("warning")
        self.long = Notice("warning")
        self.fold = QToolButton(autoRaise=True)
        self.fold.setText("More")
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setAccessibleName("More settings")
        self.fold.setToolTip("Guidance, scheduler, frame rate, quality, negative prompt (Alt+M)")
        self.fold.setShortcut("Alt+M")
        self.more = MoreSettings()
        self.preset_slot = QVBoxLayout()
        self._rows, self._top = FieldRows(), FieldRows()
        self._assemble()
        self._connect()
        self.fold_more(False)
        self._follow()

    @property
    def family(self) -> Family:
        """What the chosen model wants."""
        return self.model.family

    @property
    def fit(self) -> Fit:
        """What becomes of a photo whose shape is not the clip's."""
        return self.more.fit.value

    def clip_size(self, photo: Size | None) -> Size:
        """The clip's width and height in pixels for a photo of this size, or without one."""
        return self.size_picker.clip_size(photo)

    def params(self) -> GenerationParams:
        """What is set, without prompt, photo, size and seed."""
        choice = self.model.choice
        params = GenerationParams(
            model="starter" if choice is None else choice.name,
            num_frames=self.length.own,
            num_inference_steps=self.steps.own,
        )
        return self.more.fill_in(params)

    def show_params(self, params: GenerationParams, *, keep_seed: bool) -> None:
        """Shows what these params set, without telling; the seed only if it is to be kept."""
        self.model.choose(params.model)
        self.more.show_params(params)
        self.length.set_own(params.num_frames)
        self.steps.set_own(params.num_inference_steps)
        self.size_picker.set_family(self.family)
        self.size_picker.show_params(params.width, params.height)
        if keep_seed:
            self.seed.set_kept(params.seed)
        self._follow()

    def set_models(self, choices: Sequence[ModelChoice]) -> None:
        """Offers these models."""
        self.model.set_choices(choices)
        self._follow()

    def set_photos(self, sizes: Sequence[Size]) -> None:
        """Says which photos there are: the size may follow them."""
        self._photos = tuple(sizes)
        self._follow()

    def commit(self) -> None:
        """Takes what is typed but not entered yet."""
        for field in (
            self.steps,
            self.length.seconds,
            self.length.frames,
            self.seed.clips,
            *self.size_picker.fields,
            *self.more.fields,
        ):
            field.interpretText()

    def fold_more(self, open_: bool) -> None:
        """Opens or folds away the rest."""
        self.fold.setChecked(open_)
        self.more.setVisible(open_)
        self.fold.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)

    def _assemble(self) -> None:
        self._top.add("Model", self.model)
        self._top.add_wide(self.about)
        self._rows.add("Size", self.size_picker)
        self._rows.add_wide(self.unfit)
        self._rows.add("Length", self.length)
        self._rows.add_wide(self.long)
        self._rows.add("Steps", self.steps)
        self._rows.add("Seed", self.seed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self._top, self.preset_slot, self._rows):
            column.addLayout(part)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.more)

    def _connect(self) -> None:
        self.model.chosen.connect(self._changed)
        for field in (self.size_picker, self.length, self.steps, self.seed, self.more):
            field.edited.connect(self._changed)
        self.fold.toggled.connect(self.fold_more)

    def _changed(self) -> None:
        self._follow()
        self.edited.emit()

    def _follow(self) -> None:
        """Brings all that hangs on another value up to date."""
        family = self.family
        self.about.setText(family.about)
        self.about.setVisible(bool(family.about))
        self.size_picker.set_family(family)
        self.size_picker.set_photos(self._photos)
        defaults = self._defaults()
        self.more.set_defaults(defaults, family)
        self.steps.set_default(family.num_inference_steps)
        self.length.set_model(
            family.num_frames, family.grid.frame_step, self.more.frame_rate.value()
        )
        self.unfit.show_sentence(self.size_picker.warning)
        self.long.show_sentence(length_warning(family, self.length.value()) or "")
        for rows in (self._top, self._rows):
            rows.mark()

    def _defaults(self) -> ResolvedParams:
        """What the model decides where nothing is set, for this size and guidance."""
        size = self.clip_size(self._photos[0] if self._photos else None)
        asked = GenerationParams(
            prompt="a",
            # Its name only: some models want a photo, and none want to see it for this.
            image=Path("photo") if self.family.start.value == "photo" else None,
            width=size[0],
            height=size[1],
            guidance_scale=self.more.guidance.own,
            seed=0,
        )
        return resolve(asked, self.family, size)
