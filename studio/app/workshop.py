"""All that works without a window: queue, library, settings, the engine and who gives it jobs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QFile, QTimer

from studio.app.desk import DATABASE
from studio.app.engine_process import EngineProcess
from studio.app.presets import open_presets
from studio.app.record import record_of
from studio.core.dispatcher import Dispatcher
from studio.core.draft import DraftFile
from studio.core.errors import StudioError
from studio.core.estimate import Estimator
from studio.core.events import Done, Event, Progress, Stage
from studio.core.folders import Folders
from studio.core.job import RUNNING, Job, JobState
from studio.core.job_clip import ClipFiles
from studio.core.job_files import JobFiles
from studio.core.library import Library
from studio.core.lost_work import tell_lost_work
from studio.core.naming import next_path
from studio.core.photo_shelf import PhotoShelf
from studio.core.preset_shelf import PresetShelf
from studio.core.queue import JobQueue
from studio.core.recovery import has_damaged
from studio.core.settings import SettingsFile
from studio.core.store import Store

TICK_MS = 1000


@dataclass(frozen=True)
class Workshop:
    """Everything of one user's data folder, built and not yet at work; see `begin`.

    `complaints` are sentences on files that were found damaged, for the person at the screen.
    """

    own: Folders
    store: Store
    queue: JobQueue
    library: Library
    settings: SettingsFile
    draft: DraftFile
    photos: PhotoShelf
    presets: PresetShelf
    estimator: Estimator
    files: JobFiles
    engine: EngineProcess
    dispatcher: Dispatcher
    complaints: tuple[str, ...]

    @property
    def died(self) -> bool:
        """Whether the last start ended in the middle of a render, and nobody said yet to go on."""
        return self.queue.asks or any(job.state in RUNNING for job in self.queue.jobs())

    @property
    def asks(self) -> bool:
        """Whether, once begun, the queue waits for a person to say that it goes on."""
        interrupted = any(job.state is JobState.INTERRUPTED for job in self.queue.jobs())
        return self.queue.asks or interrupted

    def begin(self, *, go_on: bool) -> QTimer:
        """Takes up the queue, and works at it as long as the returned timer lives."""
        self.dispatcher.begin(go_on)
        timer = QTimer(interval=TICK_MS)
        timer.timeout.connect(self.dispatcher.tick)
        timer.start()
        return timer

    def sweep_photos(self) -> None:
        """Removes the copies of photos that no job, no clip and no draft needs any more; none while
        a damaged database lies there, whose jobs may need them.
        """
        if has_damaged(self.own.data):
            return
        images = [path for job in self.queue.jobs() if (path := job.params.image) is not None]
        self.photos.sweep([*self.draft.draft.photos, *images, *self.library.photos()])

    def close(self) -> None:
        """Ends the engine, whatever it does, and closes the database."""
        self.engine.end()
        self.store.close()


def open_workshop(own: Folders) -> Workshop:
    """Opens the user's files; raises what Store.open raises. Needs a Qt application, any kind."""
    settings = SettingsFile(own.config / "settings.json")
    draft = DraftFile(own.data / "draft.json")
    opened = Store.open(own.data / DATABASE)
    queue, library = JobQueue(opened.store), Library(opened.store)
    files, engine = JobFiles(own.data), EngineProcess()
    estimator = Estimator(own.data / "estimates.json")
    clips = ClipFiles(_out_chooser(own, settings), record_of)
    learning = _Learning(estimator)
    # Before the dispatcher, whose listeners ask for the next estimate; and by a function of its
    # own, as a signal does not keep the object of a method alive.
    engine.event.connect(lambda event: learning.note(event))
    dispatcher = Dispatcher(queue, library, engine, files, settings, clips, soon=_soon)
    damage = opened.recovery
    recovered = None if damage is None else tell_lost_work(damage, queue, files)
    presets = open_presets(own, _to_trash)
    told = (recovered, settings.complaint, draft.complaint, presets.complaint, *presets.problems)
    return Workshop(
        own=own,
        store=opened.store,
        queue=queue,
        library=library,
        settings=settings,
        draft=draft,
        photos=PhotoShelf(own.data / "photos"),
        presets=presets,
        estimator=estimator,
        files=files,
        engine=engine,
        dispatcher=dispatcher,
        complaints=tuple(sentence for sentence in told if sentence),
    )


def _to_trash(path: Path) -> None:
    if not QFile(str(path)).moveToTrash():
        raise StudioError(
            f"{path} could not be moved to the trash: its folder may be read-only, or its disk may "
            "have no trash."
        )


def _soon(work: Callable[[], None]) -> None:
    QTimer.singleShot(0, work)


def _out_chooser(own: Folders, settings: SettingsFile) -> Callable[[Job, Collection[Path]], Path]:
    def choose(job: Job, taken: Collection[Path]) -> Path:
        now, chosen = datetime.now().astimezone(), settings.settings
        folder = chosen.clips_folder or own.clips
        return next_path(folder, chosen.name_template, job.params, now, taken)

    return choose


class _Learning:
    """Hands finished renders to the estimator, with the steps that were really taken."""

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator
        self._first_step: int | None = None

    def note(self, event: Event) -> None:
        """Takes an engine's event."""
        if isinstance(event, Progress):
            if event.stage is Stage.DENOISE and self._first_step is None:
                self._first_step = event.step
        elif isinstance(event, Done):
            steps = event.params.num_inference_steps - (self._first_step or 0)
            self._first_step = None
            try:
                self._estimator.learn(event, steps)
            except StudioError:
                return  # the clip is there; that the next estimate is no better is no news
        elif event.event in ("failed", "stopped", "hello"):
            self._first_step = None
