"""The states of a job, and which lead to which."""

from __future__ import annotations

import pytest

from studio.core.job import FINISHED, MOVES, RUNNING, WAITING, IllegalMove, JobState, check_move


def test_every_state_is_waiting_running_or_finished() -> None:
    assert set(JobState) == WAITING | RUNNING | FINISHED
    assert len(WAITING) + len(RUNNING) + len(FINISHED) == len(JobState)
    assert MOVES.keys() == set(JobState)


@pytest.mark.parametrize("state", sorted(RUNNING))
def test_a_running_job_can_be_stopped_at_any_moment(state: JobState) -> None:
    for after in (JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED, JobState.CANCELLED):
        check_move(state, after)
    check_move(state, JobState.QUEUED)  # its engine died, and it goes on in a new one


@pytest.mark.parametrize("state", sorted(WAITING - {JobState.QUEUED}))
def test_what_waits_runs_only_by_way_of_the_queue(state: JobState) -> None:
    check_move(state, JobState.QUEUED)
    for after in RUNNING:
        with pytest.raises(IllegalMove, match=f"A job that is {state} cannot become {after}."):
            check_move(state, after)


def test_a_done_job_stays_done() -> None:
    for after in JobState:
        with pytest.raises(IllegalMove):
            check_move(JobState.DONE, after)


def test_every_state_can_be_reached_and_no_job_is_stuck_before_it_is_finished() -> None:
    reached = {JobState.QUEUED}
    for _ in JobState:
        reached |= {after for before in reached for after in MOVES[before]}
    assert reached == set(JobState)
    for state in JobState:
        assert state in FINISHED or MOVES[state] & FINISHED
