"""The files of each job beside the database: its checkpoint, its previews and its log."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from studio.core.files import storage_error
from studio.core.recovery import has_damaged

LOG_BYTES = 1_000_000  # of one job's log; the older half goes when it is full
_LOG = "log.txt"


class JobFiles:
    """The folder of every job, `DATA/jobs/ID`; none is made before something is put there."""

    def __init__(self, data: Path) -> None:
        self.root = data.absolute() / "jobs"

    def folder(self, job_id: int) -> Path:
        return self.root / str(job_id)

    def checkpoint(self, job_id: int) -> Path:
        """Where the render's state is kept, from which it can go on."""
        return self.folder(job_id) / "state.safetensors"

    def previews(self, job_id: int) -> Path:
        return self.folder(job_id) / "previews"

    def log(self, job_id: int) -> Path:
        return self.folder(job_id) / _LOG

    def make_folder(self, job_id: int) -> None:
        """Makes a job's folder; raises DiskFull, BadInput or StudioError."""
        folder = self.folder(job_id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, folder) from error

    def has_checkpoint(self, job_id: int) -> bool:
        """Whether there is a state to go on from; whether it is whole, the engine finds out."""
        try:
            return self.checkpoint(job_id).stat().st_size > 0
        except OSError:
            return False

    def set_checkpoint_aside(self, job_id: int) -> Path:
        """Gives a state that cannot be used another name, in the place of an earlier one."""
        path = self.checkpoint(job_id)
        aside = path.with_name("state.damaged.safetensors")
        try:
            path.replace(aside)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise storage_error(error, path) from error
        return aside

    def note(self, job_id: int, text: str) -> None:
        """Adds lines to a job's log; where that cannot be written, the render goes on without."""
        stamp = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
        lines = "".join(f"{stamp}  {line}\n" for line in text.splitlines() if line.strip())
        path = self.log(job_id)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(lines)
                size = file.tell()
            if size > LOG_BYTES:
                _cut(path)

    def read_log(self, job_id: int) -> str:
        """A job's log, empty where it has none."""
        try:
            return self.log(job_id).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def remove_previews(self, job_id: int) -> None:
        shutil.rmtree(self.previews(job_id), ignore_errors=True)

    def keep_only_log(self, job_id: int) -> None:
        """Removes all that a finished job needs no more; what cannot be removed stays."""
        for path in _entries(self.folder(job_id)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != _LOG:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def remove(self, job_id: int) -> None:
        """Removes a job's folder, or what of it can be removed."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def sweep(self, known: Collection[int]) -> None:
        """Removes the folders of jobs that are not among the known ones; sets them aside where a
        damaged database lies, whose jobs they may be.
        """
        if has_damaged(self.root.parent):
            self.set_lost_aside(known)
            return
        for path in self._unknown(known):
            shutil.rmtree(path, ignore_errors=True)

    def set_lost_aside(self, known: Collection[int]) -> list[Path]:
        """Renames the folders of unknown jobs to `ID.lost` and returns them: hours of work may be
        in them. One that cannot be renamed stays.
        """
        aside: list[Path] = []
        for path in self._unknown(known):
            lost = path.with_name(f"{path.name}.lost")
            with suppress(OSError):
                path.rename(lost)
                aside.append(lost)
        return aside

    def _unknown(self, known: Collection[int]) -> list[Path]:
        folders = [path for path in _entries(self.root) if path.name.isdecimal()]
        return sorted(path for path in folders if int(path.name) not in known)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _cut(path: Path) -> None:
    """Keeps the newer half of a log, from the beginning of a line."""
    newer = path.read_bytes()[-LOG_BYTES // 2 :]
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(newer[newer.find(b"\n") + 1 :])
    temporary.replace(path)
