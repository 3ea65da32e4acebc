"""The playhead: which frame is due, whatever was done before."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.ui.stage.playhead import Playhead, Repeat


def test_it_loops_without_a_seam() -> None:
    head = Playhead(num_frames=4, frame_rate=10).play(0.0)
    assert [head.at(0.05 + n / 10) for n in range(9)] == [0, 1, 2, 3, 0, 1, 2, 3, 0]


def test_back_and_forth_shows_each_end_once() -> None:
    head = Playhead(num_frames=4, frame_rate=10, repeat=Repeat.PING_PONG).play(0.0)
    assert [head.at(0.05 + n / 10) for n in range(8)] == [0, 1, 2, 3, 2, 1, 0, 1]


def test_once_stops_at_the_last_frame_and_plays_again_from_the_first() -> None:
    head = Playhead(num_frames=3, frame_rate=10, repeat=Repeat.ONCE).play(0.0)
    assert head.at(5.0) == 2
    assert head.ended(5.0)
    assert head.play(5.0).at(5.05) == 0


def test_marks_keep_the_loop_between_them() -> None:
    head = Playhead(num_frames=20, frame_rate=10).marked(0.0, a=5, b=8).play(0.0)
    assert {head.at(n / 10 + 0.05) for n in range(40)} == {5, 6, 7, 8}
    assert head.unmarked(0.0).last == 19


def test_a_mark_on_the_wrong_side_takes_the_other_away() -> None:
    head = Playhead(num_frames=20, frame_rate=10).marked(0.0, a=5, b=8).marked(0.0, a=12)
    assert (head.a, head.b) == (12, None)


def test_stepping_stops_at_exact_frames() -> None:
    head = Playhead(num_frames=20, frame_rate=10).play(0.0)
    stopped = head.step(0.75, 1)
    assert not stopped.playing
    assert stopped.at(100.0) == 8


def test_the_shuttle_runs_back_and_gets_faster() -> None:
    head = Playhead(num_frames=100, frame_rate=10).seek(0.0, 50).shuttle(0.0, backward=True)
    assert head.at(1.05) == 40
    assert head.shuttle(1.0, backward=True).speed == 2.0


@settings(deadline=None)
@given(
    num_frames=st.integers(1, 300),
    rate=st.floats(1, 120),
    repeat=st.sampled_from(list(Repeat)),
    deeds=st.lists(
        st.tuples(st.sampled_from(["play", "pause", "seek", "step", "speed", "a", "b", "back"]),
                  st.integers(-400, 400), st.floats(0, 30)),
        max_size=12,
    ),
)  # fmt: skip
def test_no_sequence_of_deeds_leaves_the_clip(
    num_frames: int, rate: float, repeat: Repeat, deeds: list[tuple[str, int, float]]
) -> None:
    head, now = Playhead(num_frames, rate, repeat), 0.0
    for deed, number, seconds in deeds:
        now += seconds
        before = head.at(now)
        frame = number % num_frames
        match deed:
            case "play":
                head = head.play(now)
            case "pause":
                head = head.pause(now)
                assert head.at(now) == before
            case "seek":
                head = head.seek(now, number)
            case "step":
                head = head.step(now, number)
            case "speed":
                head = head.at_speed(now, number / 100)
                assert head.at(now) == before
            case "a":
                head = head.marked(now, a=frame)
            case "b":
                head = head.marked(now, b=frame)
            case _:
                head = head.shuttle(now, backward=True)
        assert 0 <= head.at(now) < num_frames
        assert 0 <= head.at(now + 7.3) < num_frames
        assert 0 <= head.first <= head.last < num_frames
