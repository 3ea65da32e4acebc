"""The start after an end in the middle of a render: what became of the job, and who says go on."""

from __future__ import annotations

from studio.core.job import WAITING, Job, JobState
from studio.core.job_clip import ClipFiles, poster_of, take_in
from studio.core.job_files import JobFiles
from studio.core.job_moves import ASKING
from studio.core.library import Library
from studio.core.queue import JobQueue


def take_up(
    queue: JobQueue, library: Library, files: JobFiles, clips: ClipFiles, goes_on: bool
) -> list[Job]:
    """Takes the queue up as the last start left it; with `goes_on` interrupted jobs go on, else the
    queue is paused where there are any. Returns all jobs as they were found. Raises StudioError
    where the database cannot be written; then it can be called again.
    """
    jobs = _recover(queue, library, files, clips)
    if goes_on:
        go_on(queue)
    else:
        _ask(queue)
    return jobs


def go_on(queue: JobQueue) -> None:
    """Lets the interrupted jobs go on, and the queue where it waited for that."""
    for job in _interrupted(queue):
        queue.resume_job(job.id)
    if queue.asks:
        queue.set_paused(False)


def _recover(queue: JobQueue, library: Library, files: JobFiles, clips: ClipFiles) -> list[Job]:
    """Jobs that ran are interrupted, or done where their clip is there; engines that died at a job
    were of an earlier start.
    """
    queue.interrupt_running()
    jobs = queue.jobs()
    files.sweep({job.id for job in jobs})
    for job in jobs:
        if job.state in WAITING and job.engine_deaths:
            queue.update(job.id, engine_deaths=0)
        record = clips.made(job) if job.state is JobState.INTERRUPTED else None
        if record is not None and job.out is not None:
            take_in(queue, library, job, record, job.out, poster_of(job.out), job.seconds)
            files.keep_only_log(job.id)
    return jobs


def _ask(queue: JobQueue) -> None:
    """Pauses the queue until a person says whether to go on, where there is anything to ask."""
    jobs = _interrupted(queue)
    if jobs and not queue.paused:
        numbers = " and ".join(str(job.id) for job in jobs)
        which = f"Job {numbers} goes" if len(jobs) == 1 else f"Jobs {numbers} go"
        queue.set_paused(True, f"{ASKING}{which} on from the last kept step when you say so.")


def _interrupted(queue: JobQueue) -> list[Job]:
    return [job for job in queue.jobs() if job.state is JobState.INTERRUPTED]
