"""How long jobs and the queue will take, from paces and from the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.core.job import Job, JobState
from studio.core.params import GenerationParams
from studio.core.time_left import TimeLeft, expected_seconds

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SMALL = GenerationParams(
    prompt="a cat", width=64, height=64, num_frames=9, num_inference_steps=4, model="m"
)


class Clock:
    """Seconds that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def job(number: int = 1, state: JobState = JobState.DENOISING, **values: Any) -> Job:
    return Job.model_validate(
        {"id": number, "position": number, "state": state, "params": SMALL, "created": NOW} | values
    )


def done(number: int, seconds: float, params: GenerationParams = SMALL) -> Job:
    finished = NOW + timedelta(minutes=number)
    return job(number, JobState.DONE, seconds=seconds, finished=finished, params=params, fraction=1)


def watch(left: TimeLeft, clock: Clock, seconds: float, pace: float, start: float = 0.1) -> Job:
    """Tells a job's progress once a second; pace is its fraction a second."""
    fraction = start
    left.note(job(fraction=fraction))
    for _ in range(round(seconds)):
        clock.now += 1
        fraction += pace
        left.note(job(fraction=fraction))
    return job(fraction=fraction)


def test_a_steady_job_is_told_to_the_second() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    running = watch(left, clock, seconds=20, pace=0.01)
    assert left.seconds_left(running) == pytest.approx(70)


def test_the_time_counts_down_between_two_words_of_the_engine() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    running = watch(left, clock, seconds=20, pace=0.01)
    clock.now += 10
    assert left.seconds_left(running) == pytest.approx(60)
    clock.now += 1000
    assert left.seconds_left(running) == 1


def test_nothing_is_claimed_before_anything_was_watched() -> None:
    left = TimeLeft(Clock())
    left.note(job(fraction=0.1))
    assert left.seconds_left(job(fraction=0.1)) is None


def test_the_time_that_a_model_takes_to_load_is_not_taken_for_a_pace() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    left.note(job(state=JobState.PREPARING, fraction=0))
    clock.now += 300
    running = watch(left, clock, seconds=20, pace=0.01)
    assert left.seconds_left(running) == pytest.approx(70)


def test_one_slow_moment_does_not_upset_the_estimate() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    running = watch(left, clock, seconds=60, pace=0.005)
    clock.now += 3
    after = running.model_copy(update={"fraction": running.fraction + 0.005})
    left.note(after)
    assert left.seconds_left(after) == pytest.approx((1 - after.fraction) / 0.005, rel=0.15)


def test_a_change_of_pace_is_learnt() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    watch(left, clock, seconds=20, pace=0.02)
    running = watch(left, clock, seconds=200, pace=0.001, start=0.5)
    assert left.seconds_left(running) == pytest.approx((1 - running.fraction) / 0.001, rel=0.1)


def test_a_job_that_begins_anew_is_not_judged_by_its_last_run() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    watch(left, clock, seconds=20, pace=0.02)
    left.note(job(state=JobState.QUEUED))
    left.note(job(fraction=0.1))
    assert left.seconds_left(job(fraction=0.1)) is None


def test_a_waiting_job_takes_as_long_as_its_like_did() -> None:
    past = [done(9, 100), done(8, 120), done(7, 500)]
    assert TimeLeft().seconds_left(job(state=JobState.QUEUED), past) == 120


def test_another_size_of_the_same_model_is_told_in_proportion() -> None:
    double = SMALL.model_copy(update={"width": 128})
    assert expected_seconds(double, [done(9, 100)]) == pytest.approx(200)
    assert expected_seconds(double.model_copy(update={"model": "n"}), [done(9, 100)]) is None


def test_failed_jobs_teach_nothing() -> None:
    failed = done(9, 3).model_copy(update={"state": JobState.FAILED})
    assert expected_seconds(SMALL, [failed]) is None


def test_a_paused_job_is_told_from_what_it_took_so_far() -> None:
    paused = job(state=JobState.PAUSED, fraction=0.25, seconds=30)
    assert TimeLeft().seconds_left(paused) == pytest.approx(90)


def test_a_finished_job_takes_no_more() -> None:
    assert TimeLeft().seconds_left(done(1, 100)) == 0


def test_the_queue_takes_the_sum_of_its_jobs() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    running = watch(left, clock, seconds=20, pace=0.01)
    queued = [job(number, JobState.QUEUED) for number in (2, 3)]
    assert left.queue_seconds_left([running, *queued, done(9, 40)]) == pytest.approx(70 + 80)


def test_a_kind_never_rendered_is_taken_for_as_long_as_the_running_job() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    running = watch(left, clock, seconds=20, pace=0.01)
    other = SMALL.model_copy(update={"model": "n"})
    queued = job(2, JobState.QUEUED, params=other)
    assert left.queue_seconds_left([running, queued]) == pytest.approx(70 + 100)


def test_the_queue_is_over_at_a_stop_here_marker_and_passes_paused_jobs_by() -> None:
    queue = [
        job(1, JobState.QUEUED),
        job(2, JobState.PAUSED),
        job(3, JobState.QUEUED, stop_after=True),
        job(4, JobState.QUEUED),
        done(9, 40),
    ]
    assert TimeLeft().queue_seconds_left(queue) == 80


def test_a_queue_without_work_or_without_any_past_has_no_time() -> None:
    assert TimeLeft().queue_seconds_left([done(9, 40)]) is None
    assert TimeLeft().queue_seconds_left([job(1, JobState.QUEUED)]) is None


def test_jobs_that_are_gone_are_forgotten() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    running = watch(left, clock, seconds=20, pace=0.01)
    left.forget([running.id])
    assert left.seconds_left(running) is None
