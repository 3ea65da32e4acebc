"""Shows a file in the system's file manager, selected where that can be asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QProcess, QUrl
from PySide6.QtGui import QDesktopServices

_SERVICE, _PATH = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1"
_ANSWER_MS = 5000


def reveal(path: Path) -> None:
    """Shows a file, or the nearest folder that is there where it is gone or nobody can select."""
    command = command_for(path, sys.platform) if path.exists() else None
    if command is not None:
        QProcess.startDetached(command[0], list(command[1:]))
    elif not (path.exists() and _ask_file_manager(path)):
        open_folder(path)


def open_folder(path: Path) -> None:
    """Opens the folder of a file, or of where it was the nearest that is there."""
    folder = next((place for place in path.parents if place.is_dir()), None)
    if folder is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def command_for(path: Path, platform: str) -> Sequence[str] | None:
    """The program that selects a file on Windows or macOS; None on other systems."""
    if platform == "win32":
        root = os.environ.get("SystemRoot", r"C:\Windows")  # noqa: SIM112 - so it is spelt there
        return (rf"{root}\explorer.exe", "/select,", str(path))
    if platform == "darwin":
        return ("/usr/bin/open", "-R", str(path))
    return None


def _ask_file_manager(path: Path) -> bool:
    """Asks by the interface of freedesktop.org; False where there is no bus to ask on.

    Not waited for, because a file manager may have to be started; where none answers, the folder is
    opened after all.
    """
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher
    except ImportError:  # not part of every build of Qt
        return False
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    message = QDBusMessage.createMethodCall(_SERVICE, _PATH, _SERVICE, "ShowItems")
    message.setArguments([[path.as_uri()], ""])
    watcher = QDBusPendingCallWatcher(
        bus.asyncCall(message, _ANSWER_MS), QCoreApplication.instance()
    )

    def answered() -> None:
        if watcher.isError():
            open_folder(path)
        watcher.deleteLater()

    watcher.finished.connect(answered)
    return True
