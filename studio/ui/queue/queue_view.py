"""The queue's page: banners, the list of jobs, and what can be done to them and to the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.events import Preview
from studio.core.job import RUNNING, Job, JobState
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue
from studio.core.stall_watch import Hang
from studio.core.time_left import TimeLeft
from studio.ui.problem import ProblemBar
from studio.ui.queue.banner import Banner
from studio.ui.queue.doings import Doing
from studio.ui.queue.empty_queue import EmptyQueue
from studio.ui.queue.job_actions import JobActions
from studio.ui.queue.job_delegate import JobDelegate
from studio.ui.queue.job_list_view import JobListView
from studio.ui.queue.job_words import crash_words, stall_words
from studio.ui.queue.queue_header import QueueHeader
from studio.ui.queue.queue_model import JobQueueModel
from studio.ui.queue.thumbnails import PosterOf, Thumbnails
from studio.ui.theme import M

_TICK_MS = 1000


class QueueView(QWidget):
    """Shows a JobQueue and works on it; what concerns other parts of the window is told.

    `poster_of` gives the poster of a job that has a clip.
    """

    edit = Signal(GenerationParams)  # a job taken back into Compose
    show_job = Signal(int)
    details = Signal(int)
    go_on = Signal()
    leave_paused = Signal()
    restart_engine = Signal()
    keep_waiting = Signal()

    def __init__(
        self,
        queue: JobQueue,
        poster_of: PosterOf = lambda _job: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._time_left = TimeLeft()
        self.model = JobQueueModel(queue, self._time_left, self)
        self.thumbnails = Thumbnails(poster_of, self)
        self.list = JobListView(self.model, JobDelegate(self.model, self.thumbnails, self))
        self.actions_on_jobs = JobActions(queue, self.model, self.list.selected_jobs, self)
        self.header = QueueHeader()
        self.problem = ProblemBar()
        self.paused = Banner("pause", "Resume queue")
        self.crash = Banner("warning", "Go on", "Leave paused")
        self.stalled = Banner("warning", "Restart from the last kept step", "Wait")
        self.empty = EmptyQueue()
        self._tick = QTimer(self, interval=_TICK_MS)
        # A thousand jobs that change at once are counted once.
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._arrange()
        self._connect()
        self._show_queue()

    def show_preview(self, job_id: int, preview: Preview) -> None:
        """Let a running job's row show what there is of it so far."""
        self.thumbnails.show_preview(job_id, preview)

    def ask_to_go_on(self, jobs: Sequence[Job]) -> None:
        """After a crash: say which jobs were interrupted, and ask whether to go on."""
        self.crash.say(crash_words(jobs))
        self._show_pause()

    def show_stalled(self, job: Job, hang: Hang | None) -> None:
        """Say how the engine hangs, and offer to restart it."""
        self.stalled.say(stall_words(job, hang))

    def hide_stalled(self) -> None:
        """The engine is heard again, or was restarted."""
        self.stalled.hide()

    def toggle_pause(self) -> None:
        """Pause the queue, or let it go on: what the button and its shortcut do."""
        if self.crash.isVisibleTo(self):
            self._go_on()
        else:
            self._pause_queue(not self._queue.paused)

    def leave(self) -> None:
        """Let go of the queue, which may live on; the page is of no use after this."""
        self._tick.stop()
        self._soon.stop()
        self._queue.paused_changed.disconnect(self._paused_changed)
        self.model.leave()
        self.thumbnails.finish()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._tick.start()
        self._show_times()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._tick.stop()

    def _arrange(self) -> None:
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.empty)
        bars = QVBoxLayout()
        bars.setContentsMargins(M, 0, M, 0)
        for bar in (self.problem, self.crash, self.stalled, self.paused):
            bars.addWidget(bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        column.addWidget(self.header)
        column.addLayout(bars)
        column.addWidget(pages, 1)
        self.setFocusProxy(self.list)

    def _connect(self) -> None:
        doer = self.actions_on_jobs
        doer.add_keys(self.list)
        doer.edit.connect(self.edit)
        doer.show_job.connect(self.show_job)
        doer.details.connect(self.details)
        doer.failed.connect(self._complain)
        self.model.failed.connect(self._complain)
        self.model.synced.connect(self._show_queue)
        self.model.state_changed.connect(self._soon.start)
        self._soon.timeout.connect(self._show_pause)
        self.list.done_to.connect(self._button_pressed)
        self.list.menu_wanted.connect(self._show_menu)
        self.list.doubleClicked.connect(self._double_clicked)
        self.thumbnails.ready.connect(self._picture_ready)
        self.header.pause_toggled.connect(self.toggle_pause)
        self.header.retry_all.connect(self._retry_all)
        self.header.clear_finished.connect(self._clear_finished)
        self.paused.first.clicked.connect(self._resume_queue)
        self.crash.first.clicked.connect(self._go_on)
        self.crash.second.clicked.connect(self._leave_paused)
        self.stalled.first.clicked.connect(self._restart_engine)
        self.stalled.second.clicked.connect(self._keep_waiting)
        self._queue.paused_changed.connect(self._paused_changed)
        self._tick.timeout.connect(self._show_times)

    # --- what is shown ---

    def _show_queue(self) -> None:
        jobs = self.model.jobs
        self._pages.setCurrentWidget(self.list if jobs else self.empty)
        self._show_pause()

    def _show_counts(self) -> None:
        self.header.show_jobs(self.model.jobs, paused=self._queue.paused)

    def _show_pause(self) -> None:
        paused = self._queue.paused
        self._show_counts()
        if paused and self.crash.isHidden():
            self.paused.say(self._queue.pause_reason or "The queue is paused: no job begins.")
        else:
            self.paused.hide()
        self._show_times()

    def _show_times(self) -> None:
        jobs = self.model.jobs
        running = any(job.state in RUNNING for job in jobs)
        if self._queue.paused:  # what waits does not begin: it ends with the running jobs
            jobs = [job for job in jobs if job.state is not JobState.QUEUED]
        left = self._time_left.queue_seconds_left(jobs)
        self.header.show_clock(left if running or not self._queue.paused else None)
        if running and self.isVisible():
            self.model.refresh_times()

    def _picture_ready(self, job_id: int) -> None:
        index = self.model.index_of(job_id)
        if index.isValid():
            self.list.update(index)

    def _paused_changed(self, _on: bool) -> None:
        if not self._queue.paused:
            self.crash.hide()
        self._show_pause()

    def _complain(self, sentence: str) -> None:
        self.problem.show_problem(sentence, kind="warning")

    # --- what is done ---

    def _button_pressed(self, job_id: int, doing: Doing) -> None:
        index = self.model.index_of(job_id)
        if not index.isValid():
            return
        if doing is not Doing.MORE:
            self.actions_on_jobs.do(doing, [self.model.job(index)])
            return
        if not self.list.selectionModel().isSelected(index):
            self.list.select_only(job_id)
        place = self.list.button_place(job_id, Doing.MORE) or QPoint()
        self._show_menu(self.list.viewport().mapToGlobal(place))

    def _show_menu(self, place: QPoint) -> None:
        self.actions_on_jobs.show_menu(place, self.list)

    def _double_clicked(self) -> None:
        self.actions_on_jobs.do(Doing.SHOW, self.list.selected_jobs()[:1])

    def _pause_queue(self, on: bool) -> None:
        self._try(lambda: self._queue.set_paused(on))

    def _resume_queue(self) -> None:
        self._pause_queue(False)

    def _retry_all(self) -> None:
        self._try(self._queue.retry_failed)

    def _clear_finished(self) -> None:
        self._try(self._queue.clear_finished)

    def _go_on(self) -> None:
        self.crash.hide()
        self._show_pause()
        self.go_on.emit()

    def _leave_paused(self) -> None:
        self.crash.hide()
        self._show_pause()
        self.leave_paused.emit()

    def _restart_engine(self) -> None:
        self.stalled.hide()
        self.restart_engine.emit()

    def _keep_waiting(self) -> None:
        self.stalled.hide()
        self.keep_waiting.emit()

    def _try(self, operation: Callable[[], object]) -> None:
        try:
            operation()
        except StudioError as error:
            self._complain(str(error))
