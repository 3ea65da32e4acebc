"""The H.264 encoder and MP4 muxer behind a clip, with the settings of each quality."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from studio.core.params import Quality
from studio.engine.colour import CHROMA_LOCATION, FrameConverter, tag_bt709

_CRF = {Quality.DRAFT: 28, Quality.GOOD: 20, Quality.BEST: 14}
# Against "medium", on grainy textures of 832 × 480 at CRF 20: 0.7 of the time, 2 % more bytes and
# 0.3 dB less; "veryfast" halves the time again but loses 2 dB.
_PRESET = "fast"
# x264 holds this many frames before it codes one. With its own 30 the memory of a clip grows for
# longer than a second (2.5 MB a frame at 832 × 480), and the frames come late.
_LOOKAHEAD = 16
# As many on every machine, because x264's choices depend on it. Each one holds
# another frame, and two keep up with a VAE.
_THREADS = 2
_CLOCK = 100  # ticks of a frame whose rate is a whole number
_SECONDS_PER_KEYFRAME = 2  # a player that jumps has at most this much to decode


class Encoder:
    """Encodes RGB frames into one MP4 file, index first, frame i at exactly i / frame_rate.

    Width and height are even; `tags` go into the container's metadata. Raises PyAV's errors.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        frame_rate: Fraction,
        quality: Quality,
        tags: dict[str, str],
    ) -> None:
        # Absolute, so that a colon in a name is not taken for the end of a protocol's.
        self._output = av.open(
            str(path.absolute()), "w", format="mp4", options=_container_options(frame_rate)
        )
        self._output.metadata.update(tags)
        self._stream = self._output.add_stream(  # pyright: ignore[reportUnknownMemberType]
            "libx264", rate=frame_rate, options=_encoder_options(quality, frame_rate)
        )
        self._stream.width = width
        self._stream.height = height
        self._stream.codec_context.thread_count = _THREADS
        tag_bt709(self._stream.codec_context)
        self._converter = FrameConverter()
        self._time_base = 1 / frame_rate
        self._count = 0

    def encode(self, frame: NDArray[np.uint8]) -> None:
        """Add one RGB frame, uint8 [height, width, 3]."""
        picture = self._converter.convert(frame)
        picture.pts = self._count
        picture.time_base = self._time_base
        picture.duration = 1  # the last frame's time on screen is known from nothing else
        self._mux(picture)
        self._count += 1

    def finish(self) -> None:
        """Write the frames still held and the index, and close the file."""
        self._mux(None)
        self._output.close()

    def close(self) -> None:
        """Close the file as it is, which leaves it unusable unless it was finished."""
        with suppress(FFmpegError):  # closing writes an index, for which there may be no room
            self._output.close()

    def _mux(self, picture: av.VideoFrame | None) -> None:
        self._output.mux(self._stream.encode(picture))  # pyright: ignore[reportUnknownMemberType]


def _container_options(rate: Fraction) -> dict[str, str]:
    # The container's own clock counts milliseconds, which would cut off a part of the last frame.
    return {"movflags": "+faststart", "movie_timescale": str(_CLOCK * rate.numerator)}


def _encoder_options(quality: Quality, rate: Fraction) -> dict[str, str]:
    return {
        "preset": _PRESET,
        "g": str(max(1, round(rate * _SECONDS_PER_KEYFRAME))),
        # The same frames then give the same file, on any processor; x264's AVX-512 code for its
        # macroblock tree gives small frames another one every few runs.
        "x264-params": f"rc-lookahead={_LOOKAHEAD}:chromaloc={CHROMA_LOCATION}:cpu-independent=1",
        **({"qp": "0"} if quality is Quality.LOSSLESS else {"crf": str(_CRF[quality])}),
    }
