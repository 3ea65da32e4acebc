"""One training loop for all parts of the starter: a time budget, a running average, restarts."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

# One batch's loss, given how far the training has come (0 to 1).
Loss = Callable[[float], torch.Tensor]

SAVE_EVERY = 120.0  # seconds
MUON = 2.5  # its steps against AdamW's: orthogonal ones may be larger
LOG_EVERY = 20.0  # seconds


class Training:
    """Trains one module for some minutes and keeps an exponential average of its weights.

    Everything is written to `folder/name.pt` every two minutes; started again with the same folder
    it goes on from there, also with other minutes. In a process group each process has batches of
    its own, and all take the same steps with the mean of their gradients.
    """

    def __init__(
        self, name: str, module: nn.Module, folder: Path, *, lr: float, decay: float = 0.999
    ):
        self.module, self.file = module, folder / f"{name}.pt"
        self.optimizers = _optimizers(module, lr)
        self.decay = decay
        self.average = {k: v.detach().clone().float() for k, v in module.state_dict().items()}
        self.step, self.seconds = 0, 0.0
        if self.file.exists():
            self._read()

    def run(self, loss: Loss, minutes: float, clip: float = 1.0) -> None:
        """Steps until this part has had its minutes, counted over all restarts."""
        budget, shown, saved, recent = minutes * 60, 0.0, time.monotonic(), list[float]()
        first = not dist.is_initialized() or dist.get_rank() == 0
        self._share_weights()
        while self.seconds < budget:
            begun = time.monotonic()
            share = self.seconds / budget
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = group["top"] * self._rate(share)
            value = loss(share)
            value.backward()
            self._share_gradients()
            nn.utils.clip_grad_norm_(self.module.parameters(), clip)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            self._follow()
            recent.append(float(value.detach()))
            self.step += 1
            now = time.monotonic()
            self.seconds = _mean(self.seconds + now - begun)
            if first and now - shown > LOG_EVERY:
                print(f"{self.file.stem} step {self.step} {self.seconds / 60:.1f} min "
                      f"loss {sum(recent) / len(recent):.4f}", flush=True)  # fmt: skip
                shown, recent = now, []
            if first and now - saved > SAVE_EVERY:
                self._write()
                saved = now
        if first:
            self._write()

    def averaged(self) -> nn.Module:
        """The module with its averaged weights."""
        state = self.module.state_dict()
        self.module.load_state_dict({k: v.to(state[k].dtype) for k, v in self.average.items()})
        return self.module.eval()

    def _share_weights(self) -> None:
        """The first process's in all: each may have drawn others to begin with."""
        if dist.is_initialized():
            for tensor in self.module.state_dict().values():
                dist.broadcast(tensor, 0)

    def _share_gradients(self) -> None:
        """Their means over all processes, in one message."""
        if not dist.is_initialized():
            return
        gradients = [p.grad for p in self.module.parameters() if p.grad is not None]
        whole = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(whole)
        whole /= dist.get_world_size()
        parts = whole.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def _rate(self, share: float) -> float:
        warm = min(1.0, (self.step + 1) / 100)
        return warm * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))

    def _follow(self) -> None:
        decay = min(self.decay, (self.step + 1) / (self.step + 10))
        state = self.module.state_dict()
        for key, value in self.average.items():
            value.lerp_(state[key].detach().float(), 1 - decay)

    def _write(self) -> None:
        beside = self.file.with_suffix(".tmp")
        torch.save(
            {
                "module": self.module.state_dict(),
                "average": self.average,
                "optimizers": [o.state_dict() for o in self.optimizers],
                "step": self.step,
                "seconds": self.seconds,
            },
            beside,
        )
        beside.replace(self.file)

    def _read(self) -> None:
        saved = torch.load(self.file, map_location="cpu", weights_only=True)
        self.module.load_state_dict(saved["module"])
        for key, value in self.average.items():
            value.copy_(saved["average"][key])  # onto the module's device
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.seconds = saved["step"], saved["seconds"]


def _mean(seconds: float) -> float:
    """One clock for all processes: else one would be done and the others wait for it."""
    if not dist.is_initialized():
        return seconds
    clock = torch.tensor([seconds], dtype=torch.float64)
    dist.all_reduce(clock)
    return float(clock) / dist.get_world_size()


def _optimizers(module: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside transformer blocks, AdamW for all else."""
    matrices, rest = list[nn.Parameter](), list[nn.Parameter]()
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            inner = parameter.ndim == 2 and re.search(r"blocks?\.\d", name) is not None
            inner = inner and "bias" not in name and "table" not in name
            (matrices if inner else rest).append(parameter)
    out: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.98), weight_decay=0.01)
    ]
    if matrices:
        out.append(
            torch.optim.Muon(
                matrices,
                lr=MUON * lr,
                weight_decay=0.01,
                momentum=0.95,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    for optimizer in out:
        for group in optimizer.param_groups:
            group["top"] = group["lr"]
    return out
