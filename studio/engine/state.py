"""Everything the denoising loop holds between two steps, and its file."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from studio.core.errors import BadInput, BadState
from studio.core.files import AtomicFile
from studio.core.params import ResolvedParams
from studio.engine.schedule import History
from studio.engine.targets import STATE_KIND
from studio.engine.torch_errors import is_out_of_memory

VERSION = "2"


@dataclass(frozen=True)
class Condition:
    """What the loop is told at every step: the texts, and the photo's latents if there is one.

    `positive` and `negative` are `[1, 512, text_dim]`; `negative` is None where no step needs it.
    `photo` is `[1, z, 1, h, w]` for the 5B (its first frame) or `[1, 4 + z, frames, h, w]` for the
    A14B (a mask and the photo padded with grey), normalised like the latents.
    """

    positive: torch.Tensor
    negative: torch.Tensor | None
    photo: torch.Tensor | None


@dataclass(frozen=True)
class Origin:
    """What a state belongs to: the params, the photo's hash and the transformers' fingerprint."""

    params: ResolvedParams
    photo: str | None
    model: str

    def differences(self, other: Origin) -> list[str]:
        """The names of what makes the other a different render.

        What only tells where values come from, or how latents become a video, does not.
        """
        mine, theirs = self.params.model_dump(), other.params.model_dump()
        free = {"quality", "frame_rate", "preset", "image", "model"}
        names = [name for name in mine if name not in free and mine[name] != theirs[name]]
        if self.photo != other.photo:
            names.append("photo")
        if self.model != other.model:
            names.append("model")
        return names


@dataclass(frozen=True)
class DenoiseState:
    """Latents `[1, z, frames, h, w]` in fp32 after `step` steps, and all that the next one
    needs.
    """

    latents: torch.Tensor
    step: int
    history: History
    condition: Condition

    def moved(self, device: torch.device) -> DenoiseState:
        """The same state with its latents and condition on a device."""
        condition = self.condition
        negative, photo = condition.negative, condition.photo
        return replace(
            self,
            latents=self.latents.to(device),
            condition=Condition(
                positive=condition.positive.to(device),
                negative=None if negative is None else negative.to(device),
                photo=None if photo is None else photo.to(device),
            ),
        )


def write_state(path: Path, state: DenoiseState, origin: Origin) -> None:
    """Writes a state to one safetensors file, whole or not at all; raises DiskFull."""
    tensors = {"latents": state.latents, "positive": state.condition.positive}
    if state.condition.negative is not None:
        tensors["negative"] = state.condition.negative
    if state.condition.photo is not None:
        tensors["photo"] = state.condition.photo
    tensors |= {f"history.{name}": tensor for name, tensor in state.history.tensors.items()}
    metadata = {
        "kind": STATE_KIND,
        "version": VERSION,
        "step": str(state.step),
        "numbers": json.dumps(state.history.numbers),
        "params": origin.params.model_dump_json(),
        "photo_sha256": origin.photo or "",
        "model": origin.model,
    }
    # Clones: a solver may remember one tensor twice, and safetensors refuses shared memory.
    whole = {k: v.detach().to("cpu", copy=True).contiguous() for k, v in tensors.items()}
    metadata["crc32"] = _checksum(whole, metadata)
    with AtomicFile(path, overwrite=True) as temporary:
        save_file(whole, temporary, metadata)


def read_state(path: Path) -> tuple[DenoiseState, Origin]:
    """Reads a state back.

    Raises BadState where the file is missing, damaged, foreign or newer, and BadInput where it
    cannot be read now.
    """
    _check_readable(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != STATE_KIND:
                raise BadState(f"{path} is not a state of this program; give another file.")
            if metadata.get("version") != VERSION:
                raise BadState(
                    f"{path} was written by another version of this program and cannot be used; "
                    "start the render anew."
                )
            # Copies: a tensor may lie in the mapped file, which Windows would then not replace.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        if metadata.pop("crc32") != _checksum(tensors, metadata):
            raise ValueError
        return _assemble(tensors, metadata)
    except (SafetensorError, OSError, KeyError, RecursionError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        raise BadState(f"{path} is damaged and cannot be used; start the render anew.") from error


def _check_readable(path: Path) -> None:
    """Tells a file that is closed to this user, which safetensors takes for a damaged one."""
    try:
        if not path.is_file():
            raise BadState(f"There is no state at {path}; give the file that --checkpoint wrote.")
        path.open("rb").close()
    except OSError as error:
        # No BadState, which would have the queue begin anew: the state may be as good as ever.
        raise BadInput(
            f"{path} cannot be read ({error.strerror or error}); look whether the disk is there "
            "and the file is yours to read."
        ) from error


def _checksum(tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> str:
    """The CRC-32 of all values by name; safetensors itself does not notice a flipped bit."""
    total = 0
    for name, text in sorted(metadata.items()):
        total = zlib.crc32(f"{name}={text}\n".encode(), total)
    for name, tensor in sorted(tensors.items()):
        total = zlib.crc32(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode(), total)
        total = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, total)
    return f"{total:08x}"


def _assemble(
    tensors: dict[str, torch.Tensor], metadata: dict[str, str]
) -> tuple[DenoiseState, Origin]:
    history = {
        name.removeprefix("history."): tensor
        for name, tensor in tensors.items()
        if name.startswith("history.")
    }
    state = DenoiseState(
        latents=tensors["latents"],
        step=int(metadata["step"]),
        history=History(history, json.loads(metadata["numbers"])),
        condition=Condition(tensors["positive"], tensors.get("negative"), tensors.get("photo")),
    )
    params = ResolvedParams.model_validate_json(metadata["params"])
    return state, Origin(params, metadata["photo_sha256"] or None, metadata["model"])
