"""Names for clips by a person's template, such as every system takes, and never of a file that is
there.
"""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from studio.core.errors import BadInput
from studio.core.params import GenerationParams

FIELDS = ("date", "time", "number", "words", "seed", "model")
ENDING, POSTER_ENDING = ".mp4", ".jpg"
# Bytes of a whole name. File systems take 255, but those that encrypt names (eCryptfs) 143 at most.
MAX_BYTES = 140
WORDS_CHARACTERS = 48  # of the prompt

_FIELD = re.compile(r"\{(\w*)\}")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')  # on Windows; the slash everywhere
# Windows opens a device under these names, whatever ending they have.
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\.|$)", re.I)
_JOINERS = "\u200c\u200d"  # of Persian and of emoji; other invisible characters turn text around


def check_template(template: str) -> None:
    """Raises BadInput where a template has a field that does not exist, or cannot be a name."""
    unknown = [name for name in _FIELD.findall(template) if name not in FIELDS]
    if unknown:
        fields = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise BadInput(f"There is no {{{unknown[0]}}} to name clips by; use {fields}.")
    if not template.strip(" ."):
        raise BadInput("The name of clips is empty; use {date} {number} {words}, for example.")
    found = re.search(r'[<>:"/\\|?*]', template)
    if found:
        raise BadInput(f"A file's name cannot have the character {found[0]}; leave it out.")


def next_path(
    folder: Path,
    template: str,
    params: GenerationParams,
    when: datetime,
    taken: Collection[Path] = (),
) -> Path:
    """A free path in `folder` for a clip: no file is there, none of its poster's, none in `taken`.

    {date} and {time} say `when`, in its own zone; {words} are the prompt's first; {number} goes on
    from the highest of the clips whose names begin alike. Where the template leaves a name that is
    taken, a number in brackets follows. What is no field stays as it is. Nothing is written; an
    error of the disk while looking counts as free, and is told when the clip is written.
    """
    names = {path.name.casefold() for path in taken if path.parent == folder}
    for stem in _stems(folder, template, params, when, names):
        path = folder / f"{stem}{ENDING}"
        poster = path.with_suffix(POSTER_ENDING)
        if path.name.casefold() not in names and not any(map(os.path.lexists, (path, poster))):
            return path
    raise AssertionError("the numbers do not end")


def words_of(params: GenerationParams) -> str:
    """The prompt's first words, or what stands for them where there is none."""
    words = clean(params.prompt).split()
    found = ""
    for word in words:
        if found and len(found) + 1 + len(word) > WORDS_CHARACTERS:
            break
        found = f"{found} {word}".strip()
    return found[:WORDS_CHARACTERS].rstrip(" .,;") or ("photo" if params.image else "clip")


def clean(text: str) -> str:
    """Text as a part of a file's name: no character that a system refuses or that is not seen."""
    text = unicodedata.normalize("NFC", text)
    text = _FORBIDDEN.sub(" ", text)
    kept = (c for c in text if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    return " ".join("".join(kept).split())


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _stems(
    folder: Path, template: str, params: GenerationParams, when: datetime, names: set[str]
) -> Iterator[str]:
    values = {
        "date": f"{when:%Y-%m-%d}",
        "time": f"{when:%H-%M-%S}",
        "words": words_of(params).replace("{", "(").replace("}", ")"),
        "seed": "" if params.seed is None else str(params.seed),
        "model": clean(Path(params.model).name),
    }
    after = _after_number(template)
    template = clean(_FIELD.sub(lambda f: values.get(f[1], f[0]), template)) or "clip"
    head, number, _ = template.partition("{number}")
    if number:
        first = _next_number(folder, head, after, names)
        for n in range(first, first + 1000):
            yield good_stem(template.replace("{number}", f"{n:04d}"))
        template = template.replace("{number}", "")
    plain = clean(template) or "clip"
    yield good_stem(plain)
    for n in itertools.count(2):
        yield good_stem(plain, f" ({n})")


def _after_number(template: str) -> str:
    """The pattern of what has to follow a number that this template made."""
    rest = template.partition("{number}")[2]
    if not rest:
        return re.escape(ENDING)
    return "" if rest[0] == "{" else re.escape(rest[0].casefold())


def _next_number(folder: Path, head: str, after: str, names: set[str]) -> int:
    """One more than the highest number between `head` and `after` in the folder and the names."""
    try:
        there = {name.casefold() for name in os.listdir(folder)}  # noqa: PTH208 - names alone, quickly
    except OSError:
        there = set[str]()
    before = re.escape(good_stem(head + "0")[:-1].casefold())
    begins = re.compile(rf"{before}(\d{{1,9}})(?!\d){after}")
    numbers = [int(found[1]) for name in there | names if (found := begins.match(name))]
    return max(numbers, default=0) + 1


def good_stem(stem: str, tail: str = "", ending: str = ENDING, empty: str = "clip") -> str:
    """A cleaned stem that is a good name with `tail` and an ending: not too long, hidden or a
    device; `empty` where nothing is left of it.
    """
    room = MAX_BYTES - len(f"{tail}{ending}".encode())
    stem = stem.lstrip(" .")
    if _DEVICES.match(stem):
        stem = f"_{stem}"
    cut = stem.encode()[:room].decode("utf-8", "ignore")
    return (cut.rstrip(f" .{_JOINERS}") or empty) + tail
