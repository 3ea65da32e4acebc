"""The samples of `checkpoint`: warm renders with and without kept states, and one large state."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from figures import in_turns

from studio.core.events import Checkpoint, Done
from studio.core.params import GenerationParams, ResolvedParams, Scheduler
from studio.core.request import RenderRequest
from studio.engine import renderer
from studio.engine.keeping import Keeper
from studio.engine.schedule import build_scheduler, keep_history
from studio.engine.spending import Spending
from studio.engine.state import Condition, DenoiseState, Origin, write_state

STEPS = 4  # by then a solver of the second order remembers all that it ever will


def main(job: dict[str, Any]) -> None:
    """Prints the seconds of each render and of each state that was written."""
    params = ResolvedParams.model_validate(job["params"])
    with tempfile.TemporaryDirectory() as folder:
        found = render(params, Path(folder), job["runs"], job["seconds"])
        state = large_state(job["latents"], job["text"])
        found |= write(state, Origin(params, None, ""), Path(folder), job["runs"])
    print(json.dumps(found))


def render(params: ResolvedParams, folder: Path, runs: int, seconds: float) -> dict[str, Any]:
    """Seconds of renders after a first one each way, and of the states of those that keep them."""
    asked = GenerationParams.model_validate(params.model_dump())
    warm = renderer.Renderer()
    written: list[list[float]] = []

    def bare(run_number: int) -> float:
        request = RenderRequest(params=asked, out=folder / f"bare{run_number}.mp4")
        return whole(warm, request)

    def keeping(run_number: int) -> float:
        request = RenderRequest(
            params=asked,
            out=folder / f"kept{run_number}.mp4",
            checkpoint=folder / "state.safetensors",
            checkpoint_seconds=seconds,
        )
        with watched() as states:
            total = whole(warm, request)
        written.append(states)
        return total

    kept, plain = in_turns(runs + 1, keeping, bare)
    return {"kept": kept[1:], "bare": plain[1:], "written": written[1:]}


def whole(warm: renderer.Renderer, request: RenderRequest) -> float:
    """Seconds of one render."""
    (done,) = (event for event in warm.render(request) if isinstance(event, Done))
    return done.total_seconds


@contextmanager
def watched() -> Iterator[list[float]]:
    """The seconds of every state that is written inside the block."""
    seconds: list[float] = []

    class Watched(Keeper):
        """A keeper that notes what each state costs, the last one before decoding too."""

        def keep(self, state: DenoiseState) -> Checkpoint:
            spending = Spending(0.0)
            with spending.spend(state.latents.device):
                kept = super().keep(state)
            seconds.append(spending.cost)
            return kept

    with mock.patch.object(renderer, "Keeper", Watched):
        yield seconds


def large_state(latents: Sequence[int], text: Sequence[int]) -> DenoiseState:
    """Noise in the shape of a model that this machine need not have, amid its render."""
    # The solver itself says what it remembers: its size then follows any change of the schedule.
    device = torch.device("cpu")
    scheduler = build_scheduler(Scheduler.UNIPC, {}, 5.0, 2 * STEPS, device)
    noise = torch.randn(*latents)
    for timestep in scheduler.timesteps[:STEPS]:
        noise = scheduler.step(torch.randn(*latents), timestep, noise, return_dict=False)[0]
    words = [torch.randn(*text).to(torch.bfloat16) for _ in range(2)]
    return DenoiseState(noise, STEPS, keep_history(scheduler), Condition(*words, photo=None))


def write(state: DenoiseState, origin: Origin, folder: Path, runs: int) -> dict[str, Any]:
    """Seconds of writing a state, each in the place of the one before, and its bytes."""
    path = folder / "large.safetensors"
    seconds: list[float] = []
    for _ in range(runs):
        begun = time.perf_counter()
        write_state(path, state, origin)
        seconds.append(time.perf_counter() - begun)
    return {"large": seconds, "bytes": path.stat().st_size}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
