"""What the engine's tests share: a photo, a small request, and a renderer in fp32."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from studio.core.files import AtomicFile
from studio.core.params import GenerationParams
from studio.core.request import RenderRequest
from studio.engine.placement import Placement
from studio.engine.renderer import Renderer

PRECISE = Placement(
    device=torch.device("cpu"),
    offload=False,
    transformer_dtype=torch.float32,
    text_dtype=torch.float32,
    decode_dtype=torch.float32,
)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photo that is no flat colour."""
    picture = Image.radial_gradient("L").resize((96, 80))
    file = tmp_path / "photo.png"
    Image.merge("RGB", (picture, picture.rotate(90), picture.transpose(0))).save(file)
    return file


@pytest.fixture
def renderer() -> Renderer:
    """A renderer that computes in fp32."""
    return Renderer(PRECISE)


def left_half_written(folder: Path) -> Path:
    """What an engine that is dead left of a file in a folder."""
    mine = AtomicFile(folder / "a", overwrite=True).temporary
    left = mine.with_name(mine.name.replace(f"-{os.getpid()}-", "-9999999999-"))  # no such process
    left.write_bytes(b"half")
    return left


def small_request(model: Path, out: Path, **changes: object) -> RenderRequest:
    """A request for a clip of 64 × 64, 9 frames, 4 steps; params and request fields may be
    changed.
    """
    fields = set(RenderRequest.model_fields)
    params = {
        "prompt": "a red circle",
        "negative_prompt": "blurred",
        "model": str(model),
        "width": 64,
        "height": 64,
        "num_frames": 9,
        "num_inference_steps": 4,
        "seed": 7,
    } | {k: v for k, v in changes.items() if k not in fields}
    rest = {k: v for k, v in changes.items() if k in fields}
    return RenderRequest(params=GenerationParams.model_validate(params), out=out, **rest)
