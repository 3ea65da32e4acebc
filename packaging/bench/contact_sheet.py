"""Some clips side by side in one picture, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

ROWS = 32
COLUMNS = 6
SHOWN_HEIGHT = 96  # of a frame, in pixels
CAPTION = 20
# Fonts with Chinese characters, by the names that Linux, Windows and macOS have them under.
FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "msyh.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
)


@dataclass(frozen=True)
class Row:
    """A few frames of one clip, small, with its prompt, what that means, and what was read."""

    prompt: str
    said: str
    read: str
    frames: tuple[Image.Image, ...]

    @classmethod
    def of(cls, prompt: str, said: str, read: str, frames: NDArray[np.uint8]) -> Row:
        """From a clip's frames `[n, height, width, 3]`."""
        places = np.linspace(0, len(frames) - 1, COLUMNS).round().astype(int)
        size = (round(frames.shape[2] * SHOWN_HEIGHT / frames.shape[1]), SHOWN_HEIGHT)
        return cls(
            prompt, said, read, tuple(Image.fromarray(frames[i]).resize(size) for i in places)
        )


def write(path: Path, rows: Sequence[Row]) -> None:
    """Writes at most ROWS of the rows, evenly from all, as one PNG."""
    if len(rows) > ROWS:
        rows = [rows[i * len(rows) // ROWS] for i in range(ROWS)]
    width = max(COLUMNS * (row.frames[0].width + 2) for row in rows)
    sheet = Image.new("RGB", (width, len(rows) * (SHOWN_HEIGHT + CAPTION)), "white")
    pen, font = ImageDraw.Draw(sheet), _font()
    for number, row in enumerate(rows):
        top = number * (SHOWN_HEIGHT + CAPTION)
        # Without a Chinese font a Chinese prompt would be a row of boxes.
        prompt = row.prompt if font is not None or row.prompt.isascii() else "(Chinese)"
        caption = f"{prompt} | said: {row.said} | read: {row.read}"
        pen.text((2, top + 3), caption, "black", font or ImageFont.load_default(13))
        for column, frame in enumerate(row.frames):
            sheet.paste(frame, (column * (frame.width + 2), top + CAPTION))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, "PNG")


def _font() -> ImageFont.FreeTypeFont | None:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, 13)
        except OSError:
            continue
    return None
