"""What becomes of an error that nobody in the window's own code caught."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psygnal
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.app.faults import Faults
from studio.app.owner import Owner
from studio.app.stopping import Stopping
from studio.app.window import _live
from studio.core.errors import DiskFull
from studio.core.folders import folders
from studio.ui.main_window import MainWindow

PATIENCE = 60_000

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Teller:
    """Something of ours that tells by a signal that is not Qt's."""

    told = psygnal.Signal()


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow(QWidget(), QWidget(), QWidget(), QWidget())
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """What the hook that was there before gets."""
    found: list[BaseException] = []
    with monkeypatch.context() as patched:
        patched.setattr(sys, "excepthook", lambda _kind, error, _trace: found.append(error))
        yield found


def failed(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def take(faults: Faults, error: Exception) -> None:
    faults.take(type(error), error, error.__traceback__)


def logs() -> list[Path]:
    return sorted((folders().data / "logs").glob("*.log"))


def test_a_fault_is_a_sentence_with_its_trace_behind_it_and_a_log(
    window: MainWindow, printed: list[BaseException]
) -> None:
    before, error = sys.excepthook, failed(KeyError("nobody"))
    with Faults(window):
        sys.excepthook(type(error), error, error.__traceback__)
    assert sys.excepthook is before
    assert printed == [error]
    (log,) = logs()
    assert str(log) in window.problem.sentence.text()
    assert "KeyError: 'nobody'" in log.read_text("utf-8")
    window.action("copy-report").trigger()
    report = QApplication.clipboard().text()
    assert "in failed\n" in report
    assert report.endswith("KeyError: 'nobody'")


def test_what_a_listener_of_ours_raises_is_told_and_not_that_it_listened(
    window: MainWindow, printed: list[BaseException]
) -> None:
    def fill_up() -> None:
        raise DiskFull("The disk is full; make room.")

    teller = Teller()
    teller.told.connect(fill_up)
    with pytest.raises(psygnal.EmitLoopError) as raised:
        teller.told.emit()
    with Faults(window) as faults:
        take(faults, raised.value)
    assert window.problem.sentence.text() == "The disk is full; make room."
    assert logs() == []


def test_a_fault_in_the_telling_is_not_told_again(
    window: MainWindow, printed: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = failed(KeyError("first")), failed(KeyError("second"))
    with Faults(window) as faults:
        monkeypatch.setattr(window, "show_problem", lambda *_: take(faults, second))
        take(faults, first)
        assert printed == [first, second]
        monkeypatch.undo()
        take(faults, second)
    assert "second" in window.problem.sentence.text()


def test_what_fails_again_and_again_makes_one_log_and_stays_as_it_is_being_read(
    window: MainWindow, printed: list[BaseException]
) -> None:
    error = failed(KeyError("at each tick"))
    with Faults(window) as faults:
        take(faults, error)
        window.problem.details_button.setChecked(True)
        (log,) = logs()
        log.unlink()
        take(faults, error)
        assert logs() == []
        assert window.problem.log.isVisible()
        window.problem.dismiss()
        take(faults, error)
    assert window.problem.isVisible()


def test_a_fault_on_a_worker_thread_is_told_too(
    window: MainWindow, printed: list[BaseException], qtbot: QtBot
) -> None:
    error = failed(KeyError("beside"))
    with Faults(window) as faults:
        QThreadPool.globalInstance().start(lambda: take(faults, error))
        qtbot.waitUntil(lambda: bool(window.problem.sentence.text()), timeout=PATIENCE)
    assert "beside" in window.problem.sentence.text()


def test_the_open_window_listens_until_it_is_closed(qapp: QApplication, qtbot: QtBot) -> None:
    # As the program's own application has it; a second quit would end the loops of later tests.
    qapp.setQuitOnLastWindowClosed(False)
    owner = Owner.claim()
    assert owner is not None
    said: list[str] = []

    def fail() -> None:
        QTimer.singleShot(500, close)
        raise KeyError("in a slot")

    def close() -> None:
        (window,) = (w for w in qapp.topLevelWidgets() if isinstance(w, MainWindow))
        said.append(window.problem.sentence.text())
        window.close()

    with qtbot.capture_exceptions() as caught:
        before = sys.excepthook
        QTimer.singleShot(500, fail)
        _live(qapp, owner, Stopping(), [])
        assert sys.excepthook is before
    owner.release()
    for widget in qapp.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert [kind for kind, _, _ in caught] == [KeyError]
    assert "in a slot" in said[0]
