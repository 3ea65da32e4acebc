"""Writes a clip frame by frame, checks it, and gives it its name."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image, ImageCms

from studio.core.errors import BadInput, StudioError
from studio.core.files import AtomicFile, storage_error
from studio.core.params import Quality
from studio.engine.encoder import Encoder
from studio.engine.metadata import METADATA_KEY, ONLY_FILES

POSTER_QUALITY = 90

_MOST_RATE_DENOMINATOR = 1001  # NTSC's; a float rate is taken as the nearest such fraction


@dataclass(frozen=True)
class WrittenClip:
    """A clip on the disk, as read back from its file; `bytes` is the size of that file."""

    path: Path
    num_frames: int
    width: int
    height: int
    frame_rate: Fraction
    bytes: int


class ClipWriter:
    """Encodes frames as they come into an H.264 MP4 that has its name only when it is whole.

    H.264 in yuv420p, limited-range BT.709, index first (`+faststart`), frame i at exactly i divided
    by the frame rate. The quality is x264's CRF: draft 28, good 20, best 14. `lossless` keeps the
    converted yuv420p planes bit for bit (the halved chroma and the rounding to 8-bit YUV are lost
    before that); its profile, High 4:4:4 Predictive, is one that some players do not know.
    `metadata` is JSON and is stored under METADATA_KEY.

        with ClipWriter(path, ...) as writer:
            for block in blocks:
                writer.write(block)
            clip = writer.finish()

    Leaving the block without `finish` removes all that was written, and so does any failure. Raised
    are BadInput where the path or the size cannot be used, DiskFull where there is no room, and
    StudioError where the disk fails, the folder disappears or the file does not read back right.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        frame_rate: Fraction | float,
        quality: Quality,
        metadata: str,
        overwrite: bool,
        num_frames: int,
    ) -> None:
        self._file = AtomicFile(path, overwrite=overwrite)
        self._width = width
        self._height = height
        self._rate = exact_rate(frame_rate)
        self._quality = quality
        # Inside JSON a half surrogate is the same in its escaped form, and UTF-8 takes only that.
        self._metadata = metadata.encode("utf-8", "backslashreplace").decode("utf-8")
        self._num_frames = num_frames
        self._encoder: Encoder | None = None

    def __enter__(self) -> Self:
        if self._width < 2 or self._height < 2 or self._width % 2 or self._height % 2:
            raise BadInput(
                f"A clip of {self._width} × {self._height} cannot be written: "
                "H.264 in yuv420p needs an even width and height."
            )
        temporary = self._file.open()
        with self._failing_whole():
            self._encoder = Encoder(
                temporary,
                width=self._width,
                height=self._height,
                frame_rate=self._rate,
                quality=self._quality,
                tags={METADATA_KEY: self._metadata},
            )
        return self

    def write(self, frames: NDArray[np.uint8]) -> None:
        """Encode RGB frames, uint8 [n, height, width, 3], after those already written."""
        encoder = self._opened()
        expected = (self._height, self._width, 3)
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[1:] != expected:
            raise StudioError(
                f"Frames of {frames.dtype} {list(frames.shape)} do not fit {self._file.path}: "
                f"it takes uint8 [n, {self._height}, {self._width}, 3]."
            )
        with self._failing_whole():
            for frame in frames:
                encoder.encode(frame)

    def finish(self) -> WrittenClip:
        """Close the file, read it back, compare, flush it to the disk and give it its name."""
        encoder = self._opened()
        with self._failing_whole():
            encoder.finish()
            clip = _read_back(self._file.temporary, self._file.path, self._metadata)
            wanted = replace(
                clip,
                num_frames=self._num_frames,
                width=self._width,
                height=self._height,
                frame_rate=self._rate,
            )
            if clip != wanted:
                raise StudioError(
                    f"{clip.path} was not kept, because it holds {_describe(clip)} where "
                    f"{_describe(wanted)} were to be written: start the render again."
                )
            self._file.commit()
        self._encoder = None
        return clip

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._discard()

    def _opened(self) -> Encoder:
        if self._encoder is None:
            raise StudioError(f"{self._file.path} is closed: nothing more can be written to it.")
        return self._encoder

    @contextmanager
    def _failing_whole(self) -> Generator[None]:
        """What goes wrong inside removes the file; what the disk says becomes a sentence."""
        try:
            yield
        except StudioError:
            self._discard()
            raise
        except (FFmpegError, OSError) as error:
            self._discard()
            raise storage_error(error, self._file.path) from error

    def _discard(self) -> None:
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None
        self._file.discard()


def exact_rate(frame_rate: Fraction | float) -> Fraction:
    """Frames a second as a fraction, a float as the nearest one with a denominator up to 1001.

    Raises BadInput unless the rate is from 0.01 to 240.
    """
    if not 0.01 <= frame_rate <= 240:
        raise BadInput(f"{frame_rate} is no frame rate: give one from 0.01 to 240.")
    return Fraction(frame_rate).limit_denominator(_MOST_RATE_DENOMINATOR)


def write_poster(path: Path, frame: NDArray[np.uint8], overwrite: bool) -> None:
    """Write one RGB frame, uint8 [height, width, 3], as a JPEG in sRGB, whole or not at all.

    Raises BadInput where the file cannot be made and DiskFull where there is no room.
    """
    # Into memory first: Pillow's own writing to a full disk raises an error without a number.
    jpeg = io.BytesIO()
    Image.fromarray(frame).save(jpeg, "JPEG", quality=POSTER_QUALITY, icc_profile=_srgb_profile())
    with AtomicFile(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(jpeg.getvalue())


def _srgb_profile() -> bytes:
    profile = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return ImageCms.ImageCmsProfile(profile).tobytes()  # pyright: ignore[reportUnknownArgumentType]


def _read_back(temporary: Path, path: Path, metadata: str) -> WrittenClip:
    """What the finished file holds, by decoding all of it; errors name it by its later `path`."""
    try:
        with av.open(str(temporary), options=ONLY_FILES) as clip:
            stream = clip.streams.video[0]
            kept = clip.metadata.get(METADATA_KEY)
            num_frames = sum(1 for _ in clip.decode(stream))
            rate, width, height = stream.average_rate, stream.width, stream.height
    except FFmpegError as error:
        if error.errno is not None and error.errno < 1000:  # the disk's word, not the decoder's
            raise
        raise StudioError(
            f"{path} was not kept, because it does not read back as a video ({error.strerror}): "
            "check that disk, and start the render again."
        ) from error
    if kept != metadata:
        raise StudioError(
            f"{path} was not kept, because what made it does not read back from it: "
            "check that disk, and start the render again."
        )
    return WrittenClip(
        path=path,
        num_frames=num_frames,
        width=width,
        height=height,
        frame_rate=rate or Fraction(0),
        bytes=temporary.stat().st_size,
    )


def _describe(clip: WrittenClip) -> str:
    return (
        f"{clip.num_frames} frames of {clip.width} × {clip.height} "
        f"at {float(clip.frame_rate):g} a second"
    )
