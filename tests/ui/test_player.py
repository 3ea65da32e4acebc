"""The player by a clock of the test's own: what it shows, leaves out, waits for and holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.stage.player import Player
from studio.ui.stage.playhead import Repeat
from tests.ui.stage_clips import FRAMES, PATIENCE, RATE, write_clip


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "waves.mp4")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(qtbot: QtBot, clip: Path, clock: Clock) -> Iterator[Player]:
    player = Player(clock=clock)
    player.open(clip)
    qtbot.waitUntil(lambda: player.spans == [(0, FRAMES - 1)], timeout=PATIENCE)
    qtbot.waitUntil(lambda: player.is_open, timeout=PATIENCE)
    yield player
    player.close()


def go_on(player: Player, clock: Clock, frames: float, qtbot: QtBot) -> None:
    """Lets so many frames' time pass, and the player see it."""
    clock.now += frames / RATE
    due = player.playhead.at(clock.now)
    qtbot.waitUntil(lambda: player.frame == due, timeout=PATIENCE)


def test_each_frame_that_is_seen_in_time_is_shown_and_none_dropped(
    player: Player, clock: Clock, qtbot: QtBot
) -> None:
    clock.now += 0.5 / RATE
    for _ in range(2 * FRAMES):
        go_on(player, clock, 1, qtbot)
    assert player.played.dropped == 0
    assert player.played.shown == 2 * FRAMES + 1


def test_a_window_that_was_busy_drops_frames_and_counts_them(
    player: Player, clock: Clock, qtbot: QtBot
) -> None:
    go_on(player, clock, 4.5, qtbot)
    assert player.frame == 4
    assert player.played.dropped == 3


def test_frames_that_no_screen_could_show_are_not_counted_as_dropped(
    tmp_path: Path, clock: Clock, qtbot: QtBot
) -> None:
    player = Player(clock=clock)
    player.open(write_clip(tmp_path / "quick.mp4", rate=30))
    qtbot.waitUntil(lambda: player.spans == [(0, FRAMES - 1)], timeout=PATIENCE)
    qtbot.waitUntil(lambda: player.is_open, timeout=PATIENCE)
    player.set_speed(4.0)
    clock.now += 10.5 / (4 * 30)
    qtbot.waitUntil(lambda: player.frame == 10, timeout=PATIENCE)
    assert player.played.dropped == 0
    player.close()


def test_a_held_scrubber_stops_the_clip_and_lets_it_go_on(
    player: Player, clock: Clock, qtbot: QtBot
) -> None:
    player.hold()
    player.seek(10)
    clock.now += 5
    assert (player.frame, player.playhead.playing) == (10, False)
    player.release()
    go_on(player, clock, 1.5, qtbot)
    assert player.frame == 11


def test_a_clip_that_stands_is_not_started_by_the_scrubber(player: Player) -> None:
    player.pause()
    player.hold()
    player.release()
    assert not player.playhead.playing


def test_played_once_it_stops_at_the_end_and_begins_again(
    player: Player, clock: Clock, qtbot: QtBot
) -> None:
    player.set_repeat(Repeat.ONCE)
    clock.now += 60
    qtbot.waitUntil(lambda: not player.playhead.playing, timeout=PATIENCE)
    assert player.frame == FRAMES - 1
    player.toggle()
    assert player.frame == 0


def test_space_after_j_plays_forward_again(player: Player) -> None:
    player.seek(12)
    player.shuttle(backward=True)
    assert player.playhead.backward
    player.toggle()
    player.toggle()
    assert (player.playhead.playing, player.playhead.backward) == (True, False)


def test_speed_and_repeating_stay_for_the_next_clip(
    player: Player, tmp_path: Path, qtbot: QtBot
) -> None:
    player.set_speed(0.5)
    player.set_repeat(Repeat.PING_PONG)
    player.open(write_clip(tmp_path / "next.mp4"))
    qtbot.waitUntil(lambda: player.is_open, timeout=PATIENCE)
    assert (player.playhead.speed, player.playhead.repeat) == (0.5, Repeat.PING_PONG)


def test_the_shorter_of_two_clips_stays_at_its_last_frame(
    player: Player, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    short = write_clip(tmp_path / "short.mp4", 5)
    player.open(short, clip)
    qtbot.waitUntil(lambda: player.is_open, timeout=PATIENCE)
    assert player.playhead.num_frames == FRAMES
    player.pause()
    player.seek(20)
    qtbot.waitUntil(lambda: player.frame == 20, timeout=PATIENCE)
    first, second = (frame.to_ndarray(format="rgb24").mean() for frame in player.frames())
    assert first == pytest.approx(10 + 9 * 4, abs=4)
    assert second == pytest.approx(10 + 9 * 20, abs=4)


def test_a_clip_that_is_replaced_while_it_opens_is_never_told(
    player: Player, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    told: list[str] = []
    player.failed.connect(told.append)
    player.open(bad)
    player.open(clip)
    qtbot.waitUntil(lambda: player.is_open, timeout=PATIENCE)
    assert told == []
    assert player.paths == (clip,)
