"""From a photo's file to its first frame: every file that cannot be trusted is refused here."""

from __future__ import annotations

import re
import stat
import struct
import warnings
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

from studio.core.errors import BadInput
from studio.core.photo_colour import scale_transparent

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "BMP", "GIF")  # Pillow's names
MAX_PIXELS = 178_956_970  # where Pillow itself speaks of a decompression bomb: 2 × MAX_IMAGE_PIXELS
MAX_BYTES = 1 << 30  # an uncompressed 16-bit picture of MAX_PIXELS fits just about

# What Pillow's readers raise on bytes that are not what they should be.
DAMAGE = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
# EXIF 2.32, tag 274 Orientation: what undoes each of the turned and mirrored ways to store a photo.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_bytes(path: Path) -> bytes:
    """All bytes of a photo's file; BadInput if it is missing, not a file, empty or too large."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise BadInput(f"{path} is a folder or a device, not a photo; choose a file in it.")
        if state.st_size > MAX_BYTES:
            raise BadInput(
                f"The photo {path} has {state.st_size:,} bytes and at most {MAX_BYTES:,} are read; "
                "save it smaller."
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(f"There is no photo {path}; check its name and folder.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BadInput(
            f"The photo {path} cannot be read ({reason}); check its name and your rights to it."
        ) from error
    if not data:
        raise BadInput(f"The photo {path} is empty (0 bytes); copy or download it again.")
    return data


def load_first_frame(data: bytes, path: Path) -> Image.Image:
    """Decodes the first frame of a photo's bytes, in the file's own mode, size and orientation.

    What the file claims is checked before any pixel is decoded, and frames after the first never
    are, so that a bomb costs nothing. Raises BadInput with `path` in its sentence.
    """
    # Pillow knows HEIF only once its plugin is there, and stumbles over a name that it does not
    # know.
    heif = data[4:8] == b"ftyp"
    if heif:
        _register_heif()
    with _quiet():
        image = _open(data, path, FORMATS if heif else [name for name in FORMATS if name != "HEIF"])
        _check_size(image, path)
        scale_transparent(image)
        try:
            image.load()
        except (*DAMAGE, Image.DecompressionBombError) as error:
            raise _damaged(path, error) from error
    return image


def turn_upright(picture: Image.Image, source: Image.Image) -> Image.Image:
    """`picture`, whose pixels lie as in `source`, turned and mirrored as its EXIF says."""
    with _quiet():
        try:
            orientation = source.getexif().get(ExifTags.Base.Orientation)
        except DAMAGE:
            orientation = None  # a photo with broken EXIF is still a photo
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def _open(data: bytes, path: Path, formats: Sequence[str]) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=list(formats))
    except UnidentifiedImageError as error:
        raise BadInput(
            f"{path} is not a photo that can be read, whatever its name says; give a JPEG, PNG, "
            "WebP, AVIF, HEIC, TIFF, BMP or GIF file."
        ) from error
    except Image.DecompressionBombError as error:
        claimed = re.search(r"\d+", str(error))  # the size itself is nowhere else by now
        raise BadInput(
            f"The photo {path} claims {claimed[0] if claimed else 'too many'} pixels and at most "
            f"{MAX_PIXELS:,} are read; make it smaller first."
        ) from error
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _check_size(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise BadInput(
            f"The photo {path} claims {image.width}x{image.height} pixels and at most "
            f"{MAX_PIXELS:,} are read; make it smaller first."
        )


def _damaged(path: Path, error: BaseException) -> BadInput:
    reason = " ".join(str(error).split()) or type(error).__name__
    return BadInput(f"The photo {path} is cut off or damaged ({reason}); copy it again.")


@contextmanager
def _quiet() -> Generator[None]:
    """Silences what Pillow warns of: sizes are checked here, and odd metadata does not matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def _register_heif() -> None:
    import pillow_heif  # loading it costs time that only HEIC photos should pay

    pillow_heif.register_heif_opener()
