"""The bench of a render's kept states: what writing them takes of its time."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from children import sample
from figures import Figure, Unit, at_most, middle, ratio, show
from options import Options

from studio.core.job_start import CHECKPOINT_SECONDS

MOST_SHARE = 0.01  # of a render's time, as the engine promises (SHARE in engine/spending.py)
# TI2V-5B at its own 1280 × 704 × 121: 48 channels, a quarter of the frames, a sixteenth of the
# size; and the prompts as the UMT5-XXL encoder tells them, in bf16.
LATENTS = (1, 48, 31, 44, 80)
TEXT = (1, 512, 4096)


def checkpoint(options: Options) -> list[Figure]:
    """Warm renders that keep their state as the queue asks, and a state of the 5B's size."""
    params = options.params(1)
    settings = {
        "params": params.model_dump(mode="json"),
        "runs": options.runs,
        "seconds": CHECKPOINT_SECONDS,
        "latents": LATENTS,
        "text": TEXT,
    }
    with tempfile.TemporaryDirectory() as home:
        found = sample("sample_checkpoint.py", settings, Path(home))
    return checkpoint_figures(found)


def checkpoint_figures(found: Mapping[str, Any]) -> list[Figure]:
    """The figures of one sample."""
    written = [sum(seconds) for seconds in found["written"]]
    states = [float(len(seconds)) for seconds in found["written"]]
    shares = [took / whole for took, whole in zip(written, found["kept"], strict=True)]
    # What the writing itself takes: two renders differ by more than that from run to run.
    detail = f"of a warm render; the most for a clip: {show(max(written), Unit.SECONDS)}"
    return [
        middle("share of writing states", shares, Unit.SHARE, at_most(MOST_SHARE), detail),
        middle("states of a render", states, Unit.COUNT, detail="the one before decoding included"),
        ratio("render with states ÷ without", found["kept"], found["bare"], Unit.SECONDS),
        middle("writing a state of TI2V-5B's size", found["large"], Unit.SECONDS),
        Figure("that state on the disk", found["bytes"], Unit.BYTES),
    ]
