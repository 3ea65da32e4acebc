"""All presets: the built-in ones and the person's own, one file each, in the person's order."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field

from studio.core.errors import BadInput, BadPreset
from studio.core.family import Family
from studio.core.files import AtomicFile, remove_leftovers, rename_to_new, storage_error
from studio.core.json_file import JsonFile
from studio.core.naming import clean, good_stem
from studio.core.preset import Preset
from studio.core.preset_file import ENDING, free_path, parse_preset, read_text, write_preset

RECENT = 8  # presets remembered as used last
MOST_TOLD = 3  # problems that are told with a name that is not there
Trash = Callable[[Path], None]  # moves a file to the system's trash; StudioError where it cannot


class Arrangement(BaseModel):
    """What the person arranged: the order of presets by id, stars, the last used, the defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    order: tuple[UUID, ...] = ()
    starred: frozenset[UUID] = frozenset()
    recent: Annotated[tuple[UUID, ...], Field(max_length=RECENT)] = ()
    for_text: UUID | None = None  # what Compose begins with
    for_photo: UUID | None = None


@dataclass(frozen=True)
class Shelved:
    """A preset with its file; a built-in one is never written to."""

    preset: Preset
    path: Path
    built_in: bool


@dataclass(frozen=True)
class Deleted:
    """What brings a deleted preset back."""

    name: str
    file_name: str
    text: str
    place: int  # in the order


@dataclass(frozen=True)
class _Seen:
    """A file as it was last read, and what came of it."""

    stamp: tuple[int, int, int]  # the file's number, nanoseconds and bytes
    preset: Preset | None
    problem: str | None


