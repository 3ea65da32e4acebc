"""The window that asks which presets a contact sheet is made with, by real clicks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox
from pytestqt.qtbot import QtBot

from studio.core.preset import Preset
from studio.core.preset_shelf import Shelved
from studio.ui.presets.sheet_dialog import HOW_MANY, MOST, NAME_WIDTH, SheetDialog
from tests.core.preset_samples import sample


@pytest.fixture
def dialog(qtbot: QtBot) -> SheetDialog:
    """Eleven presets, of which the last cannot be used."""
    presets = [Shelved(sample(n), Path(f"{n}.toml"), built_in=False) for n in range(1, MOST + 3)]

    def unfit(shelved: Shelved) -> str:
        return "Needs a model." if shelved is presets[-1] else ""

    shown = SheetDialog(presets, unfit, "“a cat”, with one seed")
    qtbot.addWidget(shown)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def press(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(10, button.height() // 2))


def ticks(dialog: SheetDialog) -> list[QCheckBox]:
    return list(dialog.ticks)


def test_two_to_nine_presets_are_taken_and_no_more(dialog: SheetDialog) -> None:
    allowed: list[bool] = []
    for count, tick in enumerate(ticks(dialog)[: MOST + 1], 1):
        press(tick)
        allowed.append(dialog.render_.isEnabled())
        assert dialog.render_.text() == f"Render {count} clip{'s' if count > 1 else ''}"
        assert dialog.how_many.text() == ("" if allowed[-1] else HOW_MANY)
    assert allowed == [False, *[True] * (MOST - 1), False]
    wanted: list[list[Preset]] = []
    dialog.wanted.connect(wanted.append)
    press(dialog.render_)
    assert wanted == []
    press(ticks(dialog)[0])
    press(dialog.render_)
    assert [preset.id.int for preset in wanted[0]] == list(range(2, MOST + 2))
    assert not dialog.isVisible()


def test_one_that_cannot_be_used_says_why_and_takes_no_tick(dialog: SheetDialog) -> None:
    last = ticks(dialog)[-1]
    press(last)
    assert not last.isChecked()
    assert last.toolTip() == "Needs a model."


def test_cancel_makes_nothing(dialog: SheetDialog) -> None:
    wanted: list[list[Preset]] = []
    dialog.wanted.connect(wanted.append)
    for tick in ticks(dialog)[:2]:
        press(tick)
    press(dialog.cancel)
    assert not dialog.isVisible()
    assert wanted == []


def test_a_name_from_elsewhere_is_no_markup_and_takes_no_more_than_its_place(
    qtbot: QtBot,
) -> None:
    name = "<b>loud</b> & " + "long " * 60
    named = Shelved(sample(1, name=name.strip()), Path("1.toml"), built_in=False)
    dialog = SheetDialog([named], lambda _: "", "<b>“a cat”</b>")
    qtbot.addWidget(dialog)
    (tick,) = ticks(dialog)
    assert tick.fontMetrics().horizontalAdvance(tick.text()) <= NAME_WIDTH + 20
    assert tick.text().startswith("<b>loud</b> && ")
    assert tick.toolTip().startswith("<span>&lt;b&gt;loud&lt;/b&gt; &amp; long")
    assert tick.accessibleName() == name.strip()
    assert dialog.note.textFormat() is Qt.TextFormat.PlainText
