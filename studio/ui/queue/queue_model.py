"""The jobs of the queue as rows: the unfinished in their order, then the finished, newest first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from PySide6.QtCore import (
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from studio.core.errors import StudioError
from studio.core.job import FINISHED, RUNNING, WAITING, Job
from studio.core.queue import JobQueue, Wish
from studio.core.time_left import TimeLeft
from studio.ui.queue.job_rows import JobRowsModel
from studio.ui.queue.job_words import prompt_of, spoken

JOBS_MIME = "application/x-clipwright-jobs"
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class JobRow:
    """What a row shows: the job, what it was asked to do, and how long it will still take."""

    job: Job
    wish: Wish | None
    seconds_left: float | None


class JobQueueModel(JobRowsModel):
    """Follows a JobQueue.

    What changes the rows' order is taken up at the next turn of the event loop, many changes as
    one; `sync` does it at once.
    """

    synced = Signal()  # the rows are the queue's again
    failed = Signal(str)  # a drop could not be carried out; the sentence says why

    def __init__(self, queue: JobQueue, time_left: TimeLeft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._time_left = time_left
        self._wishes: dict[int, Wish] = {}
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.sync)
        queue.added.connect(self._structure_changed)
        queue.removed.connect(self._structure_changed)
        queue.reordered.connect(self._reordered)
        queue.changed.connect(self._changed)
        queue.wished.connect(self._wished)
        self.sync()

    def leave(self) -> None:
        """Hear no more of the queue, which may live on."""
        queue = self._queue
        queue.added.disconnect(self._structure_changed)
        queue.removed.disconnect(self._structure_changed)
        queue.reordered.disconnect(self._reordered)
        queue.changed.disconnect(self._changed)
        queue.wished.disconnect(self._wished)
        self._later.stop()

    def row(self, index: Index) -> JobRow:
        """All that a row shows, as it is at this moment."""
        job = self._jobs[index.row()]
        return JobRow(job, self._wishes.get(job.id), self._seconds_left(job))

    def unfinished(self) -> int:
        """How many rows at the top are still to be rendered."""
        return sum(job.state not in FINISHED for job in self._jobs)

    def move_jobs(self, ids: Sequence[int], row: int) -> None:
        """Put waiting jobs, in the order given, before a row; never before a running job."""
        first = len(list(takewhile(lambda job: job.state in RUNNING, self._jobs)))
        row = min(max(row, first), self.unfinished())
        with self._one_sync():
            for job_id in ids:
                source = self._rows[job_id]
                if self._jobs[source].state not in WAITING:
                    continue
                target = row - 1 if source < row else row
                if source != target:
                    self._queue.move(job_id, target + 1)
                    self._jobs.insert(target, self._jobs.pop(source))
                    self._index_rows()
                row = target + 1

    def refresh_times(self) -> None:
        """Have the rows of running jobs painted anew: time has passed."""
        for row, job in enumerate(self._jobs):
            if job.state in RUNNING:
                self._tell(row)

    # --- Qt's side ---

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job = self._jobs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return prompt_of(job)
            case Qt.ItemDataRole.AccessibleTextRole:
                row = self.row(index)
                place = None if job.state in FINISHED else index.row() + 1
                return spoken(job, row.wish, row.seconds_left, place)
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        usual = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren
        movable = self._jobs[index.row()].state in WAITING
        return usual | flag.ItemIsDragEnabled if movable else usual

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802
        return [JOBS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802
        ids = [self._jobs[row].id for row in sorted({index.row() for index in indexes})]
        data = QMimeData()
        data.setData(JOBS_MIME, QByteArray(",".join(map(str, ids)).encode()))
        return data

    def dropMimeData(  # noqa: N802
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        text = bytes(data.data(JOBS_MIME).data()).decode()
        ids = [int(word) for word in text.split(",") if word and int(word) in self._rows]
        if row < 0:
            row = parent.row() if parent.isValid() else len(self._jobs)
        try:
            self.move_jobs(ids, row)
        except StudioError as error:
            self.sync()
            self.failed.emit(str(error))
        # False: the rows have moved already, and the view has none to remove.
        return False

    def moveRows(  # noqa: N802
        self, source: Index, row: int, count: int, destination: Index, child: int
    ) -> bool:
        try:
            self.move_jobs([job.id for job in self._jobs[row : row + count]], child)
        except StudioError as error:
            self.sync()
            self.failed.emit(str(error))
            return False
        return True

    # --- the queue's side ---

    def sync(self) -> None:
        """Bring the rows to what the queue holds, with the fewest changes."""
        self._later.stop()
        wanted = self._queue.jobs()
        for job in wanted:
            self._time_left.note(job)
        self._time_left.forget(self._rows.keys() - {job.id for job in wanted})
        self.become(wanted)
        self.synced.emit()

    def _structure_changed(self, _ids: list[int]) -> None:
        self._later.start()

    def _reordered(self) -> None:
        self._later.start()

    def _changed(self, job: Job) -> None:
        self._time_left.note(job)
        if job.state not in RUNNING:
            self._wishes.pop(job.id, None)
        row = self._rows.get(job.id)
        if row is not None:
            self._put(row, job)

    def _wished(self, job_id: int) -> None:
        wish = self._queue.wish(job_id)
        if wish is None:
            self._wishes.pop(job_id, None)
        else:
            self._wishes[job_id] = wish
        if job_id in self._rows:
            self._tell(self._rows[job_id])

    @contextmanager
    def _one_sync(self) -> Generator[None]:
        """Lets rows be moved about inside, and tells of all of it at the end."""
        before = list(self._jobs)
        try:
            yield
        finally:
            self._jobs = before
            self._index_rows()
            self.sync()

    def _seconds_left(self, job: Job) -> float | None:
        return self._time_left.seconds_left(job) if job.state in RUNNING else None
