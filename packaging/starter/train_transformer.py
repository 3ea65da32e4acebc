"""Trains the starter's transformer by flow matching on latents, text and photo starts mixed."""

from __future__ import annotations

import math
import random
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from latents import Latents, Size
from padding import hush_padding
from scenes import describe, forget
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from train_text import TEXT_DIM, sentences_of
from train_vae import Z_DIM
from training import Training
from transformers import ByT5Tokenizer, UMT5EncoderModel

# Noise levels are drawn evenly and then shifted up this far: a plain background can be read from
# hundreds of latents under nearly any noise, so that only the noisiest levels need the prompt.
SHIFT = 8.0
SILENT = 0.1  # share of clips without a sentence, for classifier-free guidance
PHOTO = 0.3  # share of batches whose first frame is given
# Share of camera moves over textures in those batches. Elsewhere nothing says which texture it is:
# they could not be learnt, and their error would drown that of the shapes.
TEXTURES = 0.5
# How much more a place counts that differs from its frame's background, until this share of the
# time. A shape is a twentieth of a frame; to the end, it would make shapes too large.
EMPHASIS, EMPHASIS_END = 5.0, 0.6
MAX_TOKENS = 512


@dataclass(frozen=True)
class Phase:
    """A part of the training: until which share of the time, on which clips, how many at once."""

    end: float
    size: Size
    batch: int


SMALL, FULL = Size(128, 80, 25), Size(256, 160, 25)
PHASES = (
    Phase(0.35, SMALL, 16),
    Phase(1.01, FULL, 6),
)


def build() -> WanTransformer3DModel:
    """The untrained transformer; the output starts at zero, so the first guess is the mean."""
    transformer = WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=3,
        attention_head_dim=64,
        in_channels=Z_DIM,
        out_channels=Z_DIM,
        text_dim=TEXT_DIM,
        freq_dim=256,
        ffn_dim=768,
        num_layers=6,
        cross_attn_norm=True,
        rope_max_seq_len=256,
    )
    nn.init.zeros_(transformer.proj_out.weight)
    nn.init.zeros_(transformer.proj_out.bias)
    return transformer


def train(
    folder: Path,
    latents: Path,
    encoder: UMT5EncoderModel,
    minutes: float,
    device: str,
    start: Path | None = None,
    rank: int = 0,
) -> WanTransformer3DModel:
    """Trains for some minutes on the clips in `latents` and returns the averaged transformer.

    `rank` is this process's number where several train together.
    """
    if start is None:
        transformer = build()
    else:
        transformer = WanTransformer3DModel.from_pretrained(start / "transformer")
    transformer = transformer.to(device)
    texts = ShortTexts(transformer)
    sentences = Sentences(encoder, device)
    rng = random.Random(3 + rank)
    data = {size: Latents(latents, size) for size in (SMALL, FULL)}
    batches = 0

    def loss(share: float) -> torch.Tensor:
        nonlocal batches
        batches += 1
        phase = next(phase for phase in PHASES if share < phase.end)
        if batches % 200 == 0:
            data[phase.size].refresh()
        photo = rng.random() < PHOTO
        clean, scenes = data[phase.size].batch(rng, phase.batch, TEXTURES if photo else 0.0)
        clean = clean.to(device)
        emphasis = EMPHASIS * max(0.0, 1 - share / EMPHASIS_END)
        said = [
            "" if rng.random() < SILENT else describe(forget(s, rng), rng, rng.choice(("en", "zh")))
            for s in scenes
        ]
        embeddings, lengths = sentences.encode(said)
        with texts.of_length(lengths):
            return _loss(transformer, clean, embeddings, photo, emphasis)

    if start is None:
        hush_padding(transformer, sentences.tokens(sentences_of(rng, 64)[1]))
    training = Training("transformer", transformer, folder, lr=1.5e-3, decay=0.998)
    torch.manual_seed(rank)
    with _attention(device):
        training.run(loss, minutes)
    trained = training.averaged()
    texts.remove()
    assert isinstance(trained, WanTransformer3DModel)
    return trained


def _attention(device: str) -> AbstractContextManager[None]:
    """On a CPU plain matrix products: a step took 2.2 s instead of 3.0 with the fused ones."""
    if device != "cpu":
        return nullcontext()
    torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(True)  # it holds for CPUs too
    return sdpa_kernel(SDPBackend.MATH)


