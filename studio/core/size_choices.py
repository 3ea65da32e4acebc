"""The sizes that a model offers, in words and pixels, and what it is known to be poor at."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.family import Family
from studio.core.sizes import Grid, best_output_size, nearest_sides

# Wan 2.2, wan/configs/__init__.py, SIZE_CONFIGS; the squares by its best_output_size.
_WAN_5B = (("Wide", 1280, 704), ("Tall", 704, 1280), ("Square", 960, 928))
_WAN_14B = (
    ("Wide", 1280, 720),
    ("Tall", 720, 1280),
    ("Square", 960, 960),
    ("Wide, small", 832, 480),
    ("Tall, small", 480, 832),
    ("Square, small", 624, 624),
)
_BY_USUAL_SIZE = {(1280, 704): _WAN_5B, (1280, 720): _WAN_14B}
_TOO_SMALL = 0.8  # of the usual area: a photo's shape on the grid takes up to a tenth off it


@dataclass(frozen=True)
class SizeChoice:
    """A size with its name; width and height in pixels."""

    name: str
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.name} {self.width}×{self.height}"


def size_choices(family: Family, photo: tuple[int, int] | None = None) -> list[SizeChoice]:
    """What a family offers, its usual size first.

    `photo` is the width and height of the photo or of its crop box; with one, the size that comes
    nearest to its shape is offered too, as the last.
    """
    usual = (family.width, family.height)
    named = _BY_USUAL_SIZE.get(usual) or _round_about(family)
    choices = [SizeChoice(*choice) for choice in named]
    if photo is not None:
        area = family.width * family.height
        width, height = best_output_size(*photo, family.grid_step, area)
        choices.append(SizeChoice("From the photo", width, height))
    return choices


def size_warning(family: Family, width: int, height: int) -> str | None:
    """A sentence where a model is known to be poor at a size in pixels, else None."""
    if family.small_is_poor and width * height < _TOO_SMALL * family.width * family.height:
        return (
            f"{family.title} is made for {family.width}×{family.height}; at {width}×{height} clips "
            "often come out soft and distorted. Choose a larger size."
        )
    return None


def length_warning(family: Family, num_frames: int) -> str | None:
    """A sentence where a model is known to be poor at a length in frames, else None."""
    if family.max_frames is not None and num_frames > family.max_frames:
        return (
            f"{family.title} is at its best up to {family.max_frames} frames; "
            f"with {num_frames} a clip may begin burnt. Choose a shorter one."
        )
    return None


def frames_of(seconds: float, frame_rate: float, grid: Grid | None = None) -> int:
    """The allowed number of frames, frame_step·k + 1, that comes nearest to a length in seconds."""
    step = Grid(step=1).frame_step if grid is None else grid.frame_step
    return max(0, round(seconds * frame_rate / step)) * step + 1


def _round_about(family: Family) -> tuple[tuple[str, int, int], ...]:
    """A family's usual size, the same upright, and the square whose area comes nearest to it."""
    long, short = max(family.width, family.height), min(family.width, family.height)
    area = family.width * family.height
    sides = nearest_sides(int(area**0.5), family.grid_step)
    side = min(sides, key=lambda side: abs(side * side - area))
    choices = [("Wide", long, short), ("Tall", short, long)]
    if family.width < family.height:
        choices.reverse()
    return (*choices, ("Square", side, side))
