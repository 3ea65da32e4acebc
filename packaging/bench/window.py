"""Benches of the window: start, stalls while a render runs, long lists, memory, and playing."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from children import run, sample
from figures import Figure, Unit, at_most, middle, ratio
from options import Options

SCRIPT = "sample_window.py"
MEMORY = 700 << 20  # bytes
FRAMES, FRAME_RATE = 121, 24  # of the 5B's own clip
PLAYED = 10.0  # seconds: the clip once from its file, and once more out of memory


def window(options: Options) -> list[Figure]:
    """Whole processes with a window each, over data folders of their own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return [
            *_start(root / "start", options.runs),
            *_render(root, options),
            *_jobs(root / "jobs"),
            *_history(root / "history"),
            *_clip(root),
        ]


def presets(_options: Options) -> list[Figure]:
    """A thousand presets in the list of Compose."""
    with tempfile.TemporaryDirectory() as folder:
        found = sample(SCRIPT, {"what": "presets"}, Path(folder))
    return [
        Figure("read 1,000 preset files", found["read"], Unit.SECONDS),
        Figure("open the list of 1,000 presets", found["list"], Unit.SECONDS, at_most(0.1)),
        Figure("search them: the longest key", found["key"], Unit.SECONDS, at_most(0.03)),
    ]


def _start(home: Path, runs: int) -> list[Figure]:
    _open(home)  # the first one fills the file cache
    samples = [_open(home) for _ in range(runs)]
    torch = sum(found["torch"] for found in samples)
    return [
        middle(
            "start of the process to the painted window",
            [found["painted"] for found in samples],
            Unit.SECONDS,
            at_most(0.8),
        ),
        Figure("windows that had imported torch", torch, Unit.COUNT, at_most(0)),
    ]


def _open(home: Path) -> dict[str, Any]:
    # The system's own note of when a process began may be a second wrong.
    return sample(SCRIPT, {"what": "open", "begun": time.time()}, home)


def _render(root: Path, options: Options) -> list[Figure]:
    app: list[float] = []
    plain: list[float] = []
    longest: list[float] = []
    late: list[float] = []
    shares: list[float] = []
    home = root / "renders"  # one for all: what is kept of prompt and model helps both alike
    for number in range(-1, options.runs):
        params = options.params(max(0, number))
        wanted = params.model_dump(mode="json")
        job = {"what": "render", "params": wanted}
        watched = sample(SCRIPT, {**job, "beat": True}, home)
        if number < 0:
            continue  # the first render with a model finds out the colours of its previews
        longest.append(watched["longest"])
        late.append(watched["p99"])
        found = sample(SCRIPT, {**job, "beat": False}, home)
        app.append(found["seconds"])
        shares.append(found["share"])
        words = ["render", params.prompt, "--out", str(root / f"{number}.mp4"), "--poster"]
        words += [f"--seed={params.seed}", f"--model={params.model}"]
        words += [f"--{name.replace('_', '-')}={value}" for name, value in options.changes.items()]
        command = [sys.executable, "-P", "-m", "studio", *words]
        plain.append(run(command, home).seconds)
    return [
        Figure(
            "longest stall while a render runs",
            max(longest),
            Unit.SECONDS,
            at_most(0.030),
            f"over {options.runs} renders, imports of the engine included",
        ),
        middle("the window's share of a core while a render runs", shares, Unit.SHARE),
        middle("the 99th percentile of stalls", late, Unit.SECONDS, at_most(0.016)),
        ratio("render in the app ÷ on the command line", app, plain, Unit.SECONDS, at_most(1.03)),
    ]


def _jobs(home: Path) -> list[Figure]:
    found = sample(SCRIPT, {"what": "jobs"}, home)
    again = _open(home)
    return [
        Figure("add 1,000 jobs", found["add"], Unit.SECONDS, at_most(0.5)),
        Figure("move one of 1,000 jobs", found["move"], Unit.SECONDS, at_most(0.5)),
        Figure(
            "open the window with 1,000 jobs",
            again["opened"],
            Unit.SECONDS,
            at_most(0.5),
            f"{again['painted']:.2f} s with the start of the process and its imports",
        ),
    ]


def _history(home: Path) -> list[Figure]:
    sample(SCRIPT, {"what": "fill"}, home)
    found = sample(SCRIPT, {"what": "history"}, home)
    return [
        Figure("10,000 clips: first paint", found["first"], Unit.SECONDS, at_most(0.5)),
        Figure("10,000 clips: longest stall", found["longest"], Unit.SECONDS, at_most(0.05)),
        Figure("10,000 clips: search", found["search"], Unit.SECONDS, at_most(0.1)),
    ]


def _clip(root: Path) -> list[Figure]:
    path = root / "large.mp4"
    _make_clip(path)
    return [_memory(root / "memory", path), *_play(root / "play", path)]


def _make_clip(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", FRAME_RATE)
        stream.width, stream.height, stream.pix_fmt = 1280, 704, "yuv420p"
        rng = np.random.default_rng(0)
        noise = rng.integers(0, 255, (704, 1280, 3), dtype=np.uint8)
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(np.roll(noise, 4 * number, 1), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _memory(home: Path, clip: Path) -> Figure:
    found = sample(SCRIPT, {"what": "memory", "clip": str(clip)}, home)
    name = f"memory with a clip of 1280 × 704 × {FRAMES} on the stage"
    return Figure(name, found["memory"], Unit.BYTES, at_most(MEMORY))


def _play(home: Path, clip: Path) -> list[Figure]:
    asked = {"what": "play", "clip": str(clip), "seconds": PLAYED, "two_cpus": True}
    return play_figures(sample(SCRIPT, asked, home))


def play_figures(found: Mapping[str, float]) -> list[Figure]:
    """The player's own counts; where a frame is late its clock stands, and none is left out."""
    where = f"on {found['cpus']:.0f} CPUs" if found["cpus"] else "on all CPUs"
    detail = f"{found['shown']:.0f} shown in {found['seconds']:.1f} s, {where}"
    due = found["seconds"] * FRAME_RATE
    return [
        Figure("frames dropped while it plays", found["dropped"], Unit.COUNT, at_most(0), detail),
        Figure("times that it waited for a frame", found["waits"], Unit.COUNT),
        Figure("frames shown ÷ those of its frame rate", found["shown"] / due, Unit.RATIO),
    ]
