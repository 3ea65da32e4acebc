"""The bench of a GPU: the true TI2V-5B with random weights, ours beside plain diffusers."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import children
import machine
from figures import Figure, Unit, at_most, middle, ratio
from options import Options

from studio.core.errors import StudioError

STEPS = 3  # that are timed
WHOLE_STEPS = 50  # TI2V-5B's own number, to which they are extrapolated
CAPS_GB = (None, 24, 16, 12, 8)
Clip = tuple[int, int, int]  # width, height, frames
CLIPS: tuple[Clip, ...] = ((1280, 704, 121), (1280, 704, 49), (832, 480, 81))
SHRUNKEN_CLIPS: tuple[Clip, ...] = ((96, 64, 9),)


def gpu(options: Options) -> list[Figure]:
    """Every part that was asked for, one after another; each sample is a process of its own."""
    if not options.shrunken and machine.gpu_name() is None:
        raise StudioError(
            "There is no CUDA GPU here; with --shrunken it runs on the CPU with a tiny model, "
            "which tries the bench and measures nothing."
        )
    for name in options.parts:
        if name not in PARTS:
            raise StudioError(f"The gpu bench has no part {name}; it has {', '.join(PARTS)}.")
    figures: list[Figure] = []
    for name, part in PARTS.items():
        if not options.parts or name in options.parts:
            figures += part(_Samples(options))
    return figures


class _Samples:
    """Runs the samples' scripts on the device."""

    def __init__(self, options: Options) -> None:
        self.runs, self._shrunken = options.runs, options.shrunken
        self.clips = SHRUNKEN_CLIPS if self._shrunken else CLIPS
        self.largest = self.clips[0]
        self.caps = CAPS_GB[:1] if self._shrunken else CAPS_GB

    def take(self, script: str, clip: Clip, **more: object) -> dict[str, Any]:
        """One sample at a size."""
        width, height, frames = clip
        size = {"width": width, "height": height, "frames": frames}
        asked = {"shrunken": self._shrunken, "runs": self.runs, **size, **more}
        seen = "" if self._shrunken else os.environ.get("CUDA_VISIBLE_DEVICES", "0")
        with tempfile.TemporaryDirectory() as home:
            extra = {"CUDA_VISIBLE_DEVICES": seen}
            return children.sample(f"sample_gpu_{script}.py", asked, Path(home), extra)

    def render(self, clip: Clip, way: str, **more: object) -> dict[str, Any]:
        """A render, ours or plain; all parts stay on the device, and it may use all of it."""
        usual = {"photo": False, "memory": "resident", "cap": None, "steps": STEPS}
        return self.take("render", clip, way=way, **{**usual, **more})


def renders(samples: _Samples) -> list[Figure]:
    """Whole renders from text and from a photo."""
    figures: list[Figure] = []
    for clip in samples.clips:
        for photo in (False, True):
            ours, plain = (samples.render(clip, way, photo=photo) for way in ("ours", "plain"))
            name = f"{_words(clip)} from {'a photo' if photo else 'text'}"
            figures += _render_figures(name, ours, plain)
    return figures


def _render_figures(name: str, ours: dict[str, Any], plain: dict[str, Any]) -> list[Figure]:
    for found, way in ((ours, "ours"), (plain, "plain")):
        if found["broke"]:
            detail = f"{way}: no memory left in {found['broke']}"
            return [Figure(f"{name}: whole clip", math.nan, Unit.RATIO, detail=detail)]
    figures: list[Figure] = []
    for part, words in (
        ("text", "text and photo"),
        ("step", "a step"),
        ("decode", "decode, write"),
    ):
        pair = [ours["seconds"][part]], [plain["seconds"][part]]
        figures.append(ratio(f"{name}: {words}", *pair, Unit.SECONDS, at_most(1.0)))
    whole = [_whole(found["seconds"]) for found in (ours, plain)]
    note = f"{WHOLE_STEPS} steps, extrapolated from {STEPS}"
    figures.append(
        ratio(f"{name}: whole clip", whole[:1], whole[1:], Unit.SECONDS, at_most(1.0), note)
    )
    for key, words in (("peak", "peak GPU memory"), ("decode_peak", "of it in decode, write")):
        if not math.isnan(ours[key]):
            one, other = [ours[key]], [plain[key]]
            figures.append(ratio(f"{name}: {words}", one, other, Unit.BYTES, at_most(1.0)))
    figures.append(ratio(f"{name}: peak RAM", [ours["ram"]], [plain["ram"]], Unit.BYTES))
    return figures


