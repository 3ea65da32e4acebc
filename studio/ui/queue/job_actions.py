"""The keys and the menu of the queue: what a person does to the selected jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.errors import StudioError
from studio.core.job import FINISHED, RUNNING, Job
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue, Wish
from studio.ui.icons import icon
from studio.ui.queue.doings import JOB_KEYS, Doing, allowed
from studio.ui.queue.queue_model import JobQueueModel

# The menu, with None for a line between groups.
_MENU = (
    Doing.SHOW,
    Doing.DETAILS,
    None,
    Doing.PAUSE,
    Doing.RESUME,
    Doing.RETRY,
    Doing.STOP_HERE,
    None,
    Doing.EDIT,
    Doing.DUPLICATE,
    None,
    Doing.FRONT,
    Doing.UP,
    Doing.DOWN,
    None,
    Doing.CANCEL,
    Doing.REMOVE,
)


class JobActions(QObject):
    """Does to jobs what buttons, menu and keys ask for; each only where the job allows it."""

    edit = Signal(GenerationParams)
    show_job = Signal(int)
    details = Signal(int)
    failed = Signal(str)  # a sentence: what could not be done

    def __init__(
        self,
        queue: JobQueue,
        model: JobQueueModel,
        selected: Callable[[], Sequence[Job]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._model = model
        self._selected = selected

    def add_keys(self, widget: QWidget) -> None:
        """Give the widget the keys of the queue, as actions that screen readers can list."""
        for key in JOB_KEYS:
            action = QAction(key.title, widget)
            action.setShortcuts([QKeySequence(text) for text in key.keys])
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(self._on_selected(key.doings))
            widget.addAction(action)

    def show_menu(self, place: QPoint, parent: QWidget) -> None:
        """Open the menu for the selected jobs at a point of the screen."""
        jobs = self._selected()
        if not jobs:
            return
        menu = self.menu(jobs, parent)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def menu(self, jobs: Sequence[Job], parent: QWidget) -> QMenu:
        """A menu of all that any of these jobs allows."""
        menu = QMenu(parent)
        can: set[Doing] = set()
        for job in jobs:
            can |= allowed(job, self._wish(job))
        if len(jobs) > 1:
            can -= {Doing.SHOW, Doing.EDIT, Doing.DETAILS}
        for doing in _MENU:
            if doing is None:
                menu.addSeparator()
            elif doing in can:
                self._add(menu, doing, jobs)
        return menu

    def do(self, doing: Doing, jobs: Sequence[Job]) -> None:
        """Do it to each of the jobs that allows it; a refusal comes out of `failed` once."""
        able = [job for job in jobs if doing in allowed(job, self._wish(job))]
        if not able:
            return
        try:
            self._do(doing, able)
        except StudioError as error:
            self._model.sync()
            self.failed.emit(str(error))

    def _do(self, doing: Doing, jobs: Sequence[Job]) -> None:
        ids = [job.id for job in jobs]
        queue = self._queue
        match doing:
            case Doing.SHOW:
                self.show_job.emit(ids[0])
            case Doing.DETAILS:
                self.details.emit(ids[0])
            case Doing.EDIT:
                # It is in Compose, and its draft kept, before it leaves the queue.
                self.edit.emit(queue.job(ids[0]).params)
                queue.take_back(ids[0])
            case Doing.REMOVE:
                queue.remove(ids)
            case Doing.FRONT:
                self._model.move_jobs(ids, 0)
            case Doing.UP:
                self._model.move_jobs(ids, max(0, self._row(ids[0]) - 1))
            case Doing.DOWN:
                self._model.move_jobs(ids, self._row(ids[-1]) + 2)
            case Doing.STOP_HERE:
                on = not all(job.stop_after for job in jobs)
                for job_id in ids:
                    queue.set_stop_after(job_id, on)
            case Doing.PAUSE | Doing.RESUME | Doing.RETRY | Doing.DUPLICATE | Doing.CANCEL:
                self._each(doing, ids)
            case Doing.MORE:
                pass

    def _each(self, doing: Doing, ids: Sequence[int]) -> None:
        queue = self._queue
        operations: dict[Doing, Callable[[int], object]] = {
            Doing.PAUSE: queue.pause_job,
            Doing.RESUME: queue.resume_job,
            Doing.RETRY: queue.retry,
            Doing.DUPLICATE: queue.duplicate,
            Doing.CANCEL: queue.cancel,
        }
        for job_id in ids:
            operations[doing](job_id)

    def _on_selected(self, doings: Sequence[Doing]) -> Callable[[], None]:
        def run() -> None:
            jobs = self._selected()
            # Of two that share a key the first that any of the jobs allows: never both at once.
            for doing in doings:
                if any(doing in allowed(job, self._wish(job)) for job in jobs):
                    self.do(doing, jobs)
                    return

        return run

    def _add(self, menu: QMenu, doing: Doing, jobs: Sequence[Job]) -> None:
        action = menu.addAction(doing.words)
        if doing.icon:
            action.setIcon(icon(doing.icon, menu))
        action.setShortcut(QKeySequence(doing.keys[0]))
        # Only shown: the key itself is the list's.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        if doing is Doing.STOP_HERE:
            action.setCheckable(True)
            action.setChecked(all(job.stop_after for job in jobs if job.state not in FINISHED))
        action.triggered.connect(lambda: self.do(doing, jobs))

    def _row(self, job_id: int) -> int:
        return self._model.index_of(job_id).row()

    def _wish(self, job: Job) -> Wish | None:
        return self._queue.wish(job.id) if job.state in RUNNING else None