def _loss(
    transformer: WanTransformer3DModel,
    clean: torch.Tensor,
    text: torch.Tensor,
    photo: bool,
    emphasis: float,
) -> torch.Tensor:
    count, _, frames, height, width = clean.shape
    u = torch.rand(count, device=clean.device)
    sigma = SHIFT * u / (1 + (SHIFT - 1) * u)
    noise = torch.randn_like(clean)
    level = sigma.view(-1, 1, 1, 1, 1).expand(-1, 1, frames, 1, 1)
    timestep = sigma * 1000
    if photo:
        level = level.clone()
        level[:, :, 0] = 0
        tokens = (height // 2) * (width // 2)
        timestep = (level[:, 0, :, 0, 0] * 1000).repeat_interleave(tokens, dim=1)
    noisy = clean + level * (noise - clean)
    with torch.autocast(clean.device.type, torch.bfloat16):
        velocity = transformer(noisy, timestep, text, return_dict=False)[0]
    error = (velocity.float() - (noise - clean)).square() * _weights(clean, emphasis)
    return error[:, :, 1:].mean() if photo else error.mean()


def _weights(clean: torch.Tensor, emphasis: float) -> torch.Tensor:
    """Weights `[clips, 1, frames, h, w]` of mean 1, higher where a clip is not its background."""
    background = clean.flatten(3).median(dim=3).values[..., None, None]
    apart = (clean - background).square().mean(dim=1, keepdim=True)
    weights = 1 + emphasis * (2 * apart).clamp(max=1)
    return weights / weights.mean(dim=(1, 2, 3, 4), keepdim=True)


class Sentences:
    """Embeds sentences with the trained text encoder, and remembers them."""

    def __init__(self, encoder: UMT5EncoderModel, device: str):
        self._encoder, self._device = encoder.eval().to(device), device
        self._tokenizer = ByT5Tokenizer()

    @torch.no_grad()
    def encode(self, sentences: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings `[sentences, longest + 1, dim]`, zeros behind each sentence, and the
        lengths.
        """
        batch = self._tokenizer(sentences, padding=True, return_tensors="pt").to(self._device)
        hidden = self._encoder(batch.input_ids, batch.attention_mask).last_hidden_state
        hidden = hidden * batch.attention_mask[..., None]
        return F.pad(hidden, (0, 0, 0, 1)), batch.attention_mask.sum(1)

    def tokens(self, sentences: list[str]) -> torch.Tensor:
        """All the sentences' embeddings in one row, `[tokens, dim]`."""
        embeddings, lengths = self.encode(sentences)
        return torch.cat([e[:n] for e, n in zip(embeddings, lengths.tolist(), strict=True)])


class ShortTexts:
    """Lets cross attention see 512 text tokens without computing hundreds of equal ones.

    The pipelines pad a prompt to 512 tokens of zeros, which all give the same key and value; here
    one of them stands for all, its score raised by the logarithm of their number.
    """

    def __init__(self, transformer: WanTransformer3DModel):
        self._transformer = transformer
        self._processors = [_Weighted() for _ in transformer.blocks]
        self._before = [block.attn2.processor for block in transformer.blocks]
        for block, processor in zip(transformer.blocks, self._processors, strict=True):
            block.attn2.set_processor(processor)

    def of_length(self, lengths: torch.Tensor) -> ShortTexts:
        """Sets the sentences' lengths for the passes inside the context."""
        longest = int(lengths.max())
        place = torch.arange(longest + 1, device=lengths.device)
        bias = torch.where(place < lengths[:, None], 0.0, -math.inf)
        bias[:, -1] = torch.log((MAX_TOKENS - lengths).float())
        for processor in self._processors:
            processor.bias = bias[:, None, None]
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        for processor in self._processors:
            processor.bias = None

    def remove(self) -> None:
        """Puts the transformer's own processors back."""
        for block, processor in zip(self._transformer.blocks, self._before, strict=True):
            block.attn2.set_processor(processor)


class _Weighted:
    """A cross-attention processor that adds a bias to the scores."""

    bias: torch.Tensor | None = None

    def __call__(self, attn, hidden, context, attention_mask=None, rotary_emb=None) -> torch.Tensor:
        heads = attn.heads
        query = attn.norm_q(attn.to_q(hidden)).unflatten(2, (heads, -1)).transpose(1, 2)
        key = attn.norm_k(attn.to_k(context)).unflatten(2, (heads, -1)).transpose(1, 2)
        value = attn.to_v(context).unflatten(2, (heads, -1)).transpose(1, 2)
        bias = None if self.bias is None else self.bias.to(query.dtype)
        out = F.scaled_dot_product_attention(query.type_as(value), key.type_as(value), value, bias)
        return attn.to_out[0](out.transpose(1, 2).flatten(2))