def _whole(seconds: Mapping[str, float]) -> float:
    return (
        sum(seconds[part] for part in ("text", "moves", "decode")) + WHOLE_STEPS * seconds["step"]
    )


def memory(samples: _Samples) -> list[Figure]:
    """The largest clip in less and less memory: its peak, or where it breaks."""
    figures: list[Figure] = []
    for mode in ("resident", "offload"):
        for gigabytes in samples.caps:
            allowed = "all memory" if gigabytes is None else f"{gigabytes} GB"
            for way in ("ours", "plain"):
                limit = None if gigabytes is None else gigabytes * 10**9
                found = samples.render(samples.largest, way, memory=mode, cap=limit, steps=1)
                broke = found["broke"]
                detail = f"breaks in {broke}" if broke else "fits"
                peak = math.nan if broke else found["peak"]
                figures.append(Figure(f"{mode}, {allowed}: {way}", peak, Unit.BYTES, detail=detail))
    return figures


def rows(samples: _Samples) -> list[Figure]:
    """A photo's two noise levels as two rows, against the table over all tokens."""
    found = samples.take("pass", samples.largest, what="rows")
    ours, plain = found["ours"], found["plain"]
    name = f"{_words(samples.largest)}, two rows ÷ table"
    figures = [
        ratio(f"{name}: a pass", ours["seconds"], plain["seconds"], Unit.SECONDS, at_most(1.0)),
        Figure(f"{name}: difference", found["error"], Unit.ERROR),
    ]
    if not math.isnan(ours["peak"]):
        peaks = [ours["peak"]], [plain["peak"]]
        figures.append(ratio(f"{name}: peak", *peaks, Unit.BYTES, at_most(1.0)))
    return figures


def decode(samples: _Samples) -> list[Figure]:
    """Every way to decode the largest clip, with its seconds, peak and nearness."""
    found = samples.take("decode", samples.largest)
    figures: list[Figure] = []
    for way, measured in found.items():
        near = f"{measured['psnr']:.1f} dB" if "psnr" in measured else "nothing to compare with"
        held = "" if math.isnan(measured["peak"]) else f", peak {measured['peak'] / 2**30:.1f} GiB"
        if measured.get("broke"):
            figures.append(Figure(way, math.nan, Unit.SECONDS, detail=f"no memory left{held}"))
        else:
            figures.append(middle(way, measured["seconds"], Unit.SECONDS, detail=f"{near}{held}"))
    return figures


def attention(samples: _Samples) -> list[Figure]:
    """A pass with each backend that can be had without a download."""
    figures: list[Figure] = []
    for name, measured in samples.take("pass", samples.largest, what="attention").items():
        if "lacks" in measured:
            figures.append(Figure(name, math.nan, Unit.SECONDS, detail=measured["lacks"]))
        else:
            detail = f"{measured['error']:.1e} from the first"
            figures.append(middle(name, measured["seconds"], Unit.SECONDS, detail=detail))
    return figures


def compiled(samples: _Samples) -> list[Figure]:
    """A pass through compiled blocks, and what it costs to compile them."""
    found = samples.take("pass", samples.largest, what="compile")
    if "lacks" in found:
        return [Figure("compiled ÷ eager", math.nan, Unit.RATIO, detail=found["lacks"])]
    return [
        ratio("a pass, compiled ÷ eager", found["compiled"], found["eager"], Unit.SECONDS),
        middle("the first pass, with compiling", [found["first"]], Unit.SECONDS),
    ]


def profile(samples: _Samples) -> list[Figure]:
    """The share of a pass by kind of work, and how much of the device's rate it uses."""
    found = samples.take("pass", samples.largest, what="profile")
    total = sum(found["kinds"].values())
    figures = [
        Figure(f"{kind}, of a pass", spent / total, Unit.SHARE)
        for kind, spent in found["kinds"].items()
    ]
    detail = f"{found['rate'] / 1e12:.1f} of {found['matrix_rate'] / 1e12:.1f} TFLOP/s"
    share = found["rate"] / found["matrix_rate"]
    figures.append(Figure("of the rate of bf16 matrix products", share, Unit.SHARE, detail=detail))
    return [*figures, middle("a pass", found["seconds"], Unit.SECONDS)]


PARTS: dict[str, Callable[[_Samples], list[Figure]]] = {
    "renders": renders,
    "rows": rows,
    "decode": decode,
    "memory": memory,
    "attention": attention,
    "compile": compiled,
    "profile": profile,
}


def _words(clip: Clip) -> str:
    return "×".join(map(str, clip))
