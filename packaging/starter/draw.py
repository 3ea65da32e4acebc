"""Draws the training clips: shapes before backgrounds, and endless textures that stand in for
photos.

Pictures are float tensors in [-1, 1]: clips `[3, frames, height, width]`, batches one more in
front.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from scenes import BACKDROPS, COLORS, MOTIONS, SHAPES, Scene

ZOOM = 1.5  # how much nearer a zoom ends than it begins
PAN = 0.28  # how far a pan goes, in widths of the frame
TURN = math.radians(
    140
)  # a spin over a whole clip; under half a star's 72° from one latent to the next
SPAN = 24  # frames over which a motion runs its whole way


def clip(scene: Scene, width: int, height: int, frames: int, rng: random.Random) -> torch.Tensor:
    """The scene as a clip `[3, frames, height, width]`."""
    scene = _decide(scene, rng)
    time = torch.linspace(0, min(1.0, (frames - 1) / SPAN), frames)
    view = _view(scene.camera, time, width / height)
    x, y = _grid(width, height, view)
    picture = _backdrop(scene, x, y, rng)
    place = _path(scene, time, width / height, rng)
    sdf = shape_distance(scene.shape, x - place.x, y - place.y, place.radius, place.angle)
    pixel = view.scale.view(-1, 1, 1) / height
    cover = (0.5 - sdf / pixel).clamp(0, 1)
    color = _tint(scene.color, rng).view(3, 1, 1, 1)
    return picture + (color - picture) * cover


def textures(count: int, width: int, height: int, generator: torch.Generator) -> torch.Tensor:
    """Pictures `[count, 3, height, width]`: noise of many scales under overlapping flat and rough
    leaves.

    Occluding leaves with sizes by a power law have edges and contrasts much like a photograph's
    ("dead leaves": Lee, Mumford and Huang, Occlusion Models for Natural Images, 2001).
    """
    picture = _noise(count, width, height, generator)
    for _ in range(int(torch.randint(4, 28, (1,), generator=generator))):
        cover = leaf(count, width, height, generator)
        flat = _uniform((count, 3, 1, 1), -1, 1, generator)
        grey = flat.mean(dim=1, keepdim=True)
        flat = grey + (flat - grey) * _uniform((count, 1, 1, 1), 0, 1, generator)
        rough = _uniform((count, 1, 1, 1), 0, 1, generator) ** 2
        fill = flat + rough * _noise(count, width, height, generator)
        picture = picture + (fill - picture) * cover
    return picture.clamp(-1, 1)


def camera_clip(
    canvas: torch.Tensor, camera: str, width: int, height: int, frames: int
) -> torch.Tensor:
    """A camera move over canvases `[batch, 3, h, w]`, whose middle half is the frame it begins
    with.
    """
    time = torch.linspace(0, min(1.0, (frames - 1) / SPAN), frames)
    view = _view(camera, time, width / height)
    x, y = _grid(width, height, view)
    aspect = canvas.shape[3] / canvas.shape[2]
    # The frame is one high; canvases are two frames high, so that zooms and pans find content.
    grid = torch.stack([x.expand_as(y) / aspect, y], dim=-1)
    out = [
        F.grid_sample(canvas, g.expand(len(canvas), -1, -1, -1), mode="bicubic",
                      padding_mode="reflection", align_corners=False)
        for g in grid
    ]  # fmt: skip
    return torch.stack(out, dim=2).clamp(-1, 1)


def shape_distance(
    shape: str, x: torch.Tensor, y: torch.Tensor, radius: torch.Tensor, angle: torch.Tensor
) -> torch.Tensor:
    """Signed distance to a shape's edge (negative inside), in the unit of x and y; y points
    down.
    """
    cos, sin = torch.cos(angle), torch.sin(angle)
    u, v = (x * cos + y * sin) / radius, (y * cos - x * sin) / radius
    return _unit_distance(shape, u, v) * radius


def _unit_distance(shape: str, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    match shape:
        case "circle":
            return torch.hypot(u, v) - 1
        case "ring":
            return (torch.hypot(u, v) - 0.76).abs() - 0.24
        case "square":
            return torch.maximum(u.abs(), v.abs()) - 0.86
        case "triangle":
            return torch.maximum(u.abs() * 0.866 - v * 0.5, v) - 0.55
        case "star":
            return _star_distance(u, v)
        case "cross":
            upright = torch.maximum(u.abs() - 0.33, v.abs() - 1)
            return torch.minimum(upright, torch.maximum(u.abs() - 1, v.abs() - 0.33))
        case "heart":
            # Two round lobes, and under them the tip between their common tangents.
            lobes = torch.hypot(u.abs() - 0.42, v + 0.3) - 0.52
            body = torch.maximum(u.abs() * 0.745 + v * 0.667 - 0.633, -v)
            return torch.minimum(body, lobes)
        case _:
            raise ValueError(f"no such shape: {shape}")


def _star_distance(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    fifth = 2 * math.pi / 5
    around = torch.atan2(u, -v)
    folded = torch.remainder(around + fifth / 2, fifth).sub(fifth / 2).abs()
    length = torch.hypot(u, v)
    px, py = length * torch.sin(folded), length * torch.cos(folded)
    inner = 0.45
    ix, iy = inner * math.sin(fifth / 2), inner * math.cos(fifth / 2)
    # The edge runs from the tip (0, 1) to the inner corner (ix, iy); its normal points outwards.
    nx, ny = 1 - iy, ix
    size = math.hypot(nx, ny)
    return (px * nx + (py - 1) * ny) / size


@dataclass(frozen=True)
class _View:
    """Where the camera looks at each frame: the middle's x, and how many heights fit in the
    frame.
    """

    x: torch.Tensor
    scale: torch.Tensor


@dataclass(frozen=True)
class _Path:
    """Where the shape is at each frame, each `[frames, 1, 1]`, in heights from the middle."""

    x: torch.Tensor
    y: torch.Tensor
    radius: torch.Tensor
    angle: torch.Tensor


def _decide(scene: Scene, rng: random.Random) -> Scene:
    color, ground = rng.sample(list(COLORS), 2)
    ground = ground if scene.ground == "any" else scene.ground
    color = scene.color if scene.color != "any" else next(
        c for c in (color, *COLORS) if c != ground
    )  # fmt: skip
    return Scene(
        shape=rng.choice(SHAPES) if scene.shape == "any" else scene.shape,
        color=color,
        motion=rng.choice(MOTIONS) if scene.motion == "any" else scene.motion,
        camera=scene.camera,
        backdrop=rng.choice(BACKDROPS) if scene.backdrop == "any" else scene.backdrop,
        ground=ground,
    )


def _view(camera: str, time: torch.Tensor, aspect: float) -> _View:
    still, one = torch.zeros_like(time), torch.ones_like(time)
    match camera:
        case "zoom_in":
            return _View(still, ZOOM**-time)
        case "zoom_out":
            return _View(still, ZOOM**time)
        case "pan_left":
            return _View(-PAN * aspect * time, one)
        case "pan_right":
            return _View(PAN * aspect * time, one)
        case _:
            return _View(still, one)


def _grid(width: int, height: int, view: _View) -> tuple[torch.Tensor, torch.Tensor]:
    """World coordinates of every pixel: x `[frames, 1, width]`, y `[frames, height, width]`."""
    u = (torch.arange(width) + 0.5 - width / 2) / height
    v = (torch.arange(height) + 0.5 - height / 2) / height
    scale = view.scale.view(-1, 1, 1)
    x = u.view(1, 1, -1) * scale + view.x.view(-1, 1, 1)
    y = (v.view(1, -1, 1) * scale).expand(-1, -1, width)
    return x, y


def _path(scene: Scene, time: torch.Tensor, aspect: float, rng: random.Random) -> _Path:
    time = time.view(-1, 1, 1)
    still = torch.zeros_like(time)
    # Little is left to chance: what the sentence does not say has to be settled from the noise.
    radius = still + rng.uniform(0.28, 0.33)
    side, rise = rng.uniform(-0.1, 0.1) * aspect, rng.uniform(-0.08, 0.08)
    x, y, angle = still + side, still + rise, still
    start, far, drop = rng.uniform(0.23, 0.27), 0.5, rng.uniform(0.15, 0.17)
    match scene.motion:
        case "left":
            x = (start - far * time) * aspect
        case "right":
            x = (far * time - start) * aspect
        case "up":
            y = drop - 2 * drop * time
        case "down":
            y = 2 * drop * time - drop
        case "spin":
            angle = TURN * time
        case "grow":
            radius = 0.11 + 0.25 * time + still
        case "shrink":
            radius = 0.36 - 0.25 * time
        case "bounce":
            y = 0.15 - 0.3 * torch.sin(2 * math.pi * time).abs()
        case "orbit":
            turn = 2 * math.pi * time + rng.uniform(-0.4, 0.4) - math.pi / 2
            x, y = 0.24 * torch.cos(turn), 0.24 * torch.sin(turn)
            radius = still + rng.uniform(0.21, 0.24)
        case _:
            pass
    return _Path(x, y, radius, angle)


def _tint(name: str, rng: random.Random) -> torch.Tensor:
    rgb = torch.tensor([c + rng.uniform(-8, 8) for c in COLORS[name]])
    return (rgb / 127.5 - 1).clamp(-1, 1)


def _backdrop(scene: Scene, x: torch.Tensor, y: torch.Tensor, rng: random.Random) -> torch.Tensor:
    color = _tint(scene.ground, rng).view(3, 1, 1, 1)
    if scene.backdrop == "graded":
        angle = rng.uniform(0, 2 * math.pi)
        along = ((x * math.cos(angle) + y * math.sin(angle)) * 0.55).clamp(-1, 1)
        return (color + along * 0.32).clamp(-1, 1)
    if scene.backdrop == "textured":
        waves = torch.zeros_like(y)
        for _ in range(6):
            angle, pitch = rng.uniform(0, 2 * math.pi), rng.uniform(3, 14)
            phase = rng.uniform(0, 2 * math.pi)
            waves = waves + torch.sin((x * math.cos(angle) + y * math.sin(angle)) * pitch + phase)
        return (color + waves * 0.05).clamp(-1, 1)
    return color.expand(-1, *y.shape)


def _uniform(shape: tuple[int, ...], low: float, high: float, g: torch.Generator) -> torch.Tensor:
    return torch.rand(shape, generator=g) * (high - low) + low


def _noise(count: int, width: int, height: int, generator: torch.Generator) -> torch.Tensor:
    """Coloured noise of many scales around a random colour, `[count, 3, height, width]`."""
    slope = _uniform((count, 1, 1, 1), 0.35, 1.1, generator)
    out = torch.zeros(count, 3, height, width)
    octave = 0
    while min(width, height) >> octave >= 2:
        size = (max(2, height >> octave), max(2, width >> octave))
        layer = torch.randn(count, 3, *size, generator=generator)
        if octave:
            layer = F.interpolate(layer, (height, width), mode="bilinear", align_corners=False)
        out += layer * 2.0 ** (slope * (octave - 4))
        octave += 1
    mix = torch.randn(count, 3, 3, generator=generator) * 0.2 + 0.5
    out = torch.einsum("bij,bjhw->bihw", mix, out)
    strength = _uniform((count, 1, 1, 1), 0.03, 0.5, generator)
    out = out / out.std(dim=(1, 2, 3), keepdim=True).clamp_min(1e-3) * strength
    return out + _uniform((count, 3, 1, 1), -0.8, 0.8, generator)


def leaf(count: int, width: int, height: int, generator: torch.Generator) -> torch.Tensor:
    """Soft masks `[count, 1, height, width]` of one disc, box or half plane in each picture."""
    side = min(width, height)
    x = (torch.arange(width) + 0.5).view(1, 1, -1) - _uniform((count, 1, 1), 0, width, generator)
    y = (torch.arange(height) + 0.5).view(1, -1, 1) - _uniform((count, 1, 1), 0, height, generator)
    angle = _uniform((count, 1, 1), 0, 2 * math.pi, generator)
    u, v = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    # Sizes by a power law between 1.5 pixels and two thirds of the picture.
    radius = 1.5 * (side * 0.44) ** (_uniform((count, 1, 1), 0, 1, generator) ** 1.5)
    narrow = _uniform((count, 1, 1), 0.15, 1, generator)
    kind = torch.randint(0, 4, (count, 1, 1), generator=generator)
    disc = torch.hypot(u, v / narrow) - radius
    box = torch.maximum(u.abs() - radius, v.abs() - radius * narrow)
    plane = u
    sdf = torch.where(kind == 0, disc, torch.where(kind == 3, plane, box))
    soft = torch.where(_uniform((count, 1, 1), 0, 1, generator) < 0.8, 1.0, 0.25)
    return (0.5 - sdf * soft).clamp(0, 1).unsqueeze(1)
