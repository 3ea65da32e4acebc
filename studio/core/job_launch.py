"""The next job, taken from the queue and decided on: what is left is to give it to the engine."""

from __future__ import annotations

from studio.core.job import Job, JobState
from studio.core.job_clip import poster_of, take_in
from studio.core.job_run import JobRun, Shelf
from studio.core.job_start import JobStarts, Made, Ready, Refused
from studio.core.request import RenderRequest
from studio.core.room import Shortage
from studio.core.room_pause import RoomPause


class JobLaunch:
    """Takes one job after another from the queue.

    Set `again` to the id of one that goes before all others, even where the queue is paused: it had
    begun, and its engine died.
    """

    def __init__(self, shelf: Shelf, starts: JobStarts, room: RoomPause) -> None:
        self.again: int | None = None
        self._shelf, self._starts, self._room = shelf, starts, room

    @property
    def waits(self) -> bool:
        """Whether there is a job that can be taken."""
        return self._next() is not None

    def take(self) -> JobRun | Job | None:
        """The run of the next job, whose request is to be sent; the job, where it came to its end
        without one; None where there is none to take or no room for it, which pauses the queue.

        Raises StudioError where the database cannot be written; then it can be called again.
        """
        job = self._next()
        if job is None:
            return None
        taken: JobRun | Job | None = None
        match self._starts.decide(job):
            case Made(record, out):
                shelf, poster = self._shelf, poster_of(out)
                taken = take_in(shelf.queue, shelf.library, job, record, out, poster, job.seconds)
                shelf.files.keep_only_log(job.id)
            case Refused(sentence):
                # Retried, it may go to another folder: perhaps this one was the reason.
                taken = self._shelf.queue.move_state(
                    job.id, JobState.FAILED, failure=sentence, out=None
                )
            case Shortage() as shortage:
                self._room.pause(shortage.sentence)
            case Ready(request):
                taken = self._run(job, request)
        self.again = None
        return taken

    def _next(self) -> Job | None:
        if self.again is not None:
            job = self._shelf.queue.job(self.again)
            if job.state is JobState.QUEUED:
                return job
        return self._shelf.queue.next_job()

    def _run(self, job: Job, request: RenderRequest) -> JobRun:
        goes_on = request.resume is not None
        afresh = {} if goes_on else {"seconds": 0.0, "step": 0, "fraction": 0.0}
        queue = self._shelf.queue
        job = queue.move_state(job.id, JobState.PREPARING, out=request.out, **afresh)
        self._shelf.files.note(job.id, "Goes on from the kept state." if goes_on else "Started.")
        return JobRun(job, request, self._shelf)
