"""Benches of whole renders: the first, those in a running engine, the start, the previews."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from children import HERE, environment, last_words, run, sample
from engine import Engine
from figures import BenchFailed, Figure, Unit, at_most, in_turns, middle, ratio
from options import Options

from studio.core.events import EVENT, Failed, Progress, Stage
from studio.core.model_folder import STARTER
from studio.core.params import ResolvedParams

# A line of `python -X importtime`: microseconds that one module took without those it imports.
IMPORT_LINE = re.compile(r"^import time:\s+(\d+) \|", re.MULTILINE)
MOST_WARM = 15.0  # seconds of a default render on two CPU cores, as assets/starter/README.md wants


def render(options: Options) -> list[Figure]:
    """Whole processes with nothing cached, ours and the plain script, the same clip."""
    with _Scratch(options) as scratch:
        ours, plain, plain_fast = in_turns(
            options.runs, scratch.ours, scratch.plain, scratch.plain_with_bf16_vae
        )
    return [
        ratio("whole first render, ours ÷ plain", ours, plain, Unit.SECONDS, at_most(1.0)),
        ratio(
            "ours ÷ plain with its VAE in bf16 too",
            ours,
            plain_fast,
            Unit.SECONDS,
            note="faster than the documented way where the CPU has bf16 units",
        ),
    ]


def warm(options: Options) -> list[Figure]:
    """The same prompt with further seeds in an engine that has rendered it once."""
    with _Scratch(options) as scratch, Engine(scratch.new_folder()) as engine:

        def render_again(run_number: int) -> float:
            params, out = scratch.params(run_number), scratch.new_clip()
            return scratch.whole(engine.render(params, out), params, out)

        first = render_again(-1)
        ours, plain = in_turns(options.runs, render_again, scratch.plain)
    return [
        warm_seconds(options, ours),
        ratio("second render ÷ plain script", ours, plain, Unit.SECONDS, at_most(0.6)),
        middle("first render in the same engine", [first], Unit.SECONDS),
    ]


def warm_seconds(options: Options, ours: Sequence[float]) -> Figure:
    """Our warm renders by themselves; the limit is that of the render that is the default."""
    if options.model == STARTER and not options.changes:
        return middle("a default render, warm", ours, Unit.SECONDS, at_most(MOST_WARM))
    return middle("this render, warm", ours, Unit.SECONDS)


def start(options: Options) -> list[Figure]:
    """Our process until its first denoising step; the imports are counted in runs of their own."""
    with _Scratch(options) as scratch:
        begins: list[float] = []
        steps: list[float] = []
        imports: list[float] = []
        shares: list[float] = []
        for run_number in range(options.runs):
            clean = _first_step(scratch, run_number, {})
            begins.append(clean.begun)
            steps.append(clean.done)
            counted = _first_step(scratch, run_number, {"PYTHONPROFILEIMPORTTIME": "1"})
            imports.append(counted.imports)
            shares.append(counted.imports / counted.begun)
    return [
        middle("from the start to where denoising begins", begins, Unit.SECONDS),
        middle("from the start to the first step done", steps, Unit.SECONDS),
        middle("imports until denoising begins", imports, Unit.SECONDS),
        middle("share of the imports", shares, Unit.SHARE, detail="of the time until it begins"),
    ]


def preview(options: Options) -> list[Figure]:
    """What a preview at every step adds to a warm render."""
    params = options.params(1)
    settings = {"params": params.model_dump(mode="json"), "runs": options.runs}
    with tempfile.TemporaryDirectory() as home:
        found = sample("sample_preview.py", settings, Path(home))
    step = statistics.median(found["preview"])
    whole = statistics.median(found["render"])
    return [
        Figure(
            "share of a warm render",
            step * params.num_inference_steps / whole,
            Unit.SHARE,
            detail=f"{params.num_inference_steps} × {1000 * step:.2f} ms in {whole:.2f} s",
            samples={"preview": found["preview"], "render": found["render"]},
        ),
        middle("fitting the colours, once for a VAE", [found["fit"]], Unit.SECONDS),
    ]


class _Scratch:
    """A folder for one bench's clips and homes, with the ways to fill it."""

    def __init__(self, options: Options):
        self._options = options
        self._model = options.folder()
        self._folder = tempfile.TemporaryDirectory()
        self._made = 0

    def __enter__(self) -> _Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def new_folder(self) -> Path:
        """A home with nothing cached in it."""
        self._made += 1
        path = Path(self._folder.name) / f"home{self._made}"
        path.mkdir()
        return path

    def new_clip(self) -> Path:
        """A path for a clip."""
        return self.new_folder() / "clip.mp4"

    def params(self, run_number: int) -> ResolvedParams:
        """Another seed for every run, the same for every way of one run."""
        return self._options.params(1000 + run_number)

    def ours(self, run_number: int) -> float:
        """Seconds of `studio render`, the whole process."""
        params, out = self.params(run_number), self.new_clip()
        return self.whole(run(ours_command(params, out), self.new_folder()).seconds, params, out)

    def plain(self, run_number: int, vae_dtype: str = "float32") -> float:
        """Seconds of the plain script, the whole process."""
        params, out = self.params(run_number), self.new_clip()
        job = {
            **params.model_dump(mode="json"),
            "folder": str(self._model.path),
            "out": str(out),
            "device": "cpu",
            "vae_dtype": vae_dtype,
        }
        command = [sys.executable, str(HERE / "plain_render.py"), json.dumps(job)]
        return self.whole(run(command).seconds, params, out)

    def plain_with_bf16_vae(self, run_number: int) -> float:
        """The same with all parts in bf16."""
        return self.plain(run_number, "bfloat16")

    def whole(self, seconds: float, params: ResolvedParams, out: Path) -> float:
        """The seconds of a render, if its clip is the one that was asked for."""
        wanted = params.num_frames, params.width, params.height
        with av.open(str(out)) as clip:
            stream = clip.streams.video[0]
            found = sum(1 for _ in clip.decode(stream)), stream.width, stream.height
        if found != wanted:
            raise BenchFailed(f"A render made frames, width, height {found} instead of {wanted}.")
        return seconds


