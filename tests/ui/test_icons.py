"""Tests of the icons: all there, all visible, in the colours of the scheme."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.settings import Theme
from studio.ui import icons, theme
from studio.ui.icons import app_icon, icon, icon_folder
from studio.ui.theme import tokens

NAMES = sorted(file.stem for file in icon_folder().glob("*.svg") if file.stem != "app")


def ink(picture: QPixmap) -> tuple[int, set[str]]:
    """How many pixels are painted at all, and the colours of those painted in full."""
    image = picture.toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    painted = [pixel for pixel in pixels if pixel.alpha() > 32]
    return len(painted), {pixel.name() for pixel in painted if pixel.alpha() == 255}


def near(one: QColor, other: QColor) -> bool:
    # A stroke over a fill of its own colour may round to the next value.
    pairs = zip(one.getRgb(), other.getRgb(), strict=True)
    return all(abs(a - b) <= 1 for a, b in pairs)


def test_every_icon_is_painted_in_the_colour_of_the_text(themed: Theme) -> None:
    for name in NAMES:
        painted, colours = ink(icon(name).pixmap(24, 24))
        assert 20 < painted < 24 * 24, name
        assert tokens().text.name() in colours, name
        assert all(near(QColor(colour), tokens().text) for colour in colours), name


def test_every_drawing_has_a_name_that_is_used() -> None:
    files = Path(icons.__file__).parent.rglob("*.py")
    sources = "".join(file.read_text("utf-8") for file in files)
    assert NAMES
    assert [name for name in NAMES if f'"{name}"' not in sources] == []


@pytest.mark.parametrize("side", [16, 32, 256])
def test_the_programs_icon_has_its_own_colours_at_every_size(
    side: int, themed: Theme, qapp: QApplication
) -> None:
    painted, colours = ink(app_icon().pixmap(side, side))
    assert painted > side * side / 2
    assert len(colours) >= 3


def test_a_disabled_icon_steps_back(themed: Theme) -> None:
    _, colours = ink(icon("pause").pixmap(QSize(24, 24), QIcon.Mode.Disabled))
    assert colours == {tokens().faint.name()}


def test_an_icon_may_have_a_colour_of_its_own(qapp: QApplication) -> None:
    _, colours = ink(icon("pause", colour=QColor("#123456")).pixmap(24, 24))
    assert colours == {"#123456"}


def test_an_icon_follows_a_change_of_scheme(qapp: QApplication) -> None:
    theme.apply(qapp, Theme.DARK)
    kept = icon("pause")
    before = ink(kept.pixmap(24, 24))
    theme.apply(qapp, Theme.LIGHT)
    assert ink(kept.pixmap(24, 24)) != before


def test_a_dense_screen_gets_more_pixels(qapp: QApplication) -> None:
    picture = icon("play").pixmap(QSize(16, 16), 2.0)
    assert picture.size() == QSize(32, 32)
    assert picture.devicePixelRatio() == 2.0


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        icon("no-such-icon")


def test_icons_live_as_long_as_what_shows_them(qtbot: QtBot) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    for _ in range(100):
        button.setIcon(QIcon(icon("play")))
        gc.collect(0)
    button.show()
    assert not button.grab().isNull()
