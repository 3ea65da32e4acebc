"""The maths of the crop box: boxes of the clip's shape that stay inside the photo."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import gcd

from studio.core.photo import CropBox

EXACT_SIZES = 16  # with fewer boxes of exactly the clip's shape, too much would have to be cut off
LEAST_SIDE = 16  # pixels of the photo: a smaller box shows nothing
SCALE_STEPS = 50  # presses of + or - from the smallest box to the largest, about


class Handle(Enum):
    """A corner or the middle of a side of the box: which way it lies from the box's centre."""

    TOP_LEFT = (-1, -1)
    TOP = (0, -1)
    TOP_RIGHT = (1, -1)
    RIGHT = (1, 0)
    BOTTOM_RIGHT = (1, 1)
    BOTTOM = (0, 1)
    BOTTOM_LEFT = (-1, 1)
    LEFT = (-1, 0)


@dataclass(frozen=True)
class Framing:
    """A photo and the clip to cut from it: every box made here has the clip's shape, inside it.

    Where the photo has room for enough sizes whose sides stand exactly as the clip's do, only
    those are used, and nothing beside the box is cut off later. Otherwise the shorter side is
    rounded to a whole pixel.
    """

    photo: tuple[int, int]  # width and height in pixels, upright
    clip: tuple[int, int]  # width and height in pixels

    def largest(self) -> CropBox:
        """The largest box, in the middle of the photo."""
        return self._around(self.photo[0] / 2, self.photo[1] / 2, self._most)

    def fitted(self, box: CropBox) -> CropBox:
        """The box nearest to one of any shape: about the same centre and area."""
        n = self._number(box.width, box.height)
        if self._size(n) != (box.width, box.height):
            wide, high = self._unit
            n = round((box.width * box.height / (wide * high)) ** 0.5 * self._per)
        return self._around(box.x + box.width / 2, box.y + box.height / 2, n)

    def moved(self, box: CropBox, dx: int, dy: int) -> CropBox:
        """The box shifted by whole pixels of the photo, as far as the photo goes."""
        return self._placed(box.x + dx, box.y + dy, box.width, box.height)

    def scaled(self, box: CropBox, steps: int) -> CropBox:
        """The box larger (steps > 0) or smaller about its centre."""
        step = max(1, (self._most - self._least) // SCALE_STEPS)
        n = self._number(box.width, box.height) + steps * step
        return self._around(box.x + box.width / 2, box.y + box.height / 2, n)

    def dragged(self, box: CropBox, handle: Handle, x: float, y: float) -> CropBox:
        """The box with a handle taken to (x, y) in the photo; what lies opposite stays in place."""
        across, down = handle.value
        wide, high = self._unit
        # The side or corner that stays, and how far the pointer is from it in boxes' numbers.
        left, top = box.x, box.y
        right, bottom = left + box.width, top + box.height
        reach: list[float] = []
        room: list[int] = []
        if across:
            anchor = right if across < 0 else left
            reach.append((x - anchor) * across * self._per / wide)
            room.append((anchor if across < 0 else self.photo[0] - anchor) * self._per // wide)
        if down:
            anchor = bottom if down < 0 else top
            reach.append((y - anchor) * down * self._per / high)
            room.append((anchor if down < 0 else self.photo[1] - anchor) * self._per // high)
        width, height = self._size(min(round(max(reach)), *room, self._most))
        return self._placed(
            right - width if across < 0 else left if across else (left + right - width) // 2,
            bottom - height if down < 0 else top if down else (top + bottom - height) // 2,
            width,
            height,
        )

    @property
    def _unit(self) -> tuple[int, int]:
        """The clip's shape in smallest whole numbers: 20, 11 for 1280×704."""
        common = gcd(*self.clip)
        return self.clip[0] // common, self.clip[1] // common

    @property
    def _per(self) -> int:
        """How many numbers make one unit: 1 where sizes are exact, else one for each pixel."""
        wide, high = self._unit
        exact = min(self.photo[0] // wide, self.photo[1] // high)
        return 1 if exact >= EXACT_SIZES else max(wide, high)

    @property
    def _most(self) -> int:
        wide, high = self._unit
        return max(1, min(self.photo[0] * self._per // wide, self.photo[1] * self._per // high))

    @property
    def _least(self) -> int:
        short = min(self._unit)
        return min(self._most, max(1, -(-LEAST_SIDE * self._per // short)))

    def _size(self, n: int) -> tuple[int, int]:
        """The n-th size: n units, or n pixels along the longer side."""
        n = min(max(n, self._least), self._most)
        wide, high = (max(1, (2 * n * side + self._per) // (2 * self._per)) for side in self._unit)
        return wide, high

    def _number(self, width: int, height: int) -> int:
        """The number of the size that is nearest to width × height."""
        wide, high = self._unit
        side, unit = (width, wide) if wide >= high else (height, high)
        return round(side * self._per / unit)

    def _around(self, x: float, y: float, n: int) -> CropBox:
        width, height = self._size(n)
        return self._placed(round(x - width / 2), round(y - height / 2), width, height)

    def _placed(self, x: int, y: int, width: int, height: int) -> CropBox:
        return CropBox(
            x=min(max(x, 0), self.photo[0] - width),
            y=min(max(y, 0), self.photo[1] - height),
            width=width,
            height=height,
        )


def looks_soft(box: CropBox, clip: tuple[int, int]) -> bool:
    """Whether the box has so few pixels that the clip's first frame will visibly lack detail."""
    return box.width * 4 < clip[0] * 3
