"""The end of the queue is told to the desktop, without threads and without a wait."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from desktop_notifier import DesktopNotifier
from pytestqt.qtbot import QtBot

from studio.app.notify import Notifier

Told = list[tuple[str, str]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What would stand on the desktop: there is no desktop where tests run."""
    said: Told = []

    async def send(self: DesktopNotifier, title: str, message: str) -> str:
        await asyncio.sleep(0.05)
        said.append((title, message))
        return ""

    monkeypatch.setattr(DesktopNotifier, "send", send)
    return said


@pytest.fixture
def notifier(qtbot: QtBot) -> Notifier:
    return Notifier(enabled=True)


def test_the_end_of_the_queue_is_told_in_numbers(
    notifier: Notifier, told: Told, qtbot: QtBot
) -> None:
    notifier.queue_ended(done=3, failed=0)
    assert told == []  # nobody waited for it
    qtbot.waitUntil(lambda: not notifier.busy, timeout=20_000)
    assert told == [("The queue is done", "3 clips are ready.")]


@pytest.mark.parametrize(
    ("done", "failed", "message"),
    [
        (1, 0, "1 clip is ready."),
        (0, 1, "1 job failed; the queue says why."),
        (2, 3, "2 clips are ready; 3 jobs failed, and the queue says why."),
    ],
)
def test_clips_and_failures_are_counted(
    notifier: Notifier, told: Told, qtbot: QtBot, done: int, failed: int, message: str
) -> None:
    notifier.queue_ended(done, failed)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told[0][1] == message


def test_nothing_is_told_when_it_is_switched_off_or_nothing_was_done(
    notifier: Notifier, told: Told
) -> None:
    notifier.queue_ended(0, 0)
    notifier.enabled = False
    notifier.queue_ended(5, 0)
    assert not notifier.busy


def test_what_comes_together_is_told_one_after_the_other(
    notifier: Notifier, told: Told, qtbot: QtBot
) -> None:
    notifier.queue_waits("The engine cannot be started.")
    notifier.queue_ended(1, 0)
    qtbot.waitUntil(lambda: not notifier.busy, timeout=20_000)
    assert told == [
        ("The queue waits", "The engine cannot be started."),
        ("The queue is done", "1 clip is ready."),
    ]


def test_no_thread_is_left_over(notifier: Notifier, told: Told, qtbot: QtBot) -> None:
    before = threading.active_count()
    notifier.queue_ended(1, 0)
    assert threading.active_count() == before
    qtbot.waitUntil(lambda: not notifier.busy, timeout=20_000)
    assert threading.active_count() == before


def test_a_service_that_hangs_is_given_up(
    notifier: Notifier, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(DesktopNotifier, "send", hang)
    notifier._limit.setInterval(100)
    notifier.queue_ended(1, 0)
    qtbot.waitUntil(lambda: not notifier.busy, timeout=20_000)


def test_the_program_may_end_in_the_middle(notifier: Notifier, told: Told) -> None:
    notifier.queue_ended(1, 0)
    notifier.stop()
    notifier.stop()
    assert told == []
    assert not notifier.busy


def test_without_a_service_there_is_a_line_in_the_log_and_no_error(
    notifier: Notifier,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    caplog.set_level(logging.INFO)
    notifier.queue_ended(1, 0)
    qtbot.waitUntil(lambda: not notifier.busy, timeout=20_000)
    assert "otification" in caplog.text
