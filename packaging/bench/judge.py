"""Reads from a clip's pixels what it shows; it knows palette and shapes, never the prompt."""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

sys.path.append(str(Path(__file__).parents[1] / "starter"))

from draw import shape_distance
from scenes import COLORS, SHAPES

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

NOTHING = "nothing"  # what is read where no subject stands out from the background
LOOKS = 13  # frames of a clip that are looked at: every second of 25
CONTRAST = 12.0  # weighted Lab distance at which a pixel is no background
LIGHT = 0.5  # weight of lightness in it: shades and textures of one colour differ in little else

MOVE = 0.18  # heights from which a subject has moved; drawn ones move half a height or more
SWELL = math.log(1.4)  # of the radius, from which it has grown; drawn ones grow threefold
TURN = 40.0  # degrees from which it has turned; drawn ones turn by 140
ROUND = 220.0  # degrees around its own path's middle from which it goes in a circle
STRIDE = 35.0  # degrees that it may turn between two looks; a star is itself again after 72


@dataclass(frozen=True)
class Reading:
    """What a clip with a resting camera shows, in the words of `scenes`."""

    shape: str
    color: str
    motion: str
    ground: str


@dataclass(frozen=True)
class Track:
    """Where the subject is, one value per look: middle from the frame's, radius, all in heights."""

    x: Floats
    y: Floats
    radius: Floats


def read_frames(path: Path) -> Frames:
    """A video's frames as RGB `[n, height, width, 3]`."""
    with av.open(str(path)) as video:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)])


