"""Tests of the bar that says what went wrong."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import __version__
from studio.core.settings import Theme
from studio.ui.problem import ProblemBar

SENTENCE = "The disk is full: free 2 GB in /home/me/Videos, then press Resume."


@pytest.fixture
def bar(qtbot: QtBot) -> ProblemBar:
    made = ProblemBar()
    qtbot.addWidget(made)
    return made


def test_nothing_is_shown_before_there_is_a_problem(bar: ProblemBar) -> None:
    assert bar.isHidden()


def test_a_problem_is_a_sentence_that_screen_readers_get_too(bar: ProblemBar) -> None:
    bar.show_problem(SENTENCE)
    assert bar.isVisible()
    assert bar.sentence.text() == SENTENCE
    assert bar.accessibleName() == SENTENCE
    assert not bar.details_button.isVisible()


def test_the_log_is_shown_when_asked_for(bar: ProblemBar, qtbot: QtBot) -> None:
    bar.show_problem(SENTENCE, "line one\nline two")
    assert not bar.log.isVisible()
    qtbot.mouseClick(bar.details_button, Qt.MouseButton.LeftButton)
    assert bar.log.isVisible()
    assert bar.log.toPlainText() == "line one\nline two"


def test_the_next_problem_starts_folded(bar: ProblemBar) -> None:
    bar.show_problem(SENTENCE, "log")
    bar.details_button.setChecked(True)
    bar.show_problem("Something else.", "another log")
    assert not bar.log.isVisible()


def test_the_report_has_the_sentence_the_versions_and_the_log(
    bar: ProblemBar, qtbot: QtBot
) -> None:
    bar.show_problem(SENTENCE, "the last line of the log")
    qtbot.mouseClick(bar.copy_button, Qt.MouseButton.LeftButton)
    report = QApplication.clipboard().text()
    assert report.startswith(SENTENCE)
    assert f"Clipwright {__version__}" in report
    assert report.endswith("the last line of the log")


def test_information_needs_no_report(bar: ProblemBar) -> None:
    bar.show_problem("Interrupted jobs are waiting.", kind="info")
    assert not bar.copy_button.isVisible()


def test_a_problem_is_dismissed_with_the_mouse_or_with_escape(
    bar: ProblemBar, qtbot: QtBot
) -> None:
    bar.show_problem(SENTENCE)
    with qtbot.waitSignal(bar.dismissed):
        qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    bar.show_problem(SENTENCE)
    bar.close_button.setFocus()
    with qtbot.waitSignal(bar.dismissed):
        qtbot.keyClick(bar.close_button, Qt.Key.Key_Escape)
    assert bar.isHidden()


@pytest.mark.parametrize("kind", ["error", "warning", "info"])
def test_every_kind_is_painted_in_both_schemes(bar: ProblemBar, themed: Theme, kind: str) -> None:
    bar.show_problem(SENTENCE, "log", kind)
    bar.resize(700, bar.sizeHint().height())
    colours = {bar.grab().toImage().pixelColor(350, y).name() for y in range(bar.height())}
    assert len(colours) > 1


def test_a_name_with_tags_in_a_sentence_is_shown_as_it_is(bar: ProblemBar) -> None:
    bar.show_problem("'<b>loud</b>' is not there any more.")
    assert bar.sentence.textFormat() is Qt.TextFormat.PlainText
