"""From a job to its clip: where it goes, whether it is there already, and how it is taken in."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.core.clip import ClipRecord
from studio.core.errors import BadInput, StudioError
from studio.core.job import MOVES, Job, JobState
from studio.core.library import Library
from studio.core.naming import POSTER_ENDING
from studio.core.queue import JobQueue


@dataclass(frozen=True)
class ClipFiles:
    """What the queue has to know of clips' files, and others do.

    `choose_out` gives the path of a job's clip, at which no file is, nor one of its poster's, and
    which is none of those that it is given. `read` gives the record in a clip; both raise
    StudioError.
    """

    choose_out: Callable[[Job, Collection[Path]], Path]
    read: Callable[[Path], ClipRecord]

    def made(self, job: Job) -> ClipRecord | None:
        """The record of the clip that this job made; None where there is none (yet).

        A clip gets its name when it is whole, and before the engine can say so: an engine that died
        in between has made it all the same.
        """
        if job.out is None or not job.out.is_file():
            return None
        try:
            record = self.read(job.out)
        except StudioError:
            return None
        return record if _fits(job, record) else None


def poster_of(clip: Path) -> Path | None:
    """The poster beside a clip, None where there is none."""
    poster = clip.with_suffix(POSTER_ENDING)
    return poster if poster.is_file() else None


def is_free(out: Path) -> bool:
    """Whether neither a clip nor a poster is in the way. An empty file there is removed: where a
    disk knows no hard links, a killed engine leaves one that it held the name with.
    """
    try:
        if out.is_file() and out.stat().st_size == 0:
            out.unlink()
    except OSError:
        return False
    return not any(os.path.lexists(path) for path in (out, out.with_suffix(POSTER_ENDING)))


def take_in(
    queue: JobQueue,
    library: Library,
    job: Job,
    record: ClipRecord,
    out: Path,
    poster: Path | None,
    seconds: float,
) -> Job:
    """Puts a job's clip into the library and then ends the job; both may be done twice.

    A crash in between leaves a clip that is known and a job that finds its clip made. Raises
    StudioError where the database cannot be written.
    """
    try:
        clip_id: int | None = library.add(record, out, poster, job.id).id
    except BadInput:
        clip_id = None  # its name is no text: it is in its folder, and cannot be listed
    for state in way(job.state, JobState.DONE):
        changes = {"clip_id": clip_id, "seconds": seconds} if state is JobState.DONE else {}
        job = queue.move_state(job.id, state, **changes)
    return job


def way(before: JobState, after: JobState) -> Iterator[JobState]:
    """The states through which a job gets to a later one, by the table of moves."""
    while after not in MOVES[before]:
        before = _ONWARD[before]
        yield before
    yield after


_ONWARD = {
    JobState.QUEUED: JobState.PREPARING,
    JobState.PREPARING: JobState.DECODING,
    JobState.DENOISING: JobState.DECODING,
    JobState.PAUSED: JobState.QUEUED,
}


def _fits(job: Job, record: ClipRecord) -> bool:
    """Whether a clip has all that the job's params ask for; what they leave open may be anything,
    and an empty negative prompt asks for the model's own.
    """
    asked = {name: getattr(job.params, name) for name in job.params.model_fields_set}
    return all(
        getattr(record.params, name) == value
        for name, value in asked.items()
        if value is not None and value != ""
    )
