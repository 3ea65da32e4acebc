"""What the stage shows of the queue: the running job's preview, then its clip."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.events import Preview
from studio.core.family import Start, resolve
from studio.core.job import FINISHED, RUNNING, Job, JobState
from studio.core.job_files import JobFiles
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams
from studio.core.photo import prepare, read_photo
from studio.core.queue import JobQueue
from studio.ui.background import Background
from studio.ui.compose.photo_loading import to_picture
from studio.ui.queue.job_words import prompt_of
from studio.ui.stage.stage_view import StageView

# What is said of a job of which there is nothing to see, and over it.
_WORDS = {
    JobState.QUEUED: ("This job waits", "This job waits for its turn."),
    JobState.PAUSED: ("This job waits", "This job waits: it is paused. Resume lets it go on."),
    JobState.INTERRUPTED: (
        "This job waits",
        "This job waits: it was interrupted. Resume lets it go on.",
    ),
    JobState.CANCELLED: (
        "This job was cancelled",
        "There is nothing to see of it. Retry renders it after all.",
    ),
}
_BADGES = {
    JobState.QUEUED: "waits",
    JobState.PAUSED: "paused",
    JobState.INTERRUPTED: "interrupted",
}
_SOON = ("This job runs", "Its first preview is on its way, and shows here.")


class Following:
    """Lets the stage follow the running jobs until somebody looks at something else.

    It follows again when the running job is asked for in the queue, or a new one is ordered.
    """

    def __init__(self, stage: StageView, queue: JobQueue, files: JobFiles) -> None:
        self._stage, self._queue, self._files = stage, queue, files
        self._on = True
        self._awaited: tuple[int, JobState] | None = None  # a waiting job that was asked for
        self._last: tuple[int, Preview] | None = None
        self._background = Background(stage)
        self._pace: dict[int, tuple[int | None, float]] = {}

    @property
    def on(self) -> bool:
        """Whether the stage follows the queue."""
        return self._on

    def look_away(self) -> None:
        """Something else is on the stage now, and stays there."""
        self._on, self._awaited = False, None

    def follow(self) -> None:
        """From the next preview on the stage shows what is rendered."""
        self._on, self._awaited = True, None

    def note_preview(self, job_id: int, preview: Preview) -> None:
        """A job's newest preview."""
        self._last = (job_id, preview)
        if self._awaits(job_id):
            self.follow()
        if self._on:
            self._show_preview()

    def note_changed(self, job: Job) -> None:
        """A job changed; what is said of one that waits follows its state."""
        if self._awaits(job.id) and self._awaited != (job.id, job.state):
            self.show_job(job.id)

    def note_removed(self, ids: Sequence[int]) -> None:
        """Jobs left the queue; nothing is said of one that does not wait any more."""
        if any(map(self._awaits, ids)):
            self.look_away()
            self._stage.clear()

    def note_finished(self, job: Job) -> None:
        """A job that is done, failed or cancelled."""
        self._pace.pop(job.id, None)
        if self._last is not None and self._last[0] == job.id:
            self._last = None
        if self._on:
            self._show_finished(job)
        elif self._awaits(job.id):
            self.show_job(job.id)

    def show_job(self, job_id: int) -> None:
        """Shows whatever there is of a job: its clip, its preview, its photo, or why there is
        none of them.
        """
        job = self._queue.job(job_id)
        mine = self._last is not None and self._last[0] == job_id
        if job.state in RUNNING:
            self.follow()
            if mine:
                self._show_preview()
            else:
                self._say(*_SOON)
        elif job.state in FINISHED:
            self.look_away()
            self._show_finished(job)
            if job.state is JobState.CANCELLED:
                self._say(*_WORDS[job.state])
        else:
            self._show_waiting(job, mine)

    def _show_waiting(self, job: Job, mine: bool) -> None:
        self.look_away()
        self._awaited = (job.id, job.state)
        self._stage.clear()  # nothing of another job stays under this one's title
        if mine and self._last is not None and self._last[1].path.is_file():
            self._show_preview()
        elif job.params.image is not None:
            self._stage.show_photo(None, prompt_of(job), _BADGES[job.state])
            # The largest photos take seconds.
            self._background.start(lambda: _photo_of(job), lambda photo: self._take(job, photo))
        else:
            self._say(*_WORDS[job.state])

    def _take(self, job: Job, photo: QImage | StudioError) -> None:
        if self._awaited != (job.id, job.state):
            return  # something else is looked at by now
        if isinstance(photo, StudioError):
            self._say(*_WORDS[job.state])
        else:
            self._stage.show_photo(photo, prompt_of(job), _BADGES[job.state])

    def _awaits(self, job_id: int) -> bool:
        return self._awaited is not None and self._awaited[0] == job_id

    def _say(self, heading: str, sentence: str) -> None:
        self._stage.show_problem(sentence, heading=heading)
        self._stage.problem.show_problem(sentence, kind="info")  # nothing went wrong

    def _show_preview(self) -> None:
        assert self._last is not None
        job_id, preview = self._last
        self._show(self._queue.job(job_id), preview)

    def _show(self, job: Job, preview: Preview) -> None:
        if job.id not in self._pace:
            self._pace[job.id] = _pace(job)
        steps, frame_rate = self._pace[job.id]
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


def _photo_of(job: Job) -> QImage:
    """A job's photo as its model will see it; StudioError where it cannot be read."""
    params = job.params
    assert params.image is not None
    photo = read_photo(params.image, params.background)
    width, height = _clip_size(params, photo.size_within(params.crop))
    seen = prepare(
        photo, width, height, crop=params.crop, fit=params.fit, background=params.background
    )
    return to_picture(seen, max(seen.size))


def _clip_size(params: GenerationParams, photo: tuple[int, int]) -> tuple[int, int]:
    """How large the clip of a photo will be; as the photo where its model is not there to ask."""
    try:
        resolved = resolve(params, find_model(params.model).family, photo)
    except StudioError:
        return params.width or photo[0], params.height or photo[1]
    return resolved.width, resolved.height
