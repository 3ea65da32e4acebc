"""Presets given away and taken in: one file for one or for many, looked through before it is used.

A file of one preset is the same as on the shelf; one of many has them one after the other in
`[[presets]]`. Comments, and what a newer version knows, go along both ways.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from studio.core.errors import BadInput, BadPreset
from studio.core.files import AtomicFile, storage_error
from studio.core.naming import clean, good_stem
from studio.core.preset import SCHEMA, Preset
from studio.core.preset_file import (
    ENDING,
    SHARED_ENDING,
    free_path,
    parse_preset,
    parse_toml,
    preset_of,
    read_text,
)
from studio.core.preset_shelf import PresetShelf
from studio.core.preset_text import bundle_of, preset_text

_MANY = "presets"
_EACH = re.compile(r"^\s*\[\[\s*presets\s*\]\]\s*(#.*)?$")
_HEADER = re.compile(r"^(\s*\[{1,2})\s*(?=[\w\"'])")
_INNER = re.compile(r"^(\s*\[{1,2})\s*presets\s*\.\s*")


class Clash(StrEnum):
    """What there is already of a preset that comes in."""

    NONE = "none"
    SAME = "same"  # the very same preset: nothing to do
    CHANGED = "changed"  # one of the person's own with this id, which says something else
    NAME = "name"  # another preset is called so
    BUILT_IN = "built-in"  # the id of a built-in one, which is never replaced


@dataclass(frozen=True)
class Incoming:
    """A preset that may come in, or why one cannot; `where` is what sentences call it, and `text`
    what was written there, empty where that cannot be told apart from others.
    """

    where: str
    preset: Preset | None
    clash: Clash = Clash.NONE
    problem: str = ""
    text: str = ""


def review_files(paths: Sequence[Path], shelf: PresetShelf) -> list[Incoming]:
    """What is in some files, and in the files of some folders; nothing is taken in yet."""
    found: list[Incoming] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix in (ENDING, SHARED_ENDING))
            if not inside:
                found.append(Incoming(str(path), None, problem=f"There is no preset in {path}."))
            found += review_files(inside, shelf)
            continue
        try:
            found += review_text(read_text(path), str(path), shelf)
        except BadPreset as error:
            found.append(Incoming(str(path), None, problem=str(error)))
    return found


def review_text(text: str, where: str, shelf: PresetShelf) -> list[Incoming]:
    """What is in a text, as from the clipboard; nothing is taken in yet."""
    try:
        content = parse_toml(text, where)
    except BadPreset as error:
        return [Incoming(where, None, problem=str(error))]
    many = content.get(_MANY)
    if many is None:
        return [_reviewed(content, text, where, shelf)]
    if not isinstance(many, list) or not many:
        return [Incoming(where, None, problem=f"{where}: there is no preset in its list.")]
    return [
        _reviewed(each, "", f"{where}, preset {number}", shelf, source)
        if isinstance(each, dict)
        else Incoming(where, None, problem=f"{where}: preset {number} is no table.")
        for number, (each, source) in enumerate(zip(many, _apart(text, many), strict=True), 1)
    ]


def take(incoming: Incoming, shelf: PresetShelf, *, replace: bool = False) -> Preset | None:
    """Puts a preset on the shelf: over the one of its id if `replace`, else beside it.

    None where there is nothing to do. Raises BadInput for one that cannot come in.
    """
    preset = incoming.preset
    if preset is None:
        raise BadInput(incoming.problem)
    match _clash(preset, shelf):  # anew: another one of the same import may have come in since
        case Clash.SAME:
            return None
        case Clash.BUILT_IN:
            raise BadInput(
                f"'{preset.name}' has the id of a built-in preset and is not taken in; "
                "give it another id, or none of its own."
            )
        case Clash.CHANGED if replace and incoming.clash is Clash.CHANGED:
            shelf.save(preset)
        case Clash.CHANGED:
            preset = shelf.add(preset.model_copy(update={"id": uuid4()}))
        case _:
            preset = shelf.add(preset)
    _keep_source(preset, incoming.text, shelf)
    return preset


def bundle_text(presets: Sequence[Preset], shelf: PresetShelf | None = None) -> str:
    """Some presets as one text; each as it is written on the shelf, where one is given."""
    texts = [_shelf_text(preset, shelf) for preset in presets]
    if len(presets) == 1:
        return texts[0]
    texts = [
        text if _goes_together([text]) else preset_text(preset)
        for text, preset in zip(texts, presets, strict=True)
    ]
    return _together(texts) if _goes_together(texts) else bundle_of(presets, _MANY)


def export_path(path: Path) -> Path:
    """The file that an export to `path` writes: with an ending of presets."""
    if path.suffix in (ENDING, SHARED_ENDING):
        return path
    return path.with_name(path.name + SHARED_ENDING)


def export_name(name: str) -> str:
    """A file's name for what is called so, such as every system takes."""
    return good_stem(clean(name), "", SHARED_ENDING, "preset") + SHARED_ENDING


