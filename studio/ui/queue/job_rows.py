"""Jobs as the rows of a Qt model, and how these rows become those of another list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from studio.core.job import Job
from studio.ui.queue.row_changes import moved_row, runs

Index = QModelIndex | QPersistentModelIndex


class JobRowsModel(QAbstractListModel):
    """A list of jobs; rows come, go and move as little as possible, so a selection stays."""

    state_changed = Signal()  # some job has another state, or is the one to stop after

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._rows: dict[int, int] = {}

    @property
    def jobs(self) -> Sequence[Job]:
        """The jobs in the order of the rows."""
        return self._jobs

    def job(self, index: Index) -> Job:
        """The job of a row."""
        return self._jobs[index.row()]

    def index_of(self, job_id: int) -> QModelIndex:
        """The row of a job; invalid where there is none."""
        row = self._rows.get(job_id)
        return QModelIndex() if row is None else self.index(row)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._jobs)

    def become(self, wanted: Sequence[Job]) -> None:
        """Bring the rows to this list, with the fewest changes."""
        kept = {job.id for job in wanted}
        self._remove([row for row, job in enumerate(self._jobs) if job.id not in kept])
        self._arrange(wanted)
        self._insert(wanted)
        for row, job in enumerate(wanted):
            if self._jobs[row] is not job and self._jobs[row] != job:
                self._put(row, job)

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
