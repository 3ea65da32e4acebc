"""What can be done to a job, and which of it a job in its present state allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from studio.core.job import FINISHED, WAITING, Job, JobState
from studio.core.queue import Wish


class Doing(Enum):
    """Something that a person can do to a job: its words, its icon and its keys."""

    SHOW = ("Show on the stage", "play", "Return", "Enter")
    PAUSE = ("Pause", "pause", "P")
    RESUME = ("Resume", "play", "P")
    RETRY = ("Retry", "retry", "R")
    DETAILS = ("Details", "details", "I")
    EDIT = ("Edit", "edit", "E")
    DUPLICATE = ("Duplicate", "duplicate", "D")
    FRONT = ("Move to the front", "", "Alt+Home")
    UP = ("Move up", "", "Alt+Up")
    DOWN = ("Move down", "", "Alt+Down")
    STOP_HERE = ("Stop the queue after this", "stop-here", "T")
    CANCEL = ("Cancel", "cancel", "Del", "Backspace")
    REMOVE = ("Remove from the list", "trash", "Del", "Backspace")
    MORE = ("More", "more", "Menu")

    def __init__(self, words: str, icon: str, *keys: str) -> None:
        self.words = words
        self.icon = icon
        self.keys = keys

    @property
    def tooltip(self) -> str:
        """The words, and the first key in brackets."""
        return f"{self.words} ({self.keys[0]})"


@dataclass(frozen=True)
class JobKey:
    """Keys of the list; of the doings that share them, the first that a selected job allows."""

    name: str
    title: str
    keys: tuple[str, ...]
    doings: tuple[Doing, ...]


def _job_key(*doings: Doing) -> JobKey:
    name = doings[0].name.lower().replace("_", "-")
    title = " or ".join(doing.words for doing in doings).capitalize()
    return JobKey(name, title, doings[0].keys, doings)


JOB_KEYS = (
    _job_key(Doing.SHOW),
    _job_key(Doing.PAUSE, Doing.RESUME),
    _job_key(Doing.RETRY),
    _job_key(Doing.DETAILS),
    _job_key(Doing.EDIT),
    _job_key(Doing.DUPLICATE),
    _job_key(Doing.FRONT),
    _job_key(Doing.UP),
    _job_key(Doing.DOWN),
    _job_key(Doing.STOP_HERE),
    _job_key(Doing.CANCEL, Doing.REMOVE),
)


def allowed(job: Job, wish: Wish | None) -> frozenset[Doing]:
    """What a person can do to this job now."""
    found = {Doing.SHOW, Doing.DUPLICATE, Doing.MORE}
    if job.state in WAITING or job.state in FINISHED:
        found.add(Doing.EDIT)
    if job.state in FINISHED:
        found.add(Doing.REMOVE)
        if job.state is not JobState.DONE:
            found.add(Doing.RETRY)
        if job.state is JobState.FAILED:
            found.add(Doing.DETAILS)
        return frozenset(found)
    found.add(Doing.STOP_HERE)
    if job.state in WAITING:
        found |= {Doing.FRONT, Doing.UP, Doing.DOWN}
    if wish is not Wish.CANCEL:
        found.add(Doing.CANCEL)
        paused = wish is Wish.PAUSE or job.state in (JobState.PAUSED, JobState.INTERRUPTED)
        found.add(Doing.RESUME if paused else Doing.PAUSE)
    return frozenset(found)


def row_buttons(job: Job, wish: Wish | None) -> tuple[Doing, ...]:
    """The buttons at the end of a job's row, from the left."""
    can = allowed(job, wish)
    match job.state:
        case JobState.DONE:
            order = (Doing.SHOW, Doing.DUPLICATE, Doing.MORE)
        case JobState.FAILED:
            order = (Doing.REMOVE, Doing.MORE)
        case JobState.CANCELLED:
            order = (Doing.RETRY, Doing.REMOVE, Doing.MORE)
        case _:
            order = (Doing.PAUSE, Doing.RESUME, Doing.CANCEL, Doing.MORE)
    return tuple(doing for doing in order if doing in can)


def sentence_buttons(job: Job) -> tuple[Doing, ...]:
    """The buttons with words beside a failed job's sentence."""
    return (Doing.RETRY, Doing.DETAILS) if job.state is JobState.FAILED else ()
