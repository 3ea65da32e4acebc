"""Reads from a clip's pixels how its camera moves: a scale and a shift of all of it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.fft import irfft2, next_fast_len, rfft2

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Waves = NDArray[np.complex64]

PAN = 0.10  # frame widths from which the camera has panned; drawn pans are 0.28
ZOOM = 1.16  # times nearer from which it has zoomed; drawn zooms are 1.5
SMALL = 80  # width in pixels at which the camera is looked for
SCALES = tuple(round(1.05**power, 4) for power in range(-4, 5))  # tried between two looks


def read_camera(frames: Frames) -> str:
    """How the whole picture moves, as one of `scenes.CAMERAS`; works on anything with contours."""
    small = [_shrunk(frames[i]) for i in np.linspace(0, len(frames) - 1, 5).round().astype(int)]
    zoom, along = 0.0, 0.0
    for before, after in itertools.pairwise(small):
        scale, shift = _step(before, after)
        zoom += math.log(scale)
        along = along * scale + shift
    # Whichever is further over its threshold: a zoom that is off centre shifts a little as well.
    near, far = abs(zoom) / math.log(ZOOM), abs(along) / PAN
    if max(near, far) < 1:
        return "none"
    if near >= far:
        return "zoom_in" if zoom > 0 else "zoom_out"
    return "pan_left" if along > 0 else "pan_right"


def _shrunk(frame: Frames) -> Floats:
    """A frame about SMALL pixels wide, `[3, height, width]`; each pixel the mean of a block."""
    block = max(1, frame.shape[1] // SMALL)
    height, width = frame.shape[0] // block, frame.shape[1] // block
    cut = frame[: height * block, : width * block].astype(np.float32)
    return cut.reshape(height, block, width, block, 3).mean(axis=(1, 3)).transpose(2, 0, 1)


def _step(before: Floats, after: Floats) -> tuple[float, float]:
    """Between two looks: the scale about the middle, and then the shift to the right in widths."""
    height, width = after.shape[1:]
    reach = round(0.12 * height), round(0.16 * width)
    dx, dy = np.meshgrid(*(np.arange(-far, far + 1) for far in reversed(reach)))
    size = next_fast_len(height + reach[0], real=True), next_fast_len(width + reach[1], real=True)
    goal = _Waves.of(after, np.ones((height, width), dtype=np.float32), size)
    spread = float(after.var(axis=(1, 2)).sum()) + 1
    best = (math.inf, 1.0, 0.0)
    for scale in SCALES:
        error = _Waves.of(*_scaled(before, scale), size).difference(goal)[dy, dx]
        # Where nothing tells moves apart, the least one is taken.
        effort = math.log(scale) ** 2 + (dx / width) ** 2 + (dy / width) ** 2
        cost = error / spread + 1e-3 * effort
        at = int(cost.argmin())
        best = min(best, (float(cost.flat[at]), scale, float(dx.flat[at]) / width))
    return best[1], best[2]


@dataclass(frozen=True)
class _Waves:
    """A picture's Fourier transforms, with which it is compared at all shifts at once."""

    known: Waves
    picture: Waves
    square: Waves
    size: tuple[int, int]

    @classmethod
    def of(cls, picture: Floats, known: Floats, size: tuple[int, int]) -> _Waves:
        """Of a picture `[3, h, w]` that is 0 where it is not known, with room for shifts."""
        square = (picture**2).sum(0)
        return cls(rfft2(known, size), rfft2(picture, size), rfft2(square, size), size)

    def difference(self, goal: _Waves) -> Floats:
        """Mean squared difference where both are known, `[dy, dx]` for each shift of this one."""
        product = (
            goal.square * self.known.conj()
            + goal.known * self.square.conj()
            - 2 * (goal.picture * self.picture.conj()).sum(0)
        )
        shared = irfft2(goal.known * self.known.conj(), self.size)
        return np.maximum(irfft2(product, self.size), 0) / np.maximum(shared, 1)


def _scaled(picture: Floats, scale: float) -> tuple[Floats, Floats]:
    """A picture made larger about its middle, and where it is known (1) or beyond its edge (0)."""
    height, width = picture.shape[1:]
    y = (np.arange(height) + 0.5 - height / 2) / scale + height / 2 - 0.5
    x = (np.arange(width) + 0.5 - width / 2) / scale + width / 2 - 0.5
    places = np.meshgrid(y, x, indexing="ij")
    out = np.stack([ndimage.map_coordinates(c, places, order=1, mode="nearest") for c in picture])
    known = (np.abs(places[0] - (height - 1) / 2) <= height / 2) & (
        np.abs(places[1] - (width - 1) / 2) <= width / 2
    )
    return out * known, known.astype(np.float32)
