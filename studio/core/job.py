"""One render that somebody asked for: its states, the moves between them, and what it remembers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from studio.core.errors import StudioError
from studio.core.params import GenerationParams


class JobState(StrEnum):
    """Where a job is on its way from the queue to a clip."""

    QUEUED = "queued"
    PREPARING = "preparing"
    DENOISING = "denoising"
    DECODING = "decoding"
    WRITING = "writing"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


RUNNING = frozenset({JobState.PREPARING, JobState.DENOISING, JobState.DECODING, JobState.WRITING})
FINISHED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
WAITING = frozenset({JobState.QUEUED, JobState.PAUSED, JobState.INTERRUPTED})

_S = JobState
_LEAVE = frozenset({_S.QUEUED, _S.PAUSED, _S.INTERRUPTED, _S.FAILED, _S.CANCELLED})
# From each state, the states it may change to. A running job goes back to QUEUED when its engine
# died and it is to go on from its checkpoint.
MOVES: dict[JobState, frozenset[JobState]] = {
    _S.QUEUED: frozenset({_S.PREPARING, _S.PAUSED, _S.CANCELLED, _S.FAILED}),
    _S.PREPARING: _LEAVE | {_S.DENOISING, _S.DECODING},
    _S.DENOISING: _LEAVE | {_S.DECODING},
    _S.DECODING: _LEAVE | {_S.WRITING, _S.DONE},
    _S.WRITING: _LEAVE | {_S.DONE},
    _S.PAUSED: frozenset({_S.QUEUED, _S.CANCELLED}),
    _S.INTERRUPTED: frozenset({_S.QUEUED, _S.PAUSED, _S.CANCELLED, _S.DONE}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset({_S.QUEUED}),
    _S.CANCELLED: frozenset({_S.QUEUED}),
}


class IllegalMove(StudioError):
    """A job was asked to change to a state that its present one does not lead to."""


def check_move(before: JobState, after: JobState) -> None:
    """Raises IllegalMove where MOVES has no way from one state to the other."""
    if after not in MOVES[before]:
        raise IllegalMove(f"A job that is {before.value} cannot become {after.value}.")


class Job(BaseModel):
    """A render in the queue, as the database holds it.

    `position` orders the jobs that are not finished, from 1; `step` of `steps` counts finished
    denoising steps and `fraction` (0 to 1) the whole render. `out` is where the clip goes, chosen
    when the job first starts; `stop_after` is the stop-here marker. `engine_deaths` counts the
    engines that died at it since the app was started; `failure` is its error as a sentence.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    position: int
    state: JobState
    params: GenerationParams
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    out: Path | None = None
    step: int = 0
    steps: int = 0
    fraction: float = 0.0
    engine_deaths: int = 0
    failure: str | None = None
    stop_after: bool = False
    seconds: float = 0.0  # of work so far, over all starts
    clip_id: int | None = None
