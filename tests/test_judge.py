"""The judge of the starter's clips, on clips that are right: else its figures mean nothing."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

sys.path += [str(Path(__file__).parents[1] / "packaging" / room) for room in ("bench", "starter")]

import draw
from judge import NOTHING, Reading, nearest_color, psnr, read_clip, read_frames, to_lab
from judge_camera import read_camera
from photographs import photographs
from PIL import Image
from scenes import BACKDROPS, CAMERAS, COLORS, MOTIONS, SHAPES, Scene

from studio.core.params import Quality
from studio.engine.vae import picture_tensor
from studio.engine.video import ClipWriter

WIDTH, HEIGHT, FRAMES = 256, 160, 25
ROUNDS = 3  # of all shapes

Frames = NDArray[np.uint8]


def test_perfect_clips_are_read_right(tmp_path: Path) -> None:
    rng = random.Random(3)
    said = [scene_number(i) for i in range(ROUNDS * len(SHAPES))]
    read = [read_clip(through_h264(drawn(scene, rng), tmp_path)) for scene in said]

    def share(name: str) -> float:
        return mean(getattr(r, name) == getattr(s, name) for r, s in zip(read, said, strict=True))

    assert {s.motion for s in said} == set(MOTIONS)
    assert {s.color for s in said} == {s.ground for s in said} == set(COLORS)
    assert share("color") >= 0.99
    assert share("ground") >= 0.99
    assert share("motion") >= 0.97
    assert share("shape") >= 0.97


def test_camera_moves_over_photographs_are_read_right(tmp_path: Path) -> None:
    said, read = [], []
    for file in photographs():
        with Image.open(file) as photo:
            canvas = picture_tensor(photo.convert("RGB").resize((2 * WIDTH, 2 * HEIGHT)))[:, :, 0]
        for camera in CAMERAS:
            clip = draw.camera_clip(canvas, camera, WIDTH, HEIGHT, FRAMES)[0]
            said.append(camera)
            read.append(read_camera(through_h264(to_frames(clip), tmp_path)))
    assert mean(a == b for a, b in zip(read, said, strict=True)) >= 0.97


def test_camera_moves_over_textures_are_read_right() -> None:
    # Two overlaid: one alone may be a single straight edge, which looks the same nearer by.
    canvas = draw.textures(2, 2 * WIDTH, 2 * HEIGHT, torch.Generator().manual_seed(4)).mean(0)
    clips = {c: draw.camera_clip(canvas[None], c, WIDTH, HEIGHT, FRAMES)[0] for c in CAMERAS}
    assert {camera: read_camera(to_frames(clip)) for camera, clip in clips.items()} == {
        camera: camera for camera in CAMERAS
    }


@pytest.mark.parametrize("backdrop", BACKDROPS)
def test_camera_moves_around_a_resting_shape_are_read_right(backdrop: str) -> None:
    rng = random.Random(backdrop)
    scenes = [Scene("star", "yellow", "still", camera, backdrop, "blue") for camera in CAMERAS]
    assert [read_camera(drawn(scene, rng)) for scene in scenes] == list(CAMERAS)


def test_a_blurred_and_noisy_clip_is_still_read_right() -> None:
    scene = Scene("heart", "pink", "orbit", "none", "graded", "purple")
    clip = draw.clip(scene, WIDTH, HEIGHT, FRAMES, random.Random(5))
    blurred = torch.nn.functional.avg_pool2d(clip, 7, 1, 3, count_include_pad=False)
    noise = 0.1 * torch.randn(clip.shape, generator=torch.Generator().manual_seed(5))
    assert read_clip(to_frames(blurred + noise)) == Reading("heart", "pink", "orbit", "purple")


def test_an_empty_clip_shows_nothing_but_its_background() -> None:
    flat = np.full((FRAMES, HEIGHT, WIDTH, 3), COLORS["green"], dtype=np.uint8)
    assert read_clip(flat) == Reading(NOTHING, NOTHING, NOTHING, "green")
    assert read_camera(flat) == "none"


def test_a_clip_is_not_taken_for_its_mirror_image() -> None:
    clip = drawn(Scene("cross", "red", "left", "none", "plain", "white"), random.Random(6))
    assert read_clip(clip).motion == "left"
    assert read_clip(clip[:, :, ::-1]).motion == "right"
    assert read_clip(clip[::-1]).motion == "right"


def test_every_colour_of_the_palette_is_nearest_to_itself() -> None:
    names = [nearest_color(to_lab(np.array(rgb, dtype=np.uint8))) for rgb in COLORS.values()]
    assert names == list(COLORS)


def test_lab_has_its_published_values() -> None:
    # CIELAB of sRGB's red, green and white (D65), as in Bruce Lindbloom's tables.
    rgb = np.array([[255, 0, 0], [0, 255, 0], [255, 255, 255]], dtype=np.uint8)
    expected = [[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [100, 0, 0]]
    assert np.allclose(to_lab(rgb), expected, atol=0.05)


def test_psnr_follows_its_definition() -> None:
    black, grey = np.zeros((4, 4, 3), dtype=np.uint8), np.full((4, 4, 3), 51, dtype=np.uint8)
    assert psnr(black, grey) == pytest.approx(20 * math.log10(5))
    assert psnr(grey, grey) == math.inf


def scene_number(number: int) -> Scene:
    """Scenes that together show every shape, motion, colour and backdrop."""
    shape, motion = SHAPES[number % len(SHAPES)], MOTIONS[number % len(MOTIONS)]
    # What is round cannot be seen to turn.
    shape = "triangle" if motion == "spin" and shape in ("circle", "ring") else shape
    colors = list(COLORS)
    color = number % len(colors)
    ground = (color + 1 + 3 * (number // len(colors))) % len(colors)
    backdrop = BACKDROPS[number % len(BACKDROPS)]
    return Scene(shape, colors[color], motion, "none", backdrop, colors[ground])


def drawn(scene: Scene, rng: random.Random) -> Frames:
    return to_frames(draw.clip(scene, WIDTH, HEIGHT, FRAMES, rng))


def to_frames(clip: torch.Tensor) -> Frames:
    """A clip `[3, frames, height, width]` in [-1, 1] as frames of 8 bits."""
    pixels = clip.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
    return pixels.permute(1, 2, 3, 0).contiguous().numpy()


def through_h264(frames: Frames, folder: Path) -> Frames:
    """What is left of frames after the engine has written them as a clip."""
    writer = ClipWriter(
        folder / "clip.mp4",
        width=frames.shape[2],
        height=frames.shape[1],
        frame_rate=12,
        quality=Quality.GOOD,
        metadata="{}",
        overwrite=True,
        num_frames=len(frames),
    )
    with writer:
        writer.write(frames)
        writer.finish()
    return read_frames(folder / "clip.mp4")


def mean(right: Iterable[bool]) -> float:
    return float(np.mean(list(right)))
