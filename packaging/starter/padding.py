"""Makes a fresh transformer look at the prompt instead of at the zeros behind it.

The pipelines pad a prompt of some sixty bytes to 512 tokens, so nearly nine tenths of an untrained
cross attention go to padding, and training makes that worse before it makes it better. Here one
direction of every head is set aside: keys of padding point along it, and all queries against it.
"""

from __future__ import annotations

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan import WanAttention

AWAY = 5.0  # of 8, the length of a head's normalised query: how much of it points away from padding
LOUD = 30.0  # how far the padding's key lies along its direction, against the text's keys
RIDGE = 1e-3


@torch.no_grad()
def hush_padding(transformer: WanTransformer3DModel, text: torch.Tensor) -> None:
    """Sets the direction aside in all blocks; `text` are prompts' embeddings `[tokens, dim]`."""
    embedder = transformer.condition_embedder.text_embedder
    tokens, padding = embedder(text), embedder(torch.zeros_like(text[:1]))[0]
    mean = tokens.mean(0)
    spread = (tokens - mean).T @ (tokens - mean) / len(tokens)
    spread += RIDGE * spread.diagonal().mean() * torch.eye(len(spread), device=text.device)
    # Fisher's discriminant, scaled to be 0 on the text's mean and 1 on padding.
    tell = torch.linalg.solve(spread, padding - mean)
    tell /= tell @ (padding - mean)
    for block in transformer.blocks:
        _set_aside(block.attn2, tokens, mean, tell)


def _set_aside(
    attn: WanAttention, tokens: torch.Tensor, mean: torch.Tensor, tell: torch.Tensor
) -> None:
    keys = attn.to_k(tokens).unflatten(-1, (attn.heads, -1))
    size = keys.square().mean().sqrt()
    aside = []
    for head in range(attn.heads):
        moment = keys[:, head].T @ keys[:, head]
        aside.append(
            torch.linalg.eigh(moment).eigenvectors[:, 0]
        )  # where the text's keys are least
    direction = torch.cat(aside)
    attn.to_k.weight += LOUD * size * torch.outer(direction, tell)
    attn.to_k.bias -= LOUD * size * direction * (tell @ mean)
    # Queries see normalised hidden states of about unit size, so a row's norm is their size.
    width = attn.to_q.weight.norm(dim=1).square().mean().sqrt()
    share = AWAY**2 / keys.shape[-1]
    attn.to_q.bias -= width * (keys.shape[-1] * share / (1 - share)) ** 0.5 * direction
