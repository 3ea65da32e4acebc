"""Trains the starter's text encoder: a small UMT5 over bytes that learns to read scenes.

Each of its outputs has to tell every attribute of the sentence, so that the transformer finds what
was said wherever it looks.
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from scenes import ATTRIBUTES, Scene, describe, draw_scene, forget
from torch import nn
from training import Training
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

TEXT_DIM = 192
BATCH = 96


def build() -> UMT5EncoderModel:
    """The untrained encoder; 384 is the vocabulary of bytes, marks and spares that ByT5 has."""
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=384, d_model=TEXT_DIM, d_kv=32, d_ff=512, num_layers=3, num_heads=6,
            dropout_rate=0.0,
        )
    )  # fmt: skip


class Reader(nn.Module):
    """The encoder with a classifier for each attribute on top, which is thrown away later."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = build()
        self.heads = nn.ModuleDict(
            {name: nn.Linear(TEXT_DIM, len(values)) for name, values in ATTRIBUTES.items()}
        )

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """The attributes' scores at every byte, `[sentences, bytes, values]`."""
        hidden = self.encoder(ids, mask).last_hidden_state
        return {name: head(hidden) for name, head in self.heads.items()}


def train(folder: Path, minutes: float, device: str, start: Path | None = None) -> UMT5EncoderModel:
    """Trains for some minutes, prints how well held-out scenes are read, returns the encoder.

    With no minutes an encoder to `start` from is kept as it is.
    """
    tokenizer = ByT5Tokenizer()
    reader = Reader()
    if start is not None:
        reader.encoder = UMT5EncoderModel.from_pretrained(start / "text_encoder", dtype="float32")
        if not minutes:
            return reader.encoder.to(device)
    reader = reader.to(device)
    rng = random.Random(2)

    def loss(share: float) -> torch.Tensor:
        scenes, sentences = sentences_of(rng, BATCH)
        batch = tokenizer(sentences, padding=True, return_tensors="pt").to(device)
        with torch.autocast(device, torch.bfloat16):
            scores = reader(batch.input_ids, batch.attention_mask)
        total = torch.zeros((), device=device)
        for name, values in ATTRIBUTES.items():
            truth = torch.tensor([values.index(getattr(s, name)) for s in scenes], device=device)
            flat = F.cross_entropy(
                scores[name].float().transpose(1, 2),
                truth[:, None].expand(batch.input_ids.shape),
                reduction="none",
            )
            total = total + (flat * batch.attention_mask).sum() / batch.attention_mask.sum()
        return total

    training = Training("text", reader, folder, lr=2e-3, decay=0.995)
    training.run(loss, minutes)
    trained = training.averaged()
    _report(trained, tokenizer, device)
    return trained.encoder


def sentences_of(
    rng: random.Random, count: int, *, held: bool = False
) -> tuple[list[Scene], list[str]]:
    """Random scenes as lazily as people say them, with their sentences in both languages."""
    nothing = Scene("any", "any", "any", "none", "any", "any", subject=False)
    scenes, sentences = [], []
    for _ in range(count):
        scene = forget(draw_scene(rng, held=held), rng)
        sentence = describe(scene, rng, "en" if rng.random() < 0.55 else "zh")
        if rng.random() < 0.03:
            scene, sentence = nothing, ""
        scenes.append(scene)
        sentences.append(sentence)
    return scenes, sentences


@torch.no_grad()
def _report(reader: nn.Module, tokenizer: ByT5Tokenizer, device: str) -> None:
    scenes, sentences = sentences_of(random.Random(7), 400, held=True)
    batch = tokenizer(sentences, padding=True, return_tensors="pt").to(device)
    scores = reader(batch.input_ids, batch.attention_mask)
    for name, values in ATTRIBUTES.items():
        pooled = (scores[name].float() * batch.attention_mask[..., None]).sum(1)
        right = [
            values[i] == getattr(s, name) for i, s in zip(pooled.argmax(-1), scenes, strict=True)
        ]
        print(f"text: {name} read rightly in {100 * sum(right) / len(right):.1f} %", flush=True)
