"""How much of a device's memory a render takes, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.model_folder import ModelFolder

_BYTES = 2  # of a value in 16 bits, in which the parts work
# What the libraries take before the first weight: a CUDA context, or torch's own on a CPU.
_LIBRARIES = 500_000_000
# Of the decoder, for each pixel of a frame and byte of a value, whatever the clip's length:
# ComfyUI's estimate for Wan 2.2 (comfy/sd.py), 13.4 GiB at 1280 × 704 in 16 bits.
_DECODER_BYTES = 8000
# A model of a tenth of the size has a decoder of a tenth of the width: not more than that many
# times its weights.
_DECODER_SHARE = 4
# The transformer's activations beside its weights, as a share of the decoder's.
_TRANSFORMER_SHARE = 0.25
_ANYBODY_HAS = 2 << 30  # bytes of memory; below that nobody needs to be asked


@dataclass(frozen=True)
class Device:
    """Where a render works: what its memory is called, and how many bytes it has."""

    memory: str  # "GPU memory" or "memory"
    total: int


@dataclass(frozen=True)
class Need:
    """Bytes that a render takes with all parts loaded, and with the parts taking turns."""

    whole: int
    turns: int


@dataclass(frozen=True)
class PartSizes:
    """Bytes of a model's parts as they work; with two experts each is as large as `transformer`."""

    text_encoder: int
    transformer: int
    vae: int
    experts: int

    @classmethod
    def of(cls, folder: ModelFolder) -> PartSizes:
        """Those of a folder, from the heads of its files."""
        encoder, transformer, vae = (
            _BYTES * folder.weights_of(part) for part in ("text_encoder", "transformer", "vae")
        )
        return cls(encoder, transformer, vae, 2 if folder.two_experts else 1)

    def need(self, width: int, height: int) -> Need:
        """An estimate for a size in pixels; nobody measured it on every card."""
        weights = self.text_encoder + self.experts * self.transformer + self.vae
        room = decoder_room(width, height, weights)
        largest = max(
            self.text_encoder,
            self.transformer + round(_TRANSFORMER_SHARE * room),
            self.vae + room,
        )
        return Need(_LIBRARIES + weights + room, _LIBRARIES + largest)


def decoder_room(width: int, height: int, weights: int) -> int:
    """Bytes beside a model's weights that decoding takes at a size in pixels, at the most."""
    return min(_DECODER_BYTES * _BYTES * width * height, _DECODER_SHARE * weights)


@dataclass(frozen=True)
class Fit:
    """Whether a render fits, as a sentence; with `doubt` it may not."""

    text: str
    doubt: bool = False


def judge(need: Need, device: Device) -> Fit:
    """What the person is told before the start."""
    if need.whole <= device.total:
        return Fit(f"fits: {_of(need.whole, device)}")
    if need.turns <= device.total:
        return Fit(f"fits, its parts taking turns: {_of(need.turns, device)}")
    return Fit(
        f"May not fit: it takes about {_gigabytes(need.turns)} GB even with its parts taking "
        f"turns, and there are {_gigabytes(device.total)} GB {device.memory}. "
        "A smaller size needs less.",
        doubt=True,
    )


def why_too_large(model: ModelFolder) -> str | None:
    """Why this machine cannot run a model, None where it may.

    Of a model that is too large for the GPU as a whole, a part comes back from there, in 16 bits at
    the least, when the next one needs the room.
    """
    part, needed = model.largest_part()
    if needed < _ANYBODY_HAS:
        return None
    import psutil  # not for the starter alone: it makes the window late

    memory = psutil.virtual_memory().total + psutil.swap_memory().total
    if needed <= memory:
        return None
    return (
        f"Its {part.replace('_', ' ')} alone needs {_gigabytes(needed)} GB of memory, and this "
        f"machine has {_gigabytes(memory)} GB; choose a smaller model."
    )


def _of(needed: int, device: Device) -> str:
    return f"{_gigabytes(needed)} of {_gigabytes(device.total)} GB {device.memory}"


def _gigabytes(count: int) -> str:
    # Cards are sold by powers of two: 12 GB of theirs are 12.9 of the others.
    return f"{count / (1 << 30):.1f}".removesuffix(".0")
