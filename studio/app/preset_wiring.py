"""Connects the windows of presets and of contact sheets with the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.contact_sheet import ContactSheet
from studio.app.following import Following
from studio.app.preset_watch import PresetWatch
from studio.app.workshop import Workshop
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
        self._sheet = ContactSheet(workshop.own.data / "sheet.json", workshop.queue)
        self._watch = PresetWatch(workshop.presets, window)

    def show(self) -> PresetsDialog:
        """Opens the window of presets, or brings it to the front."""
        from studio.ui.presets.presets_dialog import PresetsDialog

        dialog = self._window.findChild(PresetsDialog)
        if dialog is None:
            families = [family.title for family in (TI2V_5B, T2V_A14B, I2V_A14B)]
            families += [model.family.title for model in installed_models()]
            titles = list(dict.fromkeys(families))
            dialog = PresetsDialog(self._workshop.presets, titles, self._made_by, self._window)
        dialog.show()
        dialog.raise_()
        return dialog

    def review(self, files: Sequence[Path]) -> None:
        """Shows what is in preset files, to be taken in."""
        from studio.core.preset_exchange import review_files

        self.show().review(review_files(files, self._workshop.presets))

    def ask_for_sheet(self) -> None:
        """Lets the person tick the presets of a contact sheet."""
        from studio.ui.presets.sheet_dialog import SheetDialog

        problem = self._compose.problem()
        if problem:
            self._window.show_problem(problem, kind="warning")
            return
        words = " ".join(self._compose.prompt.toPlainText().split())
        about = f"“{words}”, with one seed" if words else "The photo, with one seed"
        presets = self._workshop.presets.all()
        dialog = SheetDialog(presets, self._compose.presets.unfit, about, self._window)
        dialog.wanted.connect(self._order_sheet)
        dialog.show()

    def show_finished_sheet(self) -> None:
        """Shows a contact sheet whose last job is over, unless something else is looked at."""
        sheet = self._sheet.take()
        if sheet is not None and self._following.on:
            self._stage.compare(sheet.paths, sheet.titles)

    def _order_sheet(self, presets: list[Preset]) -> None:
        params = self._compose.sheet(presets)
        self._order(lambda: self._sheet.begin(self._workshop.queue.add(params)))

    def _made_by(self, preset: Preset) -> Made:
        from studio.ui.presets.preset_editor import Made

        wanted, library = ClipFilter(preset=preset.name), self._workshop.library
        posters = [clip.poster for clip in library.page(wanted, 0, NEWEST)]
        return Made(library.count(wanted), [path for path in posters if path is not None])
