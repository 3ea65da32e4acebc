"""What the starter model makes of prompts that it never saw, read from the clips by the judge.

Run by `python3 launch.py bench starter [--prompts N] [--sheet FILE]`.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import contact_sheet
import numpy as np
import torch
from figures import BenchFailed, Bound, Figure, Unit, at_least
from judge import Frames, Reading, psnr, read_clip, read_frames
from judge_camera import read_camera
from options import PROMPTS, Options
from photographs import photographs
from rich.console import Console
from rich.progress import track
from rich.table import Table
from starter_cases import LANGUAGES, SEED, Case, camera_cases, photo_cases, subject_cases

sys.path.append(str(Path(__file__).parents[1] / "starter"))

import draw
from scenes import Language, Scene, draw_scene

from studio.core.events import Done
from studio.core.folders import HOME_VARIABLE
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.photo import prepare, read_photo
from studio.core.request import Memory, RenderRequest
from studio.engine import vae
from studio.engine.model import Model
from studio.engine.placement import choose_placement
from studio.engine.renderer import Renderer

CAMERA_SCENES = 40  # sentences with a camera, at PROMPTS prompts
PHOTO_SEEDS = 2  # for each photograph, camera move and language, at PROMPTS prompts
VAE_CLIPS = 32
ATTRIBUTES = (  # of a Scene and of a Reading, with the share that must be right
    ("color", "shape's colour right", 0.97),
    ("ground", "background right", 0.97),
    ("motion", "motion right", 0.92),
    ("shape", "shape right", 0.85),
)
CAMERA_BOUND = at_least(0.90)
VAE_BOUND, PHOTO_BOUND = at_least(30), at_least(25)


@dataclass(frozen=True)
class Answer:
    """What was said of one thing, in which language, and what the judge read in the clip."""

    said: str
    read: str
    language: Language

    @property
    def right(self) -> bool:
        """Whether the clip shows what was said."""
        return self.said == self.read


def starter(options: Options) -> list[Figure]:
    """Renders and judges all cases, `options.prompts` of them about shapes, others in proportion.

    The confusions go to the terminal, and some clips' frames as a picture to `options.sheet`.
    Raises StudioError where the model cannot be used and BenchFailed where a render ends without a
    clip.
    """
    say = Console()
    # By its place: the name of a person's own model means nothing in the engine's new home.
    options = replace(options, model=str(options.folder().path))
    rows: list[contact_sheet.Row] = []
    prompts, sheet = options.prompts, options.sheet
    with _Studio(options) as studio:
        figures = [
            *_subjects(studio, prompts, rows, say),
            *_cameras(studio, prompts, rows, say),
            _reconstruction(options),
        ]
    if sheet is not None:
        contact_sheet.write(sheet, rows)
        say.print(f"Some of the clips: {sheet}", highlight=False)
    return figures


def _subjects(
    studio: _Studio, count: int, rows: list[contact_sheet.Row], say: Console
) -> list[Figure]:
    answers: dict[str, list[Answer]] = {name: [] for name, _, _ in ATTRIBUTES}
    for case in track(subject_cases(count), "prompts", console=say):
        frames, _ = studio.render(case)
        reading = read_clip(frames)
        for name, found in answers.items():
            said, read = getattr(case.scene, name), getattr(reading, name)
            found.append(Answer(said, read, case.language))
        said, read = _in_words(case.scene), _in_words(reading)
        rows.append(contact_sheet.Row.of(case.prompt, said, read, frames))
    for name, found in answers.items():
        _print_confusions(name, found, say)
    return [share(title, answers[name], at_least(limit)) for name, title, limit in ATTRIBUTES]


def _in_words(shown: Scene | Reading) -> str:
    return f"{shown.color} {shown.shape} {shown.motion} on {shown.ground}"


def _cameras(
    studio: _Studio, count: int, rows: list[contact_sheet.Row], say: Console
) -> list[Figure]:
    drawn = camera_cases(max(4, round(CAMERA_SCENES * count / PROMPTS)))
    photos = photo_cases(max(1, round(PHOTO_SEEDS * count / PROMPTS)))
    answers: dict[bool, list[Answer]] = {True: [], False: []}
    first: dict[str, list[float]] = {photo.stem: [] for photo in photographs()}
    for case in track([*drawn, *photos], "cameras", console=say):
        frames, params = studio.render(case)
        read = read_camera(frames)
        answers[case.photo is None].append(Answer(case.scene.camera, read, case.language))
        if case.photo is not None:
            wanted = prepare(read_photo(case.photo), params.width, params.height)
            first[case.photo.stem].append(psnr(frames[0], np.asarray(wanted)))
        rows.append(contact_sheet.Row.of(case.prompt, case.scene.camera, read, frames))
    every = answers[True] + answers[False]
    _print_confusions("camera", every, say)
    return [
        share("camera direction right", every, CAMERA_BOUND),
        share("camera direction on drawn scenes", answers[True]),
        share("camera direction on photographs", answers[False]),
        _first_frame(first),
    ]


def _first_frame(first: dict[str, list[float]]) -> Figure:
    means = {name: statistics.fmean(values) for name, values in first.items()}
    detail = ", ".join(f"{name} {value:.1f}" for name, value in means.items())
    title = "first frame against the photograph, the worst"
    return Figure(title, min(means.values()), Unit.DECIBEL, PHOTO_BOUND, detail, first)


def _reconstruction(options: Options) -> Figure:
    """Drawn clips through the VAE and back, block by block as the engine does it."""
    folder, params, rng = options.folder(), options.params(0), random.Random(SEED + 3)
    placement = choose_placement(Memory.RESIDENT, folder)
    coder = Model(folder, placement).vae()
    values = []
    for _ in range(VAE_CLIPS):
        scene = draw_scene(rng)
        clip = draw.clip(scene, params.width, params.height, params.num_frames, rng)[None]
        ends = [0, *range(1, params.num_frames + 1, vae.BLOCK)]
        blocks = [clip[:, :, a:b].to(placement.device) for a, b in itertools.pairwise(ends)]
        back = torch.cat(list(vae.decode(coder, vae.encode(coder, blocks)))).numpy()
        drawn = clip[0].add(1).mul(127.5).round().to(torch.uint8).permute(1, 2, 3, 0).numpy()
        values.append(psnr(drawn, back))
    title = "VAE reconstruction of drawn clips"
    detail = f"mean of {VAE_CLIPS} clips, the worst {min(values):.1f} dB"
    mean = statistics.fmean(values)
    return Figure(title, mean, Unit.DECIBEL, VAE_BOUND, detail, {"clips": values})


def share(name: str, answers: Sequence[Answer], bound: Bound | None = None) -> Figure:
    """How many are right, with the interval that the true share lies in with 95 %."""
    right = sum(answer.right for answer in answers)
    low, high = wilson(right, len(answers))
    detail = f"{right} of {len(answers)}, 95 %: {100 * low:.1f} to {100 * high:.1f} %"
    for language in LANGUAGES:
        own = [answer.right for answer in answers if answer.language == language]
        detail += f", {language} {sum(own)} of {len(own)}"
    samples = {"right": [float(answer.right) for answer in answers]}
    return Figure(name, right / len(answers), Unit.SHARE, bound, detail, samples)


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, 1927: Probable Inference)."""
    z = 1.959964
    middle = (right + z * z / 2) / (count + z * z)
    reach = z / (count + z * z) * math.sqrt(right * (count - right) / count + z * z / 4)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _print_confusions(name: str, answers: Sequence[Answer], say: Console) -> None:
    table = Table(title=name, title_justify="left", expand=False)
    for column in ("said", "right", "taken for"):
        table.add_column(column)
    for said in sorted({answer.said for answer in answers}):
        reads = Counter(answer.read for answer in answers if answer.said == said)
        wrong = ", ".join(f"{read} {n}" for read, n in reads.most_common() if read != said)
        table.add_row(said, f"{reads[said]} of {reads.total()}", wrong)
    say.print(table)


