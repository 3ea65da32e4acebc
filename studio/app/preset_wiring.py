"""Connects the windows of presets and of contact sheets with the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from shiboken6 import isValid

from studio.app.contact_sheet import ContactSheets, Sheet
from studio.app.following import Following
from studio.app.preset_watch import PresetWatch
from studio.app.workshop import Workshop
from studio.core.errors import StudioError
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B
from studio.core.library import ClipFilter
from studio.core.model_folder import installed_models
from studio.core.preset import Preset
from studio.ui.compose.compose_view import ComposeView
from studio.ui.main_window import MainWindow
from studio.ui.stage.stage_view import StageView

# These windows are imported when they are asked for: most starts of the program show none of them.
if TYPE_CHECKING:
    from studio.ui.presets.preset_editor import Made
    from studio.ui.presets.presets_dialog import PresetsDialog

READY = "The contact sheet is ready: choose Contact sheet of presets in the Queue menu to see it."
NEWEST = 4  # posters of the clips that a preset made


class PresetWiring:
    """`order` adds jobs and shows them; it is told what adds them."""

    def __init__(
        self,
        workshop: Workshop,
        window: MainWindow,
        compose: ComposeView,
        stage: StageView,
        following: Following,
        order: Callable[[Callable[[], object]], None],
    ) -> None:
        self._workshop, self._window, self._compose = workshop, window, compose
        self._stage, self._following, self._order = stage, following, order
        file = workshop.own.data / "sheet.json"
        self._sheets = ContactSheets(file, workshop.queue, workshop.library)
        self._dialog: PresetsDialog | None = None
        self._told = set[tuple[int, ...]]()  # the jobs of sheets that were told of
        self._watch = PresetWatch(workshop.presets, window)
        # Later, for an offer of the bar is carried out after it is gone.
        window.problem.dismissed.connect(
            lambda: QTimer.singleShot(0, window, self.show_finished_sheet)
        )

    def show(self) -> PresetsDialog:
        """Opens the window of presets, or brings it to the front."""
        from studio.ui.presets.presets_dialog import PresetsDialog

        dialog = self._dialog
        if dialog is None or not isValid(dialog):  # it deletes itself when it is closed
            families = [family.title for family in (TI2V_5B, T2V_A14B, I2V_A14B)]
            more = self._workshop.settings.settings.models_folder
            families += [model.family.title for model in installed_models(more)]
            titles = list(dict.fromkeys(families))
            dialog = self._dialog = PresetsDialog(
                self._workshop.presets,
                titles,
                self._made_by,
                self._window,
                unfit=self._compose.presets.unfit,
            )
        dialog.show()
        dialog.raise_()
        return dialog

    def leave(self) -> None:
        """Closes the window of presets; what was not saved in it is saved."""
        if self._dialog is not None and isValid(self._dialog):
            self._dialog.leave()

    def review(self, files: Sequence[Path]) -> None:
        """Shows what is in preset files, to be taken in."""
        from studio.core.preset_exchange import review_files

        self.show().review(review_files(files, self._workshop.presets))

    def ask_for_sheet(self) -> None:
        """Shows a finished contact sheet that was not seen yet; else lets the person tick the
        presets of a new one.
        """
        from studio.ui.presets.sheet_dialog import SheetDialog

        sheet = self._finished_sheet()
        if sheet is not None:
            self._show_sheet(sheet)
            return
        problem = self._compose.problem()
        if problem:
            self._window.show_problem(problem, kind="warning")
            return
        words = " ".join(self._compose.prompt.toPlainText().split())
        about = f"“{words}”, with one seed" if words else "The photo, with one seed"
        presets = self._workshop.presets.all()
        dialog = SheetDialog(presets, self._compose.presets.unfit_now, about, self._window)
        dialog.wanted.connect(self._order_sheet)
        dialog.open()  # what it says of the words holds until it is closed

    def show_finished_sheet(self) -> None:
        """Shows a contact sheet whose last job is over; while something else is looked at, tells
        of it.
        """
        sheet = self._finished_sheet()
        if sheet is None:
            return
        if self._following.on:
            self._show_sheet(sheet)
        # Nothing that is still to be read is written over: it is told once that is gone.
        elif sheet.jobs not in self._told and self._window.problem.isHidden():
            self._told.add(sheet.jobs)
            self._window.show_problem(READY, kind="info")

    def _finished_sheet(self) -> Sheet | None:
        try:
            return self._sheets.finished()
        except StudioError as error:
            self._window.show_problem(str(error))
            return None

    def _show_sheet(self, sheet: Sheet) -> None:
        self._following.look_away()  # else the next job's preview takes its place
        self._stage.compare(sheet.paths, sheet.titles)
        self._sheets.shown(sheet)
        self._window.problem.take_back(READY)

    def _order_sheet(self, presets: list[Preset]) -> None:
        params = self._compose.sheet(presets)
        self._order(lambda: self._sheets.begin(self._workshop.queue.add(params)))

    def _made_by(self, preset: Preset) -> Made:
        from studio.ui.presets.preset_editor import Made

        wanted, library = ClipFilter(preset=str(preset.id)), self._workshop.library
        posters = [clip.poster for clip in library.page(wanted, 0, NEWEST)]
        return Made(library.count(wanted), [path for path in posters if path is not None])
