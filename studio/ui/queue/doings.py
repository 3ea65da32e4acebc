"""What can be done to a job, and which of it a job in its present state allows."""

from __future__ import annotations

from enum import Enum

from studio.core.job import FINISHED, WAITING, Job, JobState
from studio.core.queue import Wish


class Doing(Enum):
    """Something that a person can do to a job: its words, its icon and its key."""

    SHOW = ("Show on the stage", "play", "Return")
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
    CANCEL = ("Cancel", "cancel", "Del")
    REMOVE = ("Remove from the list", "trash", "Del")
    MORE = ("More", "more", "Menu")

    def __init__(self, words: str, icon: str, key: str) -> None:
        self.words = words
        self.icon = icon
        self.key = key

    @property
    def tooltip(self) -> str:
        """The words, and the key in brackets."""
        return f"{self.words} ({self.key})" if self.key else self.words


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
