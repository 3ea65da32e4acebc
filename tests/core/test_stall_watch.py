"""When an engine is said to hang."""

from __future__ import annotations

from studio.core.events import Stage
from studio.core.stall_watch import LEAST_PATIENCE, SILENCE, UNKNOWN_PATIENCE, Hang, StallWatch


def watched(stage: Stage, waits: int) -> StallWatch:
    """A watch that has seen a stage move each second."""
    watch = StallWatch(0.0)
    for now in range(waits + 1):
        watch.moved(stage, float(now))
        assert watch.look(float(now)) is None
    return watch


def after(watch: StallWatch, start: float, seconds: float) -> Hang | None:
    """What is said after so many seconds of signs of life alone."""
    for second in range(1, round(seconds) + 1):
        watch.heard(start + second)
        found = watch.look(start + second)
        if found is not None:
            return found
    return None


def test_a_stage_that_moved_each_second_is_stuck_after_a_minute() -> None:
    watch = watched(Stage.DENOISE, 10)
    assert after(watch, 10.0, LEAST_PATIENCE - 1) is None
    assert after(watch, 10.0 + LEAST_PATIENCE - 1, 2) is Hang.STUCK


def test_loading_tells_no_pace_for_one_tensor_may_be_a_thousand_times_the_others() -> None:
    watch = watched(Stage.LOAD, 10)
    assert after(watch, 10.0, UNKNOWN_PATIENCE - 1) is None
    assert after(watch, 10.0 + UNKNOWN_PATIENCE - 1, 2) is Hang.STUCK


def test_an_engine_without_a_sign_of_life_is_silent() -> None:
    watch = watched(Stage.LOAD, 1)
    for second in range(1, round(SILENCE)):
        assert watch.look(1.0 + second) is None
    assert watch.look(1.0 + SILENCE) is Hang.SILENT
