"""Passes of the transformer over excerpts: some frames of a clip at their own places, short texts.

A clip's frames show the same things again and again, and attention grows with the square of their
number: three frames of seven teach nearly as much as all, for a third of the time.
"""

from __future__ import annotations

import math
from types import TracebackType

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from torch import nn

MAX_TOKENS = 512
TEXT_TOKENS = 128  # what a training sentence may take; the last one stands for all padding


class Excerpts:
    """Fits a transformer to excerpts as long as the context lasts, and compiles its blocks.

    `tell` says before each pass which frames the latents hold, and how long each sentence is.
    """

    def __init__(self, transformer: WanTransformer3DModel, frames: int):
        self._transformer = transformer
        self._rope = _SomeFrames(transformer.rope, frames)
        self._texts = _Attention()

    def __enter__(self) -> Excerpts:
        transformer, bare = self._transformer, _Attention()
        self._before = [
            (block.attn1.processor, block.attn2.processor) for block in transformer.blocks
        ]
        for block in transformer.blocks:
            block.attn1.set_processor(bare)
            block.attn2.set_processor(self._texts)
        transformer.rope = self._rope
        transformer.compile_repeated_blocks(dynamic=False)
        return self

    def tell(self, frames: list[int], lengths: torch.Tensor) -> None:
        """The latent frames that the next pass sees, and its sentences' lengths in tokens."""
        self._rope.chosen = frames
        place = torch.arange(TEXT_TOKENS, device=lengths.device)
        bias = torch.where(place < lengths[:, None], 0.0, -math.inf)
        # The pipelines pad a prompt to 512 tokens of zeros, which all give the same key and value;
        # here one of them stands for all, its score raised by the logarithm of their number.
        bias[:, -1] = torch.log((MAX_TOKENS - lengths).float())
        self._texts.bias = bias[:, None, None]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        transformer = self._transformer
        transformer.rope = self._rope.whole
        for block, (alone, texts) in zip(transformer.blocks, self._before, strict=True):
            block.attn1.set_processor(alone)
            block.attn2.set_processor(texts)
            block._compiled_call_impl = None


class _SomeFrames(nn.Module):
    """The rotary embedding of some frames out of a whole clip, each at its own time."""

    def __init__(self, whole: nn.Module, frames: int):
        super().__init__()
        self.whole, self.frames, self.chosen = whole, frames, list(range(frames))

    def forward(self, hidden: torch.Tensor) -> tuple[torch.Tensor, ...]:
        shape = (1, 1, self.frames, *hidden.shape[3:])
        waves = self.whole(torch.empty(shape, device="meta"))
        return tuple(
            wave.unflatten(1, (self.frames, -1))[:, self.chosen].flatten(1, 2) for wave in waves
        )


class _Attention:
    """Attention by plain matrix products, which compile well on a CPU; `bias` is added to the
    scores.
    """

    bias: torch.Tensor | None = None

    def __call__(self, attn, hidden, context=None, attention_mask=None, rotary_emb=None):
        context = hidden if context is None else context
        heads = (attn.heads, -1)
        query = attn.norm_q(attn.to_q(hidden)).unflatten(2, heads)
        key = attn.norm_k(attn.to_k(context)).unflatten(2, heads)
        value = attn.to_v(context).unflatten(2, heads).transpose(1, 2)
        if rotary_emb is not None:
            query, key = _turned(query, *rotary_emb), _turned(key, *rotary_emb)
        query, key = query.transpose(1, 2).type_as(value), key.transpose(1, 2).type_as(value)
        if hidden.is_cuda:
            bias = None if self.bias is None else self.bias.to(query.dtype)
            out = F.scaled_dot_product_attention(query, key, value, bias)
        else:
            scores = (query * query.shape[-1] ** -0.5) @ key.transpose(2, 3)
            if self.bias is not None:
                scores = scores + self.bias.to(scores.dtype)
            out = scores.softmax(dim=-1).type_as(value) @ value
        return attn.to_out[0](out.transpose(1, 2).flatten(2))


def _turned(hidden: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = hidden.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = cos[..., 0::2], sin[..., 1::2]
    return torch.stack((first * cos - second * sin, first * sin + second * cos), -1).flatten(-2)