def psnr(one: Frames, other: Frames) -> float:
    """Peak signal-to-noise ratio in dB of two pictures or clips of 8 bits; equal ones give inf."""
    error = float(np.mean((one.astype(np.float32) - other.astype(np.float32)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def read_clip(frames: Frames) -> Reading:
    """What is seen in frames `[n, height, width, 3]` whose camera rests."""
    lab = to_lab(frames[_looks(len(frames))])
    grounds = [_background(picture) for picture in lab]
    masks, subject = _subject(lab, grounds)
    outside = [picture[~mask] for picture, mask in zip(lab, masks, strict=True)]
    ground = nearest_color(np.median(np.concatenate(outside), axis=0))
    seen = [mask for mask in masks if mask.sum() >= 12]
    if subject is None or len(seen) < len(masks) / 2:
        return Reading(NOTHING, NOTHING, NOTHING, ground)
    shape = _shape(seen)
    return Reading(shape, nearest_color(subject), _motion(seen, shape), ground)


def to_lab(rgb: Frames) -> Floats:
    """CIELAB (D65) of sRGB pixels `[..., 3]` (IEC 61966-2-1, CIE 15:2004)."""
    ramp = np.arange(256, dtype=np.float32) / 255
    linear = np.where(ramp <= 0.04045, ramp / 12.92, ((ramp + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    white = matrix.sum(axis=1, keepdims=True)
    xyz = linear.astype(np.float32)[rgb] @ (matrix / white).astype(np.float32).T
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def nearest_color(lab: Floats) -> str:
    """The name of the palette's colour that is nearest to a colour `[3]` in CIELAB."""
    names, palette = _palette()
    return names[int(np.linalg.norm(palette - lab, axis=1).argmin())]


@cache
def _palette() -> tuple[tuple[str, ...], Floats]:
    return tuple(COLORS), to_lab(np.array(list(COLORS.values()), dtype=np.uint8))


def _looks(count: int) -> NDArray[np.int_]:
    return np.linspace(0, count - 1, min(count, LOOKS)).round().astype(int)


# --- the subject apart from its background ---


def _background(lab: Floats) -> Floats:
    """The smooth surface of second degree that most of a picture follows, `[height, width, 3]`."""
    height, width = lab.shape[:2]
    basis = _basis(height, width)
    few, sample = basis[::4, ::4].reshape(-1, 6), lab[::4, ::4].reshape(-1, 3)
    y, x = np.mgrid[0:height:4, 0:width:4]
    edge = 0.08 * height
    border = (x < edge) | (y < edge) | (x >= width - edge) | (y >= height - edge)
    weights = border.reshape(-1).astype(np.float32)
    surface = np.zeros((6, 3), dtype=np.float32)
    for turn in range(10):
        root = np.sqrt(weights)[:, None]
        surface = np.linalg.lstsq(few * root, sample * root, rcond=None)[0]
        distance = _length(sample - few @ surface)
        # First the least sum of distances along the border, where a subject is in the minority;
        # then all that is near the surface found so.
        near = border.reshape(-1) / np.maximum(distance, 1) if turn < 6 else distance < CONTRAST
        if near.sum() < 12:
            break
        weights = near.astype(np.float32)
    return basis @ surface


@cache
def _basis(height: int, width: int) -> Floats:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).astype(np.float32)


def _subject(lab: Floats, grounds: list[Floats]) -> tuple[list[Mask], Floats | None]:
    """The subject's mask in each picture and its colour in Lab; None where nothing stands out."""
    rough = []
    for picture, ground in zip(lab, grounds, strict=True):
        distance = _length(picture - ground)
        rough.append(_heaviest(distance > CONTRAST, distance))
    color = _inner_color(lab, rough)
    if color is None:
        return rough, None
    fine = []
    for picture, ground in zip(lab, grounds, strict=True):
        # How much of each pixel is the subject, on the way from the background's colour to its own.
        way = (color - ground) * (LIGHT, 1, 1)
        off = (picture - ground) * (LIGHT, 1, 1)
        cover = (off * way).sum(-1) / np.maximum((way * way).sum(-1), 1)
        fine.append(_heaviest(cover > 0.5, np.clip(cover, 0, 1)))
    return fine, _inner_color(lab, fine)


def _inner_color(lab: Floats, masks: list[Mask]) -> Floats | None:
    inner = [p[_eroded(m)] for p, m in zip(lab, masks, strict=True) if m.any()]
    return np.median(np.concatenate(inner), axis=0) if inner else None


def _eroded(mask: Mask) -> Mask:
    inner = ndimage.binary_erosion(mask, iterations=2)
    return inner if inner.any() else mask


def _heaviest(mask: Mask, weight: Floats) -> Mask:
    """The connected part of a mask that weighs most."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sums = ndimage.sum_labels(weight, labels, range(1, count + 1))
    return labels == 1 + int(np.argmax(sums))


def _length(lab: Floats) -> Floats:
    return np.sqrt((lab * lab) @ np.array([LIGHT**2, 1, 1], dtype=np.float32))


# --- its shape and its motion ---


def _track(masks: list[Mask]) -> Track:
    height, width = masks[0].shape
    middles = np.array([ndimage.center_of_mass(mask) for mask in masks], dtype=np.float32)
    areas = np.array([mask.sum() for mask in masks], dtype=np.float32)
    y, x = (middles[:, 0] + 0.5) / height - 0.5, (middles[:, 1] + 0.5 - width / 2) / height
    return Track(x, y, np.sqrt(areas / math.pi) / height)


def _motion(masks: list[Mask], shape: str) -> str:
    track = _track(masks)
    swell = math.log(_late(track.radius) / _early(track.radius))
    if abs(swell) > SWELL:
        return "grow" if swell > 0 else "shrink"
    across, down = np.ptp(track.x), np.ptp(track.y)
    if min(across, down) > MOVE and abs(_winding(track)) > ROUND:
        return "orbit"
    dx, dy = (_late(values) - _early(values) for values in (track.x, track.y))
    if down > max(MOVE, 1.2 * across) and abs(dy) < 0.5 * down:
        return "bounce"
    if max(abs(dx), abs(dy)) > MOVE:
        if abs(dx) > abs(dy):
            return "right" if dx > 0 else "left"
        return "down" if dy > 0 else "up"
    # What is round cannot be seen to turn.
    turned = 0.0 if shape in ("circle", "ring") else _turned(masks)
    return "spin" if abs(turned) > TURN else "still"


def _early(values: Floats) -> float:
    return float(np.median(values[:2]))


def _late(values: Floats) -> float:
    return float(np.median(values[-2:]))


def _winding(track: Track) -> float:
    """Degrees that the subject goes around the middle of its path's box."""
    x, y = (values - (values.max() + values.min()) / 2 for values in (track.x, track.y))
    steps = np.diff(np.arctan2(y, x))
    return math.degrees(float(((steps + math.pi) % (2 * math.pi) - math.pi).sum()))


def _turned(masks: list[Mask]) -> float:
    """Degrees by which the subject turns around itself, summed over every second look."""
    waves = [np.fft.rfft(_around(mask), axis=1) for mask in masks[::2]]
    total = 0.0
    for before, after in itertools.pairwise(waves):
        likeness = np.fft.irfft((after * before.conj()).sum(0))
        degrees = np.fft.fftfreq(len(likeness), 1 / 360)
        likeness = np.where(np.abs(degrees) <= STRIDE, likeness, -np.inf)
        total += float(degrees[likeness.argmax()])
    return total


def _around(mask: Mask) -> Floats:
    """The mask in polar coordinates around its middle, `[radii, angles]`."""
    angle = np.linspace(0, 2 * math.pi, 180, endpoint=False)
    radius = np.linspace(0.3, 1.7, 24)[:, None]
    return _sampled(mask, radius * np.cos(angle), radius * np.sin(angle))


def _sampled(mask: Mask, x: Floats, y: Floats) -> Floats:
    """The mask at places given from its middle, in radii of the disc that has its area."""
    middle = ndimage.center_of_mass(mask)
    radius = math.sqrt(mask.sum() / math.pi)
    places = [middle[0] + y * radius, middle[1] + x * radius]
    return ndimage.map_coordinates(mask.astype(np.float32), places, order=1)


def _shape(masks: list[Mask]) -> str:
    """The shape whose own mask, turned as fits best, overlaps most (by intersection over union)."""
    whole = [m for m in masks if not (m[0].any() or m[-1].any() or m[:, 0].any() or m[:, -1].any())]
    x, y = _square()
    seen = np.stack([_sampled(mask, x, y).ravel() > 0.5 for mask in whole or masks])
    seen = seen.astype(np.float32)
    overlaps = {}
    for shape in SHAPES:
        drawn = _templates(shape)
        both = seen @ drawn.T
        union = seen.sum(1, keepdims=True) + drawn.sum(1) - both
        overlaps[shape] = float((both / union).max(axis=1).mean())
    return max(overlaps, key=overlaps.__getitem__)


def _square() -> tuple[Floats, Floats]:
    side = np.linspace(-1.7, 1.7, 56, dtype=np.float32)
    x, y = np.meshgrid(side, side)
    return x, y


@cache
def _templates(shape: str) -> Floats:
    """A shape's masks at all angles, six degrees apart, `[60, places]`, each about its middle."""
    fine = np.linspace(-1.2, 1.2, 400, dtype=np.float32)
    u, v = np.meshgrid(fine, fine)
    inside = _inside(shape, u, v)
    u0, v0 = u[inside].mean(), v[inside].mean()
    radius = math.sqrt(inside.mean() * 2.4**2 / math.pi)
    x, y = _square()
    out = []
    for angle in np.radians(np.arange(0, 360, 6)):
        cos, sin = math.cos(angle), math.sin(angle)
        turned = (x * cos + y * sin) * radius + u0, (y * cos - x * sin) * radius + v0
        out.append(_inside(shape, *turned).ravel())
    return np.stack(out).astype(np.float32)


def _inside(shape: str, u: Floats, v: Floats) -> Mask:
    one, zero = torch.ones(()), torch.zeros(())
    return (shape_distance(shape, torch.tensor(u), torch.tensor(v), one, zero) < 0).numpy()
