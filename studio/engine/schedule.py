"""The schedulers, and their memory of past steps as a value that can be kept and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, cast

import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
)

from studio.core.params import Scheduler


class FlowScheduler(Protocol):
    """What the loop needs of a scheduler; diffusers' own types are wider than what they hold.

    `sigmas` are the noise shares of all steps, one more than there are `timesteps` (0 to 1000).
    """

    timesteps: torch.Tensor
    sigmas: torch.Tensor
    config: dict[str, Any]

    def set_timesteps(self, num_inference_steps: int, device: torch.device) -> None: ...

    def set_begin_index(self, begin_index: int) -> None: ...

    def step(
        self, velocity: torch.Tensor, timestep: torch.Tensor, latents: torch.Tensor, /,
        *, return_dict: bool,
    ) -> tuple[torch.Tensor, ...]: ...  # fmt: skip


# What diffusers' multistep solvers remember from one step to the next; the rest follows from the
# number of steps and the shift.
_NUMBERS = ("lower_order_nums", "this_order", "_step_index")
_TENSOR = "last_sample"
_LISTS = ("model_outputs", "timestep_list")


@dataclass(frozen=True)
class History:
    """What a scheduler remembers between two steps."""

    tensors: dict[str, torch.Tensor]
    numbers: dict[str, int]


def build_scheduler(
    kind: Scheduler, config: dict[str, Any], flow_shift: float, steps: int, device: torch.device
) -> FlowScheduler:
    """A scheduler at its first step; `config` is the model folder's own scheduler config."""
    match kind:
        case Scheduler.UNIPC:
            made = UniPCMultistepScheduler.from_config(_flow(config), flow_shift=flow_shift)
        case Scheduler.DPM:
            made = DPMSolverMultistepScheduler.from_config(_flow(config), flow_shift=flow_shift)
        case Scheduler.EULER:
            made = FlowMatchEulerDiscreteScheduler(shift=flow_shift)
    scheduler = cast("FlowScheduler", made)
    scheduler.set_timesteps(steps, device=device)
    scheduler.set_begin_index(0)
    return scheduler


def _flow(config: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in config.items() if k in ("num_train_timesteps", "solver_order")}
    return kept | {"prediction_type": "flow_prediction", "use_flow_sigmas": True}


def keep_history(scheduler: FlowScheduler) -> History:
    """What the scheduler remembers now."""
    tensors: dict[str, torch.Tensor] = {}
    for name in _LISTS:
        for place, value in enumerate(getattr(scheduler, name, ())):
            if value is not None:
                tensors[f"{name}.{place}"] = torch.as_tensor(value)
    sample = getattr(scheduler, _TENSOR, None)
    if sample is not None:
        tensors[_TENSOR] = sample
    numbers = {name: getattr(scheduler, name, None) for name in _NUMBERS}
    return History(tensors, {k: int(v) for k, v in numbers.items() if v is not None})


def put_back(scheduler: FlowScheduler, history: History, device: torch.device) -> None:
    """Makes a fresh scheduler remember what another one did."""
    for name in _LISTS:
        if hasattr(scheduler, name):
            places = range(len(getattr(scheduler, name)))
            found = [history.tensors.get(f"{name}.{place}") for place in places]
            setattr(scheduler, name, [None if t is None else t.to(device) for t in found])
    if _TENSOR in history.tensors:
        setattr(scheduler, _TENSOR, history.tensors[_TENSOR].to(device))
    for name, value in history.numbers.items():
        setattr(scheduler, name, value)
