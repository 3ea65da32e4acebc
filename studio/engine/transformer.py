"""One pass through a Wan transformer, block by block, so that it can report and stop in between."""

from __future__ import annotations

from collections.abc import Generator

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan import WanTransformerBlock


def predict(
    transformer: WanTransformer3DModel,
    latents: torch.Tensor,
    timestep: torch.Tensor,
    text: torch.Tensor,
    still_tokens: int = 0,
) -> Generator[None, None, torch.Tensor]:
    """The velocity that the transformer sees in noisy latents; yields after every block.

    latents `[1, channels, frames, h, w]` and text `[1, 512, text_dim]` in the transformer's dtype.
    `timestep` is `[1]`: the noise level (0 to 1000) of all tokens; or `[1, 2]`: that of the first
    `still_tokens` tokens (a photo's frame: 0) and that of the rest.
    Returns `[1, out channels, frames, h, w]`.

    The arithmetic is that of `WanTransformer3DModel.forward` (diffusers 0.42), which for two noise
    levels would instead build a table over all tokens: 1.9 GiB a block at 1280×704×121.
    """
    config = transformer.config
    _, _, frames, height, width = latents.shape
    patch_t, patch_h, patch_w = config["patch_size"]
    rotary = transformer.rope(latents)
    hidden = transformer.patch_embedding(latents).flatten(2).transpose(1, 2).contiguous()
    rows = timestep.shape[1] if timestep.ndim == 2 else None
    temb, projected, context, _ = transformer.condition_embedder(
        timestep.flatten(), text, None, timestep_seq_len=rows
    )
    modulation = projected.unflatten(-1, (6, -1))
    pace = _Pace(latents.device)
    for block in transformer.blocks:
        assert isinstance(block, WanTransformerBlock)
        if rows is None:
            hidden = block(hidden, context, modulation, rotary)
        else:
            hidden = _two_level_block(block, hidden, context, modulation, rotary, still_tokens)
        pace.wait()
        yield
    shift, scale = (transformer.scale_shift_table + temb.view(-1, 1, temb.shape[-1])).chunk(
        2, dim=1
    )
    hidden = transformer.norm_out(hidden.float())
    hidden = _modulate(hidden, shift.transpose(0, 1), scale.transpose(0, 1), still_tokens)
    hidden = transformer.proj_out(hidden.type_as(latents))
    # Tokens back to a picture: [1, f, h, w, pt, ph, pw, c] → [1, c, f·pt, h·ph, w·pw].
    hidden = hidden.reshape(
        1, frames // patch_t, height // patch_h, width // patch_w, patch_t, patch_h, patch_w, -1
    )
    return hidden.permute(0, 7, 1, 4, 2, 5, 3, 6).flatten(6, 7).flatten(4, 5).flatten(2, 3)


def _two_level_block(
    block: WanTransformerBlock,
    hidden: torch.Tensor,
    context: torch.Tensor,
    modulation: torch.Tensor,
    rotary: tuple[torch.Tensor, torch.Tensor],
    still_tokens: int,
) -> torch.Tensor:
    """`WanTransformerBlock.forward` with modulation `[1, 2, 6, dim]` for two runs of tokens."""
    table = block.scale_shift_table.unsqueeze(0) + modulation.float()
    shift, scale, gate, c_shift, c_scale, c_gate = (row.squeeze(2) for row in table.chunk(6, dim=2))
    kind = hidden.dtype

    inner = _modulate(block.norm1(hidden.float()), shift, scale, still_tokens).to(kind)
    out = block.attn1(inner, None, None, rotary)
    hidden = _add_gated(hidden, out, gate, still_tokens)

    inner = block.norm2(hidden.float()).to(kind)
    hidden = hidden + block.attn2(inner, context, None, None)

    inner = _modulate(block.norm3(hidden.float()), c_shift, c_scale, still_tokens).to(kind)
    return _add_gated(hidden, block.ffn(inner).float(), c_gate, still_tokens)


def _modulate(
    hidden: torch.Tensor, shift: torch.Tensor, scale: torch.Tensor, still_tokens: int
) -> torch.Tensor:
    """`hidden · (1 + scale) + shift`, in place; row 0 is for the still tokens, -1 for the rest."""
    for tokens, row in _runs(hidden, still_tokens):
        tokens.mul_(1 + scale[:, row : row + 1 or None]).add_(shift[:, row : row + 1 or None])
    return hidden


def _add_gated(
    hidden: torch.Tensor, out: torch.Tensor, gate: torch.Tensor, still_tokens: int
) -> torch.Tensor:
    total = hidden.float()
    for (tokens, row), (change, _) in zip(
        _runs(total, still_tokens), _runs(out, still_tokens), strict=True
    ):
        tokens += change * gate[:, row : row + 1 or None]
    return total.type_as(hidden)


def _runs(hidden: torch.Tensor, still_tokens: int) -> list[tuple[torch.Tensor, int]]:
    if not still_tokens:
        return [(hidden, -1)]
    return [(hidden[:, :still_tokens], 0), (hidden[:, still_tokens:], -1)]


class _Pace:
    """Keeps a GPU's queue at most two blocks long, so that a stop is noticed at once."""

    def __init__(self, device: torch.device):
        self._kind = device.type
        self._events: list[torch.cuda.Event] = []

    def wait(self) -> None:
        """Marks the end of a block and waits for the one before; with MPS for this one."""
        if self._kind == "mps":
            torch.mps.synchronize()
        if self._kind != "cuda":
            return
        event = torch.cuda.Event()
        event.record()
        self._events.append(event)
        if len(self._events) > 1:
            self._events.pop(0).synchronize()
