"""Tests of the schemes: what can be read, who follows, and how often."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.core.settings import Theme
from studio.ui import icons, theme
from studio.ui.style import style_sheet
from studio.ui.theme import DARK, LIGHT, Tokens, tokens

SCHEMES = pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])


def luminance(colour: QColor) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@SCHEMES
@pytest.mark.parametrize("behind", ["window", "surface", "raised", "hover"])
@pytest.mark.parametrize("text", ["text", "quiet", "danger", "warn", "ok", "accent"])
def test_text_can_be_read_on_every_ground(colours: Tokens, text: str, behind: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, behind)) >= 4.5


@SCHEMES
@pytest.mark.parametrize("accent", ["accent", "accent_hover"])
def test_text_on_the_accent_can_be_read(colours: Tokens, accent: str) -> None:
    assert contrast(colours.accent_text, getattr(colours, accent)) >= 4.5


@SCHEMES
def test_the_stage_is_darker_than_the_window(colours: Tokens) -> None:
    assert luminance(colours.stage) < luminance(colours.window)


@SCHEMES
def test_the_style_sheet_takes_its_colours_from_the_tokens(colours: Tokens) -> None:
    used = set(re.findall(r"#[0-9a-f]{6}", style_sheet(colours)))
    known = {
        value.name()
        for field in fields(colours)
        if isinstance(value := getattr(colours, field.name), QColor)
    }
    assert used
    assert used <= known


@SCHEMES
@pytest.mark.parametrize(
    ("mark", "token"), [("down", "quiet"), ("up", "quiet"), ("check", "accent_text")]
)
def test_the_marks_of_the_style_sheet_exist_in_the_colours_of_the_scheme(
    colours: Tokens, mark: str, token: str
) -> None:
    scheme = "dark" if colours.dark else "light"
    drawing = icons.icon_folder() / "marks" / f"{scheme}-{mark}.svg"
    assert re.findall(r"#[0-9a-f]{6}", drawing.read_text()) == [getattr(colours, token).name()]
    assert drawing.as_posix() in style_sheet(colours)


def test_the_chosen_scheme_is_shown(themed: Theme, qapp: QApplication) -> None:
    expected = DARK if themed is Theme.DARK else LIGHT
    assert tokens() is expected
    assert tokens(qapp.palette()) is expected
    assert qapp.palette().window().color() == expected.window


def test_a_system_that_says_nothing_gets_a_scheme(qapp: QApplication) -> None:
    theme.apply(qapp, Theme.SYSTEM)
    assert tokens() in (DARK, LIGHT)


def test_a_widget_is_told_when_the_scheme_changes_and_reads_the_new_colours(
    qtbot: QtBot, qapp: QApplication
) -> None:
    class Listener(QLabel):
        heard: list[Tokens]

        def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
            super().changeEvent(event)
            if event.type() is QEvent.Type.StyleChange:
                self.heard.append(tokens(self))

    theme.apply(qapp, Theme.DARK)
    listener = Listener()
    listener.heard = []
    qtbot.addWidget(listener)
    listener.show()
    theme.apply(qapp, Theme.LIGHT)
    assert listener.heard
    assert set(map(id, listener.heard)) == {id(LIGHT)}
    assert listener.palette().windowText().color() == LIGHT.text


def test_applying_twice_follows_the_system_once(qapp: QApplication) -> None:
    theme.apply(qapp, Theme.DARK)
    children = len(qapp.children())
    theme.apply(qapp, Theme.LIGHT)
    assert len(qapp.children()) == children