def export_presets(
    presets: Sequence[Preset], path: Path, *, overwrite: bool, shelf: PresetShelf | None = None
) -> list[Path]:
    """Writes presets into one file, or into a folder a file each; returns the files.

    With their shelf each keeps the comments of its own file. Raises BadInput where there is nothing
    to write or a file is there and may not be replaced, DiskFull or StudioError.
    """
    if not presets:
        raise BadInput("There is no preset to export; name one.")
    if not path.is_dir():
        path = export_path(path)
        _write(path, bundle_text(presets, shelf), overwrite)
        return [path]
    made: list[Path] = []
    for preset in presets:
        file = free_path(
            path,
            preset.name,
            SHARED_ENDING,
            lambda p: p in made or (not overwrite and p.exists()),
        )
        _write(file, _shelf_text(preset, shelf), overwrite)
        made.append(file)
    return made


def _reviewed(
    content: dict[str, object], text: str, where: str, shelf: PresetShelf, source: str = ""
) -> Incoming:
    if "id" not in content:
        content = {**content, "id": str(uuid4())}  # one written by hand needs none
    try:
        preset = preset_of(content, text, where)
    except BadPreset as error:
        return Incoming(where, None, problem=str(error))
    return Incoming(where, preset, _clash(preset, shelf), text=text or source)


def _clash(preset: Preset, shelf: PresetShelf) -> Clash:
    there = shelf.get(preset.id)
    if there is not None and there.preset == preset:
        return Clash.SAME
    if there is not None:
        return Clash.BUILT_IN if there.built_in else Clash.CHANGED
    names = {shelved.preset.name.casefold() for shelved in shelf.all()}
    return Clash.NAME if preset.name.casefold() in names else Clash.NONE


def _keep_source(preset: Preset, text: str, shelf: PresetShelf) -> None:
    """Writes the text that a preset came in as over the shelf's own way of writing it."""
    there = shelf.get(preset.id)
    if text and there is not None:
        _write(there.path, _as_written(preset, text), overwrite=True)
        shelf.refresh()


def _shelf_text(preset: Preset, shelf: PresetShelf | None) -> str:
    there = None if shelf is None else shelf.get(preset.id)
    text = ""
    if there is not None:
        with suppress(BadPreset):
            text = read_text(there.path)
    return _as_written(preset, text)


def _as_written(preset: Preset, text: str) -> str:
    """The text itself where it says the preset, else the preset with the text's comments."""
    with suppress(BadPreset):
        if text and parse_preset(text, "") == preset:
            return text
    return preset_text(preset, text)


def _together(texts: Sequence[str]) -> str:
    """Texts of presets as the tables of one."""
    parts = [f"schema = {SCHEMA}\n"]
    for text in texts:
        lines = [_HEADER.sub(rf"\1{_MANY}.", line) for line in text.split("\n")]
        parts.append("\n".join([f"[[{_MANY}]]", *lines]).rstrip() + "\n")
    return "\n".join(parts)


def _goes_together(texts: Sequence[str]) -> bool:
    """False where a line in quotes looks like a header, which would then be taken for one."""
    return _says(
        _together(texts), {"schema": SCHEMA, _MANY: [tomllib.loads(text) for text in texts]}
    )


def _apart(text: str, many: Sequence[object]) -> list[str]:
    """What is written of each table in `[[presets]]`; empty for those that cannot be told."""
    parts: list[list[str]] = []
    for line in text.split("\n"):
        if _EACH.match(line):
            parts.append([])
        elif parts:
            parts[-1].append(_INNER.sub(r"\1", line))
    found = ["\n".join(lines).strip() + "\n" for lines in parts]
    if len(found) != len(many):
        return [""] * len(many)
    return [part if _says(part, each) else "" for part, each in zip(found, many, strict=True)]


def _says(text: str, content: object) -> bool:
    try:
        return tomllib.loads(text) == content
    except (tomllib.TOMLDecodeError, RecursionError):
        return False


def _write(path: Path, text: str, overwrite: bool) -> None:
    try:
        with AtomicFile(path, overwrite=overwrite) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise storage_error(error, path) from error
