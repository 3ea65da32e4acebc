"""Copies of the photos that clips start from, so that a queued job never loses its own."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from studio.core.files import AtomicFile, remove_leftovers, storage_error
from studio.core.photo_file import load_first_frame, read_bytes

FRESH_SECONDS = 24 * 3600.0  # a photo that young may belong to what is just being composed
_KEPT = re.compile(r"[0-9a-f]{64}\.[a-z0-9]+")


class PhotoShelf:
    """A folder of photos, each under the SHA-256 of its bytes: the same photo is there once."""

    def __init__(self, folder: Path):
        self._folder = folder.absolute()

    def keep(self, path: Path) -> Path:
        """Copies a photo's file, byte for byte, and returns the copy's path.

        Raises BadInput for what is no photo, DiskFull or StudioError where it cannot be kept.
        """
        return self._keep(read_bytes(path), path)

    def keep_bytes(self, data: bytes) -> Path:
        """The same for a photo that is no file: what was pasted, or dropped from a browser."""
        return self._keep(data, Path("pasted picture"))

    def sweep(self, needed: Iterable[Path], fresh_seconds: float = FRESH_SECONDS) -> list[Path]:
        """Removes the photos that nobody needs and nobody put there lately; returns them.

        `needed` are the paths in all jobs, all clips and the draft. Other files in the folder stay.
        """
        remove_leftovers(self._folder)
        names = {path.name for path in needed if path.absolute().parent == self._folder}
        removed: list[Path] = []
        with suppress(OSError):  # without a folder there is nothing to remove
            for path in sorted(self._folder.iterdir()):
                if path.name in names or not _KEPT.fullmatch(path.name):
                    continue
                if time.time() - path.stat().st_mtime >= fresh_seconds:
                    path.unlink()
                    removed.append(path)
        return removed

    def _keep(self, data: bytes, source: Path) -> Path:
        kind = load_first_frame(data, source).format or "photo"
        path = self._folder / f"{hashlib.sha256(data).hexdigest()}.{kind.lower()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if path.is_file() and path.read_bytes() == data:
                path.touch()  # it is needed anew, so the next sweep must not take it for old
                return path
        except OSError as error:
            raise storage_error(error, path) from error
        with AtomicFile(path, overwrite=True) as temporary:
            temporary.write_bytes(data)
        return path
