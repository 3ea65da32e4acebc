"""What the tests of the queue share: params, and jobs brought as far as a test needs."""

from __future__ import annotations

from pathlib import Path

from studio.core.job import Job, JobState
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue
from studio.core.store import Store

# What a render goes through, in order.
WAY = (JobState.PREPARING, JobState.DENOISING, JobState.DECODING, JobState.WRITING, JobState.DONE)


def params(prompt: str = "a cat", **more: object) -> GenerationParams:
    return GenerationParams.model_validate({"prompt": prompt, "seed": 1, **more})


def open_queue(path: Path) -> tuple[Store, JobQueue]:
    store = Store.open(path).store
    return store, JobQueue(store)


def bring(queue: JobQueue, job_id: int, state: JobState) -> Job:
    """Takes a queued job to a state by the usual way."""
    if state in WAY:
        for step in WAY[: WAY.index(state) + 1]:
            queue.move_state(job_id, step)
    elif state is JobState.FAILED:
        queue.move_state(job_id, JobState.PREPARING)
        queue.move_state(job_id, state, failure="It did not work.")
    elif state is JobState.INTERRUPTED:
        queue.move_state(job_id, JobState.PREPARING)
        queue.move_state(job_id, state)
    elif state is not JobState.QUEUED:
        queue.move_state(job_id, state)
    return queue.job(job_id)


def prompts(queue: JobQueue) -> list[str]:
    """The prompts of the unfinished jobs in their order."""
    return [job.params.prompt for job in queue.jobs() if job.position > 0]
