"""How long a render will take on this machine and how large its clip will be, from those before."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict

from studio.core.clip_size import usual_bytes
from studio.core.events import Done, Stage
from studio.core.family import Family, Start, resolve
from studio.core.json_file import JsonFile
from studio.core.params import GenerationParams, Quality, ResolvedParams

KEPT = 12  # past renders of each model; a new graphics card is soon known
ALIKE = 3  # of those most like the one to come, whose median counts
_FRAME_STEP = 4  # frames of a latent frame, after the first


@dataclass(frozen=True)
class Estimate:
    """What a render will take: `seconds` is None as long as nothing is known of its model."""

    seconds: float | None
    bytes: int

    def __str__(self) -> str:
        size = bytes_in_words(self.bytes)
        return size if self.seconds is None else f"{seconds_in_words(self.seconds)} · {size}"


class Work(BaseModel):
    """What decides how long a render takes and how large its clip is.

    Width and height are in pixels; `passes` counts the runs of the transformer, two for a step with
    guidance.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    width: int
    height: int
    num_frames: int
    passes: int
    quality: Quality

    @classmethod
    def of(cls, params: ResolvedParams, steps: int | None = None) -> Work:
        """The work of a render; `steps` where it does not take all of them."""
        guidances = (params.guidance_scale, params.guidance_scale_2 or 0)
        steps = params.num_inference_steps if steps is None else steps
        return cls(
            model=params.model,
            width=params.width,
            height=params.height,
            num_frames=params.num_frames,
            passes=steps * (2 if max(guidances) > 1 else 1),
            quality=params.quality,
        )

    @classmethod
    def wanted(
        cls, params: GenerationParams, family: Family, photo: tuple[int, int] | None = None
    ) -> Work:
        """The work that params will make, also those that still lack a prompt or a photo.

        `photo` is its (or its crop box's) width and height. Raises BadInput for values that the
        family cannot do.
        """
        filled = params.model_copy(update={"prompt": "-", "image": None})
        return cls.of(resolve(filled, family.model_copy(update={"start": Start.EITHER}), photo))

    @property
    def tokens(self) -> int:
        """What the transformer and the VAE go through, in units that all sizes of a model share."""
        return ((self.num_frames - 1) // _FRAME_STEP + 1) * self.width * self.height

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.num_frames * self.width * self.height


class PastRender(BaseModel):
    """One finished render: its work and what it took, seconds by stage and bytes of the clip."""

    model_config = ConfigDict(frozen=True)

    work: Work
    denoise: float
    decode: float  # and write
    rest: float  # load and encode
    bytes: int


class PastRenders(BaseModel):
    """The last renders on this machine, oldest first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    renders: tuple[PastRender, ...] = ()


class Estimator:
    """Learns from finished renders, kept in one small file, and tells what the next will take."""

    def __init__(self, path: Path):
        self._file = JsonFile(path, PastRenders(), "times of past renders")

    def learn(self, done: Done, steps: int | None = None) -> None:
        """Takes note of a finished render; raises DiskFull or StudioError where that cannot be
        kept.

        `steps` are those that it took since it was last resumed, None for all. Of a render that
        took none there is nothing to learn.
        """
        work = Work.of(done.params, steps)
        try:
            size = done.clip.stat().st_size
        except OSError:
            return
        if work.passes == 0:
            return
        seconds = {stage: done.seconds.get(stage, 0.0) for stage in Stage}
        new = PastRender(
            work=work,
            denoise=seconds[Stage.DENOISE],
            decode=seconds[Stage.DECODE] + seconds[Stage.WRITE],
            rest=seconds[Stage.LOAD] + seconds[Stage.ENCODE],
            bytes=size,
        )
        others = [past for past in self._file.value.renders if past.work.model != work.model]
        same = [past for past in self._file.value.renders if past.work.model == work.model]
        renders = (*others, *same[1 - KEPT :], new)
        self._file.write(PastRenders(renders=renders), wait_for_disk=False)

    def estimate(self, work: Work) -> Estimate:
        """What a render will take, judged by the past ones of its model that are most like it.

        Denoising grows with tokens times passes, decoding with tokens, and loading not at all.
        """
        past = [past for past in self._file.value.renders if past.work.model == work.model]
        past.reverse()  # of those alike the newest first
        past.sort(key=lambda old: abs(log(old.work.tokens / work.tokens)))
        seconds = [_seconds(old, work) for old in past[:ALIKE]]
        return Estimate(median(seconds) if seconds else None, self._bytes(work, past))

    def _bytes(self, work: Work, past: list[PastRender]) -> int:
        same = [old for old in past if old.work.quality is work.quality][:ALIKE]
        if not same:
            return usual_bytes(work.width, work.height, work.num_frames, work.quality)
        return round(median(old.bytes * work.pixels / old.work.pixels for old in same))


def seconds_in_words(seconds: float) -> str:
    """A time as people say it: "a few seconds", "about 40 s", "about 4 min", "about 1 h 20 min"."""
    if seconds < 7.5:
        return "a few seconds"
    if seconds < 57.5:
        return f"about {round(seconds / 5) * 5} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {max(1, minutes)} min"
    hours, minutes = divmod(round(minutes / 10) * 10, 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"


def bytes_in_words(count: int) -> str:
    """A size as people say it, in powers of ten: "300 kB", "9 MB", "1.2 GB"."""
    if count < 1e6:
        return f"{max(1, round(count / 1e3))} kB"
    if count < 1e9:
        return f"{round(count / 1e6)} MB"
    return f"{count / 1e9:.1f} GB"


def _seconds(old: PastRender, work: Work) -> float:
    size = work.tokens / old.work.tokens
    steps = work.passes / old.work.passes
    return old.denoise * size * steps + old.decode * size + old.rest
