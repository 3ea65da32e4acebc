"""What a preset sets, and where two of them differ, in words."""

from __future__ import annotations

from collections.abc import Iterator

from studio.core.preset import Preset
from studio.ui.setting_words import SETTING_WORDS, value_words

_HEAD = {
    "name": "Name",
    "category": "Category",
    "family": "For",
    "description": "What it is for",
}


def summary(preset: Preset) -> str:
    """The models that a preset is for, and all that it sets."""
    settings = preset.settings
    parts = [
        f"{SETTING_WORDS[name]}: {value_words(value)}"
        for name, value in settings
        if value is not None and name not in ("width", "height")
    ]
    if settings.width is not None:
        parts.insert(0, f"{SETTING_WORDS['size']}: {settings.width} × {settings.height}")
    return " · ".join([preset.family, *(parts or ["Sets nothing"])])


def changes(was: Preset, now: Preset) -> list[str]:
    """A line for each thing that is not as it was."""
    return [
        f"{words}: {value_words(before)} → {value_words(after)}"
        for words, before, after in _pairs(was, now)
        if before != after
    ]


def _pairs(was: Preset, now: Preset) -> Iterator[tuple[str, object, object]]:
    for name, words in _HEAD.items():
        yield words, getattr(was, name), getattr(now, name)
    for name, value in was.settings:
        yield SETTING_WORDS[name], value, getattr(now.settings, name)
