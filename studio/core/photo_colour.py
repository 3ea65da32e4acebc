"""From any of Pillow's modes and any ICC profile to opaque 8-bit RGB in sRGB."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal, cast

from PIL import Image, ImageCms, ImageColor, ImageFile, TiffImagePlugin

from studio.core.errors import BadInput

Colour = tuple[int, int, int]

# TIFF 6.0: BitsPerSample, PhotometricInterpretation and its value for pictures whose zero is white.
BITS_PER_SAMPLE = 258
PHOTOMETRIC = 262
WHITE_IS_ZERO = 0
# What a grey of 2 or 4 bits is times in 8: by Pillow's names for how such pixels lie in a PNG.
_TIMES = {"L;2": 85, "L;4": 17}
_DEEP_COLOUR = "RGB;16B"


def parse_colour(text: str) -> Colour:
    """Red, green and blue (0 to 255) of a colour name or #rrggbb; raises BadInput for others."""
    try:
        red, green, blue = ImageColor.getrgb(text.strip())[:3]
        if max(red, green, blue) <= 255:
            return red, green, blue
    except ValueError:
        pass
    raise BadInput(
        f"The background '{text}' is not a colour; give a name such as white "
        "or a value such as #1e90ff."
    )


def scale_transparent(image: Image.Image) -> None:
    """Brings the one colour that a PNG counts as transparent to 8 bits, as Pillow does its pixels.

    To be called before they are loaded: after that nobody knows how many bits they had. Of 16 bits
    in three channels Pillow keeps the upper 8 alone, so those of the colour are all that can be
    compared.
    """
    colour = image.info.get("transparency")
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    stored = tiles[0].args if tiles else None
    if stored in _TIMES and isinstance(colour, int):
        image.info["transparency"] = colour * _TIMES[stored] & 255
    elif stored == _DEEP_COLOUR and isinstance(colour, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in cast("Colour", colour))


def to_srgb(image: Image.Image, background: Colour, path: Path) -> Image.Image:
    """A new RGB picture in sRGB of the pixels of `image`, over `background` where transparent.

    The embedded ICC profile is applied; one that is broken or made for another mode is ignored.
    Raises BadInput for integer or floating-point pixels whose white cannot be told.
    """
    picture = _managed(_eight_bit(image, path), image.info.get("icc_profile"))
    alpha = _alpha(image)
    if alpha is not None:
        canvas = Image.new("RGB", picture.size, background)
        canvas.paste(picture, mask=alpha)
        return canvas
    picture.info.clear()  # a profile left here would be written into, and applied to, what is saved
    return picture


def _managed(image: Image.Image, icc: bytes | None) -> Image.Image:
    """An L, RGB, CMYK or LAB picture as a new RGB one, through its profile where that works."""
    try:
        source = _profile(image.mode, icc)
        if source is not None:
            converted = ImageCms.profileToProfile(
                image,
                source,
                _built_in("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            if converted is not None:
                return converted
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        pass  # as browsers do: colours a little off are better than no photo
    return image.convert("RGB")


def _profile(mode: str, icc: bytes | None) -> ImageCms.ImageCmsProfile | None:
    if mode == "LAB":  # says itself what its colours are
        return _built_in("LAB")
    return ImageCms.ImageCmsProfile(BytesIO(icc)) if icc else None


def _built_in(space: Literal["sRGB", "LAB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space))


def _alpha(image: Image.Image) -> Image.Image | None:
    """The opacity as an L picture; None where the file has none."""
    if not image.has_transparency_data:
        return None
    if image.mode.startswith("I"):
        clear = cast("int", image.info["transparency"])
        table = [0 if value == clear else 255 for value in range(65536)]
        return image.convert("I").point(table, "L")
    return image.convert("RGBA").getchannel("A")


def _eight_bit(image: Image.Image, path: Path) -> Image.Image:
    """The colours of any picture as L, RGB, CMYK or LAB, without its alpha."""
    match image.mode:
        case "L" | "RGB" | "CMYK" | "LAB":
            return image
        case "1" | "LA":
            return image.convert("L")
        case "La":
            return image.convert("LA").convert("L")
        case "I;16" | "I;16L" | "I;16B" | "I;16N":
            return _from_16_bit(image)
        case "I":
            return _from_integers(image, path)
        case "F":
            return _from_floats(image, path)
        case _:  # through RGBA: palettes and premultiplied colours have no other way
            return image.convert("RGBA").convert("RGB")


def _from_16_bit(image: Image.Image) -> Image.Image:
    white, inverted = 65535, False
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = cast("tuple[int, ...]", image.tag_v2.get(BITS_PER_SAMPLE, (16,)))
        white = 2 ** bits[0] - 1
        inverted = image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO
    levels = _levels(white)
    return image.convert("I").point([255 - level for level in levels] if inverted else levels, "L")


def _from_integers(image: Image.Image, path: Path) -> Image.Image:
    low, high = cast("tuple[int, int]", image.getextrema())
    if low < 0 or high > 65535:
        raise BadInput(
            f"The photo {path} has whole-number pixels from {low} to {high}, and which of them is "
            "white cannot be told; save it with 8 or 16 bits a channel."
        )
    return image.point(_levels(255 if high <= 255 else 65535), "L")


def _from_floats(image: Image.Image, path: Path) -> Image.Image:
    low, high = cast("tuple[float, float]", image.getextrema())
    if not (low >= 0 and high <= 1):  # so put, NaN is refused too
        raise BadInput(
            f"The photo {path} has floating-point pixels from {low:g} to {high:g}, and only 0 "
            "(black) to 1 (white) can be shown; save it with 8 or 16 bits a channel."
        )
    return image.point(lambda value: value * 255 + 0.5).convert("L")


def _levels(white: int) -> list[int]:
    """What each of 65,536 values is in 8 bits, rounded, where `white` becomes 255."""
    return [min(255, (value * 255 + white // 2) // white) for value in range(65536)]
