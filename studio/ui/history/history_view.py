"""The History page: search and filters, the grid of clips, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from studio.core.errors import StudioError
from studio.core.library import Clip, ClipFilter, Library
from studio.ui.history.clip_actions import ClipActions, Deed
from studio.ui.history.clip_grid import ClipGrid
from studio.ui.history.clip_model import ClipModel, files_of
from studio.ui.history.empty_page import EmptyPage
from studio.ui.history.filter_row import FilterRow
from studio.ui.history.trash import Trashing
from studio.ui.problem import ProblemBar

MOST_COMPARED = 9  # clips side by side; more are too small to judge


class HistoryView(QWidget):
    """All clips of a library.

    Stars, names and the trash it sees to itself and tells afterwards; the other signals are wishes
    for the window to fulfil.
    """

    opened = Signal(object)  # Clip, to show on the stage
    compare = Signal(list)  # of Clip, two or more
    use_settings = Signal(object)  # Clip
    use_settings_and_seed = Signal(object)  # Clip
    use_last_frame = Signal(object)  # Clip, as the photo of the next
    reveal = Signal(object)  # Clip, in its folder
    trash = Signal(list)  # of Clip: moved to the trash and out of the library
    starred = Signal(int, bool)
    renamed = Signal(int, str)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.clips = ClipModel(library, self)
        self.filters = FilterRow(self)
        self.problem = ProblemBar(self)
        self.grid = ClipGrid(self.clips)
        self.empty = EmptyPage()
        self.deeds = ClipActions(self._deeds(), self.grid)
        self._trashing = Trashing(self)
        self._pages = QStackedLayout()
        self._arrange()
        self._connect()
        self._offer()
        self._show_what_there_is()

    def show_clip(self, clip_id: int) -> None:
        """Selects a clip and brings it into view; filters that hide it are cleared."""
        self.clips.settle()
        if self.clips.row_of(clip_id) is None:
            self.filters.clear()
        row = self.clips.row_of(clip_id)
        if row is not None:
            self.grid.go_to(row)

    def selected(self) -> list[Clip]:
        """The selected clips, newest first."""
        return self.clips.clips_at(self.grid.selected_rows())

    def _deeds(self) -> tuple[Deed, ...]:
        enter = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        copy = (QKeySequence(QKeySequence.StandardKey.Copy),)
        delete = (QKeySequence(QKeySequence.StandardKey.Delete),)
        one = self._with_one
        return (
            Deed("Open", "play", enter, one(self.opened.emit)),
            Deed(
                "Compare", "compare", ("Ctrl+Shift+C",), self._compare, least=2, most=MOST_COMPARED
            ),
            Deed("Star", "star", (Qt.Key.Key_Asterisk, "Shift+*"), self._star_all, most=None),
            Deed("Rename…", "rename", (Qt.Key.Key_F2,), self._rename),
            Deed(
                "Use these settings",
                "settings",
                ("Ctrl+U",),
                one(self.use_settings.emit),
                gap_before=True,
            ),
            Deed(
                "Use these settings and the seed",
                "dice",
                ("Alt+U",),
                one(self.use_settings_and_seed.emit),
            ),
            Deed(
                "Use last frame as photo",
                "photo",
                ("Ctrl+Shift+U",),
                one(self.use_last_frame.emit),
            ),
            Deed("Copy file", "copy", copy, self._copy, most=None, gap_before=True),
            Deed("Show in folder", "folder", ("Ctrl+Shift+E",), one(self.reveal.emit)),
            Deed("Move to trash", "trash", delete, self._trash, most=None, gap_before=True),
        )

    def _arrange(self) -> None:
        self.setAccessibleName("History")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filters)
        column.addWidget(self.problem)
        column.addLayout(self._pages, 1)
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self.empty)
        self.setFocusProxy(self.grid)

    def _connect(self) -> None:
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._find)
        self.filters.changed.connect(self._filter)
        self.filters.search.left.connect(self._leave_search)
        self.empty.clear_wanted.connect(self._clear)
        self.grid.typed.connect(self._type)
        self.grid.star_pressed.connect(self._star_row)
        self.grid.doubleClicked.connect(self._with_one(self.opened.emit))
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._menu)
        self.grid.selectionModel().selectionChanged.connect(self._suit)
        self.clips.troubled.connect(self.problem.show_problem)
        self.clips.renamed.connect(self.renamed)
        self._trashing.gone.connect(self._trashed)
        self._trashing.failed.connect(self.problem.show_problem)
        for change in (self.clips.rowsInserted, self.clips.rowsRemoved, self.clips.modelReset):
            change.connect(self._show_what_there_is)
        self.clips.dataChanged.connect(self._suit)
        self._library.added.connect(self._offer)
        self._library.removed.connect(self._offer)

    def _filter(self, wanted: ClipFilter) -> None:
        self.clips.set_filter(wanted)
        self.grid.scrollToTop()

    def _clear(self) -> None:
        self.filters.clear()
        self.grid.setFocus()

    def _offer(self, _changed: object = None) -> None:
        if not isValid(self):  # the library lives longer than a window
            return
        try:
            self.filters.offer(self._library.models(), self._library.presets())
        except StudioError as error:
            self.problem.show_problem(str(error))

    def _show_what_there_is(self) -> None:
        there = self.clips.rowCount() > 0
        had_focus = self.grid.hasFocus()
        if not there:
            self.empty.explain(self.clips.filter)
        self._pages.setCurrentWidget(self.grid if there else self.empty)
        self.setFocusProxy(self.grid if there else self.filters.search)
        if had_focus and not there:
            self.filters.search.setFocus()
        self._suit()

    def _suit(self) -> None:
        selected, all_ = self.grid.selected_count(), self.clips.rowCount()
        self.deeds.suit(selected)
        if selected > 1:
            self.filters.set_count(f"{selected:,} of {all_:,} selected")
        elif all_:
            self.filters.set_count("1 clip" if all_ == 1 else f"{all_:,} clips")
        else:
            self.filters.set_count("")

    def _menu(self, place: QPoint) -> None:
        chosen = self.selected()
        if not chosen:
            return
        self.deeds.suit(len(chosen), all(clip.starred for clip in chosen))
        self.deeds.show_menu(self.grid.viewport().mapToGlobal(place))

    def _find(self) -> None:
        self.filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.search.selectAll()

    def _type(self, letters: str) -> None:
        if letters.isprintable() and letters.strip():
            self.filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.filters.search.setText(letters)

    def _leave_search(self) -> None:
        if self.clips.rowCount() == 0:
            return
        self.grid.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.grid.currentIndex().isValid():
            self.grid.go_to(0)

    def _with_one(self, do: Callable[[Clip], object]) -> Callable[..., None]:
        def act(*_: object) -> None:
            chosen = self.selected()
            if len(chosen) == 1:
                do(chosen[0])

        return act

    def _compare(self) -> None:
        chosen = self.selected()
        if 2 <= len(chosen) <= MOST_COMPARED:
            self.compare.emit(chosen)

    def _rename(self) -> None:
        rows = self.grid.selected_rows()
        if len(rows) == 1:
            self.grid.edit(self.clips.index(rows[0]))

    def _copy(self) -> None:
        there = [clip for clip in self.selected() if not self.clips.is_missing(clip.id)]
        if there:
            QGuiApplication.clipboard().setMimeData(files_of(there))

    def _star_all(self) -> None:
        chosen = self.selected()
        self._star(chosen, not all(clip.starred for clip in chosen))

    def _star_row(self, row: int) -> None:
        clip = self.clips.clip_at(row)
        if clip is not None:
            self._star([clip], not clip.starred)

    def _star(self, clips: list[Clip], on: bool) -> None:
        changing = [clip.id for clip in clips if clip.starred != on]
        try:
            self._library.set_stars(changing, on)
        except StudioError as error:
            self.problem.show_problem(str(error))
            return
        for clip_id in changing:
            self.starred.emit(clip_id, on)

    def _trash(self) -> None:
        self.grid.player.let_go()
        self._trashing.start(self.selected())

    def _trashed(self, gone: list[Clip]) -> None:
        try:
            self._library.remove([clip.id for clip in gone])
        except StudioError as error:
            self.problem.show_problem(str(error))
            return
        self.trash.emit(gone)
