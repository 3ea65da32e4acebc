"""What hands do on the stage: zoom, move, wipe, mark, and where the focus goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.core.events import Preview
from studio.ui.stage.actions import STAGE_KEYS
from studio.ui.stage.canvas import Canvas
from studio.ui.stage.compare_view import Layout
from studio.ui.stage.playhead import Repeat
from studio.ui.stage.stage_view import StageState, StageView
from tests.ui.stage_clips import FRAMES, PATIENCE, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "waves.mp4")


@pytest.fixture
def stage(qtbot: QtBot, clip: Path) -> StageView:
    """A stage with a clip that stands at its first frame."""
    view = StageView()
    qtbot.addWidget(view)
    view.resize(900, 560)
    view.show()
    qtbot.waitExposed(view)
    view.activateWindow()
    view.open_clip(clip, "waves at dusk")
    qtbot.waitUntil(lambda: view.state is StageState.CLIP, timeout=PATIENCE)
    view.canvas.setFocus()
    press(view, qtbot, Qt.Key.Key_K)
    press(view, qtbot, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: view.player.frame == 0, timeout=PATIENCE)
    return view


def press(stage: StageView, qtbot: QtBot, key: Qt.Key, *more: Qt.Key) -> None:
    for each in (key, *more):
        qtbot.keyClick(QApplication.focusWidget() or stage.canvas, each)


def turn(canvas: Canvas, notches: int, at: QPointF) -> None:
    event = QWheelEvent(
        at, QPointF(canvas.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def compare(stage: StageView, other: Path, qtbot: QtBot) -> None:
    stage.open_clip(write_clip(other), "dunes")
    qtbot.waitUntil(lambda: stage.state is StageState.CLIP, timeout=PATIENCE)
    press(stage, qtbot, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: stage.state is StageState.COMPARE, timeout=PATIENCE)


def test_the_wheel_zooms_around_the_pointer(stage: StageView) -> None:
    canvas, at = stage.canvas, QPointF(300, 200)
    before = canvas.view.place(300, 200)
    turn(canvas, 4, at)
    assert canvas.view.place(300, 200) == pytest.approx(before, abs=0.01)
    assert stage.transport.zoom.text() == f"{round(canvas.view.scale * 100)} %"


def test_a_drag_moves_a_zoomed_picture_and_0_fits_it(stage: StageView, qtbot: QtBot) -> None:
    canvas = stage.canvas
    turn(canvas, 8, QPointF(400, 200))
    left, top, *_ = canvas.view.rectangle()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    qtbot.mouseMove(canvas, QPoint(430, 215))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(430, 215))
    assert canvas.view.rectangle()[:2] == pytest.approx((left + 30, top + 15), abs=1)
    press(stage, qtbot, Qt.Key.Key_0)
    assert (canvas.view.zoom, stage.transport.zoom.text()) == (None, "Fit")


def test_pixels_are_squares_when_they_are_large(stage: StageView, qtbot: QtBot) -> None:
    press(stage, qtbot, Qt.Key.Key_1)
    assert stage.canvas.view.zoom == 1.0
    stage.transport.zoom_chosen.emit(8.0)
    shown = stage.canvas.grab().toImage()
    ratio = shown.devicePixelRatio()
    left, top, *_ = stage.canvas.view.rectangle()
    x, y = left % 8 + 80 * ratio, top % 8 + 80 * ratio
    block = {shown.pixel(int(x) + i, int(y) + j) for i in range(8) for j in range(8)}
    assert len(block) == 1


def test_keys_set_speed_repeating_and_marks(stage: StageView, qtbot: QtBot) -> None:
    player = stage.player
    press(stage, qtbot, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketLeft)
    assert (player.playhead.speed, stage.transport.speed.text()) == (0.5, "0.5×")
    press(stage, qtbot, Qt.Key.Key_Backslash, Qt.Key.Key_BracketRight)
    assert player.playhead.speed == 1.5
    press(stage, qtbot, Qt.Key.Key_R)
    assert player.playhead.repeat is Repeat.PING_PONG
    for _ in range(5):
        press(stage, qtbot, Qt.Key.Key_Right)
    press(stage, qtbot, Qt.Key.Key_A, Qt.Key.Key_End, Qt.Key.Key_B)
    assert (player.playhead.a, player.playhead.b) == (5, FRAMES - 1)
    press(stage, qtbot, Qt.Key.Key_X)
    assert (player.playhead.a, player.playhead.b) == (None, None)


def test_the_marks_are_dragged_by_their_flags_and_not_past_each_other(
    stage: StageView, qtbot: QtBot
) -> None:
    player, bar = stage.player, stage.transport.scrubber
    player.mark(a=2, b=9)
    left = Qt.MouseButton.LeftButton
    flag, there = QPoint(round(bar._x(2)) + 5, 3), QPoint(round(bar._x(4)) + 5, 3)
    qtbot.mousePress(bar, left, pos=flag)
    assert (player.playhead.a, player.frame) == (2, 2)
    qtbot.mouseMove(bar, there)
    assert (player.playhead.a, player.playhead.b) == (4, 9)
    qtbot.mouseMove(bar, QPoint(bar.width(), 3))
    assert (player.playhead.a, player.playhead.b) == (9, 9)
    qtbot.mouseMove(bar, there)
    qtbot.mouseRelease(bar, left, pos=there)
    assert (player.playhead.a, player.playhead.b, player.frame) == (4, 9, 4)
    flag = QPoint(round(bar._x(9)) - 5, 3)
    qtbot.mousePress(bar, left, pos=flag)
    qtbot.mouseMove(bar, QPoint(0, 3))
    qtbot.mouseRelease(bar, left, pos=QPoint(0, 3))
    assert (player.playhead.a, player.playhead.b) == (4, 4)


def test_j_k_and_l_shuttle(stage: StageView, qtbot: QtBot) -> None:
    playhead = lambda: stage.player.playhead  # noqa: E731 - it is another one after each key
    press(stage, qtbot, Qt.Key.Key_L, Qt.Key.Key_L)
    assert (playhead().playing, playhead().speed) == (True, 2.0)
    press(stage, qtbot, Qt.Key.Key_J)
    assert (playhead().backward, stage.transport.speed.text()) == (True, "–1×")
    press(stage, qtbot, Qt.Key.Key_K)
    assert not playhead().playing


def test_space_on_a_button_presses_it_and_does_not_play(stage: StageView, qtbot: QtBot) -> None:
    stage.transport.repeat.setFocus(Qt.FocusReason.TabFocusReason)
    press(stage, qtbot, Qt.Key.Key_Space)
    assert stage.player.playhead.repeat is Repeat.PING_PONG
    assert not stage.player.playhead.playing


def test_w_goes_from_side_by_side_over_the_wipe_back_to_one(
    stage: StageView, tmp_path: Path, qtbot: QtBot
) -> None:
    compare(stage, tmp_path / "dunes.mp4", qtbot)
    assert stage.comparison.layout_shown is Layout.SIDE_BY_SIDE
    turn(stage.comparison.canvases[0], 6, QPointF(100, 100))
    assert stage.comparison.canvases[1].view.zoom == stage.comparison.canvases[0].view.zoom
    press(stage, qtbot, Qt.Key.Key_W)
    assert stage.comparison.layout_shown is Layout.WIPE
    press(stage, qtbot, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: stage.state is StageState.CLIP, timeout=PATIENCE)
    assert stage.path == tmp_path / "dunes.mp4"


def test_the_wipe_is_dragged_by_its_line(stage: StageView, tmp_path: Path, qtbot: QtBot) -> None:
    compare(stage, tmp_path / "dunes.mp4", qtbot)
    press(stage, qtbot, Qt.Key.Key_W)
    wipe = stage.comparison.wipe
    middle = QPoint(wipe.width() // 2, 50)
    qtbot.mousePress(wipe, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(wipe, QPoint(wipe.width() // 4, 50))
    qtbot.mouseRelease(wipe, Qt.MouseButton.LeftButton, pos=QPoint(wipe.width() // 4, 50))
    assert wipe.place == pytest.approx(0.25, abs=0.01)


def test_full_screen_is_told_and_left_by_esc(stage: StageView, qtbot: QtBot) -> None:
    told: list[bool] = []
    stage.full_screen.connect(told.append)
    press(stage, qtbot, Qt.Key.Key_F)
    assert stage.header.isHidden()
    press(stage, qtbot, Qt.Key.Key_Escape)
    assert told == [True, False]
    assert not stage.header.isHidden()


def test_details_are_asked_for_by_i(stage: StageView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(stage.details_asked, timeout=PATIENCE):
        press(stage, qtbot, Qt.Key.Key_I)


@pytest.mark.parametrize("held_by", ["scrubber", "play", "canvas"])
def test_the_focus_stays_where_it_is_when_another_clip_opens(
    stage: StageView, tmp_path: Path, qtbot: QtBot, held_by: str
) -> None:
    widget: QWidget = {
        "scrubber": stage.transport.scrubber,
        "play": stage.transport.play,
        "canvas": stage.canvas,
    }[held_by]
    widget.setFocus()
    stage.open_clip(write_clip(tmp_path / "dunes.mp4"))
    qtbot.waitUntil(lambda: stage.state is StageState.CLIP, timeout=PATIENCE)
    assert QApplication.focusWidget() is widget


def test_the_focus_stays_on_the_stage_when_the_bar_goes(
    stage: StageView, tmp_path: Path, qtbot: QtBot
) -> None:
    stage.transport.scrubber.setFocus()
    picture = Preview(path=tmp_path / "1.png", step=1, frames=1, width=8, height=8)
    stage.show_preview(picture, "waves")
    assert QApplication.focusWidget() is stage.canvas
    stage.clear()
    assert QApplication.focusWidget() is stage


def test_everything_on_the_bar_has_a_name_and_tells_its_key(stage: StageView) -> None:
    kinds = (QAbstractButton, QAbstractSlider)
    widgets = [each for kind in kinds for each in stage.transport.findChildren(kind)]
    assert len(widgets) > 10
    assert [each for each in widgets if not each.accessibleName() or not each.toolTip()] == []
    for key in STAGE_KEYS:
        action = stage.actions_by_name[key.name]
        assert isinstance(action, QAction)
        assert action.toolTip().endswith(")")
