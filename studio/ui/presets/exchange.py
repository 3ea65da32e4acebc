"""The buttons that give presets away and take them in, as files or as a folder of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from studio.core.errors import StudioError
from studio.core.preset_exchange import (
    export_name,
    export_path,
    export_presets,
    review_files,
    review_text,
)
from studio.core.preset_file import ENDING, SHARED_ENDING
from studio.core.preset_shelf import PresetShelf, Shelved
from studio.ui.presets.foot import button
from studio.ui.theme import M

FILES = f"Presets (*{SHARED_ENDING} *{ENDING})"


class Exchange(QWidget):
    """Writes presets into files, and tells by `found` what would come in."""

    found = Signal(list)  # of Incoming

    def __init__(
        self,
        shelf: PresetShelf,
        current: Callable[[], Shelved | None],
        say: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._shelf, self._current, self._say = shelf, current, say
        self.import_ = button("Import…", "Take presets in from files (Ctrl+I)", "Ctrl+I")
        self.paste_ = button(
            "Paste", "Take in what is copied: a preset's text or its file (Ctrl+V in the list)", ""
        )
        self.folder = button("Import folder…", "Take in all presets of a folder", "")
        self.export = button("Export", "Write presets into a file, to keep or to give away", "")
        menu = QMenu(self.export)
        self.export.setMenu(menu)
        menu.addAction("This preset…").triggered.connect(lambda: self._export(self._this()))
        menu.addAction("This category…").triggered.connect(lambda: self._export(self._category()))
        menu.addAction("All of my own…").triggered.connect(lambda: self._export(self._own()))
        menu.addAction("All of my own into a folder…").triggered.connect(self._export_folder)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        for each in (self.import_, self.paste_, self.folder, self.export):
            row.addWidget(each)
        row.addStretch()
        self.import_.clicked.connect(self._import)
        self.paste_.clicked.connect(self.paste)
        self.folder.clicked.connect(self._import_folder)

    def drop(self, mime: QMimeData) -> None:
        """Looks through the files of a drop."""
        self._look_through(preset_files(mime))

    def paste(self) -> None:
        """Looks through the files or the text in the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        files, text = preset_files(mime), mime.text()
        if files:
            self._look_through(files)
        elif text.strip() and not mime.hasUrls():
            self.found.emit(review_text(text, "The clipboard", self._shelf))
        else:
            self._say("There is no preset in the clipboard: copy its text or its file first.")

    def _import(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Take presets in", "", FILES)
        self._look_through([Path(name) for name in names])

    def _import_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Take in the presets of a folder")
        if folder:
            self._look_through([Path(folder)])

    def _look_through(self, files: Sequence[Path]) -> None:
        self.found.emit(review_files(files, self._shelf))

    def _this(self) -> list[Shelved]:
        current = self._current()
        return [] if current is None else [current]

    def _category(self) -> list[Shelved]:
        current = self._current()
        category = None if current is None else current.preset.category
        return [shelved for shelved in self._shelf.all() if shelved.preset.category == category]

    def _own(self) -> list[Shelved]:
        return [shelved for shelved in self._shelf.all() if not shelved.built_in]

    def _export(self, chosen: Sequence[Shelved]) -> None:
        if not chosen:
            self._say("There is no preset of your own yet.")
            return
        name = export_name(chosen[0].preset.name if len(chosen) == 1 else "Presets")
        wanted, _ = QFileDialog.getSaveFileName(self, "Export presets", name, FILES)
        if wanted:
            # The system's dialog asked whether to replace what was chosen, and nothing else.
            path = export_path(Path(wanted))
            self._write(chosen, path, overwrite=path == Path(wanted))

    def _export_folder(self) -> None:
        chosen = self._own()
        if not chosen:
            self._say("There is no preset of your own yet.")
            return
        folder = QFileDialog.getExistingDirectory(self, "Export presets into a folder")
        if folder:
            self._write(chosen, Path(folder), overwrite=False)

    def _write(self, chosen: Sequence[Shelved], path: Path, *, overwrite: bool) -> None:
        presets = [shelved.preset for shelved in chosen]
        try:
            export_presets(presets, path, overwrite=overwrite, shelf=self._shelf)
        except StudioError as error:
            self._say(str(error))
            return
        count = "1 preset is" if len(presets) == 1 else f"{len(presets)} presets are"
        self._say(f"{count} in {path} now.")


def preset_files(mime: QMimeData) -> list[Path]:
    """The preset files in a drop, and folders, which may hold some."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix in (SHARED_ENDING, ENDING) or path.is_dir()]
