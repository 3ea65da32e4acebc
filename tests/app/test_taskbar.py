"""Progress on the launcher's icon."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio.app.taskbar import TaskbarProgress

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has a way")


class Bus:
    """Keeps what would go over the session bus, of which there is none where tests run."""

    def __init__(self) -> None:
        self.sent: list[QDBusMessage] = []

    def isConnected(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def send(self, message: QDBusMessage) -> bool:
        self.sent.append(message)
        return True


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    bus = Bus()
    monkeypatch.setattr(QDBusConnection, "sessionBus", lambda: bus)
    return bus


def test_the_fraction_and_the_jobs_left_are_told_to_the_launcher(bus: Bus) -> None:
    TaskbarProgress().show(0.25, 3)
    (message,) = bus.sent
    assert message.interface() == "com.canonical.Unity.LauncherEntry"
    assert message.member() == "Update"
    uri, values = message.arguments()
    assert uri == "application://clipwright.desktop"
    assert values == {
        "progress": 0.25,
        "progress-visible": True,
        "count": 3,
        "count-visible": True,
    }


def test_the_same_is_not_told_twice(bus: Bus) -> None:
    bar = TaskbarProgress()
    bar.show(0.5, 2)
    bar.show(0.50001, 2)
    bar.show(7.0, 2)
    assert len(bus.sent) == 2


def test_at_the_end_the_icon_is_plain_again(bus: Bus) -> None:
    bar = TaskbarProgress()
    bar.clear()
    assert bus.sent == []
    bar.show(0.5, 1)
    bar.clear()
    assert bus.sent[-1].arguments()[1]["progress-visible"] is False


def test_without_a_session_bus_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    bar = TaskbarProgress()
    bar.show(0.5, 1)
    bar.clear()


def test_elsewhere_the_icon_has_the_number_of_jobs(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(QGuiApplication, "setBadgeNumber", lambda _app, count: told.append(count))
    monkeypatch.setattr(sys, "platform", "darwin")
    bar = TaskbarProgress()
    bar.show(0.5, 2)
    bar.clear()
    assert told == [2, 0]
