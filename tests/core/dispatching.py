"""A dispatcher on a real store, with an engine that says what the test says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from studio.core.clip import ClipRecord
from studio.core.dispatcher import Dispatcher
from studio.core.engine_link import Ending, EngineLink
from studio.core.errors import BadInput
from studio.core.events import (
    Checkpoint,
    Done,
    Event,
    Failed,
    FailureKind,
    Hello,
    Progress,
    Stage,
    Stopped,
)
from studio.core.job import Job, JobState
from studio.core.job_clip import ClipFiles
from studio.core.job_files import JobFiles
from studio.core.library import Library
from studio.core.params import GenerationParams, Quality, ResolvedParams, Scheduler
from studio.core.photo import Fit
from studio.core.queue import JobQueue
from studio.core.request import RenderRequest
from studio.core.settings import Settings, SettingsFile
from studio.core.store import Store

KILLED = Ending("was killed")


class ScriptedLink(EngineLink):
    """Remembers what it was asked, and tells only what a test tells it to."""

    def __init__(self) -> None:
        self.sent: list[RenderRequest] = []
        self.calls: list[str] = []
        self._running = False

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        self.calls.append("start")
        self._running = True

    def send(self, request: RenderRequest) -> None:
        assert self._running
        self.calls.append("send")
        self.sent.append(request)

    def ask_stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")

    def kill(self) -> None:
        self.calls.append("kill")

    def end(self, ending: Ending = KILLED) -> None:
        """The engine ends."""
        self._running = False
        self.ended.emit(ending)

    def tell(self, *events: Event) -> None:
        """The engine tells events."""
        for event in events:
            self.event.emit(event)

    def hello(self) -> None:
        self.tell(Hello(version="1", pid=1))

    def denoise(self, step: int = 1) -> None:
        """Steps of four, and the state kept after them."""
        request = self.sent[-1]
        assert request.checkpoint is not None
        request.checkpoint.write_bytes(b"state %d" % step)
        self.tell(
            Progress(stage=Stage.LOAD, step=0, steps=1, fraction=0),
            Progress(stage=Stage.DENOISE, step=step, steps=4, fraction=step / 4),
            Checkpoint(path=request.checkpoint, step=step),
        )

    def make_clip(self) -> Done:
        """Puts the clip on the disk and gives the event that says so."""
        request = self.sent[-1]
        params = resolved(request.params)
        record = ClipRecord(
            version="1",
            params=params,
            model_title="Tiny",
            model_fingerprint="f",
            photo_sha256=None,
            created=datetime.now(UTC),
        )
        request.out.write_text(record.model_dump_json())
        poster = request.out.with_suffix(".jpg")
        poster.write_bytes(b"poster")
        return Done(
            clip=request.out,
            poster=poster,
            params=params,
            seconds={Stage.DENOISE: 4.0, Stage.DECODE: 1.0},
            total_seconds=5.0,
            peak_memory=1,
            peak_gpu_memory=None,
        )

    def write(self) -> None:
        """Decodes and begins to write."""
        self.tell(
            Progress(stage=Stage.DECODE, step=0, steps=9, fraction=0),
            Progress(stage=Stage.DECODE, step=9, steps=9, fraction=1),
            Progress(stage=Stage.WRITE, step=0, steps=1, fraction=0),
        )

    def finish(self) -> None:
        """The whole render."""
        self.denoise()
        self.write()
        self.tell(self.make_clip())

    def fail(self, kind: FailureKind = FailureKind.BAD_INPUT, message: str = "It is bad.") -> None:
        self.tell(Failed(kind=kind, message=message))

    def stopped(self) -> None:
        self.tell(Stopped(checkpoint=self.sent[-1].checkpoint, step=1))


class Bench:
    """One start of the program on a folder; `now` is its clock."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.clips_folder = folder / "clips"
        self.clips_folder.mkdir(parents=True, exist_ok=True)
        self.store = Store.open(folder / "queue.db").store
        self.queue = JobQueue(self.store, clock=self.clock)
        self.library = Library(self.store)
        self.files = JobFiles(folder)
        self.settings = SettingsFile(folder / "settings.json")
        self.link = ScriptedLink()
        self.dispatcher = Dispatcher(
            self.queue,
            self.library,
            self.link,
            self.files,
            self.settings,
            ClipFiles(self.choose_out, read_clip),
            clock=self.clock,
        )
        self.told: list[object] = []
        self.dispatcher.queue_ended.connect(self._ended)
        self.dispatcher.trouble.connect(self._trouble)

    def clock(self) -> float:
        return self.now

    def choose_out(self, job: Job, taken: Collection[Path]) -> Path:
        for number in range(1, 100):
            path = self.clips_folder / f"{number}.mp4"
            if path not in taken and not path.exists():
                return path
        raise BadInput("The folder is full of clips.")

    def begin(self, *prompts: str, go_on: bool = False) -> list[Job]:
        """Adds jobs and begins."""
        jobs = self.queue.add([GenerationParams(prompt=prompt) for prompt in prompts])
        self.dispatcher.begin(go_on)
        return jobs

    def wait(self, seconds: float) -> None:
        """Time goes by, with a tick a second."""
        for _ in range(round(seconds)):
            self.now += 1
            self.dispatcher.tick()

    def state(self, job: Job) -> JobState:
        return self.queue.job(job.id).state

    def save(self, **changes: object) -> None:
        self.settings.save(Settings.model_validate(changes))

    def close(self) -> None:
        self.store.close()

    def _ended(self, done: int, failed: int) -> None:
        self.told.append((done, failed))

    def _trouble(self, sentence: str) -> None:
        self.told.append(sentence)


def read_clip(path: Path) -> ClipRecord:
    try:
        return ClipRecord.model_validate_json(path.read_text())
    except ValueError as error:
        raise BadInput(f"{path} is no clip.") from error


def resolved(params: GenerationParams) -> ResolvedParams:
    return ResolvedParams(
        prompt=params.prompt,
        negative_prompt="",
        model=params.model,
        image=None,
        crop=None,
        fit=Fit.COVER,
        background="white",
        width=64,
        height=64,
        num_frames=9,
        frame_rate=24,
        num_inference_steps=4,
        guidance_scale=5,
        guidance_scale_2=None,
        flow_shift=5,
        seed=params.seed or 0,
        scheduler=Scheduler.UNIPC,
        quality=Quality.GOOD,
    )
