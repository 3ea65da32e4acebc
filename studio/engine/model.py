"""A model's parts: loaded when first needed, on the device while they work."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from safetensors import SafetensorError
from torch import nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase, UMT5EncoderModel

from studio.core.errors import ModelMissing, OutOfMemory
from studio.core.model_folder import ModelFolder
from studio.core.request import Memory
from studio.engine.placement import Placement
from studio.engine.torch_errors import is_device_fault, is_out_of_memory
from studio.engine.weights import Weights

Part = TypeVar("Part", bound=nn.Module)
SPARE_MEMORY = 2 << 30  # bytes of RAM that stay free for everything else


class Model:
    """One model folder with a placement; its parts stay loaded from render to render.

    With `placement.offload` a part that is fetched sends the others away: to RAM from a GPU while
    there is room, and out of memory altogether where there is none or where the device is the CPU.
    """

    def __init__(self, folder: ModelFolder, placement: Placement, memory: Memory = Memory.AUTO):
        self.folder, self.placement, self.memory = folder, placement, memory
        self._parts: dict[str, nn.Module] = {}
        self._empty: dict[str, nn.Module] = {}  # checked, and not read yet
        self._tokenizer: PreTrainedTokenizerBase | None = None
        self._fingerprints: dict[str, str] = {}

    def check(self) -> None:
        """Raises ModelMissing where the files of a part do not fit it, before any work is done.

        The text encoder is left out: where it is needed at all, it is the first to be loaded.
        """
        for name in ("vae", *self.experts):
            if name not in self._parts:
                self._empty[name] = self._make_empty(name)

    def load(self, name: str) -> Generator[float, None, None]:
        """Brings a part onto the device; yields the share that is there, nothing where it was.

        It may be left half way, and begins anew when it is asked for again.
        """
        if self.placement.offload:
            yield from self._send_others_away(name)
        try:
            if name not in self._parts:
                yield from self._read(name)
            yield from bring(self._parts[name], self.placement.device)
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            self.unload()
            advice = "let the model's parts take turns (--memory offload)"
            if self.placement.offload:
                advice = "choose a smaller model, for its parts take turns already"
            raise OutOfMemory(
                f"There is not enough memory for the {name.replace('_', ' ')} of "
                f"{self.folder.family.title}; close other programs, or {advice}."
            ) from error

    def tokenizer(self) -> PreTrainedTokenizerBase:
        """The tokenizer; it needs no device."""
        if self._tokenizer is None:
            with self._refusal("tokenizer"):
                self._tokenizer = AutoTokenizer.from_pretrained(
                    self.folder.path / "tokenizer", local_files_only=True
                )
        assert self._tokenizer is not None
        return self._tokenizer

    def text_encoder(self) -> UMT5EncoderModel:
        """The text encoder on the device."""
        return self._whole("text_encoder", UMT5EncoderModel)

    def transformer(self) -> WanTransformer3DModel:
        """The transformer, with two experts that of the high-noise steps, on the device."""
        return self._whole("transformer", WanTransformer3DModel)

    def transformer_2(self) -> WanTransformer3DModel:
        """The expert of the low-noise steps, on the device."""
        return self._whole("transformer_2", WanTransformer3DModel)

    def vae(self) -> AutoencoderKLWan:
        """The VAE on the device, its two halves in the placement's number formats."""
        return self._whole("vae", AutoencoderKLWan)

    def fingerprint(self, *parts: str) -> str:
        """A hash of some parts' weights and settings, computed once."""
        for part in parts:
            if part not in self._fingerprints:
                self._fingerprints[part] = self.folder.fingerprint(part)
        return "-".join(self._fingerprints[part][:32] for part in parts)

    @property
    def experts(self) -> tuple[str, ...]:
        """The names of the transformer or of both experts."""
        return ("transformer", "transformer_2") if self.folder.two_experts else ("transformer",)

    @property
    def denoiser_fingerprint(self) -> str:
        """A hash of the transformer or of both experts."""
        return self.fingerprint(*self.experts)

    @property
    def loaded_parts(self) -> frozenset[str]:
        """The names of the parts that are in memory."""
        return frozenset(self._parts)

    def unload(self) -> None:
        """Frees all memory that the parts hold."""
        self._parts.clear()
        self._empty.clear()
        give_back_memory()

    def _whole(self, name: str, kind: type[Part]) -> Part:
        """A part that is loaded without anybody being told how far it is."""
        for _ in self.load(name):
            pass
        part = self._parts[name]
        assert isinstance(part, kind)
        return part

    def _read(self, name: str) -> Generator[float, None, None]:
        part = self._empty.pop(name, None) or self._make_empty(name)
        place = self.placement
        dtypes = {"text_encoder": place.text_dtype, "vae": place.encode_dtype}
        with self._refusal(name):
            dtype = dtypes.get(name, place.transformer_dtype)
            yield from Weights(self.folder, name).fill(part, dtype, place.device)
        if isinstance(part, AutoencoderKLWan):
            # The halves one by one: the class as a whole warns of a cast that is meant here.
            for half in (part.decoder, part.post_quant_conv):
                half.to(place.decode_dtype)
        if isinstance(part, UMT5EncoderModel):
            self._check_tied(part)
        self._parts[name] = part

    def _make_empty(self, name: str) -> nn.Module:
        with self._refusal(name):
            return Weights(self.folder, name).empty()

    def _check_tied(self, encoder: UMT5EncoderModel) -> None:
        # Untied, the encoder reads zeros and the clip shows garbage, without any error
        # (huggingface/transformers#43880).
        if encoder.shared.weight.data_ptr() != encoder.encoder.embed_tokens.weight.data_ptr():
            raise ModelMissing(
                f"The text encoder in {self.folder.path} loads with untied embeddings, which makes "
                "every prompt meaningless; install the pinned version of transformers."
            )

    def _send_others_away(self, name: str) -> Generator[float, None, None]:
        """Tells nothing of how far it is, for that is not how far the part is that comes."""
        moved = False
        for other in [other for other in self._parts if other != name]:
            if self.placement.device.type == "cpu" or not fits_beside(self._parts[other]):
                del self._parts[other]
                moved = True
                continue
            for _ in bring(self._parts[other], torch.device("cpu")):
                moved = True
                yield 0.0
        if moved:
            give_back_memory()

    @contextmanager
    def _refusal(self, name: str) -> Generator[None]:
        """Turns what a library says of a part that it cannot load into a sentence."""
        try:
            yield
        except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
            if is_out_of_memory(error) or is_device_fault(error):
                raise
            raise ModelMissing(
                f"The {name} in {self.folder.path} cannot be loaded ({_first_line(error)}); "
                "copy the model again."
            ) from error


def bring(part: nn.Module, device: torch.device) -> Generator[float, None, None]:
    """Moves a part to a device, tensor by tensor; yields the share that is there."""
    values = [*part.buffers(), *part.parameters()]  # also the tables of positions
    away = [value for value in values if value.device.type != device.type]
    total, done = sum(value.numel() for value in away), 0
    for value in away:
        value.data = value.data.to(device)
        done += value.numel()
        yield done / total


def fits_beside(part: nn.Module) -> bool:
    """Whether RAM has room for a part that makes way on the GPU; else it is read again when it is
    needed, which of the text encoder it never is in the same render.
    """
    import psutil

    size = sum(value.nbytes for value in part.parameters() if value.device.type != "cpu")
    return not size or psutil.virtual_memory().available > size + SPARE_MEMORY


def give_back_memory() -> None:
    """Gives the device what nobody in this process holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
