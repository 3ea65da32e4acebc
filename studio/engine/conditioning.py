"""From prompts and a photo to what the denoising loop is told at every step."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import torch
from PIL import Image

from studio.core.folders import folders
from studio.core.params import ResolvedParams
from studio.core.photo import prepare
from studio.engine import preview, text, vae
from studio.engine.model import Model
from studio.engine.task import Task


def is_embedded(model: Model, prompt: str) -> bool:
    """Whether the disk has this prompt's embeddings, so that no text encoder is needed."""
    return _prompts(model).has(prompt, model.placement.text_dtype)


def embed(model: Model, prompt: str) -> torch.Tensor:
    """A prompt's embeddings `[1, 512, text_dim]`; the text encoder is loaded only where the disk
    does not have them yet.
    """

    def make() -> torch.Tensor:
        return text.encode(model.tokenizer(), model.text_encoder(), prompt)

    return text.pad(_prompts(model).get(prompt, model.placement.text_dtype, make))


def photo_blocks(model: Model, task: Task) -> int:
    """How many blocks of frames the VAE encodes for a photo: with the 5B one, with the A14B those
    of the whole clip; 0 without a photo.
    """
    if task.photo is None:
        return 0
    return 1 if model.folder.expand_timesteps else 1 + (task.params.num_frames - 1) // vae.BLOCK


def photo_latents(model: Model, task: Task) -> Generator[None, None, torch.Tensor | None]:
    """The photo as `Condition.photo` has it, None without a photo; yields after every block."""
    if task.photo is None:
        return None
    picture = _prepared(task)
    frames = 1 + (photo_blocks(model, task) - 1) * vae.BLOCK
    blocks = vae.photo_blocks(picture, frames, model.placement.device)
    latents = yield from vae.encoding(model.vae(), blocks)
    return latents if model.folder.expand_timesteps else vae.with_mask(latents)


def kept_preview_map(model: Model) -> preview.PreviewMap | None:
    """The colours of this VAE's latents, where they were fitted before."""
    return preview.load_map(_preview_file(model))


def fit_preview_map(model: Model) -> preview.PreviewMap:
    """Fits the colours of this VAE's latents, and keeps them on the disk if it can."""
    fitted = preview.fit_map(model.vae())
    preview.save_map(_preview_file(model), fitted)
    return fitted


def latent_shape(model: Model, params: ResolvedParams) -> tuple[int, int, int, int, int]:
    """The shape `[1, z, frames, h, w]` of a clip's latents."""
    config = model.folder.config("vae")
    stride = int(config.get("scale_factor_spatial", 8))
    return (
        1,
        int(config["z_dim"]),
        (params.num_frames - 1) // vae.BLOCK + 1,
        params.height // stride,
        params.width // stride,
    )


def _prepared(task: Task) -> Image.Image:
    assert task.photo is not None
    params = task.params
    return prepare(
        task.photo,
        params.width,
        params.height,
        crop=params.crop,
        fit=params.fit,
        background=params.background,
    )


def _prompts(model: Model) -> text.PromptCache:
    encoder = model.fingerprint("text_encoder", "tokenizer")
    return text.PromptCache(folders().cache / "prompts", encoder)


def _preview_file(model: Model) -> Path:
    return folders().cache / "previews" / f"{model.fingerprint('vae')}.safetensors"
