"""The stage: real clips played, stepped, compared and saved from, by real keys."""

from __future__ import annotations

import itertools
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.core.errors import BadInput
from studio.core.events import Preview
from studio.core.settings import Theme
from studio.ui.stage.clip_file import ClipFile, last_frame
from studio.ui.stage.reel import Reel
from studio.ui.stage.stage_view import StageState, StageView
from tests.ui.stage_clips import FRAMES, PATIENCE, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "waves.mp4")


@pytest.fixture
def stage(themed: Theme, qtbot: QtBot) -> StageView:
    view = StageView()
    qtbot.addWidget(view)
    view.resize(900, 560)
    view.show()
    qtbot.waitExposed(view)
    return view


def play(stage: StageView, clip: Path, qtbot: QtBot) -> None:
    stage.open_clip(clip, "waves at dusk")
    qtbot.waitUntil(lambda: stage.state is StageState.CLIP, timeout=PATIENCE)
    stage.setFocus()


def press(stage: StageView, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(stage.canvas, key)


def grey_of(stage: StageView) -> int:
    shown = stage.canvas.grab().toImage()
    return shown.pixelColor(shown.width() // 2, shown.height() // 2).red()


def test_an_empty_stage_says_what_to_do(stage: StageView) -> None:
    assert stage.state is StageState.EMPTY
    assert not stage.actions_by_name["play"].isEnabled()


def test_a_clip_plays_from_its_first_moment(stage: StageView, clip: Path, qtbot: QtBot) -> None:
    play(stage, clip, qtbot)
    qtbot.waitUntil(lambda: stage.player.frame > 3, timeout=PATIENCE)


def test_space_stops_and_the_dots_step_by_exact_frames(
    stage: StageView, clip: Path, qtbot: QtBot
) -> None:
    play(stage, clip, qtbot)
    press(stage, qtbot, Qt.Key.Key_Space)
    press(stage, qtbot, Qt.Key.Key_Home)
    for _ in range(7):
        press(stage, qtbot, Qt.Key.Key_Period)
    press(stage, qtbot, Qt.Key.Key_Comma)
    # On a busy machine the frame may still be on its way into memory.
    qtbot.waitUntil(lambda: stage.player.frame == 6, timeout=PATIENCE)
    qtbot.waitUntil(lambda: abs(grey_of(stage) - (10 + 9 * 6)) <= 4, timeout=PATIENCE)
    press(stage, qtbot, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: stage.player.frame == FRAMES - 1, timeout=PATIENCE)


def test_a_frame_is_saved_beside_the_clip_and_never_over_another(
    stage: StageView, clip: Path, qtbot: QtBot
) -> None:
    play(stage, clip, qtbot)
    press(stage, qtbot, Qt.Key.Key_Space)
    press(stage, qtbot, Qt.Key.Key_Home)
    saved: list[Path] = []
    stage.frame_saved.connect(saved.append)
    for count in (1, 2):
        press(stage, qtbot, Qt.Key.Key_S)
        qtbot.waitUntil(lambda count=count: len(saved) == count, timeout=PATIENCE)
    assert saved[0] != saved[1]
    assert saved[0].parent == clip.parent
    with Image.open(saved[1]) as picture:
        assert picture.size == (128, 80)


def test_a_frame_is_handed_on_as_a_photo(stage: StageView, clip: Path, qtbot: QtBot) -> None:
    play(stage, clip, qtbot)
    with qtbot.waitSignal(stage.use_frame, timeout=PATIENCE) as told:
        press(stage, qtbot, Qt.Key.Key_U)
    assert told.args is not None
    assert told.args[0].startswith(b"\x89PNG")


def test_copying_puts_the_frame_on_the_clipboard(
    stage: StageView, clip: Path, qtbot: QtBot
) -> None:
    play(stage, clip, qtbot)
    press(stage, qtbot, Qt.Key.Key_C)
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: clipboard.image().width() == 128, timeout=PATIENCE)
    clipboard.clear()


def test_the_scrubber_goes_where_it_is_clicked(stage: StageView, clip: Path, qtbot: QtBot) -> None:
    play(stage, clip, qtbot)
    press(stage, qtbot, Qt.Key.Key_Space)
    bar = stage.transport.scrubber
    qtbot.mouseClick(
        bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, bar.height() // 2)
    )
    # On a busy machine the frame may still be on its way into memory.
    qtbot.waitUntil(lambda: abs(stage.player.frame - FRAMES // 2) <= 1, timeout=PATIENCE)


@pytest.mark.parametrize("width", [583, 600, 620, 700, 1200])
def test_nothing_in_the_bar_lies_over_anything_else(
    stage: StageView, clip: Path, qtbot: QtBot, width: int
) -> None:
    stage.resize(width, 560)
    play(stage, clip, qtbot)
    bar = stage.transport
    assert bar.width() == width
    qtbot.waitUntil(lambda: bar.frame.geometry().right() < bar.zoom.geometry().left())

    shown = [part for part in (bar.speed, bar.frame, bar.time, bar.zoom) if part.isVisible()]
    for one, next_one in itertools.pairwise(shown):
        assert one.geometry().right() < next_one.geometry().left()
    assert bar.time.isVisible() or width < 700


def test_two_clips_are_compared_in_step(
    stage: StageView, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = write_clip(tmp_path / "dunes.mp4")
    stage.compare((clip, other))
    qtbot.waitUntil(lambda: stage.state is StageState.COMPARE, timeout=PATIENCE)
    qtbot.waitUntil(lambda: len(stage.player.frames()) == 2, timeout=PATIENCE)
    one, two = (frame.to_ndarray(format="rgb24").mean() for frame in stage.player.frames())
    assert one == pytest.approx(two, abs=1)


def test_many_clips_are_compared_in_a_grid_and_one_is_left_at_the_end(
    stage: StageView, tmp_path: Path, qtbot: QtBot
) -> None:
    clips = [write_clip(tmp_path / f"{number}.mp4") for number in range(5)]
    stage.compare(clips, [f"preset {number}" for number in range(5)])
    qtbot.waitUntil(lambda: len(stage.player.frames()) == 5, timeout=PATIENCE)
    view = stage.comparison
    assert len({(canvas.x(), canvas.y()) for canvas in view.canvases}) == 5
    assert len({canvas.y() for canvas in view.canvases}) == 2
    view.canvases[0].zoom_by(2)
    assert {canvas.view.zoom for canvas in view.canvases} == {view.canvases[0].view.zoom}
    stage.actions_by_name["compare"].trigger()  # with five there is no wipe
    qtbot.waitUntil(lambda: stage.state is StageState.CLIP, timeout=PATIENCE)
    assert stage.path == clips[-1]


def test_a_preview_loops_and_a_newer_one_takes_over(
    stage: StageView, tmp_path: Path, qtbot: QtBot
) -> None:
    for step in (1, 2):
        path = tmp_path / f"{step}.png"
        Image.new("RGB", (7 * 32, 20), (40 * step, 90, 90)).save(path)
        stage.show_preview(
            Preview(path=path, step=step, frames=7, width=32, height=20), "waves", steps=20
        )
        assert stage.state is StageState.PREVIEW
        qtbot.waitUntil(lambda step=step: abs(grey_of(stage) - 40 * step) <= 3, timeout=PATIENCE)


def test_what_is_no_clip_is_told_in_place(stage: StageView, tmp_path: Path, qtbot: QtBot) -> None:
    bad = tmp_path / "broken.mp4"
    bad.write_bytes(b"no video at all")
    stage.open_clip(bad)
    qtbot.waitUntil(lambda: stage.state is StageState.PROBLEM, timeout=PATIENCE)
    assert "broken.mp4" in stage.problem.report()


@pytest.mark.parametrize("colour", [(220, 40, 40), (40, 165, 65), (40, 85, 220), (128, 128, 128)])
def test_flat_colours_come_out_right(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = write_clip(tmp_path / "flat.mp4", 2, colour)
    with Image.open(BytesIO(last_frame(path))) as picture:
        shown = picture.convert("RGB").getpixel((64, 40))
    assert shown == pytest.approx(colour, abs=3)


def test_frames_are_numbered_exactly_from_any_on(clip: Path) -> None:
    file = ClipFile(clip)
    assert file.facts.num_frames == FRAMES
    numbers = [number for number, _ in file.frames_from(20)]
    assert numbers == list(range(file.facts.key_before(20), FRAMES))
    file.close()


def test_a_clip_too_long_for_its_memory_keeps_a_window_around_the_playhead(clip: Path) -> None:
    reel = Reel(clip, memory_limit=8 * 128 * 80 * 2)
    reel.want(12)
    reel.fill()
    assert reel.frame(12) is not None
    held = sum(last - first + 1 for first, last in reel.spans())
    assert 1 <= held < FRAMES
    reel.close()


def test_there_is_no_last_frame_of_a_clip_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.mp4"):
        last_frame(tmp_path / "gone.mp4")


def show_preview(stage: StageView, folder: Path) -> None:
    path = folder / "preview.png"
    Image.new("RGB", (32, 20)).save(path)
    stage.show_preview(Preview(path=path, step=1, frames=1, width=32, height=20), "waves")


def test_two_clips_with_a_preview_between_them_can_be_compared(
    stage: StageView, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = write_clip(tmp_path / "dunes.mp4")
    play(stage, clip, qtbot)
    show_preview(stage, tmp_path)
    play(stage, other, qtbot)
    press(stage, qtbot, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: stage.state is StageState.COMPARE, timeout=PATIENCE)
    assert stage.player.paths == (clip, other)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Period, Qt.Key.Key_A])
def test_a_hand_on_the_clip_is_told(
    stage: StageView, clip: Path, qtbot: QtBot, key: Qt.Key
) -> None:
    play(stage, clip, qtbot)
    with qtbot.waitSignal(stage.taken_hold, timeout=PATIENCE):
        press(stage, qtbot, key)
    with qtbot.waitSignal(stage.taken_hold, timeout=PATIENCE):
        qtbot.mouseClick(stage.transport.scrubber, Qt.MouseButton.LeftButton)


def test_of_two_clips_a_frame_is_taken_of_the_last(
    stage: StageView, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    teal = write_clip(tmp_path / "teal.mp4", FRAMES, (0, 128, 128))
    stage.compare((clip, teal))
    qtbot.waitUntil(lambda: len(stage.player.frames()) == 2, timeout=PATIENCE)
    stage.player.step(0)
    with qtbot.waitSignal(stage.use_frame, timeout=PATIENCE) as told:
        stage.actions_by_name["use-frame"].trigger()
    number = stage.player.frame + 1
    assert stage.header.note.text() == f"Frame {number} is in Compose now"
    with Image.open(BytesIO(told.args[0])) as picture:
        assert picture.convert("RGB").getpixel((64, 40)) == pytest.approx((0, 128, 128), abs=4)
    with qtbot.waitSignal(stage.frame_saved, timeout=PATIENCE) as saved:
        stage.actions_by_name["save-frame"].trigger()
    assert saved.args[0].name.startswith("teal")
