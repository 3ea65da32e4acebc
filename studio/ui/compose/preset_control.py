"""Carries out what the preset row asks for: between the shelf of presets and the form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from studio.core.errors import BadInput, StudioError
from studio.core.params import GenerationParams
from studio.core.preset import Preset, apply
from studio.core.preset_file import sentence_of
from studio.core.preset_shelf import PresetShelf, Shelved
from studio.ui.compose.preset_bar import PresetBar
from studio.ui.compose.preset_choice import PresetChoice, SetNow
from studio.ui.compose.preset_sheet import sheet_params
from studio.ui.compose.settings_form import SettingsForm


class PresetControl(QObject):
    """Uses presets in a form; `set_now` gives all that is set in Compose."""

    applied = Signal()  # the form shows something else now
    troubled = Signal(str)  # a preset could not be used or written: a sentence
    gone = Signal(str)  # the one in use is not there any more: a sentence
    back = Signal(str)  # it is there again; the sentence holds no more

    def __init__(
        self,
        shelf: PresetShelf,
        form: SettingsForm,
        set_now: Callable[[], GenerationParams],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._shelf, self._form, self._set_now = shelf, form, set_now
        self.choice = PresetChoice(shelf)
        self._gone = ""
        self._told = set[UUID]()  # the defaults that could not be used, each told once
        self.bar = PresetBar(shelf)
        self.bar.set_unfit(self.unfit)
        self.bar.chosen.connect(self.use)
        self.bar.left.connect(self._leave)
        self.bar.reverted.connect(self._revert)
        self.bar.updated.connect(self._update)
        self.bar.named.connect(self._add)
        shelf.changed.connect(self._shelf_changed)

    def use(self, preset: Preset) -> None:
        """Sets what the preset sets, and the model that it is for."""
        if self._apply(preset):
            self._in_words(lambda: self._shelf.note_used(preset.id))
            self.applied.emit()

    def begin_with(self, *, photo: bool, keep_model: bool = False) -> None:
        """Uses the preset that Compose begins with, unless something else was chosen or set; with
        `keep_model` only one that is for the model in use.
        """
        arrangement = self._shelf.arrangement
        other = arrangement.for_text if photo else arrangement.for_photo
        now = self.choice.preset
        set_now = self._set()
        untouched = now is None and not self.choice.worth_keeping(set_now)
        # What a default before it set, and this one leaves alone, is not the person's.
        same = all(each.preset is None for each in self.choice.differences(set_now))
        unchanged = now is not None and now.id == other and same
        wanted = arrangement.for_photo if photo else arrangement.for_text
        shelved = None if wanted is None else self._shelf.get(wanted)
        if shelved is None or not (untouched or unchanged):
            return
        other_model = keep_model and shelved.preset.family != self._form.family.title
        if other_model or self._apply(shelved.preset):
            return
        if wanted not in self._told:
            self._told.add(shelved.preset.id)
            reason = self.unfit(shelved).removesuffix(".")
            self.troubled.emit(
                f"Compose cannot begin with its default '{shelved.preset.name}'. {reason}. Choose "
                "another default by a right click in the list of presets."
            )

    def unfit(self, shelved: Shelved) -> str:
        """Why a preset cannot be used here; empty where it can."""
        return self.choice.unfit(shelved, self._form.model.choices)

    def unfit_now(self, shelved: Shelved) -> str:
        """Why no clip can be made with a preset from the words and the photo that are there now;
        empty where one can.
        """
        reason = self.unfit(shelved)
        if reason:
            return reason
        try:
            self._on_sheet(shelved.preset)
        except BadInput as error:
            return str(error)
        return ""

    def sheet(self, presets: Sequence[Preset], seed: int) -> list[GenerationParams]:
        """What is set now once with each preset, all of one seed; a preset with which no clip can
        be made is told and left out.
        """
        made: list[GenerationParams] = []
        for preset in presets:
            try:
                params = self._on_sheet(preset)
            except BadInput as error:
                self.troubled.emit(f"'{preset.name}' is not on the sheet: {error}")
            else:
                made.append(params.model_copy(update={"seed": seed}))
        return made

    def show(self) -> None:
        """Brings the row up to date."""
        set_now = self._set()
        self.bar.show_state(
            self.choice.preset,
            self.choice.differences(set_now),
            can_update=self.choice.can_update,
            can_save=self.choice.worth_keeping(set_now),
        )

    def _on_sheet(self, preset: Preset) -> GenerationParams:
        form = self._form.model
        model = self.choice.model_for(preset, form.choices, form.choice)
        if model is None:
            raise BadInput(f"{preset.family} is not there any more.")
        return sheet_params(preset, model, self._set_now())

    def _apply(self, preset: Preset) -> bool:
        form = self._form
        model = self.choice.model_for(preset, form.model.choices, form.model.choice)
        if model is None or model.family is None:
            return False
        self.choice.preset = preset
        params = apply(preset.settings, self._set_now(), model.family)
        form.show_params(params.model_copy(update={"model": model.name}), keep_seed=False)
        if preset.settings.seeds is not None:
            form.seed.clips.setValue(preset.settings.seeds)
        return True

    def _leave(self) -> None:
        """Uses no preset any more; what is set stays."""
        self.choice.preset = None
        self.applied.emit()

    def _revert(self) -> None:
        if self.choice.preset is not None and self._apply(self.choice.preset):
            self.applied.emit()

    def _update(self) -> None:
        self._form.commit()
        self._in_words(lambda: self.choice.update(self._set()))
        self.applied.emit()

    def _add(self, name: str) -> None:
        self._form.commit()
        self._in_words(lambda: self.choice.add(name, self._set()))
        self.applied.emit()

    def _set(self) -> SetNow:
        form = self._form
        # The fields show the clip's size also where it is the photo's.
        width, height = (field.value() for field in form.size_picker.fields)
        return SetNow(self._set_now(), form.seed.clips.value(), form.family, (width, height))

    def _shelf_changed(self) -> None:
        if isValid(self):  # the shelf lives longer than a window
            gone = self.choice.look_again()
            self.show()
            if gone:
                self._gone = gone
                self.gone.emit(gone)
            elif self._gone and self.choice.preset is not None:
                self.back.emit(self._gone)
                self._gone = ""

    def _in_words(self, work: Callable[[], object]) -> None:
        try:
            work()
        except StudioError as error:
            self.troubled.emit(str(error))
        except ValidationError as error:
            self.troubled.emit(sentence_of(error, "", "This cannot be a preset"))
