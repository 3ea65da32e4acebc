"""Progress on the program's icon in the dock or taskbar."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

_INTERFACE = "com.canonical.Unity.LauncherEntry"
_PATH = "/com/canonical/unity/launcherentry/1"
DESKTOP_FILE = "clipwright.desktop"


class TaskbarProgress:
    """Shows how far the running job is and how many are left, where the system has a way.

    On Linux that is a dock that hears com.canonical.Unity.LauncherEntry (KDE Plasma, Ubuntu's dock,
    Dash to Dock and others) once the program's desktop file is installed, and a session bus. On
    Windows and macOS Qt 6 has a call for the number of jobs alone.
    """

    def __init__(self) -> None:
        self._shown: tuple[int, int] | None = None  # per mille, and jobs left
        self._bus: QDBusConnection | None = None

    def show(self, fraction: float, jobs_left: int) -> None:
        """The running job's fraction (0 to 1), and how many jobs are not finished."""
        now = (round(min(max(fraction, 0.0), 1.0) * 1000), jobs_left)
        if now != self._shown:
            self._shown = now
            self._send(fraction=now[0] / 1000, visible=True, count=jobs_left)

    def clear(self) -> None:
        """Nothing runs any more."""
        if self._shown is not None:
            self._shown = None
            self._send(fraction=0.0, visible=False, count=0)

    def _send(self, *, fraction: float, visible: bool, count: int) -> None:
        if not sys.platform.startswith("linux"):
            app = QGuiApplication.instance()
            if isinstance(app, QGuiApplication):
                app.setBadgeNumber(count)
            return
        bus = self._connected()
        if bus is None:
            return
        from PySide6.QtDBus import QDBusMessage

        message = QDBusMessage.createSignal(_PATH, _INTERFACE, "Update")
        values = {
            "progress": fraction,
            "progress-visible": visible,
            "count": count,
            "count-visible": count > 1,
        }
        message.setArguments([f"application://{DESKTOP_FILE}", values])
        bus.send(message)

    def _connected(self) -> QDBusConnection | None:
        if self._bus is None:
            # Only now: it opens the connection, and a window that renders nothing needs none.
            from PySide6.QtDBus import QDBusConnection

            self._bus = QDBusConnection.sessionBus()
        return self._bus if self._bus.isConnected() else None
