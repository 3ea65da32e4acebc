"""The jobs of the queue as rows: the unfinished in their order, then the finished, newest first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
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
from studio.ui.queue.job_words import prompt_of, spoken
from studio.ui.queue.row_changes import moved_row, runs

JOBS_MIME = "application/x-clipwright-jobs"
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class JobRow:
    """What a row shows: the job, what it was asked to do, and how long it will still take."""

    job: Job
    wish: Wish | None
    seconds_left: float | None


class JobQueueModel(QAbstractListModel):
    """Follows a JobQueue; rows come, go and move as little as possible, so a selection stays.

    What changes the rows' order is taken up at the next turn of the event loop, many changes as
    one; `sync` does it at once.
    """

    synced = Signal()  # the rows are the queue's again
    state_changed = Signal()  # some job has another state, or is the one to stop after
    failed = Signal(str)  # a drop could not be carried out; the sentence says why

    def __init__(self, queue: JobQueue, time_left: TimeLeft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._time_left = time_left
        self._jobs: list[Job] = []
        self._rows: dict[int, int] = {}
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

    @property
    def jobs(self) -> Sequence[Job]:
        """The jobs in the order of the rows."""
        return self._jobs

    def job(self, index: Index) -> Job:
        """The job of a row."""
        return self._jobs[index.row()]

    def row(self, index: Index) -> JobRow:
        """All that a row shows, as it is at this moment."""
        job = self._jobs[index.row()]
        return JobRow(job, self._wishes.get(job.id), self._seconds_left(job))

    def index_of(self, job_id: int) -> QModelIndex:
        """The row of a job; invalid where there is none."""
        row = self._rows.get(job_id)
        return QModelIndex() if row is None else self.index(row)

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

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._jobs)

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
        kept = {job.id for job in wanted}
        self._time_left.forget(self._rows.keys() - kept)
        self._remove([row for row, job in enumerate(self._jobs) if job.id not in kept])
        self._arrange(wanted)
        self._insert(wanted)
        self._replace(wanted)
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

    def _remove(self, rows: Sequence[int]) -> None:
        for first, last in reversed(runs(rows)):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._jobs[first : last + 1]
            self._index_rows()
            self.endRemoveRows()

    def _arrange(self, wanted: Sequence[Job]) -> None:
        """Puts the rows that stay in the order that is wanted."""
        order = [job.id for job in wanted if job.id in self._rows]
        now = [job.id for job in self._jobs]
        if order == now:
            return
        move = moved_row(now, order)
        if move is None:
            self._lay_out(order)
            return
        source, target = move
        none = QModelIndex()
        self.beginMoveRows(none, source, source, none, target + 1 if target > source else target)
        self._jobs.insert(target, self._jobs.pop(source))
        self._index_rows()
        self.endMoveRows()

    def _lay_out(self, order: Sequence[int]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._jobs[index.row()].id for index in before]
        by_id = {job.id: job for job in self._jobs}
        self._jobs = [by_id[job_id] for job_id in order]
        self._index_rows()
        self.changePersistentIndexList(before, [self.index(self._rows[i]) for i in ids])
        self.layoutChanged.emit()

    def _insert(self, wanted: Sequence[Job]) -> None:
        for first, last in runs(
            [row for row, job in enumerate(wanted) if job.id not in self._rows]
        ):
            self.beginInsertRows(QModelIndex(), first, last)
            self._jobs[first:first] = wanted[first : last + 1]
            self._index_rows()
            self.endInsertRows()

    def _replace(self, wanted: Sequence[Job]) -> None:
        for row, job in enumerate(wanted):
            if self._jobs[row] is not job and self._jobs[row] != job:
                self._put(row, job)

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

    def _index_rows(self) -> None:
        self._rows = {job.id: row for row, job in enumerate(self._jobs)}

    def _put(self, row: int, job: Job) -> None:
        before, self._jobs[row] = self._jobs[row], job
        taller = before.stop_after != job.stop_after
        self._tell(row, Qt.ItemDataRole.SizeHintRole if taller else Qt.ItemDataRole.DisplayRole)
        if taller or before.state is not job.state:
            self.state_changed.emit()

    def _tell(self, row: int, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> None:
        # With the role, a view need not lay out a thousand rows anew at each step of a render.
        self.dataChanged.emit(self.index(row), self.index(row), [role])

    def _seconds_left(self, job: Job) -> float | None:
        return self._time_left.seconds_left(job) if job.state in RUNNING else None
