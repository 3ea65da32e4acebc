"""Which widths, heights and frame counts a model can render, and which size suits a photo."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from studio.core.errors import BadInput

MAX_SIDE = 4096  # pixels: past this no Wan model was trained and no consumer card has the memory
POSITIONS = 1024  # rope_max_seq_len of diffusers' WanTransformer3DModel by default


@dataclass(frozen=True)
class Grid:
    """The steps in which a model's clips grow: pixels for both sides, frames for the length."""

    step: int  # pixels: VAE stride × transformer patch, 32 for TI2V-5B, 16 for A14B and the starter
    frame_step: int = 4  # frames that one latent frame stands for, after the first


def check_size(width: int, height: int, grid: Grid) -> None:
    """Raises BadInput, naming the nearest allowed sides, unless both are on the grid.

    Width and height are in pixels; each must be a multiple of `grid.step` from that to MAX_SIDE.
    """
    advice = [
        f"{name} {_either(*nearest_sides(side, grid.step))} instead of {side}"
        for name, side in (("width", width), ("height", height))
        if side not in nearest_sides(side, grid.step)
    ]
    if advice:
        limit = _last_side(grid.step)
        raise BadInput(
            f"This model renders widths and heights in steps of {grid.step} pixels "
            f"from {grid.step} to {limit}; use {' and '.join(advice)}."
        )


def check_frames(num_frames: int, grid: Grid) -> None:
    """Raises BadInput, naming the nearest allowed counts, unless `num_frames` is frame_step·k + 1.

    The causal video VAE of Wan keeps the first frame alone and folds `frame_step` frames into each
    further latent frame (Wan 2.2, generate.py: frame_num should be 4n+1).
    """
    below, above = nearest_frames(num_frames, grid.frame_step)
    if num_frames not in (below, above):
        raise BadInput(
            f"A clip has 1 frame or a multiple of {grid.frame_step} and one more; use num_frames "
            f"{_either(below, above)} instead of {num_frames}."
        )


def check_positions(width: int, height: int, num_frames: int, grid: Grid, positions: int) -> None:
    """Raises BadInput, naming the most there can be, for a clip past a transformer's `positions`.

    Along each axis of its tokens it knows so many (diffusers, WanRotaryPosEmbed): latent frames,
    and rows and columns of patches, each of which stands for `grid.step` pixels.
    """
    side, frames = positions * grid.step, (positions - 1) * grid.frame_step + 1
    asked = (("width", width, side), ("height", height, side), ("num_frames", num_frames, frames))
    advice = [f"{name} {most} instead of {value}" for name, value, most in asked if value > most]
    if advice:
        raise BadInput(
            f"This model makes clips of at most {frames} frames and {side} pixels either way; "
            f"use {' and '.join(advice)}."
        )


def nearest_sides(value: int, step: int) -> tuple[int, int]:
    """The largest allowed side at or below `value` and the smallest at or above it, in pixels.

    Out of the limits both are the limit; on the grid both are `value`.
    """
    inside = min(max(value, step), _last_side(step))
    below = inside // step * step
    return below, below if below == inside else below + step


def nearest_frames(value: int, frame_step: int) -> tuple[int, int]:
    """The largest allowed frame count at or below `value` and the smallest at or above it."""
    inside = max(value, 1)
    below = (inside - 1) // frame_step * frame_step + 1
    return below, below if below == inside else below + frame_step


def best_output_size(width: int, height: int, grid_step: int, area: int) -> tuple[int, int]:
    """The size on the grid, of at most `area` pixels, whose shape is nearest to width × height.

    The rule is that of `best_output_size` in Wan 2.2 (wan/utils/utils.py, Apache-2.0): of the size
    with exactly this shape and area, round one side down to the grid and take as much of the other
    as the area allows; do so from either side, and keep the pair whose ratio is nearer. Ours works
    in whole numbers, so that no square root lands a hair under a grid line, and keeps both sides
    between `grid_step` and MAX_SIDE, where the official code fails on very long photos.
    All values are in pixels and positive; `area` is at least grid_step².
    """
    wide = _grown(isqrt(area * width // height), grid_step, area)
    high = _grown(isqrt(area * height // width), grid_step, area)
    candidates = ((high[1], high[0]), wide)  # on a tie the first wins, as in the official code
    return min(candidates, key=lambda size: _stretch(size, (width, height)))


def _grown(side: int, step: int, area: int) -> tuple[int, int]:
    """One side rounded down to the grid, and the longest other side that the area allows."""
    first, _ = nearest_sides(min(side, area // step), step)
    other, _ = nearest_sides(area // first, step)
    return first, other


def _stretch(size: tuple[int, int], shape: tuple[int, int]) -> float:
    """How many times the two ratios differ: 1 for the same shape."""
    one, other = size[0] * shape[1], size[1] * shape[0]
    return max(one, other) / min(one, other)


def _last_side(step: int) -> int:
    return MAX_SIDE // step * step


def _either(below: int, above: int) -> str:
    return str(below) if below == above else f"{below} or {above}"
