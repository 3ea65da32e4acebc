"""Compose as a whole: what Render gives, what it refuses, and what comes back after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.core.draft import Draft
from studio.core.estimate import Estimate, Work
from studio.core.fit import Fit
from studio.core.params import MAX_SEED, GenerationParams, Quality
from studio.core.settings import Theme
from studio.ui.compose.compose_view import ComposeView
from tests.ui.composing import compose, photo, wait_read

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> ComposeView:
    return compose(qtbot, tmp_path)


def test_the_prompt_has_the_focus_first(view: ComposeView) -> None:
    assert view.focusWidget() is view.prompt
    assert "fox" in view.prompt.placeholderText()


def test_what_is_not_set_stays_open(view: ComposeView) -> None:
    QTest.keyClicks(view.prompt, "a cat")
    (params,) = view.params()
    assert params.seed is not None
    expected = GenerationParams(prompt="a cat", model="5b", seed=params.seed)
    assert params == expected


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_enter_renders_from_the_prompt(qtbot: QtBot, view: ComposeView, key: Qt.Key) -> None:
    QTest.keyClicks(view.prompt, "a cat")
    with qtbot.waitSignal(view.render_wanted) as told:
        QTest.keyClick(view.prompt, key, CTRL)
    made, front = told.args
    assert [params.prompt for params in made] == ["a cat"]
    assert front is False


def test_the_button_renders_and_ctrl_shift_enter_renders_first(
    qtbot: QtBot, view: ComposeView
) -> None:
    QTest.keyClicks(view.prompt, "a cat")
    with qtbot.waitSignal(view.render_wanted):
        QTest.mouseClick(view.card.button, LEFT)
    with qtbot.waitSignal(view.render_wanted) as told:
        QTest.keyClick(view.form.steps, Qt.Key.Key_Return, CTRL | SHIFT)
    assert told.args[1] is True
    with qtbot.waitSignal(view.render_wanted) as told:
        view.card.front.trigger()
    assert told.args[1] is True


def test_a_number_that_is_still_being_typed_counts(qtbot: QtBot, view: ComposeView) -> None:
    QTest.keyClicks(view.prompt, "a cat")
    view.form.steps.setFocus()
    view.form.steps.selectAll()
    QTest.keyClicks(view.form.steps, "31")
    with qtbot.waitSignal(view.render_wanted) as told:
        QTest.keyClick(view.form.steps, Qt.Key.Key_Return, CTRL)
    assert told.args[0][0].num_inference_steps == 31


@pytest.mark.parametrize(
    ("model", "prompt", "with_photo", "says"),
    [
        ("5b", "", False, "Type what the clip should show"),
        ("5b", " ", True, ""),
        ("i2v", "a cat", False, "starts from a photo"),
        ("t2v", "a cat", True, "starts from text only"),
        ("half", "a cat", False, "lacks its vae"),
        ("gone", "a cat", False, "not there any more"),
    ],
)
def test_what_cannot_be_rendered_is_said_and_nothing_is_told(
    qtbot: QtBot,
    view: ComposeView,
    tmp_path: Path,
    model: str,
    prompt: str,
    with_photo: bool,
    says: str,
) -> None:
    view.form.model.choose(model)
    view.form.model.chosen.emit()
    view.prompt.setPlainText(prompt)
    if with_photo:
        view.add_photos([photo(tmp_path / "a.jpg")])
        wait_read(qtbot, view)
    assert says in view.card.problem.text
    assert bool(view.card.problem.text) is bool(says)
    assert view.card.button.isEnabled() is not bool(says)
    if says:
        with qtbot.assertNotEmitted(view.render_wanted):
            QTest.keyClick(view.prompt, Qt.Key.Key_Return, CTRL)


def test_nothing_is_rendered_while_a_photo_is_read(view: ComposeView, tmp_path: Path) -> None:
    view.prompt.setPlainText("a cat")
    view.add_photos([photo(tmp_path / "a.jpg")])
    assert "still being read" in view.card.problem.text
    view.well.clear()


def test_photos_times_seeds_make_clips(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    view.add_photos([photo(tmp_path / "a.jpg"), photo(tmp_path / "b.jpg", colour="red")])
    wait_read(qtbot, view)
    view.form.seed.clips.setValue(3)
    view.form.seed.set_kept(7)
    made = view.params()
    assert view.card.button.text().startswith("Render 6 clips")
    assert [params.seed for params in made] == [7, 8, 9, 7, 8, 9]
    assert len({params.image for params in made}) == 2


def test_open_seeds_are_drawn_anew_and_the_last_one_can_be_kept(
    qtbot: QtBot, view: ComposeView
) -> None:
    view.prompt.setPlainText("a cat")
    view.form.seed.clips.setValue(4)
    seeds = [params.seed for _ in range(2) for params in view.params()]
    assert len(set(seeds)) == 8
    with qtbot.waitSignal(view.render_wanted) as told:
        QTest.mouseClick(view.card.button, LEFT)
    QTest.mouseClick(view.form.seed.lock, LEFT)
    assert view.form.seed.kept == told.args[0][-1].seed


def test_the_dice_draws_a_seed_and_typing_keeps_one(view: ComposeView) -> None:
    seed = view.form.seed
    QTest.mouseClick(seed.dice, LEFT)
    assert seed.kept is not None
    QTest.mouseClick(seed.lock, LEFT)
    assert seed.kept is None
    seed.number.selectAll()
    QTest.keyClicks(seed.number, "812")
    assert seed.kept == 812
    seed.number.clear()
    QTest.keyClicks(seed.number, "9999999999999999999")
    assert seed.series(2) == [MAX_SEED, 0]


def test_the_estimate_is_of_all_clips_together(view: ComposeView) -> None:
    view.set_estimate_source(lambda work: Estimate(100.0, work.pixels // 12))
    view.prompt.setPlainText("a cat")
    assert view.card.estimate.text() == "about 2 min · 9 MB"
    view.form.seed.clips.setValue(3)
    assert view.card.estimate.text() == "about 5 min · 27 MB"


def test_the_card_says_whether_the_largest_clip_fits(view: ComposeView) -> None:
    def judged(work: Work) -> Fit:
        assert (work.width, work.height) == view.form.clip_size(None)
        return Fit("May not fit.", doubt=True) if work.height > 400 else Fit("fits: 7.1 of 12 GB")

    view.set_fit_source(judged)
    assert not view.card.fit.isVisibleTo(view)  # there is nothing to render yet
    view.prompt.setPlainText("a cat")
    assert view.card.doubt.text == "May not fit."
    assert not view.card.fit.isVisibleTo(view)

    view.form.size_picker.set_own((416, 224))
    view.form.size_picker.edited.emit()
    assert view.card.fit.text() == "fits: 7.1 of 12 GB"
    assert view.card.fit.isVisibleTo(view)
    assert view.card.doubt.text == ""
    assert view.card.button.isEnabled()


def test_the_params_of_a_clip_come_back_without_its_seed(view: ComposeView) -> None:
    made = GenerationParams(
        prompt="waves",
        negative_prompt="people",
        model="i2v",
        width=832,
        height=480,
        num_frames=49,
        num_inference_steps=50,
        guidance_scale_2=2.5,
        quality=Quality.BEST,
        seed=5,
    )
    view.set_params(made, keep_seed=False)
    (params,) = view.params()
    assert params.seed != 5
    assert params == made.model_copy(update={"seed": params.seed})
    view.set_params(made, keep_seed=True)
    assert view.params() == [made]


def test_a_draft_comes_back_as_it_was(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    QTest.keyClicks(view.prompt, "a cat")
    view.add_photos([photo(tmp_path / "a.jpg"), photo(tmp_path / "b.jpg", (400, 400))])
    wait_read(qtbot, view)
    QTest.keyClick(view.well.view.crop, Qt.Key.Key_Minus)
    QTest.keyClick(view.well.view.strip, Qt.Key.Key_Right)
    QTest.keyClick(view.well.view.crop, Qt.Key.Key_Minus)
    view.form.steps.setValue(20)
    view.form.seed.set_kept(99)
    view.form.seed.clips.setValue(2)
    view.form.fold.click()
    draft = view.draft()
    assert None not in draft.crops
    assert len(set(draft.crops)) == 2
    assert Draft.model_validate_json(draft.model_dump_json()) == draft
    other = compose(qtbot, tmp_path)
    with qtbot.assertNotEmitted(other.draft_changed, wait=0):
        other.restore(draft)
    assert other.draft().photos == draft.photos  # also while they are still being read
    wait_read(qtbot, other)
    assert other.draft() == draft
    assert other.form.more.isVisible()


def test_a_photo_that_is_gone_does_not_take_the_draft_with_it(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.jpg"
    view.restore(Draft(params=GenerationParams(prompt="a cat", image=gone), photos=(gone,)))
    wait_read(qtbot, view)
    assert "gone.jpg" in view.well.complaint.text
    assert view.prompt.toPlainText() == "a cat"


def test_a_change_is_told_once_it_has_settled(qtbot: QtBot, view: ComposeView) -> None:
    with qtbot.waitSignal(view.draft_changed, timeout=20_000):
        QTest.keyClicks(view.prompt, "a cat")


def controls(view: ComposeView) -> list[QWidget]:
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
    found = [widget for widget in view.findChildren(QWidget) if isinstance(widget, kinds)]
    inner = (QAbstractSpinBox, QComboBox, QLineEdit)
    return [
        widget
        for widget in (*found, view.prompt, view.well.view.crop, view.well.view.strip)
        if not isinstance(widget.parent(), inner) and not widget.objectName().startswith("qt_")
    ]


def test_every_control_has_a_name_and_a_tip(view: ComposeView) -> None:
    silent = [
        widget for widget in controls(view) if not widget.accessibleName() or not widget.toolTip()
    ]
    assert silent == []


def test_tab_goes_through_from_top_to_bottom(qtbot: QtBot, view: ComposeView) -> None:
    view.prompt.setPlainText("a cat")
    view.form.fold.click()
    reached = [view.focusWidget()]
    for _ in range(60):
        QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Tab)
        if view.focusWidget() is reached[0]:
            break
        reached.append(view.focusWidget())
    missing = [
        widget.accessibleName()
        for widget in controls(view)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget not in reached
    ]
    assert missing == []
    settings = [widget for widget in reached if widget and view.form.isAncestorOf(widget)]
    # In lines: fields in one row may differ by a pixel.
    lines = [widget.mapTo(view.form, widget.rect().center()).y() // 16 for widget in settings]
    assert lines == sorted(lines)


@pytest.mark.parametrize("width", [340, 420])
def test_nothing_is_cut_at_the_least_and_the_most_width(
    qtbot: QtBot, view: ComposeView, tmp_path: Path, themed: Theme, width: int
) -> None:
    view.prompt.setPlainText("a cat")
    view.form.fold.click()
    view.form.model.choose("i2v")
    view.form.size_picker.show_params(640, 352)
    view.add_photos([photo(tmp_path / f"{n}.jpg", (300, 200 + n)) for n in range(9)])
    view.resize(width, 600)
    wait_read(qtbot, view)
    QTest.qWait(50)
    cut = [
        widget.accessibleName() or type(widget).__name__
        for widget in view.findChildren(QWidget)
        if widget.isVisible()
        and widget.mapTo(view, QPoint(widget.width(), 0)).x() > width
        and not view.well.view.strip.isAncestorOf(widget)
    ]
    assert cut == []
    assert view.width() == width


@pytest.mark.parametrize("frame_rate", [48, 50, 60, 120])
def test_a_length_that_nobody_typed_stays_as_it_is(view: ComposeView, frame_rate: float) -> None:
    made = GenerationParams(prompt="waves", num_frames=81, frame_rate=frame_rate, seed=1)
    view.set_params(made, keep_seed=True)
    assert view.params()[0].num_frames == 81  # the seconds are shown to the tenth


def test_the_photos_come_back_in_their_order_with_the_same_one_shown(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    sides = (300, 400, 500)
    view.add_photos([photo(tmp_path / f"{side}.jpg", (side, side)) for side in sides])
    wait_read(qtbot, view)
    QTest.keyClick(view.well.view.strip, Qt.Key.Key_Right)
    other = compose(qtbot, tmp_path)
    other.restore(view.draft())
    wait_read(qtbot, other)
    assert [photo.size[0] for photo in other.well.photos] == list(sides)
    assert other.well.current is not None
    assert other.well.current.size == (400, 400)
