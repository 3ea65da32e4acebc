"""What the stage shows of the queue: the running job's preview, then its clip."""

from __future__ import annotations

from studio.core.errors import StudioError
from studio.core.events import Preview
from studio.core.family import Start, resolve
from studio.core.job import FINISHED, RUNNING, Job, JobState
from studio.core.job_files import JobFiles
from studio.core.model_folder import find_model
from studio.core.queue import JobQueue
from studio.ui.queue.job_words import prompt_of
from studio.ui.stage.stage_view import StageView


class Following:
    """Lets the stage follow the running jobs until somebody looks at something else.

    It follows again when the running job is asked for in the queue, or a new one is ordered.
    """

    def __init__(self, stage: StageView, queue: JobQueue, files: JobFiles) -> None:
        self._stage, self._queue, self._files = stage, queue, files
        self._on = True
        self._last: tuple[int, Preview] | None = None
        self._pace: dict[int, tuple[int | None, float]] = {}

    @property
    def on(self) -> bool:
        """Whether the stage follows the queue."""
        return self._on

    def look_away(self) -> None:
        """Something else is on the stage now, and stays there."""
        self._on = False

    def follow(self) -> None:
        """From the next preview on the stage shows what is rendered."""
        self._on = True

    def note_preview(self, job_id: int, preview: Preview) -> None:
        """A job's newest preview."""
        self._last = (job_id, preview)
        if self._on:
            self._show_preview()

    def note_finished(self, job: Job) -> None:
        """A job that is done, failed or cancelled."""
        self._pace.pop(job.id, None)
        if self._last is not None and self._last[0] == job.id:
            self._last = None
        if self._on:
            self._show_finished(job)

    def show_job(self, job_id: int) -> None:
        """Shows whatever there is of a job: its clip, its preview, or why it failed."""
        job = self._queue.job(job_id)
        if job.state in RUNNING:
            self._on = True
            if self._last is not None:
                self._show_preview()
        elif job.state in FINISHED:
            self.look_away()
            self._show_finished(job)

    def _show_preview(self) -> None:
        assert self._last is not None
        job_id, preview = self._last
        job = self._queue.job(job_id)
        if job_id not in self._pace:
            self._pace[job_id] = _pace(job)
        steps, frame_rate = self._pace[job_id]
        self._stage.show_preview(preview, prompt_of(job), steps=steps, frame_rate=frame_rate)

    def _show_finished(self, job: Job) -> None:
        if job.state is JobState.DONE and job.out is not None:
            self._stage.open_clip(job.out, prompt_of(job))
        elif job.state is JobState.FAILED:
            log = self._files.read_log(job.id)
            self._stage.show_problem(job.failure or "", log, heading="This job failed")
        elif self._on:
            self._stage.clear()


def _pace(job: Job) -> tuple[int | None, float]:
    """A job's steps and frames a second, as its model decides them."""
    params = job.params.model_copy(update={"prompt": "-", "image": None})
    try:
        family = find_model(params.model).family
        resolved = resolve(params, family.model_copy(update={"start": Start.EITHER}), None)
    except StudioError:
        return params.num_inference_steps, params.frame_rate or 24.0
    return resolved.num_inference_steps, resolved.frame_rate
