"""Presets given away and taken in: one file for one or for many, looked through before it is used.

A file of one preset is the same as on the shelf; one of many has them one after the other in
`[[presets]]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from studio.core.errors import BadInput, BadPreset
from studio.core.files import AtomicFile, storage_error
from studio.core.preset import Preset
from studio.core.preset_file import (
    ENDING,
    SHARED_ENDING,
    free_path,
    parse_toml,
    preset_of,
    read_text,
)
from studio.core.preset_shelf import PresetShelf
from studio.core.preset_text import bundle_of, preset_text

_MANY = "presets"


class Clash(StrEnum):
    """What there is already of a preset that comes in."""

    NONE = "none"
    SAME = "same"  # the very same preset: nothing to do
    CHANGED = "changed"  # one of the person's own with this id, which says something else
    NAME = "name"  # another preset is called so
    BUILT_IN = "built-in"  # the id of a built-in one, which is never replaced


@dataclass(frozen=True)
class Incoming:
    """A preset that may come in, or why one cannot; `where` is what sentences call it."""

    where: str
    preset: Preset | None
    clash: Clash = Clash.NONE
    problem: str = ""


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
        _reviewed(each, "", f"{where}, preset {number}", shelf)
        if isinstance(each, dict)
        else Incoming(where, None, problem=f"{where}: preset {number} is no table.")
        for number, each in enumerate(many, 1)
    ]


def take(incoming: Incoming, shelf: PresetShelf, *, replace: bool = False) -> Preset | None:
    """Puts a preset on the shelf: over the one of its id if `replace`, else beside it.

    None where there is nothing to do. Raises BadInput for one that cannot come in.
    """
    preset = incoming.preset
    if preset is None:
        raise BadInput(incoming.problem)
    match incoming.clash:
        case Clash.SAME:
            return None
        case Clash.BUILT_IN:
            raise BadInput(
                f"'{preset.name}' has the id of a built-in preset and is not taken in; "
                "give it another id, or none of its own."
            )
        case Clash.CHANGED if replace:
            shelf.save(preset)
            return preset
        case Clash.CHANGED:
            return shelf.add(preset.model_copy(update={"id": uuid4()}))
        case _:
            return shelf.add(preset)


def bundle_text(presets: Sequence[Preset]) -> str:
    """Some presets as one text; a single one as it is on the shelf."""
    if len(presets) == 1:
        return preset_text(presets[0])
    return bundle_of(presets, _MANY)


def export_presets(presets: Sequence[Preset], path: Path, *, overwrite: bool) -> list[Path]:
    """Writes presets into one file, or into a folder a file each; returns the files.

    Raises BadInput where there is nothing to write or a file is there and may not be replaced,
    DiskFull or StudioError.
    """
    if not presets:
        raise BadInput("There is no preset to export; name one.")
    if not path.is_dir():
        if not path.suffix:
            path = path.with_name(path.name + SHARED_ENDING)
        _write(path, bundle_text(presets), overwrite)
        return [path]
    made: list[Path] = []
    for preset in presets:
        file = free_path(
            path,
            preset.name,
            SHARED_ENDING,
            lambda p: p in made or (not overwrite and p.exists()),
        )
        _write(file, preset_text(preset), overwrite)
        made.append(file)
    return made


def _reviewed(content: dict[str, object], text: str, where: str, shelf: PresetShelf) -> Incoming:
    if "id" not in content:
        content = {**content, "id": str(uuid4())}  # one written by hand needs none
    try:
        preset = preset_of(content, text, where)
    except BadPreset as error:
        return Incoming(where, None, problem=str(error))
    return Incoming(where, preset, _clash(preset, shelf))


def _clash(preset: Preset, shelf: PresetShelf) -> Clash:
    there = shelf.get(preset.id)
    if there is not None and there.preset == preset:
        return Clash.SAME
    if there is not None:
        return Clash.BUILT_IN if there.built_in else Clash.CHANGED
    names = {shelved.preset.name.casefold() for shelved in shelf.all()}
    return Clash.NAME if preset.name.casefold() in names else Clash.NONE


def _write(path: Path, text: str, overwrite: bool) -> None:
    try:
        with AtomicFile(path, overwrite=overwrite) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise storage_error(error, path) from error