class PresetShelf:
    """The presets on the disk, read once and again as files change; all errors are sentences.

    `problems` names each file that could not be read, that its family cannot take, or that shares
    an id or a name with another; such a file is left as it is, and all others load.
    """

    changed = Signal()

    def __init__(
        self,
        built_in: Path,
        own: Path,
        arrangement: Path,
        trash: Trash,
    ) -> None:
        self.own = own
        self._families: tuple[Family, ...] = ()
        self._built_in = built_in
        self._trash = trash
        self._file = JsonFile(arrangement, Arrangement(), "order of presets")
        self._seen: dict[Path, _Seen] = {}
        self._shelved: dict[UUID, Shelved] = {}
        self.problems: list[str] = []
        remove_leftovers(own)
        self._read()

    @property
    def arrangement(self) -> Arrangement:
        """The person's arrangement."""
        return self._file.value

    @property
    def complaint(self) -> str | None:
        """What was wrong with the arrangement's file, as a sentence."""
        return self._file.complaint

    def all(self) -> list[Shelved]:
        """All presets: in the person's order, then those that have no place in it yet."""
        place = {preset_id: at for at, preset_id in enumerate(self.arrangement.order)}
        return sorted(self._shelved.values(), key=lambda s: place.get(s.preset.id, len(place)))

    def get(self, preset_id: UUID) -> Shelved | None:
        """The preset of an id, None where it is gone."""
        return self._shelved.get(preset_id)

    def find(self, text: str) -> Shelved:
        """The preset that a person means by its name or id; raises BadInput for none or several."""
        wanted = text.strip().casefold()
        same = [s for s in self.all() if wanted in (s.preset.name.casefold(), str(s.preset.id))]
        found = [s for s in same if s.preset.name == text.strip()] or same
        if len(found) == 1:
            return found[0]
        if found:
            ids = " or ".join(str(s.preset.id) for s in found)
            raise BadInput(
                f"There are {len(found)} presets called '{text}'; name it by its id: {ids}."
            )
        none = f"There is no preset '{text}'; 'clipwright presets list' shows those there are."
        # Its file may be one of those that could not be read.
        raise BadInput(" ".join([none, *self.problems[:MOST_TOLD]]))

    def know(self, families: Iterable[Family]) -> None:
        """Takes the families that there are besides Wan's own, and looks at their presets anew:
        what a family cannot take is told only where it is known.
        """
        before, self._families = self._families, tuple(families)
        if self._families != before:
            titles = {family.title for family in (*before, *self._families)}
            for path, seen in list(self._seen.items()):
                if seen.preset is None or seen.preset.family in titles:
                    del self._seen[path]
            self.refresh()

    def refresh(self) -> None:
        """Reads what changed on the disk since; tells where anything did."""
        before = (dict(self._shelved), list(self.problems))
        self._read()
        if (self._shelved, self.problems) != before:
            self.changed.emit()

    def add(self, preset: Preset) -> Preset:
        """Keeps a new preset in a file of its own; it gets a new id where its own is taken.

        Raises BadInput where it could not be read back, DiskFull or StudioError.
        """
        if preset.id in self._shelved:
            preset = preset.model_copy(update={"id": uuid4()})
        self._make_folder()
        path = self._free_path(preset.name)
        write_preset(path, preset, overwrite=False, families=self._families)
        self.refresh()
        return preset

    def save(self, preset: Preset) -> None:
        """Writes over the preset of the same id; raises BadInput for a built-in one, for none, and
        for what could not be read back.
        """
        shelved = self._own(preset.id)
        write_preset(shelved.path, preset, overwrite=True, families=self._families)
        if preset.name != shelved.preset.name:
            self._rename(shelved.path, preset.name)
        self.refresh()

    def delete(self, preset_id: UUID) -> Deleted:
        """Moves a preset to the trash; raises BadInput for a built-in one and for a default."""
        shelved = self._own(preset_id)
        name = shelved.preset.name
        if preset_id in (self.arrangement.for_text, self.arrangement.for_photo):
            raise BadInput(f"'{name}' is what Compose begins with; choose another default first.")
        at = [s.preset.id for s in self.all()].index(preset_id)
        deleted = Deleted(name, shelved.path.name, read_text(shelved.path), at)
        self._trash(shelved.path)
        self.refresh()
        return deleted

    def bring_back(self, deleted: Deleted) -> None:
        """Undoes a deletion, in its old place."""
        preset = parse_preset(deleted.text, deleted.file_name)
        self._make_folder()
        with AtomicFile(self._free_path(deleted.name), overwrite=False) as temporary:
            temporary.write_text(deleted.text, encoding="utf-8", newline="\n")
        self.refresh()
        order = [s.preset.id for s in self.all() if s.preset.id != preset.id]
        self.arrange([*order[: deleted.place], preset.id, *order[deleted.place :]])

    def arrange(self, order: Sequence[UUID]) -> None:
        """Puts the presets into an order; those that it leaves out come after."""
        self._keep(order=tuple(dict.fromkeys(order)))

    def star(self, preset_id: UUID, on: bool) -> None:
        """Gives a preset its star, or takes it."""
        starred = self.arrangement.starred - {preset_id}
        self._keep(starred=starred | {preset_id} if on else starred)

    def note_used(self, preset_id: UUID) -> None:
        """Puts a preset at the head of those used last."""
        others = [each for each in self.arrangement.recent if each != preset_id]
        self._keep(recent=(preset_id, *others)[:RECENT])

    def set_default(self, preset_id: UUID | None, *, photo: bool) -> None:
        """Makes a preset what Compose begins with, for words or for a photo; None for none."""
        self._keep(**{"for_photo" if photo else "for_text": preset_id})

    def reset(self) -> None:
        """Order, stars and defaults as at first; the presets themselves stay."""
        if self.arrangement != Arrangement():
            self._file.write(Arrangement())
            self.changed.emit()

    def _keep(self, **changes: object) -> None:
        wanted = Arrangement.model_validate({**dict(self.arrangement), **changes})
        if wanted != self.arrangement:
            self._file.write(wanted, wait_for_disk=False)
            self.changed.emit()

    def _own(self, preset_id: UUID) -> Shelved:
        shelved = self._shelved.get(preset_id)
        if shelved is None:
            raise BadInput("This preset is not there any more; somebody removed its file.")
        if shelved.built_in:
            raise BadInput(
                f"'{shelved.preset.name}' is built in and stays as it is; change a copy of it."
            )
        return shelved

    def _read(self) -> None:
        shelved: dict[UUID, Shelved] = {}
        names: dict[str, Path] = {}
        problems: list[str] = []
        seen: dict[Path, _Seen] = {}
        for folder, built_in in ((self._built_in, True), (self.own, False)):
            for path in _files(folder, problems):
                found = seen[path] = self._look(path)
                if found.problem is not None:
                    problems.append(found.problem)
                if found.preset is None:
                    continue
                preset = found.preset
                twin = shelved.get(preset.id)
                if twin is not None and not twin.built_in and _is_one_file(twin.path, path):
                    shelved[preset.id] = self._finish_renaming(twin, path)
                    continue
                if twin is not None:
                    problems.append(
                        f"{path} and {twin.path} have the same id; the first one is taken as a "
                        "copy. Save it under Clipwright to give it an id of its own."
                    )
                    # The same at every start, so that stars and places stay with it.
                    preset = preset.model_copy(update={"id": uuid5(preset.id, path.name)})
                elif preset.name.casefold() in names:
                    other = names[preset.name.casefold()]
                    problems.append(f"{path} and {other} are both called '{preset.name}'.")
                names.setdefault(preset.name.casefold(), path)
                shelved[preset.id] = Shelved(preset, path, built_in)
        self._seen, self._shelved, self.problems = seen, shelved, problems

    def _finish_renaming(self, twin: Shelved, path: Path) -> Shelved:
        """Drops the name that does not fit where a renaming was cut off between the two."""
        fits = path.name == good_stem(clean(twin.preset.name), "", ENDING, "preset") + ENDING
        stays, goes = (path, twin.path) if fits else (twin.path, path)
        with suppress(OSError):
            goes.unlink()
        return Shelved(twin.preset, stays, twin.built_in)

    def _look(self, path: Path) -> _Seen:
        try:
            status = path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        except OSError:
            stamp = (0, 0, 0)
        before = self._seen.get(path)
        if before is not None and before.stamp == stamp:
            return before
        try:
            return _Seen(stamp, parse_preset(read_text(path), str(path), self._families), None)
        except BadPreset as error:
            return _Seen(stamp, None, str(error))

    def _make_folder(self) -> None:
        try:
            self.own.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, self.own) from error

    def _free_path(self, name: str, besides: Path | None = None) -> Path:
        return free_path(self.own, name, ENDING, lambda p: p != besides and os.path.lexists(p))

    def _rename(self, path: Path, name: str) -> None:
        """Lets the file's name follow the preset's; where it cannot, it keeps the old one."""
        wanted = self._free_path(name, besides=path)
        if wanted != path:
            with suppress(OSError):
                rename_to_new(path, wanted)


def _files(folder: Path, problems: list[str]) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix == ENDING and not path.name.startswith(".")
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(f"The presets in {folder} cannot be read ({error.strerror}).")
        return []


def _is_one_file(first: Path, second: Path) -> bool:
    """Whether two names are hard links to one file; a symbolic link is no second name of it."""
    try:
        one, other = first.lstat(), second.lstat()
    except OSError:
        return False
    regular = stat.S_ISREG(one.st_mode) and stat.S_ISREG(other.st_mode)
    return regular and os.path.samestat(one, other)
