"""Presets in Compose, by real clicks and keys: choose, change, revert, update, keep as new."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.core.draft import Draft
from studio.core.family import T2V_A14B
from studio.core.params import GenerationParams
from studio.core.preset import PresetSettings
from studio.core.preset_text import preset_text
from studio.ui.compose.compose_view import ComposeView
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.compose.preset_list import PresetList, star_place
from studio.ui.compose.preset_rows import RECENT, ROW, STARRED, PresetRow
from tests.core.preset_samples import sample
from tests.ui.composing import MODELS, compose, photo, preset_shelf, wait_read


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> ComposeView:
    return compose(qtbot, tmp_path)


def open_list(view: ComposeView) -> PresetList:
    QTest.mouseClick(view.presets.bar.box, Qt.MouseButton.LeftButton)
    assert view.presets.bar.list.isVisible()
    return view.presets.bar.list


def choose(view: ComposeView, name: str) -> None:
    opened = open_list(view)
    QTest.keyClicks(opened.search, name)
    QTest.keyClick(opened.search, Qt.Key.Key_Return)
    assert not opened.isVisible()


def rows(opened: PresetList) -> list[str]:
    count = opened.rows.rowCount()
    found = [opened.rows.index(number).data(ROW) for number in range(count)]
    return [row.shelved.preset.name if isinstance(row, PresetRow) else f"# {row}" for row in found]


def shown(*widgets: QWidget) -> list[bool]:
    return [widget.isVisible() for widget in widgets]


def test_a_preset_sets_what_it_sets_and_leaves_the_rest(view: ComposeView) -> None:
    QTest.keyClicks(view.prompt, "a fox")
    view.form.steps.setValue(33)
    choose(view, "tall")
    (params,) = view.params()
    assert (params.width, params.height, params.num_inference_steps) == (704, 1280, 33)
    assert params.preset is not None
    assert params.preset.name == "Tall 5 s"
    bar = view.presets.bar
    assert bar.box.currentText() == "Tall 5 s"
    assert shown(bar.modified, bar.revert, bar.update_) == [False, False, False]


def test_a_preset_brings_the_model_that_it_is_for(view: ComposeView) -> None:
    choose(view, "text 720p")
    assert view.form.family.title == "Wan 2.2 T2V-A14B"
    choose(view, "draft")
    assert view.form.family.title == "Wan 2.2 TI2V-5B"
    assert view.form.steps.value() == 20


def test_a_preset_whose_model_is_not_there_says_so_and_cannot_be_chosen(view: ComposeView) -> None:
    opened = open_list(view)
    QTest.keyClicks(opened.search, "starter")
    row = opened.rows.at(1)
    assert row is not None
    assert row.note.startswith("Needs Clipwright starter")
    QTest.keyClick(opened.search, Qt.Key.Key_Return)
    assert opened.isVisible()
    assert view.presets.bar.box.currentText() == "None"


def test_a_preset_that_this_machine_cannot_run_says_why(view: ComposeView) -> None:
    reason = "Its transformer alone needs 28.6 GB of memory."
    view.set_models([ModelChoice("t2v", "Wan 2.2 T2V-A14B", T2V_A14B, reason), *MODELS[:1]])
    opened = open_list(view)
    QTest.keyClicks(opened.search, "text 720p")
    row = opened.rows.at(1)
    assert row is not None
    assert row.note == f"Needs Wan 2.2 T2V-A14B. {reason}"


def test_what_differs_is_listed_and_reverted(view: ComposeView) -> None:
    choose(view, "best")
    view.form.steps.setValue(20)
    bar = view.presets.bar
    assert bar.modified.text() == "Modified (1)"
    assert [action.text() for action in bar.differences.actions()] == ["Steps: 50 → 20"]
    # A built-in one cannot be written over.
    assert shown(bar.revert, bar.update_, bar.save) == [True, False, True]
    QTest.mouseClick(bar.revert, Qt.MouseButton.LeftButton)
    assert view.form.steps.value() == 50
    assert not bar.modified.isVisible()


def test_what_is_set_becomes_a_preset_of_its_own_and_is_updated(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    choose(view, "best")
    view.form.steps.setValue(20)
    bar = view.presets.bar
    QTest.mouseClick(bar.save, Qt.MouseButton.LeftButton)
    bar.name.clear()
    QTest.keyClicks(bar.name, "Quick best")
    QTest.keyClick(bar.name, Qt.Key.Key_Return)
    assert (bar.box.currentText(), bar.modified.isVisible()) == ("Quick best", False)
    view.form.steps.setValue(25)
    QTest.mouseClick(bar.update_, Qt.MouseButton.LeftButton)
    assert not bar.modified.isVisible()
    again = compose(qtbot, tmp_path)
    choose(again, "quick")
    assert again.form.steps.value() == 25
    assert again.form.family.title == "Wan 2.2 TI2V-5B"


def test_esc_keeps_no_new_preset(view: ComposeView) -> None:
    bar = view.presets.bar
    assert not bar.save.isVisible()
    view.form.steps.setValue(20)
    QTest.mouseClick(bar.save, Qt.MouseButton.LeftButton)
    QTest.keyClicks(bar.name, "Never")
    QTest.keyClick(bar.name, Qt.Key.Key_Escape)
    assert not bar.name.isVisible()
    assert bar.save.isVisible()
    assert not list(view.presets._shelf.own.glob("*"))


def test_the_list_is_searched_by_all_words_and_walked_by_keys(view: ComposeView) -> None:
    opened = open_list(view)
    QTest.keyClicks(opened.search, "5b loop")
    assert rows(opened) == ["# Wan 2.2 5B", "Long loop"]
    opened.search.clear()
    QTest.keyClicks(opened.search, "zebra")
    assert opened.nothing.isVisible()
    opened.search.clear()
    first = opened.view.currentIndex().row()
    QTest.keyClick(opened.search, Qt.Key.Key_Down)
    assert opened.view.currentIndex().row() > first
    QTest.keyClick(opened.search, Qt.Key.Key_Escape)
    assert not opened.isVisible()


def test_a_star_and_the_last_used_come_first(view: ComposeView) -> None:
    choose(view, "draft")
    opened = open_list(view)
    at = rows(opened).index("Square 4 s")
    where = star_place(opened.view.visualRect(opened.rows.index(at))).center()
    opened.view.scrollTo(opened.rows.index(at))
    where = star_place(opened.view.visualRect(opened.rows.index(at))).center()
    QTest.mouseClick(opened.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert rows(opened)[:4] == [f"# {RECENT}", "Draft", f"# {STARRED}", "Square 4 s"]
    assert opened.isVisible()


def test_words_around_the_prompt_are_in_the_clip_and_not_in_the_box(view: ComposeView) -> None:
    QTest.keyClicks(view.prompt, "a fox")
    choose(view, "long loop")
    (params,) = view.params()
    assert params.prompt.startswith("a fox Slow, steady")
    assert view.prompt.toPlainText() == "a fox"
    # The clip's settings come back as they were typed.
    view.set_params(params, keep_seed=True)
    assert view.prompt.toPlainText() == "a fox"
    assert view.params()[0].prompt == params.prompt
    assert view.presets.bar.box.currentText() == "Long loop"


def test_the_draft_brings_the_preset_back(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    QTest.keyClicks(view.prompt, "a fox")
    choose(view, "long loop")
    view.form.steps.setValue(7)
    other = compose(qtbot, tmp_path)
    other.restore(view.draft())
    assert other.presets.bar.box.currentText() == "Long loop"
    assert other.prompt.toPlainText() == "a fox"
    assert other.draft() == view.draft()


def test_a_file_from_outside_is_in_the_list_at_once(view: ComposeView) -> None:
    open_list(view).hide()
    own = view.presets._shelf.own
    own.mkdir()
    settings = PresetSettings(num_inference_steps=9)
    (own / "sea.toml").write_text(preset_text(sample(1, name="Sea", settings=settings)))
    choose(view, "sea")
    assert view.form.steps.value() == 9
    (own / "sea.toml").unlink()
    open_list(view).hide()
    assert view.presets.bar.box.currentText() == "None"


def test_params_of_a_preset_that_is_gone_are_just_params(view: ComposeView) -> None:
    made = GenerationParams(
        prompt="a fox", preset=sample(77).mark, num_inference_steps=3, model="5b"
    )
    view.set_params(made, keep_seed=False)
    assert view.presets.bar.box.currentText() == "None"
    assert view.form.steps.value() == 3


def test_compose_begins_with_the_default_of_words_and_changes_to_that_of_photos(
    qtbot: QtBot, tmp_path: Path
) -> None:
    shelf = preset_shelf(tmp_path)
    shelf.set_default(shelf.find("Draft").preset.id, photo=False)
    shelf.set_default(shelf.find("From a photo 5 s").preset.id, photo=True)
    view = compose(qtbot, tmp_path)
    view.restore(Draft())
    box = view.presets.bar.box
    assert box.currentText() == "Draft"
    view.add_photos([photo(tmp_path / "a.jpg")])
    wait_read(qtbot, view)
    assert box.currentText() == "From a photo 5 s"
    view.well.remove(0)
    assert box.currentText() == "Draft"
    view.form.steps.setValue(3)
    view.add_photos([photo(tmp_path / "b.jpg")])
    wait_read(qtbot, view)
    assert box.currentText() == "Draft"  # something of the person's own is set


def test_a_clips_settings_are_not_replaced_by_a_default(qtbot: QtBot, tmp_path: Path) -> None:
    shelf = preset_shelf(tmp_path)
    shelf.set_default(shelf.find("Draft").preset.id, photo=True)
    view = compose(qtbot, tmp_path)
    made = GenerationParams(prompt="a fox", model="5b", image=photo(tmp_path / "a.jpg"))
    view.set_params(made, keep_seed=False)
    wait_read(qtbot, view)
    assert view.presets.bar.box.currentText() == "None"
    assert view.form.steps.value() == 50


def test_a_draft_is_not_begun_anew(qtbot: QtBot, tmp_path: Path) -> None:
    shelf = preset_shelf(tmp_path)
    shelf.set_default(shelf.find("Draft").preset.id, photo=False)
    view = compose(qtbot, tmp_path)
    view.restore(Draft(params=GenerationParams(prompt="a fox", model="5b")))
    assert view.presets.bar.box.currentText() == "None"
