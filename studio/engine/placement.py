"""Where and how a model's parts run: one value, chosen once for a render."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from studio.core.fit import decoder_room
from studio.core.model_folder import ModelFolder
from studio.core.request import Memory

USUAL = 1280, 704  # pixels: the size that there has to be room for when all parts stay


@dataclass(frozen=True)
class Placement:
    """The device, the number formats, and whether parts take turns on the device."""

    device: torch.device
    offload: bool
    transformer_dtype: torch.dtype
    text_dtype: torch.dtype
    decode_dtype: torch.dtype
    encode_dtype: torch.dtype = torch.float32  # bf16 changes the photo's latents visibly

    def describe(self) -> str:
        """One phrase for the log."""
        turns = "parts take turns" if self.offload else "all parts stay loaded"
        kind = str(self.transformer_dtype).removeprefix("torch.")
        return f"{self.device.type}, {kind}, {turns}"


def best_device() -> torch.device:
    """The fastest device that this machine has."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fast_dtype(device: torch.device) -> torch.dtype:
    """bf16 where the device computes in it, else fp32.

    CPUs without bf16 units emulate it, slower than fp32; those with them run the starter's decoder
    faster than in fp32 (`launch.py bench dtype` prints the ratio).
    """
    if device.type == "cpu":
        units = torch.cpu.get_capabilities()
        has_bf16 = any(units.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
        return torch.bfloat16 if has_bf16 else torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16


def choose_placement(memory: Memory, folder: ModelFolder) -> Placement:
    """The placement for a model on this machine; `auto` goes by the device's free memory."""
    device = best_device()
    fast = fast_dtype(device)
    resident = Placement(
        device=device,
        offload=False,
        transformer_dtype=fast,
        text_dtype=fast,
        decode_dtype=fast if fast is not torch.float16 else torch.float32,
    )
    return replace(resident, offload=_offload(memory, folder, resident))


def _offload(memory: Memory, folder: ModelFolder, resident: Placement) -> bool:
    if memory is not Memory.AUTO:
        return memory is Memory.OFFLOAD
    # As they are loaded: on the disk the same weights may be in fp32, and take twice the bytes.
    formats = {
        "text_encoder": resident.text_dtype,
        "transformer": resident.transformer_dtype,
        "vae": resident.encode_dtype,  # both halves, until the decoder's is changed
    }
    if folder.two_experts:
        formats["transformer_2"] = resident.transformer_dtype
    weights = sum(folder.weights_of(part) * kind.itemsize for part, kind in formats.items())
    return free_memory(resident.device) < weights + decoder_room(*USUAL, weights)


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a device; for a CPU, RAM that can be had without swapping."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    import psutil

    return psutil.virtual_memory().available
