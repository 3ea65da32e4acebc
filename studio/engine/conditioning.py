"""From prompts and a photo to what the denoising loop is told at every step."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKLWan
from PIL import Image

from studio.core.events import Stage
from studio.core.folders import folders
from studio.core.params import ResolvedParams
from studio.core.photo import prepare
from studio.engine import preview, text, vae
from studio.engine.clock import Clock
from studio.engine.model import Model
from studio.engine.task import Task


def embed(model: Model, prompt: str, clock: Clock) -> torch.Tensor:
    """A prompt's embeddings `[1, 512, text_dim]`; the text encoder is loaded only where the disk
    does not have them yet.
    """
    cache = text.PromptCache(folders().cache / "prompts", model.fingerprint("text_encoder"))

    def make() -> torch.Tensor:
        with clock.stage(Stage.LOAD):
            tokenizer, encoder = model.tokenizer(), model.text_encoder()
        return text.encode(tokenizer, encoder, prompt)

    return text.pad(cache.get(prompt, model.placement.text_dtype, make))


def photo_latents(model: Model, task: Task, clock: Clock) -> torch.Tensor | None:
    """The photo as `Condition.photo` has it, None without a photo."""
    if task.photo is None:
        return None
    picture = _prepared(task)
    coder = _vae(model, clock)
    frames = 1 if model.folder.expand_timesteps else task.params.num_frames
    blocks = vae.photo_blocks(picture, frames, model.placement.device)
    latents = vae.encode(coder, blocks)
    return latents if model.folder.expand_timesteps else vae.with_mask(latents)


def preview_map(model: Model, clock: Clock) -> preview.PreviewMap:
    """The colours of this VAE's latents: from the disk, or fitted now and kept."""
    file = folders().cache / "previews" / f"{model.fingerprint('vae')}.safetensors"
    found = preview.load_map(file)
    if found is None:
        found = preview.fit_map(_vae(model, clock))
        preview.save_map(file, found)
    return found


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


def _vae(model: Model, clock: Clock) -> AutoencoderKLWan:
    with clock.stage(Stage.LOAD):
        return model.vae()
