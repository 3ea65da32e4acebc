"""Trains the starter's transformer by flow matching on latents, text and photo starts mixed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from bearings import Bearings
from diffusers import WanTransformer3DModel
from excerpts import TEXT_TOKENS, Excerpts
from latents import Latents, Size
from padding import hush_padding
from scenes import UNSAID, describe, forget
from torch import nn
from train_text import TEXT_DIM, sentences_of
from train_vae import Z_DIM
from training import Training
from transformers import ByT5Tokenizer, UMT5EncoderModel

# Noise levels are drawn evenly and then shifted up this far: a plain background can be read from
# hundreds of latents under nearly any noise, so that only the noisiest levels need the prompt.
# For a whole clip; of fewer frames, less noise hides as much (Esser et al., Scaling Rectified Flow
# Transformers, 2024, section 5.3.2: by the square root of how many there are).
SHIFT = 8.0
SILENT = 0.1  # share of clips without a sentence, for classifier-free guidance
PHOTO = 0.3  # share of batches whose first frame is given
# Share of camera moves over textures in those batches. Elsewhere nothing says which texture it is:
# they could not be learnt, and their error would drown that of the shapes.
TEXTURES = 0.5
# How much more a place counts that differs from its frame's background, until this share of the
# time. A shape is a twentieth of a frame; to the end, it would make shapes too large.
EMPHASIS, EMPHASIS_END = 5.0, 0.8


STILL, CLIP = Size(256, 160, 1), Size(256, 160, 25)
LATENT_FRAMES = 7


@dataclass(frozen=True)
class Phase:
    """A part of the training: until which share of the time, on what, how many of the latent frames
    are seen, how many clips at once.
    """

    end: float
    size: Size
    frames: int
    batch: int


PHASES = (
    Phase(0.25, STILL, 1, 24),
    Phase(0.55, CLIP, 3, 16),
    Phase(1.01, CLIP, LATENT_FRAMES, 6),
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
    sentences = Sentences(encoder, device)
    rng = random.Random(3 + rank)
    data = {size: Latents(latents, size) for size in (STILL, CLIP)}
    excerpts = Excerpts(transformer, LATENT_FRAMES)
    bearings = Bearings(transformer).to(device)
    batches = 0

    def loss(share: float) -> torch.Tensor:
        nonlocal batches
        batches += 1
        phase = next(phase for phase in PHASES if share < phase.end)
        if batches % 200 == 0:
            data[phase.size].refresh()
        photo = phase.frames > 1 and rng.random() < PHOTO
        clean, scenes = data[phase.size].batch(rng, phase.batch, TEXTURES if photo else 0.0)
        # The first one always: times are found by their distance from it.
        frames = [0, *sorted(rng.sample(range(1, LATENT_FRAMES), phase.frames - 1))]
        clean = clean[:, :, frames].to(device)
        emphasis = EMPHASIS * max(0.0, 1 - share / EMPHASIS_END)
        said = [UNSAID if rng.random() < SILENT else forget(scene, rng) for scene in scenes]
        texts = [describe(scene, rng, rng.choice(("en", "zh"))) for scene in said]
        embeddings, lengths = sentences.encode(texts)
        excerpts.tell(frames, lengths)
        error = _loss(transformer, clean, embeddings, photo, emphasis)
        times = torch.tensor(frames, device=device) * (2 / (LATENT_FRAMES - 1)) - 1
        height, width = clean.shape[3] // 2, clean.shape[4] // 2
        return error + bearings.loss(times, height, width, said)

    if start is None:
        hush_padding(transformer, sentences.tokens(sentences_of(rng, 64)[1]))
    both = nn.ModuleDict({"transformer": transformer, "bearings": bearings})
    top = 1.5e-3 if start is None else 1.1e-3  # what was learnt is not to be shaken off
    training = Training("transformer", both, folder, lr=top, decay=0.995)
    torch.manual_seed(rank)
    with excerpts, bearings:
        training.run(loss, minutes)
    training.averaged()
    return transformer.eval()


def _loss(
    transformer: WanTransformer3DModel,
    clean: torch.Tensor,
    text: torch.Tensor,
    photo: bool,
    emphasis: float,
) -> torch.Tensor:
    count, _, frames, height, width = clean.shape
    # One level from each of as many equal parts: batches are small, and levels differ most.
    u = (
        torch.randperm(count, device=clean.device) + torch.rand(count, device=clean.device)
    ) / count
    shift = SHIFT * (frames / LATENT_FRAMES) ** 0.5
    sigma = shift * u / (1 + (shift - 1) * u)
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
    """Weights `[clips, 1, frames, h, w]` of mean 1, higher where a clip is not its background, and
    just beside it: an edge has two sides.
    """
    background = clean.flatten(3).median(dim=3).values[..., None, None]
    apart = (2 * (clean - background).square().mean(dim=1, keepdim=True)).clamp(max=1)
    weights = 1 + emphasis * nn.functional.max_pool3d(apart, (1, 5, 5), 1, (0, 2, 2))
    return weights / weights.mean(dim=(1, 2, 3, 4), keepdim=True)


class Sentences:
    """Embeds sentences with the trained text encoder, and remembers them."""

    def __init__(self, encoder: UMT5EncoderModel, device: str):
        self._encoder, self._device = encoder.eval().to(device), device
        self._tokenizer = ByT5Tokenizer()

    @torch.no_grad()
    def encode(self, sentences: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings `[sentences, TEXT_TOKENS, dim]`, zeros behind each sentence, and the
        lengths.
        """
        batch = self._tokenizer(
            sentences,
            padding=True,
            truncation=True,
            max_length=TEXT_TOKENS - 1,
            return_tensors="pt",
        ).to(self._device)
        hidden = self._encoder(batch.input_ids, batch.attention_mask).last_hidden_state
        hidden = hidden * batch.attention_mask[..., None]
        missing = TEXT_TOKENS - hidden.shape[1]
        return nn.functional.pad(hidden, (0, 0, 0, missing)), batch.attention_mask.sum(1)

    def tokens(self, sentences: list[str]) -> torch.Tensor:
        """All the sentences' embeddings in one row, `[tokens, dim]`."""
        embeddings, lengths = self.encode(sentences)
        return torch.cat([e[:n] for e, n in zip(embeddings, lengths.tolist(), strict=True)])
