"""Whether a job's disks have the room that its render will need, before it takes hours."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.core.clip_size import estimate_bytes
from studio.core.params import GenerationParams

# What the render's state and its previews take at most; the engine refuses to start with less.
JOB_BYTES = 160 << 20
# How much more has to be free after a disk was full unexpectedly, as a share of the clip.
_MORE = 0.25
# The sizes to expect where the params leave them to the model: those of Wan 2.2's 5B.
_USUAL = (1280, 704, 121)


@dataclass(frozen=True)
class Shortage:
    """A folder whose disk has too little room; both numbers are bytes."""

    folder: Path
    free: int
    needed: int

    @property
    def sentence(self) -> str:
        return (
            f"About {self.needed / 1e6:,.0f} MB are needed in {self.folder}, and "
            f"{self.free / 1e6:,.0f} MB are free. Free some space on that disk and the queue goes "
            "on by itself, or choose another folder in Settings."
        )


class Room:
    """Looks at the disks that a job writes to; remembers when one was full unexpectedly."""

    def __init__(self) -> None:
        self.surprises = 0  # renders in a row that found a disk full
        self._then: dict[Path, int] = {}

    def shortage(self, clips: Path, data: Path, params: GenerationParams) -> Shortage | None:
        """The first disk with too little room for a job, None where there is enough.

        `clips` and `data` are folders, which may not exist yet: the clip's and the job's own.
        """
        clip = clip_bytes(params)
        grown = not self._then
        for folder, need in _by_disk({clips: clip, data: JOB_BYTES}).items():
            free = _free(folder)
            if free is None:
                continue  # the render itself finds out what is wrong with this folder
            if free < need:
                return Shortage(folder, free, need)
            grown = grown or free >= self._then.get(folder, 0) + _MORE * clip
        if grown:
            return None
        folder, free = min(self._then.items(), key=lambda item: item[1])
        return Shortage(folder, free, free + int(_MORE * clip))

    def note_full(self, clips: Path, data: Path) -> None:
        """A disk was full although there seemed to be room (a quota, a clip larger than thought):
        no job starts before one of the disks has more of it.
        """
        self.surprises += 1
        self._then = {folder: _free(folder) or 0 for folder in _by_disk({clips: 0, data: 0})}

    def note_fitted(self) -> None:
        """A render went through: what was thought of the disks holds again."""
        self.surprises = 0
        self._then.clear()


def clip_bytes(params: GenerationParams) -> int:
    """The bytes to have free for a clip and its poster."""
    width, height, frames = _USUAL
    return estimate_bytes(
        params.width or width, params.height or height, params.num_frames or frames, params.quality
    )


def _by_disk(needs: Mapping[Path, int]) -> dict[Path, int]:
    """The needs of folders on the same disk added up, by the first of them."""
    disks: dict[object, Path] = {}
    sums: dict[Path, int] = {}
    for folder, need in needs.items():
        folder = _existing(folder)
        try:
            disk: object = folder.stat().st_dev
        except OSError:
            disk = folder
        first = disks.setdefault(disk, folder)
        sums[first] = sums.get(first, 0) + need
    return sums


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next((path for path in (folder, *folder.parents) if path.is_dir()), folder)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
