"""The settings: what is shown, what is set, and what follows from what."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.core.model_folder import installed_models, models_and_broken
from studio.core.params import Scheduler
from studio.ui.compose.compose_view import ComposeView
from studio.ui.compose.labels import FieldLabel
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.compose.settings_form import SettingsForm
from tests.ui.composing import MODELS, compose, photo, wait_read

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    form = SettingsForm()
    qtbot.addWidget(form)
    form.set_models(MODELS)
    form.resize(340, 700)
    form.show()
    qtbot.waitExposed(form)
    return form


def choose(form: SettingsForm, model: str) -> None:
    form.model.setCurrentIndex([choice.name for choice in MODELS].index(model))
    form.model.activated.emit(form.model.currentIndex())


def pick_size(form: SettingsForm, words: str) -> None:
    sizes = form.size_picker.list
    at = next(at for at in range(sizes.count()) if sizes.itemText(at).startswith(words))
    sizes.setCurrentIndex(at)
    sizes.activated.emit(at)


def label(form: SettingsForm, name: str) -> FieldLabel:
    return next(found for found in form.findChildren(FieldLabel) if found.text().startswith(name))


def test_the_models_own_values_show_and_are_not_set(form: SettingsForm) -> None:
    assert form.steps.value() == 50
    assert form.length.frames.value() == 121
    assert form.length.seconds.text() == "5.0 s"
    assert form.size_picker.list.currentText() == "Wide  1280×704"
    params = form.params()
    assert params.num_inference_steps is params.num_frames is params.guidance_scale is None


def test_a_value_that_is_set_is_marked_and_a_double_click_takes_it_back(
    qtbot: QtBot, form: SettingsForm
) -> None:
    form.steps.setFocus()
    QTest.keyClick(form.steps, Qt.Key.Key_Down)
    assert form.params().num_inference_steps == 49
    assert label(form, "Steps").text() == "Steps •"
    assert "50" in label(form, "Steps").toolTip()
    with qtbot.waitSignal(form.edited):
        QTest.mouseDClick(label(form, "Steps"), LEFT)
    assert form.params().num_inference_steps is None
    assert label(form, "Steps").text() == "Steps"


def test_the_models_own_value_typed_is_not_set(form: SettingsForm) -> None:
    form.steps.setValue(20)
    form.steps.setValue(50)
    assert form.params().num_inference_steps is None


def test_seconds_and_frames_say_the_same(form: SettingsForm) -> None:
    form.length.seconds.setFocus()
    form.length.seconds.selectAll()
    QTest.keyClicks(form.length.seconds, "3")
    QTest.keyClick(form.length.seconds, Qt.Key.Key_Return)
    assert form.length.frames.value() == 73
    assert form.params().num_frames == 73
    form.length.frames.setValue(50)
    assert form.length.frames.value() == 49
    assert form.length.seconds.text() == "2.0 s"
    QTest.keyClick(form.length.frames, Qt.Key.Key_Up)
    assert form.length.frames.value() == 53


def test_the_frame_rate_makes_the_same_frames_play_shorter(form: SettingsForm) -> None:
    form.more.frame_rate.setValue(48)
    assert form.length.frames.value() == 121
    assert form.length.seconds.text() == "2.5 s"
    assert form.params().frame_rate == 48


def test_a_size_of_ones_own_is_put_on_the_grid(form: SettingsForm) -> None:
    pick_size(form, "Custom")
    assert form.size_picker.typed.isVisible()
    wide, _ = form.size_picker.fields
    wide.selectAll()
    QTest.keyClicks(wide, "1000")
    QTest.keyClick(wide, Qt.Key.Key_Return)
    assert form.size_picker.own == (992, 704)
    QTest.mouseClick(form.size_picker.swap, LEFT)
    assert form.size_picker.own == (704, 992)
    pick_size(form, "Wide")
    assert form.size_picker.own is None
    assert not form.size_picker.typed.isVisible()


def test_a_size_that_the_model_is_poor_at_is_told(form: SettingsForm) -> None:
    form.size_picker.set_own((640, 352))
    form.size_picker.edited.emit()
    assert "640×352" in form.unfit.text
    form.size_picker.take_back()
    assert form.unfit.text == ""


def test_a_length_that_the_model_is_poor_at_is_told(form: SettingsForm) -> None:
    choose(form, "t2v")
    assert form.long.text == ""
    form.length.frames.setValue(121)
    assert "121" in form.long.text


def test_another_model_brings_its_own_values_and_keeps_what_is_set(form: SettingsForm) -> None:
    form.steps.setValue(30)
    pick_size(form, "Tall")
    choose(form, "i2v")
    assert form.steps.value() == 30
    assert form.length.frames.value() == 81
    assert form.size_picker.own == (720, 1280)
    assert form.size_picker.list.currentText() == "Tall  720×1280"


def test_a_second_guidance_shows_only_with_two_experts(form: SettingsForm) -> None:
    form.fold.click()
    assert not form.more.guidance_2.isVisible()
    choose(form, "i2v")
    assert form.more.guidance_2.isVisible()
    form.more.guidance_2.setValue(2)
    assert form.params().guidance_scale_2 == 2
    choose(form, "5b")
    assert form.params().guidance_scale_2 is None


def test_the_shift_follows_the_size(form: SettingsForm) -> None:
    assert form.more.flow_shift.value() == 5
    form.size_picker.set_own((640, 352))
    form.size_picker.edited.emit()
    assert form.more.flow_shift.value() == 3
    assert form.params().flow_shift is None


def test_more_opens_and_folds(form: SettingsForm) -> None:
    assert not form.more.isVisible()
    QTest.mouseClick(form.fold, LEFT)
    assert form.more.isVisible()
    QTest.mouseClick(form.fold, LEFT)
    assert not form.more.isVisible()


def test_a_choice_is_made_by_key(qtbot: QtBot, form: SettingsForm) -> None:
    form.fold.click()
    form.more.scheduler.setFocus()
    with qtbot.waitSignal(form.edited):
        QTest.keyClick(form.more.scheduler, Qt.Key.Key_Down)
    assert form.params().scheduler is Scheduler.EULER


def test_an_empty_negative_prompt_is_the_models_own(form: SettingsForm) -> None:
    form.fold.click()
    QTest.keyClicks(form.more.negative, " ")
    assert form.params().negative_prompt is None
    QTest.keyClicks(form.more.negative, "people")
    assert form.params().negative_prompt == " people"


def test_the_wheel_passes_over_fields_that_have_no_focus(form: SettingsForm) -> None:
    form.length.frames.setFocus()
    for field in (form.steps, form.model, form.length.frames):
        middle = QPointF(field.rect().center())
        event = QWheelEvent(
            middle,
            field.mapToGlobal(middle),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, event)
    assert form.steps.value() == 50
    assert form.model.choice == MODELS[0]
    assert form.length.frames.value() == 117


def test_a_model_that_cannot_be_used_is_grey_with_its_reason(form: SettingsForm) -> None:
    model = form.model.model()
    index = model.index(3, 0)
    assert not model.flags(index) & Qt.ItemFlag.ItemIsEnabled
    assert "vae" in model.data(index, Qt.ItemDataRole.ToolTipRole)


def test_real_model_folders_are_offered(qtbot: QtBot, home: Path) -> None:
    (home / "models" / "half").mkdir(parents=True)
    whole, broken = models_and_broken()
    choices = [ModelChoice.whole(folder) for folder in whole]
    choices += [ModelChoice.broken(folder) for folder in broken]
    assert [choice.title for choice in choices] == ["Clipwright starter", "half"]
    form = SettingsForm()
    qtbot.addWidget(form)
    form.set_models(choices)
    assert form.model.currentText() == "Clipwright starter"
    assert form.params().model == "starter"
    assert form.steps.value() == 20


def test_a_chosen_model_that_is_gone_stays_chosen_and_cannot_be_used(form: SettingsForm) -> None:
    choose(form, "i2v")
    form.set_models([choice for choice in MODELS if choice.name != "i2v"])
    choice = form.model.choice
    assert choice is not None
    assert (choice.name, choice.family) == ("i2v", None)
    form.set_models(MODELS)
    assert form.model.choice == MODELS[1]


def test_a_preset_picker_has_its_place_above_the_size(form: SettingsForm) -> None:
    picker = QLabel("Preset")
    form.preset_slot.addWidget(picker)
    QTest.qWait(20)
    at = picker.mapTo(form, QPoint(0, 0)).y()
    assert form.model.mapTo(form, QPoint(0, 0)).y() < at
    assert at < form.size_picker.mapTo(form, QPoint(0, 0)).y()


def test_with_a_photo_the_size_is_the_photos(qtbot: QtBot, tmp_path: Path) -> None:
    view: ComposeView = compose(qtbot, tmp_path)
    view.add_photos([photo(tmp_path / "a.jpg", (600, 800))])
    wait_read(qtbot, view)
    assert view.form.size_picker.list.currentText().startswith("From the photo  ")
    (params,) = view.params()
    if params.width is None:  # left to the model, which comes to the same size
        assert params.height is None
    pick_size(view.form, "Wide")
    (params,) = view.params()
    assert (params.width, params.height) == (1280, 704)


def test_what_a_model_says_of_itself_is_told_and_the_sample_is_one_that_it_can_draw(
    qtbot: QtBot, tmp_path: Path
) -> None:
    view = compose(qtbot, tmp_path)
    form = view.form
    assert "fox" in view.prompt.placeholderText()
    assert not form.about.isVisible()
    starter = next(m for m in installed_models() if m.family.title == "Clipwright starter")
    view.set_models([*MODELS, ModelChoice.whole(starter)])
    form.model.choose("starter")
    form.model.chosen.emit()
    assert starter.family.about
    assert form.about.isVisible()
    assert form.about.text() == form.model.accessibleDescription() == starter.family.about
    assert starter.family.about in form.model.toolTip()
    assert "red circle moves left on a blue" in view.prompt.placeholderText()
    assert "fox" not in view.prompt.placeholderText()
    choose(form, "5b")
    assert not form.about.isVisible()
    assert form.model.accessibleDescription() == ""


def test_a_model_that_comes_while_the_list_opens_is_in_it(qtbot: QtBot, form: SettingsForm) -> None:
    new = ModelChoice("new", "A new model", MODELS[0].family)
    form.model.opening.connect(lambda: form.set_models([*MODELS, new]))
    form.model.showPopup()
    assert "A new model" in [form.model.itemText(at) for at in range(form.model.count())]
    assert form.model.view().isVisible()
    assert form.model.choice == MODELS[0]
    form.model.hidePopup()
