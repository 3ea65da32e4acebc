"""One job while an engine works at it: what each event, and the engine's end, does to the job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from studio.core.clip import ClipRecord
from studio.core.engine_link import Ending
from studio.core.errors import BadInput
from studio.core.events import (
    Checkpoint,
    Done,
    Event,
    Failed,
    FailureKind,
    Note,
    Progress,
    Stage,
    Stopped,
)
from studio.core.job import Job, JobState
from studio.core.job_clip import ClipFiles, poster_of, take_in, way
from studio.core.job_files import JobFiles
from studio.core.library import Library
from studio.core.queue import JobQueue, Wish
from studio.core.request import Memory, RenderRequest
from studio.core.whole_progress import WholeProgress

MOST_DEATHS = 2  # engines that may die at one job while the app lives; the last sets it aside
_NOTE_SECONDS = 0.25  # between two notes of progress within a step: a bar moves smoothly enough
_KEEP_SECONDS = 60.0  # between two notes of the time worked, which make the disk write

_NO_MEMORY = (
    "The memory ran out, also with the model's parts taking turns: make the clip smaller or "
    "shorter, or close other programs."
)
_STATES = {
    Stage.LOAD: JobState.PREPARING,
    Stage.ENCODE: JobState.PREPARING,
    Stage.DENOISE: JobState.DENOISING,
    Stage.DECODE: JobState.DECODING,
    Stage.WRITE: JobState.WRITING,
}
_ORDER = list(dict.fromkeys(_STATES.values()))


@dataclass(frozen=True)
class RunEnd:
    """How a run ended: the job as it is now, whether it goes on at once in another run, a sentence
    where there was no room on a disk, and whether there was no room in memory.
    """

    job: Job
    again: bool = False
    no_room: str | None = None
    no_memory: bool = False


@dataclass(frozen=True)
class Shelf:
    """Where a run puts what comes of it."""

    queue: JobQueue
    library: Library
    files: JobFiles
    clips: ClipFiles
    whole: WholeProgress
    clock: Callable[[], float]


class JobRun:
    """A run of one job, from the sending of its request to the engine's last word on it.

    Every method may be called again with the same argument where the database could not be written.
    Set `leaving` where the program is about to end.
    """

    def __init__(self, job: Job, request: RenderRequest, shelf: Shelf) -> None:
        self.job_id = job.id
        self.request = request
        self.leaving = False
        self._shelf = shelf
        self._worked = job.seconds  # before this run
        self._began = self._noted = self._kept = shelf.clock()
        self._state, self._step, self._steps = job.state, job.step, job.steps
        self._fraction = job.fraction

    def take(self, event: Event) -> RunEnd | None:
        """Does to the job what an event means; gives the end where it is the last one."""
        match event:
            case Note(text=text):
                self._shelf.files.note(self.job_id, text)
            case Progress():
                self._progress(event)
            case Checkpoint():
                self._keep_seconds()
            case Done():
                return self._done(event)
            case Stopped():
                return self._given_up() or self._go_on()
            case Failed():
                return self._failed(event)
            case _:
                pass
        return None

    def lose(self, ending: Ending, *, blame: bool) -> RunEnd:
        """Does to the job what the engine's end means; with `blame` it counts as a death at it."""
        job = self._job()
        cancelled = self._shelf.queue.wish(job.id) is Wish.CANCEL
        record = None if cancelled else self._shelf.clips.made(job)
        if record is not None and job.out is not None:
            return self._take_in(record, job.out, poster_of(job.out))
        end = self._given_up()
        if end is None:
            end = self._died(job, ending) if blame else self._go_on()
        if not cancelled:
            self._shelf.files.note(job.id, f"The engine {ending.text}.")
        return end

    def _progress(self, event: Progress) -> None:
        if event.stage is Stage.DENOISE:
            new_step = event.step != self._step
            self._step, self._steps = event.step, event.steps
        else:
            new_step = event.fraction == 1
        self._fraction = self._shelf.whole.fraction(event, self._fraction)
        fraction = self._fraction
        state = _STATES[event.stage]
        if _ORDER.index(state) > _ORDER.index(self._state):
            progress = {"step": self._step, "steps": self._steps, "fraction": fraction}
            for onward in way(self._job().state, state):
                self._move(onward, **progress)
            self._state = state
        elif new_step or self._shelf.clock() - self._noted >= _NOTE_SECONDS:
            self._shelf.queue.note_progress(self.job_id, self._step, self._steps, fraction)
        else:
            return
        self._noted = self._shelf.clock()

    def _keep_seconds(self) -> None:
        now = self._shelf.clock()
        if now - self._kept >= _KEEP_SECONDS:
            self._shelf.queue.update(self.job_id, seconds=self._seconds)
            self._kept = now

    def _done(self, event: Done) -> RunEnd:
        try:
            record = self._shelf.clips.read(event.clip)
        except BadInput as error:
            return self._fail(f"The clip was rendered, and then could not be read: {error}")
        end = self._take_in(record, event.clip, event.poster)
        self._shelf.whole.learn(event.seconds, self.request.resume is None)
        return end

    def _take_in(self, record: ClipRecord, out: Path, poster: Path | None) -> RunEnd:
        shelf = self._shelf
        job = take_in(shelf.queue, shelf.library, self._job(), record, out, poster, self._seconds)
        shelf.files.keep_only_log(job.id)
        return RunEnd(job)

    def _failed(self, event: Failed) -> RunEnd:
        shelf = self._shelf
        wish = shelf.queue.wish(self.job_id)
        if wish is Wish.CANCEL:
            return RunEnd(self._move(JobState.CANCELLED))
        shelf.files.note(self.job_id, event.message)
        match event.kind:
            case FailureKind.DISK_FULL:
                # Paused all the same: what was kept before stays, and pausing needs no room.
                end = self._given_up() or RunEnd(self._move(JobState.QUEUED))
                return replace(end, no_room=event.message)
            case FailureKind.OUT_OF_MEMORY if self.request.memory is Memory.AUTO:
                shelf.files.note(self.job_id, "Goes on with the model's parts taking turns.")
                end = self._given_up() or self._go_on()
                return replace(end, no_memory=True)
            case FailureKind.OUT_OF_MEMORY:
                return self._fail(_NO_MEMORY)
            case FailureKind.BAD_STATE if shelf.files.has_checkpoint(self.job_id):
                aside = shelf.files.set_checkpoint_aside(self.job_id)
                shelf.files.note(self.job_id, f"Begun anew; the state is kept as {aside}.")
                return self._given_up() or self._go_on(step=0, fraction=0.0)
            case _:
                return self._fail(event.message)

    def _died(self, job: Job, ending: Ending) -> RunEnd:
        deaths = job.engine_deaths + 1
        if deaths < MOST_DEATHS:
            return self._go_on(engine_deaths=deaths)
        return self._fail(
            f"The engine {ending.text} during this render, for the second time. Its log has the "
            f"last that it said. Retry it when the reason is found: {ending.advice}.",
            engine_deaths=deaths,
        )

    def _given_up(self) -> RunEnd | None:
        """Ends the run as a person wished, or for the program's end; None where nobody did."""
        wish = self._shelf.queue.wish(self.job_id)
        if wish is Wish.CANCEL:
            return RunEnd(self._move(JobState.CANCELLED))
        if wish is Wish.PAUSE:
            return RunEnd(self._move(JobState.PAUSED))
        return RunEnd(self._move(JobState.INTERRUPTED)) if self.leaving else None

    def _go_on(self, **changes: object) -> RunEnd:
        return RunEnd(self._move(JobState.QUEUED, **changes), again=True)

    def _fail(self, sentence: str, **changes: object) -> RunEnd:
        # Retried, it may go to another folder: perhaps this one was the reason.
        job = self._move(JobState.FAILED, failure=sentence, out=None, **changes)
        self._shelf.files.remove_previews(self.job_id)
        return RunEnd(job)

    def _move(self, state: JobState, **changes: object) -> Job:
        return self._shelf.queue.move_state(
            self.job_id, state, **{"seconds": self._seconds, **changes}
        )

    def _job(self) -> Job:
        return self._shelf.queue.job(self.job_id)

    @property
    def _seconds(self) -> float:
        return self._worked + self._shelf.clock() - self._began
