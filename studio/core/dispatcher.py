"""Works the queue off: one job after another, through any number of engines."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from psygnal import Signal

from studio.core.engine_life import EngineLife, EngineState, why_not_started
from studio.core.engine_link import Ending, EngineLink
from studio.core.errors import StudioError
from studio.core.events import Event, Failed, FailureKind, Preview
from studio.core.inbox import Inbox, News
from studio.core.interruption import go_on, take_up
from studio.core.job import FINISHED, RUNNING, Job, JobState
from studio.core.job_clip import ClipFiles
from studio.core.job_files import JobFiles
from studio.core.job_launch import JobLaunch
from studio.core.job_run import JobRun, RunEnd, Shelf
from studio.core.job_start import JobStarts
from studio.core.library import Library
from studio.core.queue import JobQueue
from studio.core.room_pause import RoomPause
from studio.core.settings import SettingsFile
from studio.core.stall_watch import Hang
from studio.core.tally import Tally
from studio.core.whole_progress import WholeProgress


class Dispatcher:
    """Gives queued jobs to the engine and does to them what it tells.

    Call `begin` once, and `tick` about once a second. `soon` calls a function when the present
    events are worked off (a timer of zero seconds); without it the next tick does. `clock` gives
    seconds that never go back, and one that stands still while the machine sleeps is best.

    `finished` tells of jobs that are done, failed or cancelled; `queue_ended` how many were done
    and how many failed since the last time, when nothing more will start by itself; `stalled` of a
    job whose engine hangs (`restart_engine` helps), and `moving` that it does no longer;
    `trouble` a sentence on why nothing goes on just now, and "" when it does again; `left` that
    the program may end, after `leave`.
    """

    started = Signal(Job)
    preview = Signal(int, Preview)
    finished = Signal(Job)
    stalled = Signal(Job)
    moving = Signal(Job)
    idle = Signal()
    queue_ended = Signal(int, int)
    engine_state = Signal(str)
    trouble = Signal(str)
    left = Signal()

    def __init__(
        self,
        queue: JobQueue,
        library: Library,
        link: EngineLink,
        files: JobFiles,
        settings: SettingsFile,
        clips: ClipFiles,
        *,
        clock: Callable[[], float] = time.monotonic,
        soon: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._queue, self._library, self._files, self._clips = queue, library, files, clips
        self._settings, self._clock, self._soon = settings, clock, soon
        self._shelf = Shelf(queue, library, files, clips, WholeProgress(), clock)
        self._starts = JobStarts(files, clips, settings)
        self._room = RoomPause(queue, self._starts, clock)
        self._launch = JobLaunch(self._shelf, self._starts, self._room)
        self._life = EngineLife(link, clock)
        self._inbox, self._tally = Inbox(), Tally()
        self._run: JobRun | None = None
        self._begin: bool | None = None  # whether to go on, while `begin` has not gone through
        self._open = self._leaving = self._left = self._busy = self._resting = False
        self._prepared = False
        self._idle_since = clock()
        self._trouble = ""
        self._connect(link)

    @property
    def hang(self) -> Hang | None:
        """How the engine hangs at this moment, None where it does not."""
        return self._life.hang

    @property
    def current(self) -> int | None:
        """The id of the job that the engine works at, None where it works at none."""
        return None if self._run is None else self._run.job_id

    @property
    def waits_for_room(self) -> bool:
        """Whether the queue is paused for want of room on a disk, which ends by itself."""
        return self._room.on

    @property
    def why_stuck(self) -> str:
        """The sentence that `trouble` told last: empty where everything goes on."""
        return self._trouble

    def begin(self, go_on: bool) -> None:
        """Takes up the queue as the last start left it; with `go_on` interrupted jobs go on, else
        the queue is paused where there are any, until `go_on` is called.
        """
        self._begin = go_on
        self._work()

    def go_on(self) -> None:
        """Lets interrupted jobs go on; the answer to the question after a crash."""
        go_on(self._queue)
        self._nudge()

    def prepare(self) -> None:
        """Starts an engine for a render that is likely soon, once until then: imports take long."""
        idle = self._open and not self._leaving and self._life.state is EngineState.OFF
        stays = self._settings.settings.idle_minutes > 0 and not self._queue.paused
        if idle and stays and not self._prepared:
            self._prepared = True
            self._idle_since = self._clock()
            self._life.start()

    def restart_engine(self, *, blame: bool = False) -> None:
        """Ends an engine that hangs; its job goes on from the last kept step in a new one. With
        `blame` the job counts it as a death, so that a second one sets it aside.
        """
        self._life.kill(blame=blame)

    def wait_on(self) -> None:
        """Leaves an engine that hangs alone; `stalled` tells of it again after a while."""
        self._life.wait_on()

    def leave(self) -> None:
        """Lets the running job keep its state for the next start, and the engine end; `left` says
        when, after STOP_SECONDS at most. `tick` has to go on until then.
        """
        self._leaving = True
        if self._run is not None:
            self._run.leaving = True
            self._life.stop_render()
        elif self._life.state is EngineState.OFF:
            self._tell_left()
        else:
            self._life.close()

    def tick(self) -> None:
        """Looks after everything that time brings; to be called about once a second."""
        self._life.tick()
        self._work()
        self._in_words(self._look_after_run)
        minutes = self._settings.settings.idle_minutes
        if self._run is None and self._clock() - self._idle_since >= 60 * minutes:
            self._life.close()

    def _connect(self, link: EngineLink) -> None:
        link.event.connect(self._hear)
        link.ended.connect(self._hear)
        link.log.connect(self._note)
        self._life.changed.connect(self._tell_engine)
        self._life.hung.connect(self._tell_hang)
        self._queue.added.connect(self._nudge)
        self._queue.paused_changed.connect(self._nudge)
        self._queue.changed.connect(self._job_changed)
        self._queue.removed.connect(self._jobs_removed)
        self._queue.wished.connect(self._wished)

    # What the engine tells

    def _hear(self, news: News) -> None:
        if not isinstance(news, Ending):
            self._life.note(news)
            self._note_room(news)
        self._inbox.put(news)
        self._work()

    def _note_room(self, event: Event) -> None:
        """The room is measured at once: when the queue can take the news there may be more of it,
        and that more is what lets it go on.
        """
        if isinstance(event, Failed) and event.kind is FailureKind.DISK_FULL and self._run:
            self._starts.room.note_full(self._run.request.out.parent, self._files.root)

    def _work(self) -> None:
        """Works off what came and starts what can start. What the database cannot take now, mostly
        for want of room, stays for the next tick.
        """
        if self._busy:
            return  # called from a signal of its own: the loop below goes on
        self._busy = True
        try:
            went = self._in_words(self._work_off)
        finally:
            self._busy = False
        if went:
            self._tell_trouble("")
        if self._leaving and self._life.state is EngineState.OFF:
            self._tell_left()

    def _work_off(self) -> None:
        if self._begin is not None:
            jobs = take_up(self._queue, self._library, self._files, self._clips, self._begin)
            self._starts.know(jobs)
            self._begin, self._open = None, True
        if self._open:
            self._room.tick()
        going = True
        while going:
            self._inbox.work_off(self._take)
            going = self._open and self._start_next()
        if self._open and self._run is None:
            if self._queue.paused and not self._room.on:
                self._life.close()  # whoever pauses the queue wants its memory of the GPU
            self._rest()

    def _take(self, news: News) -> None:
        run = self._run
        if isinstance(news, Ending):
            self._take_end(news)
        elif run is not None:
            if isinstance(news, Preview):
                self.preview.emit(run.job_id, news)
            end = run.take(news)
            if end is not None:
                self._conclude(end)

    def _take_end(self, ending: Ending) -> None:
        life = self._life
        ending = life.note_end(ending)
        if self._run is not None:
            self._conclude(self._run.lose(ending, blame=life.failed_at_work))
        if life.cannot_start:
            self._launch.again = None
            self._queue.set_paused(True, why_not_started(ending))
            life.forgive()

    def _conclude(self, end: RunEnd) -> None:
        job, self._run = end.job, None
        self._idle_since = self._clock()
        self._life.note_render_ended()
        self._launch.again = job.id if end.again else None
        if end.no_memory:
            self._starts.note_tight(job.id)
        if end.no_room is not None:
            self._in_words(partial(self._room.pause, end.no_room))
        if job.state in FINISHED:
            self._tell_finished(job)
        # Whoever pauses a job wants its memory of the GPU, unless the next one needs it at once.
        paused = job.state is JobState.PAUSED and self._queue.next_job() is None
        if paused or self._leaving:
            self._life.close()

    # What starts next

    def _start_next(self) -> bool:
        """Starts a job where one can start; whether it is worth calling again."""
        if self._run is not None or self._leaving or not self._life.takes_work:
            return False
        taken = self._launch.take()
        if isinstance(taken, JobRun):
            self._start(taken)
        elif taken is not None:
            self._tell_finished(taken)
        return taken is not None

    def _start(self, run: JobRun) -> None:
        self._run = run
        self._resting = self._prepared = False
        self._life.send(run.request)
        self.started.emit(self._queue.job(run.job_id))
        self._wished(run.job_id)  # perhaps while it was being started

    def _rest(self) -> None:
        """Says once that nothing runs, when nothing will start by itself."""
        if self._resting or self._launch.waits:
            return
        self._resting = True
        counts = None if self._room.on else self._tally.take()
        if counts is not None:
            self.queue_ended.emit(*counts)
        self.idle.emit()

    # What a person does, and what time brings

    def _nudge(self) -> None:
        if self._soon is not None:
            self._soon(self._work)

    def _job_changed(self, job: Job) -> None:
        if job.state is JobState.CANCELLED:
            self._files.remove(job.id)
        elif job.state is JobState.QUEUED:
            self._nudge()

    def _jobs_removed(self, ids: list[int]) -> None:
        if self._launch.again in ids:
            self._launch.again = None
        for job_id in ids:
            self._files.remove(job_id)

    def _wished(self, job_id: int) -> None:
        if job_id == self.current and self._queue.wish(job_id) is not None:
            self._life.stop_render()

    def _look_after_run(self) -> None:
        """Where a listener of the queue failed in the middle, its error kept us from an end."""
        if self._run is not None:
            job = self._queue.job(self._run.job_id)
            if job.state not in RUNNING:
                self._conclude(RunEnd(job))

    def _note(self, line: str) -> None:
        if self._run is not None:
            self._files.note(self._run.job_id, line)

    def _tell_finished(self, job: Job) -> None:
        self._tally.count(job)
        self._resting = False
        if job.state is JobState.DONE:
            self._starts.room.note_fitted()
        self.finished.emit(job)

    def _tell_engine(self, state: str) -> None:
        self.engine_state.emit(state)

    def _tell_hang(self, hang: Hang | None) -> None:
        if self._run is not None:
            (self.moving if hang is None else self.stalled).emit(self._queue.job(self._run.job_id))

    def _tell_left(self) -> None:
        if not self._left:
            self._left = True
            self.left.emit()

    def _tell_trouble(self, sentence: str) -> None:
        if sentence != self._trouble:
            self._trouble = sentence
            self.trouble.emit(sentence)

    def _in_words(self, work: Callable[[], object]) -> bool:
        """Whether it went without an error that a person should know of, and now does."""
        try:
            work()
        except StudioError as error:
            self._tell_trouble(str(error))
            return False
        return True
