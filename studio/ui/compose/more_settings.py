"""The settings that most people leave alone, folded away under More."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.core.family import Family
from studio.core.params import GenerationParams, Quality, ResolvedParams, Scheduler
from studio.core.photo import Fit
from studio.ui.compose.choice_field import ChoiceField
from studio.ui.compose.field_rows import FieldRows
from studio.ui.compose.number_field import DecimalField
from studio.ui.compose.prompt_box import PromptBox

QUALITIES = (
    (Quality.DRAFT, "Draft – smallest file"),
    (Quality.GOOD, "Good"),
    (Quality.BEST, "Best – large file"),
    (Quality.LOSSLESS, "Lossless – very large file"),
)
SCHEDULERS = (
    (Scheduler.UNIPC, "UniPC"),
    (Scheduler.EULER, "Euler"),
    (Scheduler.DPM, "DPM++"),
)
FITS = ((Fit.COVER, "Fill, crop the photo"), (Fit.PAD, "Whole, between bars"))
BACKGROUNDS = (("white", "White"), ("black", "Black"), ("gray", "Grey"))


class MoreSettings(QWidget):
    """Guidance, shift, scheduler, frame rate, quality, fit and the negative prompt."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.guidance = DecimalField(
            "Guidance", "How closely the clip follows the prompt", 0, 100, 0.5
        )
        self.guidance_2 = DecimalField(
            "Guidance 2", "The same for the second expert, which draws the details", 0, 100, 0.5
        )
        self.flow_shift = DecimalField(
            "Flow shift", "Higher spends more of the steps on movement and layout", 0.01, 100, 0.5
        )
        self.frame_rate = DecimalField("Frame rate", "Frames a second", 0.01, 240, 1)
        self.frame_rate.setSuffix(" fps")
        self.scheduler = ChoiceField(
            "Scheduler", "How the steps are taken", SCHEDULERS, Scheduler.UNIPC
        )
        self.quality = ChoiceField(
            "Quality", "How much of the picture the video file keeps", QUALITIES, Quality.GOOD
        )
        self.fit = ChoiceField(
            "Photo fit", "What to do where the photo’s shape is not the clip’s", FITS, Fit.COVER
        )
        self.background = ChoiceField(
            "Background", "The colour of bars and of see-through parts", BACKGROUNDS, "white"
        )
        self.negative = PromptBox("Negative prompt", "What it must not show", (2, 6))
        self._two_experts = False
        self._rows = FieldRows()
        self._assemble()

    @property
    def fields(self) -> tuple[DecimalField, ...]:
        """The fields in which a number is typed."""
        return self.guidance, self.guidance_2, self.flow_shift, self.frame_rate

    def fill_in(self, params: GenerationParams) -> GenerationParams:
        """The params with what is set here."""
        negative = self.negative.toPlainText()
        return params.model_copy(
            update={
                "guidance_scale": self.guidance.own,
                "guidance_scale_2": self.guidance_2.own if self._two_experts else None,
                "flow_shift": self.flow_shift.own,
                "frame_rate": self.frame_rate.own,
                "scheduler": self.scheduler.value,
                "quality": self.quality.value,
                "fit": self.fit.value,
                "background": self.background.value,
                "negative_prompt": negative if negative.strip() else None,
            }
        )

    def show_params(self, params: GenerationParams) -> None:
        """Shows what these params set, without telling."""
        self.guidance.set_own(params.guidance_scale)
        self.guidance_2.set_own(params.guidance_scale_2)
        self.flow_shift.set_own(params.flow_shift)
        self.frame_rate.set_own(params.frame_rate)
        self.scheduler.set_value(params.scheduler)
        self.quality.set_value(params.quality)
        self.fit.set_value(params.fit)
        self.background.set_value(params.background)
        self.negative.blockSignals(True)
        self.negative.setPlainText(params.negative_prompt or "")
        self.negative.blockSignals(False)

    def set_defaults(self, defaults: ResolvedParams, family: Family) -> None:
        """Gives the model's own values."""
        self.guidance.set_default(family.guidance_scale)
        self.guidance_2.set_default(defaults.guidance_scale_2 or defaults.guidance_scale)
        self._two_experts = family.guidance_scale_2 is not None
        self._rows.set_shown(self.guidance_2, self._two_experts)
        self.flow_shift.set_default(defaults.flow_shift)
        self.frame_rate.set_default(defaults.frame_rate)
        sample = "The model’s own" if family.negative_prompt else "What it must not show"
        self.negative.setPlaceholderText(sample)
        self._rows.mark()

    def _assemble(self) -> None:
        rows = self._rows
        self.setLayout(rows)
        rows.add("Guidance", self.guidance)
        rows.add("Guidance 2", self.guidance_2)
        rows.add("Flow shift", self.flow_shift)
        rows.add("Scheduler", self.scheduler)
        rows.add("Frame rate", self.frame_rate)
        rows.add("Quality", self.quality)
        rows.add("Photo fit", self.fit)
        rows.add("Background", self.background)
        rows.add("Negative", self.negative)
        for field in (
            self.guidance,
            self.guidance_2,
            self.flow_shift,
            self.frame_rate,
            self.scheduler,
            self.quality,
            self.fit,
            self.background,
        ):
            field.edited.connect(self._tell)
        self.negative.textChanged.connect(self._tell)

    def _tell(self) -> None:
        self._rows.mark()
        self.edited.emit()
