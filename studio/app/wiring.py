"""Connects the window's zones with the queue, the library and the engine's news."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio.app import menu_entry
from studio.app.awake import Awake
from studio.app.clip_wiring import ClipWiring
from studio.app.device_memory import DeviceMemory
from studio.app.following import Following
from studio.app.notify import Notifier
from studio.app.preset_wiring import PresetWiring
from studio.app.record import record_of, table
from studio.app.refill import Refill
from studio.app.taskbar import TaskbarProgress
from studio.app.workshop import Workshop
from studio.core.errors import StudioError
from studio.core.events import Preview
from studio.core.fit import why_too_large
from studio.core.job import RUNNING, Job, JobState
from studio.core.model_folder import models_and_broken
from studio.core.params import GenerationParams
from studio.core.preset_file import SHARED_ENDING
from studio.core.settings import Settings
from studio.ui import theme
from studio.ui.about import AboutDialog
from studio.ui.compose.compose_view import ComposeView
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.compose.photo_intake import CLIP_SUFFIXES
from studio.ui.history.history_view import HistoryView
from studio.ui.main_window import MainWindow
from studio.ui.queue.queue_view import QueueView
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.shortcuts import ShortcutsDialog
from studio.ui.stage.stage_view import StageView

AWAKE_MS = 1000


class Wiring:
    """One window over one workshop; it holds the zones, and all their signals end here."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.compose = ComposeView(workshop.photos, workshop.presets)
        self.stage = StageView()
        self.queue = QueueView(workshop.queue, self._poster_of)
        self.history = HistoryView(workshop.library)
        self.window = MainWindow(self.compose, self.stage, self.queue, self.history)
        self.following = Following(self.stage, workshop.queue, workshop.files)
        settings = workshop.settings.settings
        self.awake = Awake(enabled=settings.keep_awake)
        self.notifier = Notifier(enabled=settings.notify, parent=self.window)
        self.taskbar = TaskbarProgress()
        self.memory = DeviceMemory(self.window)
        self.presets = PresetWiring(
            workshop, self.window, self.compose, self.stage, self.following, self._order_jobs
        )
        self.refill = Refill(self.compose, self.window)
        self.clips = ClipWiring(
            self.history, self.window, self.compose, self.stage, self.following, self.refill
        )
        self._connect_compose()
        self._connect_stage()
        self._connect_queue()
        self._connect_window()
        self._connect_dispatcher()

    def show_models(self) -> None:
        """Offers the models that are there now, and says of broken ones what is wrong."""
        more = self.workshop.settings.settings.models_folder
        models, damaged = models_and_broken(more)
        self.workshop.presets.know(model.family for model in models)
        whole = [ModelChoice.whole(model, why_too_large(model)) for model in models]
        broken = [ModelChoice.broken(model) for model in damaged]
        self.memory.forget()
        self.compose.set_models([*whole, *broken])

    def take_files(self, files: Sequence[Path]) -> None:
        """Photos start the next clips; of a clip of Clipwright's, the first of several, the
        settings come back; presets are looked through.
        """
        presets = [path for path in files if path.suffix.lower() == SHARED_ENDING]
        clips = [path for path in files if path.suffix.lower() in CLIP_SUFFIXES]
        photos = [path for path in files if path not in (*clips, *presets)]
        if presets:
            self.presets.review(presets)
        if clips:
            self.clips.take_file(clips[0], photos)
        else:
            self.compose.add_photos(photos)

    def ask_to_go_on(self) -> None:
        """After a crash: asks what becomes of the jobs that it interrupted."""
        jobs = self.workshop.queue.jobs()
        self.queue.ask_to_go_on([job for job in jobs if job.state is JobState.INTERRUPTED])

    def leave(self) -> None:
        """Lets go of everything that outlives the window."""
        self.presets.leave()  # before the draft, which holds the newest state of its preset
        self._keep_draft()
        self.clips.leave()
        self.notifier.stop()
        self.awake.release()
        self.taskbar.clear()
        self.memory.leave()
        self.queue.leave()

    # --- Compose ---

    def _connect_compose(self) -> None:
        compose = self.compose
        compose.set_estimate_source(self.workshop.estimator.estimate)
        self.memory.found.connect(lambda: compose.set_fit_source(self.memory.judge))
        compose.form.model.opening.connect(self.show_models)
        compose.render_wanted.connect(self._order)
        compose.draft_changed.connect(self._draft_changed)
        compose.files_dropped.connect(self.take_files)
        compose.presets.troubled.connect(self.window.show_problem)
        compose.presets.gone.connect(lambda words: self.window.show_problem(words, kind="warning"))
        compose.presets.back.connect(self.window.problem.take_back)

    def _order(self, params: list[GenerationParams], front: bool) -> None:
        self._order_jobs(lambda: self.workshop.queue.add(params, front))

    def _order_jobs(self, order: Callable[[], object]) -> None:
        """Adds jobs, and shows them as they come."""
        if self._in_words(order):
            self.following.follow()
            self.window.tabs.setCurrentWidget(self.queue)

    def _keep_draft(self) -> None:
        self._in_words(lambda: self.workshop.draft.save(self.compose.draft()))

    def _draft_changed(self) -> None:
        self._keep_draft()
        if not self.compose.problem():
            self.workshop.dispatcher.prepare()

    # --- Stage ---

    def _connect_stage(self) -> None:
        stage = self.stage
        stage.use_frame.connect(self.compose.add_image)
        stage.taken_hold.connect(self.following.look_away)
        stage.full_screen.connect(self.window.show_stage_alone)
        stage.details_asked.connect(self._tell_details)

    def _tell_details(self) -> None:
        path = self.stage.path
        if path is not None:
            self._in_words(
                lambda: self.window.show_problem(
                    f"What made {path.name}", table(record_of(path)), "info"
                )
            )

    # --- Queue ---

    def _connect_queue(self) -> None:
        view, queue = self.queue, self.workshop.queue
        view.edit.connect(self._edit)
        view.show_job.connect(self.following.show_job)
        view.details.connect(self._tell_log)
        view.go_on.connect(self.workshop.dispatcher.go_on)
        view.restart_engine.connect(self.workshop.dispatcher.restart_engine)
        view.keep_waiting.connect(self.workshop.dispatcher.wait_on)
        view.model.synced.connect(self._count)
        queue.changed.connect(self._job_changed)
        queue.changed.connect(self.following.note_changed)
        queue.removed.connect(self.following.note_removed)
        queue.paused_changed.connect(self.window.set_queue_paused)
        queue.paused_changed.connect(self._tell_pause)

    def _edit(self, params: GenerationParams) -> None:
        keep_seed = params.seed is not None
        self.refill.put(params, "Compose shows the settings of the job.", keep_seed=keep_seed)
        self._keep_draft()  # before the job leaves the queue
        self.window.action("go-compose").trigger()

    def _tell_log(self, job_id: int) -> None:
        job = self.workshop.queue.job(job_id)
        sentence = job.failure or f"The log of job {job_id}"
        kind = "error" if job.failure else "info"
        self.window.show_problem(sentence, self.workshop.files.read_log(job_id), kind)

    def _job_changed(self, job: Job) -> None:
        if job.id == self.workshop.dispatcher.current and job.state in RUNNING:
            self.taskbar.show(job.fraction, self.queue.model.unfinished())

    def _count(self, *_: object) -> None:
        self.window.set_queue_count(self.queue.model.unfinished())
        self.window.job_running = self.workshop.dispatcher.current is not None

    def _poster_of(self, job: Job) -> Path | None:
        if job.clip_id is None:
            return None
        try:
            return self.workshop.library.clip(job.clip_id).poster
        except StudioError:
            return None

    # --- The window ---

    def _connect_window(self) -> None:
        window, act = self.window, self.window.action
        window.files_dropped.connect(self.take_files)
        window.image_dropped.connect(self.compose.add_image)
        window.stage_alone.connect(self.stage.set_full_screen)
        act("open-photo").triggered.connect(self.compose.well.browse)
        act("add-photos").triggered.connect(self.compose.well.browse_more)
        act("render").triggered.connect(self.compose.card.button.click)
        act("render-first").triggered.connect(self.compose.card.front.trigger)
        act("pause-queue").triggered.connect(self.queue.toggle_pause)
        act("retry-failed").triggered.connect(self._retry_failed)
        act("clear-finished").triggered.connect(self._clear_finished)
        act("contact-sheet").triggered.connect(self.presets.ask_for_sheet)
        act("manage-presets").triggered.connect(self.presets.show)
        act("settings").triggered.connect(self._show_settings)
        act("shortcuts").triggered.connect(self._show_shortcuts)
        act("about").triggered.connect(self._show_about)
        self.workshop.settings.changed.connect(self._settings_changed)

    def _retry_failed(self) -> None:
        self._in_words(self.workshop.queue.retry_failed)

    def _clear_finished(self) -> None:
        self._in_words(self.workshop.queue.clear_finished)

    def _show_settings(self) -> None:
        dialog = self.window.findChild(SettingsDialog)
        if dialog is None:
            dialog = SettingsDialog(self.workshop.settings, self.workshop.own, self.window)
            if sys.platform == "linux":
                dialog.offer_menu(menu_entry.is_shown())
                dialog.menu_wanted.connect(self._show_in_menu)
        dialog.show()
        dialog.raise_()

    def _show_shortcuts(self) -> None:
        ShortcutsDialog(self.window).show()

    def _show_in_menu(self, on: bool) -> None:
        dialog = self.window.findChild(SettingsDialog)
        if not self._in_words(lambda: menu_entry.show(on)) and dialog is not None:
            dialog.menu.setChecked(menu_entry.is_shown())

    def _show_about(self) -> None:
        AboutDialog(self.window).show()

    def _settings_changed(self, settings: Settings) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, settings.theme)
        self.awake.set_enabled(settings.keep_awake)
        self.notifier.enabled = settings.notify
        self.show_models()

    # --- The dispatcher ---

    def _connect_dispatcher(self) -> None:
        dispatcher = self.workshop.dispatcher
        dispatcher.started.connect(self._started)
        dispatcher.preview.connect(self._preview)
        dispatcher.finished.connect(self._finished)
        dispatcher.stalled.connect(self._stalled)
        dispatcher.moving.connect(self._moving)
        dispatcher.idle.connect(self._idle)
        dispatcher.queue_ended.connect(self.notifier.queue_ended)
        dispatcher.trouble.connect(self._trouble)

    def _started(self, _job: Job) -> None:
        # What it takes may still be on its way, and no system falls asleep that soon.
        QTimer.singleShot(AWAKE_MS, self._keep_awake)
        self._count()

    def _keep_awake(self) -> None:
        if self.workshop.dispatcher.current is not None:
            self.awake.hold()

    def _preview(self, job_id: int, preview: Preview) -> None:
        self.queue.show_preview(job_id, preview)
        self.following.note_preview(job_id, preview)

    def _finished(self, job: Job) -> None:
        self.queue.hide_stalled()
        self.following.note_finished(job)
        self.presets.show_finished_sheet()
        self.compose.set_estimate_source(self.workshop.estimator.estimate)  # it has learnt
        self._count()

    def _stalled(self, job: Job) -> None:
        self.queue.show_stalled(job, self.workshop.dispatcher.hang)
        self.window.tabs.setCurrentWidget(self.queue)
        self.notifier.queue_waits(f"The engine does not come further at job {job.id}.")

    def _tell_pause(self, on: bool) -> None:
        queue = self.workshop.queue
        # A person who paused it knows, and so does one who was asked at the start.
        if on and queue.pause_reason and not queue.asks:
            self.notifier.queue_waits(queue.pause_reason)

    def _moving(self, _job: Job) -> None:
        self.queue.hide_stalled()

    def _idle(self) -> None:
        self.awake.release()
        self.taskbar.clear()
        self._count()

    def _trouble(self, sentence: str) -> None:
        if sentence:
            self.window.show_problem(sentence, kind="warning")
        else:
            self.window.problem.dismiss()

    def _in_words(self, work: Callable[[], object]) -> bool:
        """Whether it went; where not, the window says why."""
        try:
            work()
        except StudioError as error:
            self.window.show_problem(str(error))
            return False
        return True
