"""The start after an end in the middle of a render: what became of the job, and who says go on."""

from __future__ import annotations

from studio.core.job import RUNNING, WAITING, Job, JobState
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
    if not goes_on and any(job.state in RUNNING for job in queue.jobs()):
        _ask_for_the_rest(queue)  # first: at a second call no job shows that the last start died
    jobs = _recover(queue, library, files, clips)
    if not goes_on:
        _ask(queue)
    elif queue.asks:
        go_on(queue)
    else:
        _resume(queue)
    return jobs


def go_on(queue: JobQueue) -> None:
    """The answer to the question after a crash: the interrupted jobs go on, and so does the queue,
    also one that a person had paused before.
    """
    _resume(queue)
    if queue.paused:
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
    """Pauses the queue until a person says whether interrupted jobs go on."""
    jobs = _interrupted(queue)
    if jobs and (queue.asks or not queue.paused):
        numbers = " and ".join(str(job.id) for job in jobs)
        which = f"Job {numbers} goes" if len(jobs) == 1 else f"Jobs {numbers} go"
        queue.set_paused(True, f"{ASKING}{which} on from the last kept step when you say so.")


def _ask_for_the_rest(queue: JobQueue) -> None:
    """Pauses the queue after a death until a person says whether the jobs that wait may begin."""
    if not queue.paused and queue.next_job() is not None:
        queue.set_paused(True, f"{ASKING}The jobs that wait begin when you say so.")


def _resume(queue: JobQueue) -> None:
    for job in _interrupted(queue):
        queue.resume_job(job.id)


def _interrupted(queue: JobQueue) -> list[Job]:
    return [job for job in queue.jobs() if job.state is JobState.INTERRUPTED]
