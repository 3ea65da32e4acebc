"""What is decided before a job starts: where its clip goes, whether it fits, and its request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.core.clip import ClipRecord
from studio.core.errors import DiskFull, StudioError
from studio.core.files import storage_error
from studio.core.job import Job
from studio.core.job_clip import ClipFiles, is_free
from studio.core.job_files import JobFiles
from studio.core.request import Memory, RenderRequest
from studio.core.room import Room, Shortage
from studio.core.settings import SettingsFile

# Seconds of work that a dying engine may take with it. The engine keeps the state less often where
# that would cost more than 1 % of the time.
CHECKPOINT_SECONDS = 4.0


@dataclass(frozen=True)
class Ready:
    """The job can start with this request; it goes on from a state where that has one."""

    request: RenderRequest


@dataclass(frozen=True)
class Made:
    """The job's clip is there: an earlier engine made it and died before it could say so."""

    record: ClipRecord
    out: Path


@dataclass(frozen=True)
class Refused:
    """The job cannot start, for a reason that is its own."""

    sentence: str


Start = Ready | Made | Refused | Shortage


class JobStarts:
    """Decides for one job after another; the only one who gives jobs their clips' names."""

    def __init__(self, files: JobFiles, clips: ClipFiles, settings: SettingsFile) -> None:
        self.room = Room()
        self._files, self._clips, self._settings = files, clips, settings
        self._outs: dict[int, Path] = {}
        self._tight: set[int] = set()

    def know(self, jobs: Iterable[Job]) -> None:
        """Takes in which names are taken by jobs that have not made their clips yet."""
        self._outs |= {job.id: job.out for job in jobs if job.out is not None}

    def note_tight(self, job_id: int) -> None:
        """A job found no memory although there seemed to be enough: the model's parts take turns in
        its next run.
        """
        self._tight.add(job_id)

    def decide(self, job: Job) -> Start:
        """How a queued job starts; makes its folders. Raises DiskFull."""
        record = self._clips.made(job)
        if record is not None and job.out is not None:
            return Made(record, job.out)
        try:
            out, shortage = self._place(job)
            if shortage is not None:
                return shortage
            _make_folder(out.parent)
            self._files.make_folder(job.id)
        except DiskFull:
            raise
        except StudioError as error:
            return Refused(str(error))
        self._outs[job.id] = out
        return Ready(self._request(job, out))

    def shortage(self, job: Job) -> Shortage | None:
        """The disk on which a waiting job has too little room, None where it has enough."""
        try:
            return self._place(job)[1]
        except StudioError:
            return None  # told when the job starts

    def _place(self, job: Job) -> tuple[Path, Shortage | None]:
        """The clip's path, and the disk with too little room for it.

        The path is chosen once, and anew only where another file has taken the name meanwhile, or
        the disk is full and a person has chosen another folder for that.
        """
        if job.out is not None and is_free(job.out):
            shortage = self._shortage(job, job.out)
            if shortage is None:
                return job.out, None
            other = self._choose(job)
            if other.parent == job.out.parent:
                return job.out, shortage
            return other, self._shortage(job, other)
        out = self._choose(job)
        return out, self._shortage(job, out)

    def _shortage(self, job: Job, out: Path) -> Shortage | None:
        return self.room.shortage(out.parent, self._files.root, job.params)

    def _choose(self, job: Job) -> Path:
        taken = [path for job_id, path in self._outs.items() if job_id != job.id]
        return self._clips.choose_out(job, taken).absolute()

    def _request(self, job: Job, out: Path) -> RenderRequest:
        checkpoint = self._files.checkpoint(job.id)
        previews = self._files.previews(job.id) if self._settings.settings.previews else None
        return RenderRequest(
            params=job.params,
            out=out,
            poster=True,
            checkpoint=checkpoint,
            checkpoint_seconds=CHECKPOINT_SECONDS,
            resume=checkpoint if self._files.has_checkpoint(job.id) else None,
            previews=previews,
            memory=Memory.OFFLOAD if job.id in self._tight else Memory.AUTO,
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error
