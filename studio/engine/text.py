"""Prompts to embeddings: cleaned as diffusers cleans them, encoded once, kept on the disk."""

from __future__ import annotations

import hashlib
import html
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import ftfy
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerBase, UMT5EncoderModel

from studio.core.errors import StudioError
from studio.core.files import AtomicFile, remove_leftovers

MAX_TOKENS = 512  # Wan 2.2, wan/configs/shared_config.py, text_len
CACHE_BYTES = 512 << 20  # about 120 long prompts of the 5B, thousands of short ones


def clean(prompt: str) -> str:
    """A prompt as diffusers' Wan pipelines clean it: ftfy, HTML entities twice, blanks folded."""
    text = html.unescape(html.unescape(ftfy.fix_text(prompt))).strip()
    return re.sub(r"\s+", " ", text).strip()


def token_count(tokenizer: PreTrainedTokenizerBase, prompt: str) -> int:
    """How many tokens the cleaned prompt has, the end mark included."""
    return len(tokenizer(clean(prompt), add_special_tokens=True).input_ids)


@torch.no_grad()
def encode(
    tokenizer: PreTrainedTokenizerBase, encoder: UMT5EncoderModel, prompt: str
) -> torch.Tensor:
    """The embeddings `[tokens, text_dim]` of a prompt, without padding, on the CPU."""
    inputs = tokenizer(
        [clean(prompt)],
        padding="max_length",
        max_length=MAX_TOKENS,
        truncation=True,
        add_special_tokens=True,
        return_attention_mask=True,
        return_tensors="pt",
    )
    mask = inputs.attention_mask
    device = encoder.device
    hidden = encoder(inputs.input_ids.to(device), mask.to(device)).last_hidden_state
    return hidden[0, : int(mask.gt(0).sum())].cpu()


def pad(embeddings: torch.Tensor) -> torch.Tensor:
    """`[tokens, text_dim]` to `[1, 512, text_dim]`, zeros behind the prompt as pipelines have
    it.
    """
    out = embeddings.new_zeros(1, MAX_TOKENS, embeddings.shape[1])
    out[0, : len(embeddings)] = embeddings
    return out


@dataclass(frozen=True)
class PromptCache:
    """A folder of embeddings by text, encoder and number format; the oldest go when it is full."""

    folder: Path
    encoder: str  # the text encoder's and the tokenizer's fingerprint
    limit: int = CACHE_BYTES

    def has(self, prompt: str, dtype: torch.dtype) -> bool:
        """Whether there is a file for this prompt; it may still be damaged."""
        return self._file(prompt, dtype).is_file()

    def get(
        self, prompt: str, dtype: torch.dtype, make: Callable[[], torch.Tensor]
    ) -> torch.Tensor:
        """The prompt's embeddings, from the disk or else made and kept; a full disk only costs
        time.
        """
        file = self._file(prompt, dtype)
        try:
            found = load_file(file)["embeddings"]
        except (OSError, SafetensorError, KeyError):
            found = make()
            self._keep(file, found)
            return found
        with suppress(OSError):  # an entry that can only be read is as good
            os.utime(file)
        return found

    def _file(self, prompt: str, dtype: torch.dtype) -> Path:
        key = f"{self.encoder}\0{dtype}\0{MAX_TOKENS}\0{clean(prompt)}"
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.safetensors"

    def _keep(self, file: Path, embeddings: torch.Tensor) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.folder)
            with AtomicFile(file, overwrite=True) as temporary:
                save_file({"embeddings": embeddings.contiguous()}, temporary)
            self._trim()
        except (OSError, SafetensorError, StudioError):
            return

    def _trim(self) -> None:
        files = [(file.stat(), file) for file in self.folder.glob("*.safetensors")]
        files.sort(key=lambda pair: pair[0].st_mtime)
        total = sum(stat.st_size for stat, _ in files)
        for stat, file in files:
            if total <= self.limit:
                return
            file.unlink(missing_ok=True)
            total -= stat.st_size