def ours_command(params: ResolvedParams, out: Path) -> list[str]:
    """The command line that renders these params."""
    names = (
        "model",
        "width",
        "height",
        "num_frames",
        "frame_rate",
        "num_inference_steps",
        "guidance_scale",
        "guidance_scale_2",
        "flow_shift",
        "seed",
    )
    given = {name: getattr(params, name) for name in names}
    flags = [
        word
        for name, value in given.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    command = [sys.executable, "-P", "-m", "studio", "render", params.prompt, "--out", str(out)]
    return [*command, *flags]


@dataclass(frozen=True)
class _FirstStep:
    """Seconds from a process's start; `imports` is 0 unless Python was asked to count them."""

    begun: float
    done: float
    imports: float


def _first_step(scratch: _Scratch, run_number: int, extra: Mapping[str, str]) -> _FirstStep:
    params = scratch.params(run_number)
    command = [*ours_command(params, scratch.new_clip()), "--json"]
    begun = imports = None
    with _listening(command, scratch.new_folder(), extra) as (since, lines, log):
        for line in lines:
            now = time.perf_counter() - since
            event = EVENT.validate_json(line)
            if isinstance(event, Failed):
                raise BenchFailed(event.message)
            if not isinstance(event, Progress) or event.stage is not Stage.DENOISE:
                continue
            if begun is None:
                begun = now
                counted = IMPORT_LINE.findall(log.read_text(encoding="utf-8", errors="replace"))
                imports = sum(int(microseconds) for microseconds in counted) / 1e6
            if event.step >= 1:
                return _FirstStep(begun, now, imports or 0.0)
        raise BenchFailed(f"No denoising step was heard of: {last_words(log.read_text())}")


@contextmanager
def _listening(
    command: list[str], home: Path, extra: Mapping[str, str]
) -> Iterator[tuple[float, Iterator[str], Path]]:
    """A child's start time, its lines as they come and its log; it is ended with the block."""
    log = home / "stderr.txt"
    with log.open("wb") as errors:
        since = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            env=environment(home, extra),
        )
        assert process.stdout is not None
        try:
            yield since, iter(process.stdout), log
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
