"""The bench of a GPU: the true TI2V-5B with random weights, ours beside plain diffusers."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import children
import machine
from figures import BenchFailed, Figure, Unit, at_most, middle, ratio
from options import Options

from studio.core.errors import StudioError

STEPS = 3  # that are timed
WHOLE_STEPS = 50  # TI2V-5B's own number, to which they are extrapolated
EXTRAPOLATED = f"{WHOLE_STEPS} steps, extrapolated from {STEPS}"
CAPS_GB = (None, 24, 16, 12, 8)  # of 10⁹ bytes: a card of 24 GB leaves about that
Clip = tuple[int, int, int]  # width, height, frames
CLIPS: tuple[Clip, ...] = ((1280, 704, 121), (1280, 704, 49), (832, 480, 81))
SHRUNKEN_CLIPS: tuple[Clip, ...] = ((96, 64, 9),)


def gpu(options: Options) -> Iterator[Figure]:
    """The figures of every part that was asked for, each as soon as it is there.

    A part that breaks, or for which no time is left, costs none of the others; raises BenchFailed
    after the last.
    """
    if not options.shrunken and machine.gpu_name() is None:
        raise StudioError(
            "There is no CUDA GPU here; with --shrunken it runs on the CPU with a tiny model, "
            "which tries the bench and measures nothing."
        )
    for name in options.parts:
        if name not in PARTS:
            raise StudioError(f"The gpu bench has no part {name}; it has {', '.join(PARTS)}.")
    samples = _Samples(options)
    broken: list[str] = []
    for name, part in PARTS.items():
        if not options.parts or name in options.parts:
            try:
                yield from part(samples)
            except BenchFailed as error:
                broken.append(f"{name}: {error}")
    if broken:
        raise BenchFailed("Not all of it could be measured. " + " ".join(broken))


class _Samples:
    """Runs the samples' scripts on the device, each in a process of its own."""

    def __init__(self, options: Options) -> None:
        self.runs, self._shrunken = options.runs, options.shrunken
        self.clips = SHRUNKEN_CLIPS if self._shrunken else CLIPS
        self.largest = self.clips[0]
        self.caps = CAPS_GB[:1] if self._shrunken else CAPS_GB
        minutes = options.minutes
        self._end = None if minutes is None else time.monotonic() + 60 * minutes

    def take(self, script: str, **more: object) -> Iterator[dict[str, Any]]:
        """A script's samples as they come, of the largest clip where it has one."""
        left = None if self._end is None else self._end - time.monotonic()
        if left is not None and left <= 0:
            raise BenchFailed("no time was left.")
        asked = {"shrunken": self._shrunken, "runs": self.runs, **_size(self.largest), **more}
        seen = "" if self._shrunken else os.environ.get("CUDA_VISIBLE_DEVICES", "0")
        with tempfile.TemporaryDirectory() as home:
            extra = {"CUDA_VISIBLE_DEVICES": seen}
            yield from children.samples(f"sample_gpu_{script}.py", asked, Path(home), extra, left)


def _size(clip: Clip) -> dict[str, int]:
    return dict(zip(("width", "height", "frames"), clip, strict=True))


def renders(samples: _Samples) -> Iterator[Figure]:
    """Whole renders from text and from a photo, all parts on the device."""
    kinds = [(clip, photo) for clip in samples.clips for photo in (False, True)]
    cases = [{**_size(clip), "photo": photo, "steps": STEPS} for clip, photo in kinds]
    job = {"memory": "resident", "warm": True, "cases": cases}
    names = [f"{_words(clip)} from {'a photo' if photo else 'text'}" for clip, photo in kinds]
    all_ours: list[dict[str, Any]] = []
    for name, ours in zip(names, samples.take("render", way="ours", **job), strict=True):
        all_ours.append(ours)
        yield from _alone(name, "ours", ours)
    plain = samples.take("render", way="plain", **job)
    for name, ours, found in zip(names, all_ours, plain, strict=True):
        whole = not ours["broke"] and not found["broke"]
        yield from _beside(name, ours, found) if whole else _alone(name, "plain", found)


def _alone(name: str, way: str, found: dict[str, Any]) -> Iterator[Figure]:
    """What one way takes, or where it breaks."""
    broke = found["broke"]
    seconds = math.nan if broke else _whole(found["seconds"])
    detail = f"breaks in {broke}" if broke else EXTRAPOLATED
    yield Figure(f"{name}: whole clip, {way}", seconds, Unit.SECONDS, detail=detail)
    if not math.isnan(found["peak"]):
        yield Figure(f"{name}: peak GPU memory, {way}", found["peak"], Unit.BYTES)


def _beside(name: str, ours: dict[str, Any], plain: dict[str, Any]) -> Iterator[Figure]:
    """Ours beside plain, part by part."""
    for part, words in (
        ("text", "text and photo"),
        ("step", "a step"),
        ("decode", "decode, write"),
    ):
        pair = [ours["seconds"][part]], [plain["seconds"][part]]
        yield ratio(f"{name}: {words}", *pair, Unit.SECONDS, at_most(1.0))
    whole = [_whole(found["seconds"]) for found in (ours, plain)]
    note = f"{EXTRAPOLATED}; plain writes by {plain['writer']}"
    yield ratio(f"{name}: whole clip", whole[:1], whole[1:], Unit.SECONDS, at_most(1.0), note)
    for key, words in (("peak", "peak GPU memory"), ("decode_peak", "of it in decode, write")):
        if not math.isnan(ours[key]):
            one, other = [ours[key]], [plain[key]]
            yield ratio(f"{name}: {words}", one, other, Unit.BYTES, at_most(1.0))
    yield ratio(f"{name}: peak RAM", [ours["ram"]], [plain["ram"]], Unit.BYTES)


