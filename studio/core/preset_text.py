"""A preset as TOML, written so that comments and what a newer version knows stay."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import tomlkit
from tomlkit.items import Table

from studio.core.errors import BadInput, BadPreset
from studio.core.family import Family
from studio.core.preset import SCHEMA, Preset, PresetSettings, one_line
from studio.core.preset_file import HEAD, SETTINGS, parse_preset, preset_of


def preset_text(preset: Preset, before: str = "") -> str:
    """A preset as TOML; comments and unknown keys of the text `before` stay where they are."""
    if before:
        text = _changed(preset, before)
        # A file may be laid out in a way that cannot take what is added.
        if text is not None and _reads_as(text, preset):
            return text
    return _changed(preset, "") or ""


def checked_text(preset: Preset, before: str, families: Sequence[Family]) -> str:
    """A preset as TOML that says the same when it is read back; raises BadInput where none does.

    A preset that was copied with changes was never checked, so all of it is looked at again.
    """
    where = f"The preset '{one_line(preset.name)}'"
    preset_of(preset.model_dump(by_alias=True, exclude_none=True), "", where, families)
    text = preset_text(preset, before)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{where} has half a character in one of its texts; type it anew."
        ) from error
    if not _reads_as(text, preset):
        raise BadInput(f"{where} could not be read back and is not kept; type its texts anew.")
    return text


def bundle_of(presets: Sequence[Preset], key: str) -> str:
    """Some presets one after the other, as tables under a key."""
    document = tomlkit.document()
    document["schema"] = SCHEMA
    each = tomlkit.aot()
    for preset in presets:
        each.append(tomlkit.item(tomllib.loads(preset_text(preset))))
    document[key] = each
    return document.as_string()


def _changed(preset: Preset, before: str) -> str | None:
    try:
        document = tomlkit.parse(before)
    except Exception:  # noqa: BLE001 - tomlkit raises more kinds than it tells of; nothing is lost
        return None
    new = not before
    document["schema"] = max(preset.schema_version, SCHEMA)
    for name in HEAD:
        value = getattr(preset, name)
        if value != "" or name in document:
            text = str(value)
            # TOML drops a first line break, and makes one of a carriage return.
            lines = "\n" in text and "\r" not in text and not text.startswith("\n")
            document[name] = tomlkit.string(text, multiline=True) if lines else text
    if new:
        document.add(tomlkit.nl())
    table = document.get(SETTINGS)
    if not isinstance(table, Table):
        table = tomlkit.table()
        document[SETTINGS] = table
    wanted = preset.settings.model_dump(mode="json", exclude_none=True)
    for name in PresetSettings.model_fields:
        if name in wanted:
            if table.get(name) != wanted[name]:
                table[name] = wanted[name]
        elif name in table:
            del table[name]
    return document.as_string()


def _reads_as(text: str, preset: Preset) -> bool:
    try:
        return parse_preset(text, "") == preset.model_copy(
            update={"schema_version": max(preset.schema_version, SCHEMA)}
        )
    except BadPreset:
        return False