# --- rendering ---


class _Studio:
    """The engine with a home of its own, so that a person's caches neither help nor grow."""

    def __init__(self, options: Options):
        self._model = options.model
        self._changes = options.changes
        self._renderer = Renderer()
        self._place = self._scratch()

    def __enter__(self) -> _Studio:
        self._folder = self._place.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._renderer.unload()
        self._place.__exit__(None, None, None)

    def render(self, case: Case) -> tuple[Frames, ResolvedParams]:
        """The clip's frames as they are in its file, and the params that it was made with."""
        asked = {"prompt": case.prompt, "seed": case.seed, "image": case.photo}
        params = GenerationParams.model_validate({**self._changes, **asked, "model": self._model})
        request = RenderRequest(params=params, out=self._folder / "clip.mp4", overwrite=True)
        for event in self._renderer.render(request):
            if isinstance(event, Done):
                return read_frames(event.clip), event.params
        raise BenchFailed(f"The render of “{case.prompt}” ended without a clip.")

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        before = os.environ.get(HOME_VARIABLE)
        with tempfile.TemporaryDirectory() as folder:
            os.environ[HOME_VARIABLE] = folder
            try:
                yield Path(folder)
            finally:
                os.environ.pop(HOME_VARIABLE)
                if before is not None:
                    os.environ[HOME_VARIABLE] = before
