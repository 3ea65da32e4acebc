"""Where a picture lies in the area that shows it, in device pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

LEAST, MOST = 0.05, 32.0
_PIXEL_SNAP = 0.08  # a zoom this near to one picture pixel a device pixel becomes just that


@dataclass(frozen=True)
class ViewBox:
    """A picture in an area, both (width, height) in device pixels.

    `zoom` is device pixels a picture pixel, None for as large as fits. `centre` is the place of the
    picture, from (0, 0) to (1, 1), that is in the middle of the area.
    """

    picture: tuple[int, int]
    area: tuple[int, int]
    zoom: float | None = None
    centre: tuple[float, float] = (0.5, 0.5)

    @property
    def scale(self) -> float:
        """Device pixels a picture pixel."""
        if self.zoom is not None:
            return self.zoom
        return max(1e-6, min(self.area[0] / self.picture[0], self.area[1] / self.picture[1]))

    @property
    def movable(self) -> bool:
        """Whether some of the picture is outside the area."""
        wide, high = self.picture[0] * self.scale, self.picture[1] * self.scale
        return wide > self.area[0] + 0.5 or high > self.area[1] + 0.5

    def rectangle(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the picture in the area."""
        wide, high = round(self.picture[0] * self.scale), round(self.picture[1] * self.scale)
        left = _placed(wide, self.area[0], self.centre[0])
        top = _placed(high, self.area[1], self.centre[1])
        return left, top, max(1, wide), max(1, high)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """The place of the picture under a point of the area, (0, 0) to (1, 1) inside it."""
        left, top, wide, high = self.rectangle()
        return (x - left) / wide, (y - top) / high

    def zoomed(self, zoom: float, x: float, y: float) -> ViewBox:
        """At another zoom, with what is under the point staying there as far as that can be."""
        zoom = min(max(zoom, LEAST), MOST)
        if abs(zoom - 1) < _PIXEL_SNAP and abs(self.scale - 1) > 1e-6:
            zoom = 1.0
        across, down = self.place(x, y)
        wide, high = self.picture[0] * zoom, self.picture[1] * zoom
        centre = (
            across + (self.area[0] / 2 - x) / wide,
            down + (self.area[1] / 2 - y) / high,
        )
        return replace(self, zoom=zoom, centre=centre)._kept_inside()

    def moved(self, x: float, y: float) -> ViewBox:
        """With the picture moved by so many device pixels, its edges not into the area."""
        wide, high = self.picture[0] * self.scale, self.picture[1] * self.scale
        centre = (self.centre[0] - x / wide, self.centre[1] - y / high)
        return replace(self, centre=centre)._kept_inside()

    def fitted(self) -> ViewBox:
        """As large as it fits."""
        return replace(self, zoom=None, centre=(0.5, 0.5))

    def for_area(self, area: tuple[int, int]) -> ViewBox:
        """The same in an area of another size."""
        return replace(self, area=area)._kept_inside()

    def _kept_inside(self) -> ViewBox:
        wide, high = self.picture[0] * self.scale, self.picture[1] * self.scale
        return replace(
            self,
            centre=(
                _inside(self.centre[0], wide, self.area[0]),
                _inside(self.centre[1], high, self.area[1]),
            ),
        )


def _inside(centre: float, size: float, area: int) -> float:
    if size <= area:
        return 0.5
    half = area / 2 / size
    return min(max(centre, half), 1 - half)


def _placed(size: int, area: int, centre: float) -> int:
    if size <= area:
        return (area - size) // 2
    return min(0, max(area - size, round(area / 2 - centre * size)))
