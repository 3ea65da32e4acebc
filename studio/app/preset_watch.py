"""Notices what editors and sync folders do to the person's presets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from studio.core.preset_shelf import PresetShelf

SETTLE_MS = 200  # a sync folder writes several files one after the other


class PresetWatch(QObject):
    """Has the shelf read again what changes in its folder, and when the person comes back.

    The folder tells of files that come, go and are renamed, which is how most programs save; one
    that writes into a file is noticed when the window gets the focus again.
    """

    def __init__(self, shelf: PresetShelf, parent: QObject) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._refresh)
        self._watcher.directoryChanged.connect(self._changed)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._came_back)
        self._watch()

    def _watch(self) -> None:
        """The folder itself, or until it is there the one that it will be in."""
        watched = self._watcher.directories()
        for folder in (self._shelf.own, self._shelf.own.parent):
            if folder.is_dir() and not any(Path(path) == folder for path in watched):
                self._watcher.addPath(str(folder))

    def _changed(self, _folder: str) -> None:
        self._settle.start()

    def _came_back(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._settle.start()

    def _refresh(self) -> None:
        self._watch()
        self._shelf.refresh()
