"""What a render took is counted from its own beginning."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.core.events import Progress, Stage
from studio.engine import clock as clock_module
from studio.engine.clock import Clock, forget_peaks, peak_memory

MIB = 1 << 20


class Hand:
    """The hand of a clock, moved by the test."""

    def __init__(self) -> None:
        self.now = 100.0


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """What every clock of the test goes by."""
    hand = Hand()
    monkeypatch.setattr(clock_module, "time", SimpleNamespace(perf_counter=lambda: hand.now))
    return hand


@pytest.mark.skipif(
    not os.access(Path("/proc/self/clear_refs"), os.W_OK),
    reason="this system cannot begin a peak anew",
)
def test_the_peaks_of_memory_begin_anew() -> None:
    # Mapped, for what is freed on the heap may stay with the process.
    with mmap.mmap(-1, 200 * MIB) as held:
        held[:: mmap.PAGESIZE] = bytes(len(held) // mmap.PAGESIZE)
        before = peak_memory()
    forget_peaks()

    assert peak_memory() < before - 100 * MIB


def test_where_the_system_tells_no_peak_the_process_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "Name: python\n")  # as in gVisor

    assert peak_memory() > MIB


def test_the_time_left_of_a_resumed_stage_follows_from_what_was_done_since(hand: Hand) -> None:
    clock = Clock()
    (begun,) = clock.progress(Stage.DENOISE, 2, 4, 0.5)
    hand.now += 10
    (later,) = clock.progress(Stage.DENOISE, 3, 4, 0.75)

    assert begun.seconds_left is None
    assert later.seconds_left == pytest.approx(10)


def test_the_time_left_of_a_second_part_does_not_follow_from_the_first(hand: Hand) -> None:
    clock = Clock()
    list(clock.progress(Stage.LOAD, 0, 1, 0.0))
    hand.now += 100
    list(clock.progress(Stage.LOAD, 0, 1, 1.0))
    hand.now += 1
    (begun,) = clock.progress(Stage.LOAD, 0, 1, 0.0)
    hand.now += 2
    (later,) = clock.progress(Stage.LOAD, 0, 1, 0.5)

    assert begun.seconds_left is None
    assert later.seconds_left == pytest.approx(2)


def test_of_many_events_a_few_are_told_and_always_a_stage_s_first_and_last(hand: Hand) -> None:
    clock = Clock()
    told: list[Progress] = []
    for share in range(101):
        told += clock.progress(Stage.DECODE, share, 100, share / 100)
        hand.now += 0.03
    told += clock.progress(Stage.WRITE, 0, 1, 0.0)

    assert [event.step for event in told] == [*range(0, 101, 4), 0]


def test_a_stage_inside_another_is_counted_once(hand: Hand) -> None:
    clock = Clock()
    hand.now += 5
    with clock.stage(Stage.DECODE):
        hand.now += 3
        with clock.stage(Stage.WRITE):
            hand.now += 2
        hand.now += 1

    assert clock.seconds[Stage.DECODE] == pytest.approx(4)
    assert clock.seconds[Stage.WRITE] == pytest.approx(2)
    assert clock.total == pytest.approx(11)
