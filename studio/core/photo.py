"""The photo that a clip starts from: read from any usual file, and prepared to the clip's size."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.errors import BadInput
from studio.core.photo_colour import parse_colour, to_srgb
from studio.core.photo_file import load_first_frame, read_bytes, turn_upright


class Fit(StrEnum):
    """What to do where the photo's shape is not the clip's."""

    COVER = "cover"  # fill the frame and cut what hangs over, evenly on both sides
    PAD = "pad"  # show all of the photo between two bars


class CropBox(BaseModel):
    """The part of a photo to use, in pixels of the upright photo from its top left corner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)

    @classmethod
    def parse(cls, text: str) -> CropBox:
        """Reads "X,Y,W,H"; raises BadInput where that is not four whole numbers that make a box."""
        numbers = re.fullmatch(r"\s*(\d{1,9})" + r"\s*,\s*(\d{1,9})" * 3 + r"\s*", text)
        try:
            if numbers is not None:
                x, y, width, height = (int(number) for number in numbers.groups())
                return cls(x=x, y=y, width=width, height=height)
        except ValidationError:
            pass
        raise BadInput(
            f"The crop box '{text}' is not a box; give it as X,Y,W,H in whole pixels of the photo, "
            "with a width and a height of at least 1, such as 0,120,1920,1080."
        )

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


@dataclass(frozen=True)
class Photo:
    """A whole photo in memory: upright, opaque, RGB in sRGB, with the file that it came from."""

    image: Image.Image
    path: Path
    sha256: str  # of the file's bytes, in hex

    @property
    def original_size(self) -> tuple[int, int]:
        """Width and height of the upright photo in pixels, before anything is cut."""
        return self.image.size

    def size_within(self, crop: CropBox | None) -> tuple[int, int]:
        """Width and height in pixels of what `crop` leaves; BadInput if it leaves the photo."""
        width, height = self.original_size
        if crop is None:
            return width, height
        if crop.x + crop.width > width or crop.y + crop.height > height:
            raise BadInput(
                f"The crop box {crop} reaches to {crop.x + crop.width},{crop.y + crop.height}, "
                f"but the photo {self.path} is {width}x{height} pixels; choose a box inside it."
            )
        return crop.width, crop.height


def read_photo(path: Path, background: str = "white") -> Photo:
    """Reads a JPEG, PNG, WebP, AVIF, HEIF, TIFF, BMP or the first frame of a GIF, told by content.

    The picture comes back upright (EXIF), in sRGB (its ICC profile applied, 8 bits a channel) and
    opaque: what shows through is `background`, any colour name or #rrggbb.
    Raises BadInput for a file that is missing, empty, damaged, too large or no such picture, and
    for a background that is no colour.
    """
    colour = parse_colour(background)
    data = read_bytes(path)
    image = load_first_frame(data, path)
    upright = turn_upright(to_srgb(image, colour, path), image)
    return Photo(image=upright, path=path, sha256=hashlib.sha256(data).hexdigest())


def prepare(
    photo: Photo,
    width: int,
    height: int,
    *,
    crop: CropBox | None = None,
    fit: Fit = Fit.COVER,
    background: str = "white",
) -> Image.Image:
    """The photo, or the part in `crop`, as an RGB picture of exactly width × height pixels (≥ 1).

    Never stretched: COVER fills the frame and cuts the rest off at the centre, as Wan 2.2 does
    (wan/textimage2video.py, i2v); PAD shows everything between bars of `background`. Resampled
    once, with Lanczos. Raises BadInput for a box that reaches past the photo and for a background
    that is no colour.
    """
    colour = parse_colour(background)
    image = photo.image
    if crop is not None:
        wide, high = photo.size_within(crop)
        # Cut first: resizing with a box alone would let pixels from beyond its edge shine in.
        image = image.crop((crop.x, crop.y, crop.x + wide, crop.y + high))
    match fit:
        case Fit.COVER:
            return _cover(image, width, height)
        case Fit.PAD:
            return _pad(image, width, height, colour)


def _cover(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = max(width / image.width, height / image.height)
    left = max(0.0, (image.width - width / scale) / 2)
    top = max(0.0, (image.height - height / scale) / 2)
    box = (left, top, image.width - left, image.height - top)
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _pad(image: Image.Image, width: int, height: int, colour: tuple[int, int, int]) -> Image.Image:
    scale = min(width / image.width, height / image.height)
    wide = min(width, max(1, round(image.width * scale)))
    high = min(height, max(1, round(image.height * scale)))
    frame = Image.new("RGB", (width, height), colour)
    shown = image.resize((wide, high), Image.Resampling.LANCZOS)
    frame.paste(shown, ((width - wide) // 2, (height - high) // 2))
    return frame
