"""A preset's file: read with the line of what is wrong, written whole or not at all."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.core.bounds import allowed
from studio.core.errors import BadPreset
from studio.core.family import Family
from studio.core.files import AtomicFile
from studio.core.naming import clean, good_stem
from studio.core.preset import KNOWN_FAMILIES, SCHEMA, Preset, PresetSettings, impossible

ENDING, SHARED_ENDING = ".toml", ".clipwright-preset"  # on the shelf; given away
MAX_BYTES = 1 << 20  # of a file: a preset takes one or two thousand
SETTINGS = "settings"

Content = dict[str, Any]
# From each older schema to the next one; a schema that is not here was never written.
MIGRATIONS: dict[int, Callable[[Content], Content]] = {}

HEAD = ("id", "name", "description", "category", "family")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TABLE = re.compile(r"\s*\[\s*([\w.\"' -]+?)\s*\]\s*(#.*)?$")
_KEY = re.compile(r"""\s*(["']?)([\w-]+)\1\s*(?:\.\s*(["']?)([\w-]+)\3\s*)?=""")


def read_preset(path: Path) -> Preset:
    """The preset in a file; raises BadPreset with file, line and value where there is none."""
    return parse_preset(read_text(path), str(path))


def read_text(path: Path) -> str:
    """A preset file's text; raises BadPreset where it cannot be one."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadPreset(f"{path} is too large for a preset; it may be another kind of file.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadPreset(f"{path} cannot be read ({reason}).") from error
    except UnicodeDecodeError as error:
        raise BadPreset(f"{path} is not text in UTF-8; it may be another kind of file.") from error


def parse_preset(text: str, where: str, families: Sequence[Family] = ()) -> Preset:
    """The preset that a text says; `where` is what sentences call it. Raises BadPreset."""
    return preset_of(parse_toml(text, where), text, where, families)


def parse_toml(text: str, where: str) -> Content:
    """A text's content; raises BadPreset where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = _PLACE.search(said)
        line = place[1] if place and place[1] else str(text.count("\n") + 1)
        reason = _PLACE.sub("", said)
        shown = _shown_line(text, int(line))
        raise BadPreset(f"{where}, line {line}: {reason} at “{shown}”.") from error
    except RecursionError as error:
        raise BadPreset(f"{where} is nested too deeply for a preset.") from error


def preset_of(content: Content, text: str, where: str, families: Sequence[Family] = ()) -> Preset:
    """The preset in a content of any schema; `text` is looked through for the line of an error.

    Raises BadPreset, also for settings that its family cannot take: one of Wan's or of `families`.
    """
    content = _migrated(content, where)
    try:
        preset = Preset.model_validate(content)
    except ValidationError as error:
        raise BadPreset(sentence_of(error, text, where)) from error
    for family in (*KNOWN_FAMILIES, *families):
        found = impossible(preset.settings, family) if family.title == preset.family else None
        if found is not None:
            name, why = found
            place = _place(_line_of(text, [SETTINGS, name]), where)
            value = getattr(preset.settings, name)
            raise BadPreset(f"{place}: {name} is {value}. {why}")
    return preset


def sentence_of(error: ValidationError, text: str, where: str) -> str:
    """What is wrong first with a preset or its settings, with the line in `text` that says it."""
    first = error.errors()[0]
    return _sentence(first["loc"], first, text, where)


def free_path(folder: Path, name: str, ending: str, taken: Callable[[Path], bool]) -> Path:
    """Where a preset of this name goes: with a number where a file of the name is `taken`."""
    for number in itertools.count(1):
        tail = f" ({number})" if number > 1 else ""
        path = folder / (good_stem(clean(name), tail, ending, "preset") + ending)
        if not taken(path):
            return path
    raise AssertionError("the numbers do not end")


def unknown_keys(content: Mapping[str, Any]) -> list[str]:
    """The keys that this version does not know: those of a newer one, or misspelt ones."""
    known = {"schema", SETTINGS, *HEAD}
    settings = content.get(SETTINGS)
    inner = settings if isinstance(settings, Mapping) else {}
    return [
        *(str(key) for key in content if key not in known),
        *(f"{SETTINGS}.{key}" for key in inner if key not in PresetSettings.model_fields),
    ]


def write_preset(
    path: Path, preset: Preset, *, overwrite: bool, families: Sequence[Family] = ()
) -> None:
    """Writes a preset, whole or not at all; raises BadInput, DiskFull or StudioError.

    One that could not be read back raises BadInput too, and nothing is written. A file of an older
    schema is kept beside the new one, as NAME.schema-N.
    """
    before = ""
    if overwrite and path.is_file():
        with suppress(BadPreset):
            before = read_text(path)
    # Only now: a start of the window, which reads presets and writes none, does without tomlkit.
    from studio.core.preset_text import checked_text

    text = checked_text(preset, before, families)
    with suppress(BadPreset):
        _keep_older(path, before)
    with AtomicFile(path, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _keep_older(path: Path, text: str) -> None:
    schema = parse_toml(text, str(path)).get("schema", SCHEMA)
    if isinstance(schema, int) and schema < SCHEMA:
        kept = path.with_name(f"{path.name}.schema-{schema}")
        with AtomicFile(kept, overwrite=True) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def _migrated(content: Content, where: str) -> Content:
    schema = content.get("schema", SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 0:
        raise BadPreset(f"{where}: schema is {schema!r}; it has to be a whole number such as 1.")
    while schema < SCHEMA:
        step = MIGRATIONS.get(schema)
        if step is None:
            raise BadPreset(f"{where}: schema {schema} was never one of Clipwright's presets.")
        schema += 1
        content = {**step(content), "schema": schema}
    return content


def _sentence(loc: Sequence[int | str], error: Mapping[str, Any], text: str, where: str) -> str:
    names = [str(part) for part in loc]
    place = _place(_line_of(text, names), where)
    if error["type"] == "missing":
        return f"{place}: there is no {'.'.join(names)}; every preset has to have one."
    message = str(error["msg"]).removeprefix("Value error, ")
    if names in ([], [SETTINGS]):
        return f"{place}: {message}."
    shown = repr(error["input"])
    shown = shown if len(shown) < 80 else shown[:79] + "…"
    if error["type"] == "string_unicode":
        return f"{place}: {names[-1]} is {shown}; it has half a character, so type it anew."
    model = PresetSettings if names[-1] in PresetSettings.model_fields else Preset
    may = allowed(model, names[-1], "")
    may = may or message.removeprefix("Input should be ")
    rest = message if error["type"] == "value_error" else f"it has to be {may}"
    rest = rest.replace("be String should have", "have")
    return f"{place}: {names[-1]} is {shown}; {rest}."


def _place(line: int | None, where: str) -> str:
    return f"{where}, line {line}" if line else where


def _line_of(text: str, names: list[str]) -> int | None:
    """The line where a key is set; that of its table where the key cannot be found."""
    inside: list[str] = []
    table_line = None
    for number, line in enumerate(text.splitlines(), 1):
        table = _TABLE.match(line)
        if table:
            inside = [part.strip(" \"'") for part in table[1].split(".")]
            if (inside == names[:-1] and inside) or inside == names:
                table_line = number
            continue
        key = _KEY.match(line)
        if key and [*inside, key[2], *([key[4]] if key[4] else [])] in (names, names[:1]):
            return number
    return table_line


def _shown_line(text: str, line: int) -> str:
    lines = text.splitlines()
    shown = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return shown if len(shown) < 60 else shown[:59] + "…"