def _whole(seconds: Mapping[str, float]) -> float:
    return (
        sum(seconds[part] for part in ("text", "moves", "decode")) + WHOLE_STEPS * seconds["step"]
    )


def memory(samples: _Samples) -> Iterator[Figure]:
    """The largest clip in less and less memory: its peak, and where it breaks at last."""
    case = {**_size(samples.largest), "photo": False, "steps": 1}
    limits = [None if cap is None else cap * 10**9 for cap in samples.caps]
    cases = [{**case, "cap": limit} for limit in limits]
    for mode in ("offload", "resident"):
        for way in ("ours", "plain"):
            found = samples.take("render", way=way, memory=mode, warm=False, cases=cases)
            for cap, sample in zip(samples.caps, found, strict=False):
                allowed = "all memory" if cap is None else f"{cap} GB"
                detail = f"breaks in {sample['broke']}" if sample["broke"] else "fits"
                peak = math.nan if sample["broke"] else sample["peak"]
                yield Figure(f"{mode}, {allowed}: {way}", peak, Unit.BYTES, detail=detail)
                if sample["broke"]:
                    break  # in less memory it does not fit either


def passes(samples: _Samples) -> Iterator[Figure]:
    """Single passes of the transformer: rows, where the time goes, compiled blocks."""
    for found in samples.take("pass", what=["rows", "profile", "compile"]):
        yield from _PASSES[found["what"]](samples, found)


def _rows(samples: _Samples, found: dict[str, Any]) -> Iterator[Figure]:
    """A photo's two noise levels as two rows, against the table over all tokens."""
    ours, plain = found["ours"], found["plain"]
    name = f"{_words(samples.largest)}, two rows ÷ table"
    yield ratio(f"{name}: a pass", ours["seconds"], plain["seconds"], Unit.SECONDS, at_most(1.0))
    yield Figure(f"{name}: difference", found["error"], Unit.ERROR)
    if not math.isnan(ours["peak"]):
        peaks = [ours["peak"]], [plain["peak"]]
        yield ratio(f"{name}: peak", *peaks, Unit.BYTES, at_most(1.0))


def _shares(_samples: _Samples, found: dict[str, Any]) -> Iterator[Figure]:
    """The share of a pass by kind of work, and how much of the device's rate it uses."""
    total = sum(found["kinds"].values())
    for kind, spent in found["kinds"].items():
        yield Figure(f"{kind}, of a pass", spent / total if total else math.nan, Unit.SHARE)
    detail = f"{found['rate'] / 1e12:.1f} of {found['matrix_rate'] / 1e12:.1f} TFLOP/s"
    share = found["rate"] / found["matrix_rate"]
    yield Figure("of the rate of bf16 matrix products", share, Unit.SHARE, detail=detail)
    yield middle("a pass", found["seconds"], Unit.SECONDS)


def _compiled(_samples: _Samples, found: dict[str, Any]) -> Iterator[Figure]:
    """A pass through compiled blocks, and what it costs to compile them."""
    if "lacks" in found:
        yield Figure("compiled ÷ eager", math.nan, Unit.RATIO, detail=found["lacks"])
        return
    yield ratio("a pass, compiled ÷ eager", found["compiled"], found["eager"], Unit.SECONDS)
    yield middle("the first pass, with compiling", [found["first"]], Unit.SECONDS)


_PASSES: dict[str, Callable[[_Samples, dict[str, Any]], Iterator[Figure]]] = {
    "rows": _rows,
    "profile": _shares,
    "compile": _compiled,
}


def attention(samples: _Samples) -> Iterator[Figure]:
    """A pass with each backend that can be had without a download."""
    for found in samples.take("pass", what=["attention"]):
        name = found["name"]
        if "lacks" in found:
            yield Figure(name, math.nan, Unit.SECONDS, detail=found["lacks"])
        else:
            detail = f"{found['error']:.1e} from the first"
            yield middle(name, found["seconds"], Unit.SECONDS, detail=detail)


def decode(samples: _Samples) -> Iterator[Figure]:
    """Every way to decode the largest clip, with its seconds, peak and nearness."""
    for found in samples.take("decode"):
        near = f"{found['psnr']:.1f} dB" if "psnr" in found else "nothing to compare with"
        held = "" if math.isnan(found["peak"]) else f", peak {found['peak'] / 2**30:.1f} GiB"
        if "broke" in found:
            detail = f"{found['broke']}{held}"
            yield Figure(found["name"], math.nan, Unit.SECONDS, detail=detail)
        else:
            yield Figure(found["name"], found["seconds"], Unit.SECONDS, detail=f"{near}{held}")


# The quick ones first: what is measured when the time ends is measured.
PARTS: dict[str, Callable[[_Samples], Iterator[Figure]]] = {
    "passes": passes,
    "attention": attention,
    "decode": decode,
    "renders": renders,
    "memory": memory,
}


def _words(clip: Clip) -> str:
    return "×".join(map(str, clip))
