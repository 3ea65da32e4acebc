"""Notices what editors and sync folders do to the person's presets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from studio.core.preset_file import ENDING
from studio.core.preset_shelf import PresetShelf

MOST_FILES = 500  # macOS holds each of them open
SETTLE_MS = 200  # a sync folder writes several files one after the other


class PresetWatch(QObject):
    """Has the shelf read again what changes in its folder, and when the person comes back.

    The folder tells of files that come, go and are renamed, which is how most programs save; each
    file is watched besides, for those that write into it.
    """

    def __init__(self, shelf: PresetShelf, parent: QObject) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._refresh)
        self._watcher.directoryChanged.connect(self._changed)
        self._watcher.fileChanged.connect(self._changed)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._came_back)
        self._watch()

    def _watch(self) -> None:
        """The folder itself, or until it is there the one that it will be in, and its files."""
        watched = self._watcher.directories()
        for folder in (self._shelf.own, self._shelf.own.parent):
            if folder.is_dir() and not any(Path(path) == folder for path in watched):
                self._watcher.addPath(str(folder))
        # A file that was replaced is another one, which is not watched any more.
        files = {Path(path) for path in self._watcher.files()}
        new = [str(path) for path in self._files() if path not in files]
        if new:
            self._watcher.addPaths(new)

    def _files(self) -> list[Path]:
        try:
            inside = sorted(self._shelf.own.iterdir())
        except OSError:
            return []
        return [path for path in inside if path.suffix == ENDING and path.is_file()][:MOST_FILES]

    def _changed(self, _path: str) -> None:
        self._settle.start()

    def _came_back(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._settle.start()

    def _refresh(self) -> None:
        self._watch()  # first: a change while the shelf reads comes once more
        self._shelf.refresh()
