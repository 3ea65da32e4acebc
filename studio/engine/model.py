"""A model's parts: loaded when first needed, on the device while they work."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from torch import nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase, UMT5EncoderModel

from studio.core.errors import ModelMissing, OutOfMemory
from studio.core.model_folder import ModelFolder
from studio.core.request import Memory
from studio.engine.placement import Placement

Part = TypeVar("Part", bound=nn.Module)
Weighty = TypeVar("Weighty", UMT5EncoderModel, WanTransformer3DModel, AutoencoderKLWan)
Loaded = TypeVar("Loaded")


class Model:
    """One model folder with a placement; its parts stay loaded from render to render.

    With `placement.offload` a part that is fetched sends the others away: to RAM from a GPU, and
    out of memory altogether where the device is the CPU.
    """

    def __init__(self, folder: ModelFolder, placement: Placement, memory: Memory = Memory.AUTO):
        self.folder, self.placement, self.memory = folder, placement, memory
        self._parts: dict[str, nn.Module] = {}
        self._tokenizer: PreTrainedTokenizerBase | None = None
        self._fingerprints: dict[str, str] = {}

    def tokenizer(self) -> PreTrainedTokenizerBase:
        """The tokenizer; it needs no device."""
        if self._tokenizer is None:
            self._tokenizer = _load("tokenizer", self.folder, self._load_tokenizer)
        return self._tokenizer

    def text_encoder(self) -> UMT5EncoderModel:
        """The text encoder on the device; raises ModelMissing where its embeddings are not tied."""
        return self._fetch("text_encoder", self._load_text_encoder)

    def transformer(self) -> WanTransformer3DModel:
        """The transformer, with two experts that of the high-noise steps, on the device."""
        return self._fetch("transformer", lambda: self._load_transformer("transformer"))

    def transformer_2(self) -> WanTransformer3DModel:
        """The expert of the low-noise steps, on the device."""
        return self._fetch("transformer_2", lambda: self._load_transformer("transformer_2"))

    def vae(self) -> AutoencoderKLWan:
        """The VAE on the device, its two halves in the placement's number formats."""
        return self._fetch("vae", self._load_vae)

    def fingerprint(self, *parts: str) -> str:
        """A hash of some parts' weights and settings, computed once."""
        for part in parts:
            if part not in self._fingerprints:
                self._fingerprints[part] = self.folder.fingerprint(part)
        return "-".join(self._fingerprints[part][:32] for part in parts)

    @property
    def denoiser_fingerprint(self) -> str:
        """A hash of the transformer or of both experts."""
        experts = ("transformer", "transformer_2") if self.folder.two_experts else ("transformer",)
        return self.fingerprint(*experts)

    @property
    def loaded_parts(self) -> frozenset[str]:
        """The names of the parts that are in memory."""
        return frozenset(self._parts)

    def unload(self) -> None:
        """Frees all memory that the parts hold."""
        self._parts.clear()
        _free()

    def _fetch(self, name: str, load: Callable[[], Part]) -> Part:
        if self.placement.offload:
            self._send_others_away(name)
        part = self._parts.get(name)
        try:
            if part is None:
                part = _load(name, self.folder, load).eval().requires_grad_(False)
                self._parts[name] = part
            if next(part.parameters()).device.type != self.placement.device.type:
                part.to(self.placement.device)
        except (torch.OutOfMemoryError, MemoryError) as error:
            self.unload()
            raise OutOfMemory(
                f"There is not enough memory for the {name} of {self.folder.family.title}; "
                "close other programs, or render with --memory offload."
            ) from error
        return part  # pyright: ignore[reportReturnType] - stored under its own name above

    def _send_others_away(self, name: str) -> None:
        others = [other for other in self._parts if other != name]
        for other in others:
            if self.placement.device.type == "cpu":
                del self._parts[other]
            else:
                self._parts[other].to("cpu")
        if others:
            _free()

    def _load_tokenizer(self) -> PreTrainedTokenizerBase:
        path = self.folder.path / "tokenizer"
        return AutoTokenizer.from_pretrained(path, local_files_only=True)

    def _load_text_encoder(self) -> UMT5EncoderModel:
        encoder = self._read(UMT5EncoderModel, "text_encoder", self.placement.text_dtype)
        # Untied, the encoder reads zeros and the clip shows garbage, without any error
        # (huggingface/transformers#43880).
        if encoder.shared.weight.data_ptr() != encoder.encoder.embed_tokens.weight.data_ptr():
            raise ModelMissing(
                f"The text encoder in {self.folder.path} loads with untied embeddings, which makes "
                "every prompt meaningless; install the pinned version of transformers."
            )
        return encoder

    def _load_transformer(self, name: str) -> WanTransformer3DModel:
        return self._read(WanTransformer3DModel, name, self.placement.transformer_dtype)

    def _load_vae(self) -> AutoencoderKLWan:
        vae = self._read(AutoencoderKLWan, "vae", self.placement.encode_dtype)
        # The halves one by one: the class as a whole warns of a cast that is meant here.
        for half in (vae.decoder, vae.post_quant_conv):
            half.to(self.placement.decode_dtype)
        return vae

    def _read(self, kind: type[Weighty], name: str, dtype: torch.dtype) -> Weighty:
        """A part with all of its weights; raises ModelMissing where some are not in its files."""
        part, told = kind.from_pretrained(  # pyright: ignore[reportGeneralTypeIssues] - two, as asked
            self.folder.path / name,
            dtype=dtype,
            local_files_only=True,
            # Left open, a pickle is taken where no .safetensors has the expected name.
            use_safetensors=True,
            output_loading_info=True,
        )
        # The libraries only log it, and fill the holes with random or with no values; what is tied
        # to a weight that is there does not count as missing.
        missing = sorted(told["missing_keys"])
        if missing:
            raise ModelMissing(
                f"The {name} in {self.folder.path} lacks {len(missing)} of its weights "
                f"({missing[0]} is one); copy the model again."
            )
        return part


def _load(name: str, folder: ModelFolder, load: Callable[[], Loaded]) -> Loaded:
    try:
        return load()
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        raise ModelMissing(
            f"The {name} in {Path(folder.path)} cannot be loaded ({_first_line(error)}); "
            "copy the model again."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
