"""The preset that Compose has in use: what it is for, and what differs from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from studio.core.family import Family
from studio.core.params import GenerationParams
from studio.core.preset import (
    Difference,
    Preset,
    PresetSettings,
    Size,
    bare_prompt,
    beyond,
    captured,
    differences,
    frame_prompt,
    one_line,
    own_names,
    why_unfit,
)
from studio.core.preset_shelf import PresetShelf, Shelved
from studio.ui.compose.model_choice import ModelChoice

OWN_CATEGORY = "My presets"
_ALWAYS = {"width", "height", "num_frames", "num_inference_steps"}  # what a new preset sets


@dataclass(frozen=True)
class SetNow:
    """All that is set in Compose; `clip` is the clip's width and height in pixels."""

    params: GenerationParams
    seeds: int
    family: Family
    clip: Size


class PresetChoice:
    """Which preset of a shelf is in use, None for none."""

    def __init__(self, shelf: PresetShelf) -> None:
        self._shelf = shelf
        self._preset: Preset | None = None
        self._lost: UUID | None = None  # the one in use, while its file is gone or cannot be read

    @property
    def preset(self) -> Preset | None:
        """The preset in use."""
        return self._preset

    @preset.setter
    def preset(self, preset: Preset | None) -> None:
        self._preset, self._lost = preset, None

    @property
    def settings(self) -> PresetSettings:
        """What the preset in use sets; nothing without one."""
        return PresetSettings() if self.preset is None else self.preset.settings

    @property
    def can_update(self) -> bool:
        """Whether the preset in use is the person's own."""
        shelved = None if self.preset is None else self._shelf.get(self.preset.id)
        return shelved is not None and not shelved.built_in

    def take(self, params: GenerationParams, *, typed: bool = False) -> GenerationParams:
        """Uses the preset that made these params, if it is still there; returns them with the
        prompt as it was typed, which it is already where `typed`.
        """
        mark = params.preset
        shelved = None if mark is None else self._shelf.get(mark.id)
        self.preset = None
        if mark is None or shelved is None:
            return params
        if typed:
            self.preset = shelved.preset
            return params
        changed = shelved.preset.content_hash != mark.content_hash
        settings = shelved.preset.settings
        # What a changed preset puts around the prompt says nothing about the words of this one.
        if changed and (settings.prompt_before or settings.prompt_after):
            return params
        self.preset = shelved.preset
        bare = bare_prompt(self.preset.settings, params.prompt)
        return params.model_copy(update={"prompt": bare})

    def look_again(self) -> str:
        """Takes the preset in use as its file has it now, also once that is back; returns a
        sentence where it is gone, empty else.
        """
        before = self.preset
        wanted = self._lost if before is None else before.id
        shelved = None if wanted is None else self._shelf.get(wanted)
        self.preset = None if shelved is None else shelved.preset
        if shelved is None:
            self._lost = wanted
        if shelved is not None or before is None:
            return ""
        return (
            f"'{before.name}' is not in use any more: its file is gone or cannot be read. What is "
            "set stays, and the preset is in use again once its file is back."
        )

    def differences(self, now: SetNow) -> list[Difference]:
        """What is not as the preset in use has it, then what is set and not in it."""
        if self.preset is None:
            return []
        found = differences(self.settings, now.params, now.seeds, now.family, now.clip)
        if now.family.title != self.preset.family:
            found.insert(0, Difference("model", self.preset.family, now.family.title))
        return [*found, *beyond(self.settings, now.params, now.seeds)]

    def worth_keeping(self, now: SetNow) -> bool:
        """Whether something is set that the preset in use, or none, does not hold."""
        return bool(beyond(self.settings, now.params, now.seeds))

    def finished(self, params: GenerationParams) -> GenerationParams:
        """The params as a clip is made from them: with the preset's words and its mark."""
        if self.preset is None:
            return params
        prompt = frame_prompt(self.settings, params.prompt)
        return params.model_copy(update={"prompt": prompt, "preset": self.preset.mark})

    def update(self, now: SetNow) -> None:
        """Writes what is set now over the preset in use; raises BadInput, DiskFull, StudioError."""
        assert self.preset is not None
        names = set(self.settings.model_dump(exclude_none=True))
        changed = self._captured(names, now)
        preset = self.preset.model_copy(update={"settings": changed, "family": now.family.title})
        self._shelf.save(preset)
        self.preset = preset

    def add(self, name: str, now: SetNow) -> None:
        """Keeps what is set now as a new preset and uses that; raises as `update` does."""
        names = own_names(now.params, now.seeds) | set(self.settings.model_dump(exclude_none=True))
        names = (names | _ALWAYS) - {"prompt_before", "prompt_after"}
        category = OWN_CATEGORY if self.preset is None else self.preset.category
        wanted = Preset(
            id=uuid4(),
            name=one_line(name),
            category=category if self.can_update else OWN_CATEGORY,
            family=now.family.title,
            settings=self._captured(names, now),
        )
        self.preset = self._shelf.add(wanted)

    def _captured(self, names: set[str], now: SetNow) -> PresetSettings:
        return captured(names, now.params, now.seeds, now.family, self.settings, now.clip)

    def model_for(
        self, preset: Preset, models: Sequence[ModelChoice], now: ModelChoice | None
    ) -> ModelChoice | None:
        """The model to use a preset with: the one in use, or else the first of its family."""
        fit = [model for model in _of_family(preset, models) if model.reason is None]
        return now if now in fit else next(iter(fit), None)

    def unfit(self, shelved: Shelved, models: Sequence[ModelChoice]) -> str:
        """Why a preset cannot be used; empty where it can."""
        there = _of_family(shelved.preset, models)
        return why_unfit(shelved.preset, [model.reason for model in there])


def _of_family(preset: Preset, models: Sequence[ModelChoice]) -> list[ModelChoice]:
    return [m for m in models if m.family is not None and m.family.title == preset.family]
