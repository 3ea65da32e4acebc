"""How long the running job and the whole queue will still take, learned from jobs as they go."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from studio.core.job import FINISHED, RUNNING, WAITING, Job, JobState
from studio.core.params import GenerationParams

_MEMORY = 20.0  # seconds after which an older pace counts for about a third (1/e)
_LEAST_SECONDS = 1.0  # less than this has been watched: too short to tell a pace from
_LEAST_FRACTION = 0.005
_LAST = 5  # finished jobs of a kind that count


class TimeLeft:
    """Watches the jobs' progress and says how many seconds are left.

    `clock` gives seconds that never go back. Tell every change with `note`; paces are of this start
    of the app, while what past jobs took comes with the jobs themselves.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paces: dict[int, _Pace] = {}

    def note(self, job: Job) -> None:
        """Take in a job's state and fraction as they are now."""
        if job.state not in RUNNING:
            self._paces.pop(job.id, None)
            return
        now = self._clock()
        pace = self._paces.get(job.id)
        # Begun, or begun anew; loading a model, during which nothing moves, tells no pace.
        loads = job.state is JobState.PREPARING
        if pace is None or loads or not pace.fraction or job.fraction < pace.fraction:
            self._paces[job.id] = _Pace(job.fraction, now, job.fraction, now)
        elif job.fraction > pace.fraction:
            self._paces[job.id] = pace.moved(job.fraction, now)

    def forget(self, ids: Iterable[int]) -> None:
        """Drop what is known of jobs that are gone."""
        for job_id in ids:
            self._paces.pop(job_id, None)

    def seconds_left(self, job: Job, past: Sequence[Job] = ()) -> float | None:
        """Seconds until this job is done, once it works; None where nothing tells yet.

        A running job's own pace counts most; before it has one, and for a waiting job, what `past`
        (any jobs; those that are done are used) took. 0 for a finished job.
        """
        if job.state in FINISHED:
            return 0.0
        pace = self._paces.get(job.id)
        if pace is not None and pace.rate:
            since = self._clock() - pace.at
            return max(1.0, (1 - pace.fraction) / pace.rate - since)
        whole = expected_seconds(job.params, past)
        if whole is None and job.state in WAITING and job.seconds and job.fraction > 0.02:
            whole = job.seconds / job.fraction
        return None if whole is None else max(1.0, whole * (1 - job.fraction))

    def queue_seconds_left(self, jobs: Sequence[Job]) -> float | None:
        """Seconds until the queue stops: at its end, or at a stop-here marker; None if unknown.

        `jobs` are all jobs, the unfinished ones in their order. Paused and interrupted jobs do not
        count, for the queue passes them by. A kind that was never rendered is taken for as long
        as the running job.
        """
        ahead = [j for j in jobs if j.state in RUNNING or j.state is JobState.QUEUED]
        done = [j for j in jobs if j.state is JobState.DONE]
        wholes: dict[_Kind, float | None] = {}
        running: float | None = None  # what the running job takes from its start to its end
        total: float | None = None
        for job in ahead:
            if job.state in RUNNING:
                left = self.seconds_left(job, done)
                if left is not None and job.fraction < 1:
                    running = left / (1 - job.fraction)
            else:
                kind = _kind(job.params)
                if kind not in wholes:
                    wholes[kind] = expected_seconds(job.params, done)
                whole = wholes[kind] or running
                left = None if whole is None else whole * (1 - job.fraction)
            if left is None:
                return None
            total = (total or 0.0) + left
            if job.stop_after:
                break
        return total


def expected_seconds(params: GenerationParams, past: Iterable[Job]) -> float | None:
    """Seconds that a whole render of these params should take, by what done jobs of `past` took.

    Those of the same kind count as they are; else those of the same model, in proportion to
    steps × pixels × frames. None where neither is there.
    """
    same: list[tuple[float, float]] = []
    alike: list[float] = []
    kind, cost = _kind(params), _cost(params)
    for job in past:
        if job.state is not JobState.DONE or job.seconds <= 0 or job.finished is None:
            continue
        if _kind(job.params) == kind:
            same.append((job.finished.timestamp(), job.seconds))
            continue
        other = _cost(job.params)
        if job.params.model == params.model and cost and other:
            alike.append(job.seconds * cost / other)
    if same:
        return median(seconds for _, seconds in sorted(same)[-_LAST:])
    return median(alike) if alike else None


@dataclass(frozen=True)
class _Pace:
    """How fast a running job moves: where it was first seen and last, and the smoothed rate."""

    first_fraction: float
    first_at: float
    fraction: float
    at: float
    rate: float = 0.0  # fraction a second; 0 while unknown

    def moved(self, fraction: float, now: float) -> _Pace:
        seconds = now - self.at
        watched = now - self.first_at
        if watched < _LEAST_SECONDS or fraction - self.first_fraction < _LEAST_FRACTION:
            return self  # the next look measures from the same point
        latest = (fraction - self.fraction) / seconds
        if not self.rate:
            rate = (fraction - self.first_fraction) / watched
        else:
            keep = math.exp(-seconds / max(_MEMORY, watched / 4))
            rate = keep * self.rate + (1 - keep) * latest
        return replace(self, fraction=fraction, at=now, rate=rate)


_Kind = tuple[object, ...]


def _kind(params: GenerationParams) -> _Kind:
    """What a render's time depends on; a value left open is the model's own, the same each time."""
    return (
        params.model,
        params.width,
        params.height,
        params.num_frames,
        params.num_inference_steps,
        params.image is None,
        params.guidance_scale == 1,
    )


def _cost(params: GenerationParams) -> float | None:
    """A number in proportion to a render's work; None where a value is left to the model."""
    values = (params.width, params.height, params.num_frames, params.num_inference_steps)
    product = 1.0
    for value in values:
        if value is None:
            return None
        product *= value
    return product
