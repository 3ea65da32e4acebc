"""Benches of single parts: decoding's memory, number formats, and a photo's two noise levels."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from children import sample
from figures import Figure, Unit, at_least, at_most, growth, middle, ratio
from options import Options

FRAMES = (25, 49, 97, 193)
MOST_GROWTH = 0.05
# A transformer that is small in all but its tokens: what is measured is the table over them.
ROWS = {"heads": 4, "head_dim": 64, "layers": 4, "frames": 20, "height": 40, "width": 40}
MOST_ERROR = 1e-5


# glibc takes blocks of this size and more from the system and gives them back when they are freed.
# Left to itself it raises the limit as it goes, and which holes its heap then has is chance: of the
# same decode the peak was 110 or 140 MiB over what was held before.
HEAP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}


def memory(options: Options) -> list[Figure]:
    """Random latents decoded and written, ours in a stream, the plain way all at once; both ways
    without what the heap's holes add by chance.
    """
    params = options.params(1)
    settings = {"model": options.model, "width": params.width, "height": params.height}
    samples: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for _ in range(options.runs):
        for frames in FRAMES:
            for way in ("ours", "plain"):
                with tempfile.TemporaryDirectory() as home:
                    asked = {**settings, "way": way, "frames": frames, "out": f"{home}/clip.mp4"}
                    found = sample("sample_decode.py", asked, Path(home), HEAP)
                samples.setdefault((way, frames), []).append(found)
    return _memory_figures(samples)


def _memory_figures(samples: dict[tuple[str, int], list[dict[str, Any]]]) -> list[Figure]:
    def peaks(way: str, frames: int) -> list[float]:
        return [float(found["peak"]) for found in samples[way, frames]]

    def added(way: str, frames: int) -> list[float]:
        return [float(found["peak"] - found["before"]) for found in samples[way, frames]]

    figures: list[Figure] = []
    first, last = FRAMES[0], FRAMES[-1]
    for way in ("ours", "plain"):
        bound = at_most(MOST_GROWTH) if way == "ours" else None
        for what, of in (("peak memory", peaks), ("what decoding adds", added)):
            low, high = (statistics.median(of(way, frames)) for frames in (first, last))
            name = f"{way}: growth of {what}, {first} → {last} frames"
            figures.append(growth(name, low, high, Unit.BYTES, bound))
    for way in ("ours", "plain"):
        for frames in FRAMES:
            more = statistics.median(added(way, frames)) / 2**20
            detail = f"{more:.1f} MiB more than before decoding"
            name = f"{way}: peak at {frames} frames"
            figures.append(middle(name, peaks(way, frames), Unit.BYTES, detail=detail))
    return figures


def dtype(options: Options) -> list[Figure]:
    """bf16 against fp32 on this CPU; the format that the engine chooses has to be the faster."""
    params = options.params(1)
    settings = {"params": params.model_dump(mode="json"), "runs": options.runs}
    found = sample("sample_dtype.py", settings)
    chosen = found["chosen"]
    bound = at_most(1.0) if chosen == "bfloat16" else at_least(1.0)
    figures: list[Figure] = []
    for part in ("decode", "transformer step"):
        times = found[part]
        note = f"the engine uses {chosen}"
        name = f"{part}, time in bf16 ÷ fp32"
        figures.append(
            ratio(name, times["bfloat16"], times["float32"], Unit.SECONDS, bound, note=note)
        )
        figures.append(Figure(f"{part}, bf16 against fp32", times["psnr"], Unit.DECIBEL))
    return figures


def rows(options: Options) -> list[Figure]:
    """A photo's noise levels as two rows, ours, against diffusers' table over all tokens."""
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as folder:
        files = {way: Path(folder) / f"{way}.npy" for way in found}
        for _ in range(options.runs):
            for way, samples in found.items():
                asked = {**ROWS, "way": way, "out": str(files[way])}
                samples.append(sample("sample_rows.py", asked))
        ours, plain = (np.load(files[way]) for way in ("ours", "plain"))
    error = float(np.linalg.norm(ours - plain) / np.linalg.norm(plain))

    def of(way: str, key: str) -> list[float]:
        return [float(sample[key]) for sample in found[way]]

    tokens = ROWS["frames"] * (ROWS["height"] // 2) * (ROWS["width"] // 2)
    return [
        ratio(
            f"time at {tokens} tokens, two rows ÷ table",
            of("ours", "seconds"),
            of("plain", "seconds"),
            Unit.SECONDS,
            at_most(1.0),
        ),
        ratio(
            "peak memory of the pass, two rows ÷ table",
            of("ours", "added"),
            of("plain", "added"),
            Unit.BYTES,
            at_most(1.0),
        ),
        Figure("difference of the results", error, Unit.ERROR, at_most(MOST_ERROR)),
    ]
