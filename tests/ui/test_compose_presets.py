"""Presets in Compose, by real clicks and keys: choose, change, revert, update, keep as new."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from studio.core.draft import Draft
from studio.core.family import T2V_A14B, TI2V_5B, resolve
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams
from studio.core.preset import PresetSettings
from studio.core.preset_text import preset_text
from studio.ui.compose.compose_view import ComposeView
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.compose.preset_list import PresetList, star_place
from studio.ui.compose.preset_rows import RECENT, ROW, STARRED, LeaveRow, PresetRow
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
    return [row.name if isinstance(row, PresetRow | LeaveRow) else f"# {row}" for row in found]


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
    # The steps are not the preset's, so there is nothing to revert, and something to keep.
    assert shown(bar.revert, bar.update_, bar.save) == [False, False, True]
    assert bar.modified.text() == "Also set (1)"
    assert [each.text() for each in bar.differences.actions()] == ["(not in the preset) Steps: 33"]
    view.form.steps.setValue(50)
    assert shown(bar.modified, bar.save) == [False, False]


def test_every_built_in_preset_is_as_it_was_chosen_and_is_kept_as_it_is(view: ComposeView) -> None:
    starter = find_model("starter")
    view.set_models([*MODELS, ModelChoice.whole(starter)])
    names = {model.family.title: model.name for model in view.form.model.choices if model.family}
    control = view.presets
    for shelved in control._shelf.all():
        preset = shelved.preset
        model = names[preset.family]
        view.set_params(GenerationParams(prompt="a fox", model=model), keep_seed=False)
        view.form.seed.clips.setValue(1)
        control.use(preset)
        assert control.choice.preset == preset
        assert (preset.name, control.choice.differences(control._set())) == (preset.name, [])
        set_names = set(preset.settings.model_dump(exclude_none=True))
        kept = control.choice._captured(set_names, control._set())
        assert (preset.name, kept) == (preset.name, preset.settings)
    assert control.bar.modified.isHidden()


def test_a_presets_own_values_are_kept_though_the_model_decides_the_same(view: ComposeView) -> None:
    choose(view, "photo 480p")
    bar = view.presets.bar
    assert not bar.modified.isVisible()
    view.form.steps.setValue(20)
    QTest.mouseClick(bar.save, Qt.MouseButton.LeftButton)
    QTest.keyClick(bar.name, Qt.Key.Key_Return)
    kept = view.presets._shelf.find("Photo 480p (mine)").preset.settings
    assert (kept.width, kept.height, kept.flow_shift) == (832, 480, 3.0)
    assert (kept.num_inference_steps, kept.guidance_scale_2) == (20, 3.5)


def test_a_preset_is_left_by_the_first_row_and_the_values_stay(view: ComposeView) -> None:
    QTest.keyClicks(view.prompt, "a fox")
    opened = open_list(view)
    assert "No preset" not in rows(opened)
    opened.hide()
    choose(view, "draft")
    opened = open_list(view)
    assert rows(opened)[0] == "No preset"
    for _ in range(opened.rows.rowCount()):
        QTest.keyClick(opened.search, Qt.Key.Key_Up)
    QTest.keyClick(opened.search, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert opened.isVisible()  # it has no star
    QTest.keyClick(opened.search, Qt.Key.Key_Return)
    assert not opened.isVisible()
    assert view.presets.bar.box.currentText() == "None"
    (params,) = view.params()
    assert (params.num_inference_steps, params.preset) == (20, None)
    choose(view, "long loop")
    choose(view, "no preset")
    assert view.params()[0].prompt == "a fox"
    assert view.draft().params.preset is None


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
    first = ["No preset", f"# {RECENT}", "Draft", f"# {STARRED}", "Square 4 s"]
    assert rows(opened)[:5] == first
    assert opened.isVisible()


def test_a_right_click_makes_a_preset_the_default_and_its_row_says_so(
    view: ComposeView, tmp_path: Path
) -> None:
    opened = open_list(view)
    at = rows(opened).index("Draft")
    place = opened.view.visualRect(opened.rows.index(at)).center()
    opened.view.customContextMenuRequested.emit(place)
    menu = opened.findChildren(QMenu)[-1]
    assert [(each.text(), each.isChecked()) for each in menu.actions()] == [
        ("Default for text", False),
        ("Default for photos", False),
    ]
    for action in menu.actions():
        action.trigger()
    menu.close()

    row = opened.rows.at(rows(opened).index("Draft"))
    assert row is not None
    assert row.note.startswith("Default for text and photos · ")
    kept = preset_shelf(tmp_path).arrangement
    assert kept.for_text == kept.for_photo == row.shelved.preset.id
    opened.menu_of(row).actions()[0].trigger()
    assert preset_shelf(tmp_path).arrangement.for_text is None


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


def test_a_preset_that_was_changed_meanwhile_is_in_use_and_says_what_differs(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    choose(view, "best")
    bar = view.presets.bar
    QTest.mouseClick(bar.save, Qt.MouseButton.LeftButton)
    QTest.keyClicks(bar.name, "Mine")
    QTest.keyClick(bar.name, Qt.Key.Key_Return)
    view.prompt.setPlainText("a fox")
    draft = view.draft()
    shelf = preset_shelf(tmp_path)
    mine = shelf.find("Mine").preset
    settings = mine.settings.model_copy(update={"num_inference_steps": 33})
    shelf.save(mine.model_copy(update={"settings": settings}))

    again = compose(qtbot, tmp_path)
    again.restore(draft)

    assert again.presets.bar.box.currentText() == "Mine"
    assert again.form.steps.value() == 50  # what was set stays
    (told,) = [action.text() for action in again.presets.bar.differences.actions()]
    assert told == "Steps: 33 → 50"
    assert again.prompt.toPlainText() == "a fox"


def test_a_clip_of_a_changed_preset_keeps_its_own_words(view: ComposeView) -> None:
    shelf = view.presets._shelf
    old = PresetSettings(prompt_after="Slow.", num_inference_steps=9)
    preset = shelf.add(sample(1, name="Sea", settings=old))
    QTest.keyClicks(view.prompt, "a fox")
    choose(view, "sea")
    (made,) = view.params()
    assert made.prompt == "a fox Slow."
    new = preset.model_copy(update={"settings": PresetSettings(prompt_after="fox Slow. Fast.")})
    shelf.save(new)
    view.set_params(made, keep_seed=True)
    assert view.presets.bar.box.currentText() == "None"
    assert view.prompt.toPlainText() == "a fox Slow."
    assert view.params()[0].prompt == "a fox Slow."


def test_a_sheet_has_only_what_each_model_can_make(view: ComposeView) -> None:
    QTest.keyClicks(view.prompt, "a fox")
    view.form.model.choose("t2v")
    now = GenerationParams(
        prompt="a fox", model="t2v", width=624, height=624, guidance_scale_2=2, num_frames=33
    )
    view.set_params(now, keep_seed=False)
    shelf, control = view.presets._shelf, view.presets
    draft, wide = (shelf.find(name).preset for name in ("Draft", "Text 720p"))
    first, second = view.sheet([draft, wide])
    for params, family in ((first, TI2V_5B), (second, T2V_A14B)):
        resolve(params, family, None)
    assert (first.width, first.height, first.guidance_scale_2) == (640, 640, None)
    assert (second.width, second.height, second.guidance_scale_2) == (1280, 720, 3)
    assert first.seed == second.seed
    photos = shelf.find("Photo 720p")
    assert control.unfit(photos) == ""  # a photo may come
    assert "starts from a photo" in control.unfit_now(photos)
    assert control.unfit_now(shelf.find("Draft")) == ""
    told: list[str] = []
    control.troubled.connect(told.append)
    assert view.sheet([photos.preset]) == []
    assert told[0].startswith("'Photo 720p' is not on the sheet:")


def test_a_text_preset_is_not_for_a_sheet_of_a_photo(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    view.add_photos([photo(tmp_path / "a.jpg")])
    wait_read(qtbot, view)
    shelf, control = view.presets._shelf, view.presets
    assert "starts from text only" in control.unfit_now(shelf.find("Text 720p"))
    assert control.unfit_now(shelf.find("Photo 720p")) == ""


def test_a_pasted_name_is_one_line_and_an_empty_one_is_a_sentence(view: ComposeView) -> None:
    told: list[str] = []
    view.presets.troubled.connect(told.append)
    view.form.steps.setValue(20)
    view.presets.bar.named.emit("Sea\nand\tsky \ud83c")
    assert view.presets.bar.box.currentText() == "Sea and sky"
    view.presets.bar.named.emit("\n")
    assert told == ["This cannot be a preset: name is ''; it has to have at least 1 character."]


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


def test_a_draft_that_only_names_its_model_is_begun_with_the_default(
    qtbot: QtBot, tmp_path: Path
) -> None:
    shelf = preset_shelf(tmp_path)
    shelf.set_default(shelf.find("Draft").preset.id, photo=False)
    view = compose(qtbot, tmp_path)
    view.restore(Draft(params=GenerationParams(model="5b"), open_sections=("more",)))
    assert view.presets.bar.box.currentText() == "Draft"
    other = compose(qtbot, tmp_path)
    other.restore(Draft(params=GenerationParams(model="5b", num_inference_steps=3)))
    assert other.presets.bar.box.currentText() == "None"
    other.restore(Draft(params=GenerationParams(model="t2v")))  # for which the default is not
    assert other.presets.bar.box.currentText() == "None"
    assert other.form.model.choice is not None
    assert other.form.model.choice.name == "t2v"


def test_a_default_that_cannot_be_used_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    shelf = preset_shelf(tmp_path)
    shelf.set_default(shelf.find("Starter glance").preset.id, photo=False)
    view = compose(qtbot, tmp_path)
    told: list[str] = []
    view.presets.troubled.connect(told.append)
    for _ in range(2):
        view.restore(Draft())
    (sentence,) = told
    assert "'Starter glance'. Needs Clipwright starter, which is not in" in sentence
    assert view.presets.bar.box.currentText() == "None"


def test_what_cannot_be_used_becomes_no_default_but_can_be_none_any_more(
    view: ComposeView,
) -> None:
    opened = open_list(view)
    row = opened.rows.at(rows(opened).index("Starter glance"))
    assert row is not None
    assert not any(action.isEnabled() for action in opened.menu_of(row).actions())
    view.presets._shelf.set_default(row.shelved.preset.id, photo=True)
    assert [action.isEnabled() for action in opened.menu_of(row).actions()] == [False, True]


def test_a_preset_whose_file_is_gone_is_in_use_again_once_it_is_back(view: ComposeView) -> None:
    told: list[str] = []
    back: list[str] = []
    view.presets.gone.connect(told.append)
    view.presets.back.connect(back.append)
    shelf, box = view.presets._shelf, view.presets.bar.box
    sea = shelf.add(sample(1, name="Sea"))
    choose(view, "sea")
    deleted = shelf.delete(sea.id)
    assert box.currentText() == "None"
    shelf.bring_back(deleted)
    assert box.currentText() == "Sea"
    (sentence,) = told
    assert sentence.startswith("'Sea' is not in use any more")
    assert back == told
    deleted = shelf.delete(sea.id)
    choose(view, "draft")  # another one is chosen meanwhile
    shelf.bring_back(deleted)
    assert box.currentText() == "Draft"


def test_a_draft_of_a_changed_preset_keeps_it_whatever_it_puts_around_the_words(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    shelf = view.presets._shelf
    sea = shelf.add(sample(1, name="Sea", settings=PresetSettings(prompt_after="Slow.")))
    QTest.keyClicks(view.prompt, "a fox Slow.")
    choose(view, "sea")
    draft = view.draft()
    shelf.save(sea.model_copy(update={"settings": PresetSettings(prompt_after="Fast.")}))
    again = compose(qtbot, tmp_path)
    again.restore(draft)
    assert again.presets.bar.box.currentText() == "Sea"
    assert again.prompt.toPlainText() == "a fox Slow."
    assert again.params()[0].prompt == "a fox Slow. Fast."


def test_a_description_from_elsewhere_is_no_markup(view: ComposeView) -> None:
    shelf = view.presets._shelf
    shelf.add(sample(1, name="Sea", description="<b>loud</b>"))
    opened = open_list(view)
    index = opened.rows.index(rows(opened).index("Sea"))
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "<span>&lt;b&gt;loud&lt;/b&gt;</span>"
    assert index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "<b>loud</b>"
