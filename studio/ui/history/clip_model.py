"""The clips of the library as rows: all counted, and read page by page as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from shiboken6 import isValid

from studio.core.errors import StudioError
from studio.core.library import ALL_CLIPS, Clip, ClipFilter, Library
from studio.ui.history.tile import note_of

PAGE = 200
MOST_KEPT = 3000  # clips read and held; some kilobytes each
MOST_PIECES = 50  # changes told one by one; with more of them all rows are told anew
AnyIndex = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ClipModel(QAbstractListModel):
    """The clips that a filter lists, newest first, kept as the library changes.

    Only the ids are held for all; a clip is read with its neighbours when somebody asks for it.
    """

    troubled = Signal(str)  # the library could not be read or written: a sentence
    renamed = Signal(int, str)

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._filter = ALL_CLIPS
        self._ids = self._listed()
        self._rows: dict[int, int] | None = None
        self._clips: dict[int, Clip] = {}
        self._missing: set[int] = set()
        # A thousand stars at once are listed anew once.
        self._changed: set[int] = set()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.settle)
        library.added.connect(self._on_change)
        library.changed.connect(self._on_change)
        library.removed.connect(self._on_removed)

    @property
    def filter(self) -> ClipFilter:
        """Which clips are listed."""
        return self._filter

    def set_filter(self, wanted: ClipFilter) -> None:
        """Lists other clips."""
        if wanted == self._filter:
            return
        self.beginResetModel()
        self._filter = wanted
        self._take(self._listed())
        self.endResetModel()

    def clip_at(self, row: int) -> Clip | None:
        """The clip of a row; None for one that cannot be read."""
        clip_id = self._ids[row]
        if clip_id not in self._clips:
            self._read_page(row)
        return self._clips.get(clip_id)

    def clips_at(self, rows: Sequence[int]) -> list[Clip]:
        """The clips of some rows, those left out that cannot be read."""
        return [clip for row in rows if (clip := self.clip_at(row)) is not None]

    def row_of(self, clip_id: int) -> int | None:
        """The row of a clip, None where it is not listed."""
        if self._rows is None:
            self._rows = {clip_id: row for row, clip_id in enumerate(self._ids)}
        return self._rows.get(clip_id)

    def set_missing(self, clip_id: int, missing: bool) -> None:
        """Notes whether a clip's file was found; whoever shows it looks by itself."""
        # Not told as a change: at each, Qt's list lays out all of its rows anew.
        (self._missing.add if missing else self._missing.discard)(clip_id)

    def is_missing(self, clip_id: int) -> bool:
        """Whether a clip's file was looked for and not found."""
        return clip_id in self._missing

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or (clip := self.clip_at(index.row())) is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return clip.title
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(clip, self.is_missing(clip.id))
            case Qt.ItemDataRole.AccessibleTextRole:
                return _spoken(clip, self.is_missing(clip.id))
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return clip.prompt
            case _:
                return None

    def setData(  # noqa: N802 - Qt's name
        self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        clip = self.clip_at(index.row()) if index.isValid() else None
        name = " ".join(str(value).split())
        if clip is None or role != Qt.ItemDataRole.EditRole or name in (clip.name, clip.title):
            return False
        try:
            self._library.rename(clip.id, name)
        except StudioError as error:
            self.troubled.emit(str(error))
            return False
        self.renamed.emit(clip.id, name)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.NoItemFlags
        kinds = flag.ItemIsSelectable | flag.ItemIsEnabled | flag.ItemIsEditable
        return kinds | flag.ItemIsDragEnabled | flag.ItemNeverHasChildren

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        rows = sorted({index.row() for index in indexes})
        return files_of(clip for clip in self.clips_at(rows) if not self.is_missing(clip.id))

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.CopyAction

    def settle(self) -> None:
        """Takes over at once what the library has told and the rows do not show yet."""
        self._soon.stop()
        changed, self._changed = self._changed, set[int]()
        if changed:
            self._follow(self._listed())
        for clip_id in changed:
            self._tell(clip_id)

    def _read_page(self, row: int) -> None:
        if len(self._clips) > MOST_KEPT:
            self._clips.clear()
        start = row // PAGE * PAGE
        try:
            clips = self._library.clips(self._ids[start : start + PAGE])
        except StudioError as error:
            self.troubled.emit(str(error))
            return
        self._clips |= {clip.id: clip for clip in clips}

    def _listed(self) -> list[int]:
        try:
            return self._library.ids(self._filter)
        except StudioError as error:
            self.troubled.emit(str(error))
            return []

    def _take(self, ids: list[int]) -> None:
        self._ids, self._rows = ids, None

    def _on_change(self, clip_id: int) -> None:
        if not isValid(self):  # the library lives longer than a window
            return
        self._clips.pop(clip_id, None)
        self._changed.add(clip_id)
        self._soon.start()

    def _on_removed(self, ids: list[int]) -> None:
        if not isValid(self):
            return
        for clip_id in ids:
            self._clips.pop(clip_id, None)
            self._missing.discard(clip_id)
        self._follow(self._listed())

    def _tell(self, clip_id: int) -> None:
        row = self.row_of(clip_id)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def _follow(self, ids: list[int]) -> None:
        """Goes over to other ids with the fewest rows told, so that the selection stays."""
        if ids == self._ids:
            return
        new, old = set(ids), set(self._ids)
        gone = _runs([row for row, clip_id in enumerate(self._ids) if clip_id not in new])
        come = _runs([row for row, clip_id in enumerate(ids) if clip_id not in old])
        stay = [clip_id for clip_id in self._ids if clip_id in new]
        moved = stay != [clip_id for clip_id in ids if clip_id in old]
        if moved or len(gone) + len(come) > MOST_PIECES:
            self.beginResetModel()
            self._take(ids)
            self.endResetModel()
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(_NOWHERE, first, last)
            self._take(self._ids[:first] + self._ids[last + 1 :])
            self.endRemoveRows()
        for first, last in come:
            self.beginInsertRows(_NOWHERE, first, last)
            self._take(self._ids[:first] + ids[first : last + 1] + self._ids[first:])
            self.endInsertRows()


def files_of(clips: Any) -> QMimeData:
    """Clips as files, for another program to take."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(clip.path)) for clip in clips])
    return mime


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Ascending rows as pairs of first and last of what lies together."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _spoken(clip: Clip, missing: bool) -> str:
    parts = [clip.title, "starred" if clip.starred else "", note_of(clip)]
    return ", ".join(part for part in (*parts, "file is missing" if missing else "") if part)


def _tip(clip: Clip, missing: bool) -> str:
    made = clip.created.astimezone().strftime("%d %b %Y, %H:%M")
    lines = [clip.name or "", clip.prompt, f"{note_of(clip)} · {clip.model_title} · {made}"]
    lines.append(f"The file is missing: {clip.path}" if missing else clip.path.name)
    return "\n".join(line for line in lines if line)
