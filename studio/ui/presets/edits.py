"""What was changed in presets and is not saved yet; it outlives a look at another preset."""

from __future__ import annotations

from uuid import UUID

from studio.core.preset import Preset, PresetSettings
from studio.core.preset_shelf import PresetShelf

_HEAD = ("name", "category", "family", "description")


class Edits:
    """For each preset what it was and what it is to be."""

    def __init__(self, shelf: PresetShelf) -> None:
        self._shelf = shelf
        self._kept: dict[UUID, tuple[Preset, Preset]] = {}

    def note(self, preset: Preset, wanted: Preset) -> None:
        """Keeps what a preset is to be; nothing where it is so already."""
        if wanted == preset:
            self._kept.pop(preset.id, None)
        else:
            self._kept[preset.id] = (preset, wanted)

    def of(self, preset: Preset) -> Preset:
        """The preset with what was changed in it."""
        kept = self._kept.get(preset.id)
        return preset if kept is None else rebased(*kept, preset)

    def waiting(self) -> list[Preset]:
        """The presets on the shelf that are not saved, as they are to be."""
        presets = [shelved.preset for shelved in self._shelf.all() if not shelved.built_in]
        return [wanted for preset in presets if (wanted := self.of(preset)) != preset]

    def forget(self) -> None:
        """Throws all of it away."""
        self._kept.clear()


def rebased(before: Preset, wanted: Preset, now: Preset) -> Preset:
    """What the person changed, on a preset that was changed elsewhere meanwhile."""
    head = {
        name: getattr(wanted, name)
        for name in _HEAD
        if getattr(wanted, name) != getattr(before, name)
    }
    old, new = dict(before.settings), dict(wanted.settings)
    changed = {name: value for name, value in new.items() if value != old[name]}
    try:
        settings = PresetSettings.model_validate({**dict(now.settings), **changed})
    except ValueError:  # a shape here and pixels there: one of them has to give way
        settings = wanted.settings
    return now.model_copy(update={**head, "settings": settings})
