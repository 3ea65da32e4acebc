"""What a row of the queue says, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from studio.core.job import Job, JobState
from studio.core.params import GenerationParams
from studio.core.queue import Wish
from studio.core.stall_watch import Hang

NO_PROMPT = "(no prompt, from the photo alone)"


def state_words(job: Job, wish: Wish | None = None) -> str:
    """The state as a person says it, with the steps where they tell something."""
    if wish is Wish.PAUSE:
        return "pausing …"
    if wish is Wish.CANCEL:
        return "cancelling …"
    match job.state:
        case JobState.DENOISING:
            return f"denoising {job.step}/{job.steps}" if job.steps else "denoising"
        case JobState.QUEUED if _begun(job):
            return f"queued, goes on at {job.step}/{job.steps}"
        case JobState.PAUSED | JobState.INTERRUPTED if _begun(job):
            return f"{job.state.value} at {job.step}/{job.steps}"
        case JobState.DONE if job.seconds >= 1:
            return f"done in {length(job.seconds)}"
        case _:
            return job.state.value


def prompt_of(job: Job) -> str:
    """The prompt on one line; words in its place where there is none."""
    return " ".join(job.params.prompt.split()) or NO_PROMPT


def summary(params: GenerationParams) -> str:
    """What was set besides the prompt, in a few words; what is left to the model is left out."""
    parts: list[str] = []
    if params.width and params.height:
        parts.append(f"{params.width} × {params.height}")
    if params.num_frames:
        seconds = f"{params.num_frames / params.frame_rate:.1f} s" if params.frame_rate else ""
        parts.append(seconds or f"{params.num_frames} frames")
    if params.num_inference_steps:
        parts.append(f"{params.num_inference_steps} steps")
    if params.seed is not None:
        parts.append(f"seed {params.seed}")
    return " · ".join(parts)


def left_words(seconds: float | None) -> str:
    """The time left as on a clock; empty where it is not known."""
    return "" if seconds is None else f"{length(seconds)} left"


def length(seconds: float) -> str:
    """A length of time: 0:07, 12:40, 1 h 05 min, 3 h."""
    whole = max(0, round(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes:02} min" if minutes and hours < 10 else f"{hours} h"


def clock(seconds: float, now: datetime) -> str:
    """When a time that is left will be over: 21:45, with the day where it is not today."""
    then = now + timedelta(seconds=seconds)
    days = (then.date() - now.date()).days
    time = f"{then:%H:%M}"
    if not days:
        return time
    return f"{time} tomorrow" if days == 1 else f"{then:%A} {time}" if days < 7 else f"{then:%x}"


def spoken(job: Job, wish: Wish | None, seconds_left: float | None, place: int | None) -> str:
    """A row as a screen reader says it; `place` counts the unfinished jobs from 1."""
    parts = [prompt_of(job), state_words(job, wish).replace("/", " of ")]
    if 0 < job.fraction < 1:
        parts.append(f"{round(job.fraction * 100)} percent")
    if seconds_left:
        parts.append(_spoken_length(seconds_left))
    if job.failure:
        parts.append(job.failure)
    if place is not None:
        parts.append(f"number {place} in the queue")
    if job.stop_after:
        parts.append("the queue stops here")
    return ", ".join(parts)


def crash_words(jobs: Sequence[Job]) -> str:
    """What is asked at the start after a crash; `jobs` are those that it interrupted."""
    ended = "Clipwright ended unexpectedly the last time; the queue is as it was then."
    if not jobs:
        return f"{ended} Go on with it?"
    job = jobs[0]
    where = f" at step {job.step} of {job.steps}" if _begun(job) else ""
    words = f"{ended} “{_short(job)}” was interrupted{where}"
    return f"{words} and can go on from its last kept step."


def stall_words(job: Job, hang: Hang | None) -> str:
    """What is asked when the engine hangs."""
    what = "works, but has not come further" if hang is Hang.STUCK else "has shown no sign of life"
    return (
        f"The engine {what} for longer than usual at “{_short(job)}”. Restarting it goes on from "
        "the last kept step: hardly anything of the render is lost."
    )


def _short(job: Job) -> str:
    words = prompt_of(job)
    return words if len(words) <= 60 else f"{words[:59]}…"


def _begun(job: Job) -> bool:
    return job.step > 0 and job.steps > 0


def _spoken_length(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds)} seconds left"
    return f"{round(seconds / 60)} minutes left"
