"""Tests of the work beside the event loop: each result or error arrives, unless it is forgotten."""

from __future__ import annotations

from threading import Event

from PySide6.QtCore import QObject, QThread, QThreadPool
from pytestqt.qtbot import QtBot

from studio.core.errors import BadInput, StudioError
from studio.ui.background import Background


def test_results_arrive_on_the_thread_that_asked(qtbot: QtBot) -> None:
    owner, come = QObject(), list[object]()
    background = Background(owner)

    def take(result: int | StudioError) -> None:
        come.append((result, QThread.currentThread()))

    for number in range(3):
        background.start(lambda number=number: number, take)
    qtbot.waitUntil(lambda: len(come) == 3)
    here = QThread.currentThread()
    assert {*come} == {(0, here), (1, here), (2, here)}


def test_an_error_arrives_as_a_result(qtbot: QtBot) -> None:
    owner, come = QObject(), list[object]()
    refusal = BadInput("No.")

    def refuse() -> None:
        raise refusal

    Background(owner).start(refuse, come.append)
    qtbot.waitUntil(lambda: come == [refusal])


def test_what_is_forgotten_comes_to_nothing(qtbot: QtBot) -> None:
    owner, come, go = QObject(), list[object](), Event()
    background = Background(owner)
    background.start(go.wait, come.append)
    background.forget()
    go.set()
    QThreadPool.globalInstance().waitForDone()
    background.start(lambda: "later", come.append)
    qtbot.waitUntil(lambda: come == ["later"])


def test_one_that_forgets_as_it_takes_gets_no_more(qtbot: QtBot) -> None:
    owner, come = QObject(), list[object]()
    background = Background(owner)

    def take(result: object) -> None:
        come.append(result)
        background.forget()

    for number in range(2):
        background.start(lambda number=number: number, take)
    QThreadPool.globalInstance().waitForDone()
    qtbot.waitUntil(lambda: bool(come))
    qtbot.wait(50)
    assert len(come) == 1
