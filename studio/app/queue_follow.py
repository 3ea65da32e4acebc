"""`queue run --until-empty` beside a Clipwright that is open: that one works, this one waits."""

from __future__ import annotations

import json
import sys
import time

from studio.app.failure import FAILED, complain
from studio.app.owner import Ask, Message, call_owner
from studio.app.queue_table import change_text
from studio.core.errors import StudioError
from studio.core.job import RUNNING, Job, JobState
from studio.core.room_pause import NO_ROOM

LOOK_SECONDS = 1.0
_LEFT = frozenset({JobState.QUEUED, *RUNNING})


def follow(*, as_json: bool) -> int:
    """Prints each change of a job until none is left to render; returns the exit status."""
    states: dict[int, JobState] | None = None
    failed = False
    while True:
        try:
            answer = call_owner(Message(ask=Ask.QUEUE, words=("list", "--json")))
        except StudioError as error:
            complain(str(error))
            return FAILED
        if answer.status:
            print(answer.err, end="", file=sys.stderr, flush=True)
            return FAILED
        listing = json.loads(answer.out)
        jobs = [Job.model_validate(job) for job in listing["jobs"]]
        for job in jobs:
            if states is not None and states.get(job.id) is not job.state:
                print(change_text(job, as_json=as_json), flush=True)
                failed = failed or job.state is JobState.FAILED
        states = {job.id: job.state for job in jobs}
        if not _LEFT & set(states.values()):
            return FAILED if failed else 0
        if listing["paused"] and not RUNNING & set(states.values()):
            reason = listing["pause_reason"] or "The queue is paused."
            if not reason.startswith(NO_ROOM):  # which ends by itself
                complain(reason)
                return FAILED
        time.sleep(LOOK_SECONDS)
