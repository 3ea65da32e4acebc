"""A clip's file, opened for exact frame numbers: what it holds, and its frames from any on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from studio.core.errors import BadInput
from studio.ui.stage.pictures import png_bytes, to_exact_picture

_ONLY_FILES = {"protocol_whitelist": "file"}  # a playlist must not make us open the network
_THREADS = 2


@dataclass(frozen=True)
class ClipFacts:
    """What a clip holds; `times` are its frames' times in the file's ticks, `keys` the numbers of
    the frames that can be decoded without others.
    """

    path: Path
    width: int
    height: int
    frame_rate: Fraction
    times: tuple[int, ...]
    keys: tuple[int, ...]

    @property
    def num_frames(self) -> int:
        return len(self.times)

    @property
    def seconds(self) -> float:
        """How long it plays at its own speed."""
        return float(self.num_frames / self.frame_rate)

    def key_before(self, number: int) -> int:
        """The last frame up to `number` that decoding can begin at."""
        return self.keys[max(0, bisect_right(self.keys, number) - 1)]


class ClipFile:
    """An open clip. Not for two threads at once. Raises BadInput where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._container = _open(self.path)
        try:
            self._stream = _video(self._container, self.path)
            self._stream.thread_type = "AUTO"
            self._stream.codec_context.thread_count = _THREADS
            self.facts = _look_through(self._container, self._stream, self.path)
        except FFmpegError as error:
            self.close()
            raise _unreadable(self.path, error) from error
        except BadInput:
            self.close()
            raise
        self._numbers = {time: number for number, time in enumerate(self.facts.times)}

    def frames_from(self, number: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """All frames in order with their numbers, from the key frame at or before `number` on.

        Each number comes exactly once: a frame that the file lacks is the one before it.
        """
        start = self.facts.key_before(number)
        try:
            yield from self._without_holes(start)
        except FFmpegError as error:
            raise _unreadable(self.path, error) from error

    def close(self) -> None:
        """Closes the file; harmless when it is closed."""
        with suppress(FFmpegError):
            self._container.close()

    def _without_holes(self, start: int) -> Iterator[tuple[int, av.VideoFrame]]:
        due, last = start, None
        for number, frame in self._decoded(start):
            # A file may begin with frames that cannot be decoded: the first whole one stands in.
            for missing in range(due, number):
                yield missing, last or frame
            yield number, frame
            due, last = number + 1, frame
        if last is None:
            raise BadInput(f"{self.path} holds no frame that can be decoded: it may be damaged.")
        for missing in range(due, self.facts.num_frames):
            yield missing, last

    def _decoded(self, start: int) -> Iterator[tuple[int, av.VideoFrame]]:
        self._container.seek(self.facts.times[start], stream=self._stream)
        due = start
        for frame in self._container.decode(self._stream):
            number = self._numbers.get(frame.pts) if frame.pts is not None else None
            if number is not None and number >= due:
                yield number, frame
                due = number + 1


def last_frame(path: Path) -> bytes:
    """A clip's last frame as PNG; raises BadInput where the file cannot be read."""
    file = ClipFile(path)
    try:
        *_, (_, frame) = file.frames_from(file.facts.num_frames - 1)
        return png_bytes(to_exact_picture(frame))
    finally:
        file.close()


def _open(path: Path) -> InputContainer:
    if not path.is_file():
        raise BadInput(f"There is no file {path}: it may have been moved or deleted.")
    try:
        return av.open(str(path), metadata_errors="replace", options=_ONLY_FILES)
    except FFmpegError as error:
        raise _unreadable(path, error) from error


def _video(container: InputContainer, path: Path) -> VideoStream:
    # FFmpeg opens pictures and plain text as videos too, and a song's cover as a video stream.
    name = container.format.name
    if name not in ("tty", "image2") and not name.endswith("_pipe"):
        for stream in container.streams.video:
            if not stream.disposition & Disposition.attached_pic:
                return stream
    raise BadInput(f"{path} is not a video: open a clip.")


def _look_through(container: InputContainer, stream: VideoStream, path: Path) -> ClipFacts:
    """Reads the whole file once without decoding: what it says of itself may be wrong."""
    found: dict[int, bool] = {}
    for packet in container.demux(stream):
        if packet.pts is not None and not packet.is_discard:
            found[packet.pts] = bool(packet.is_keyframe)
    rate = stream.average_rate or stream.guessed_rate
    if not found or not rate:
        raise BadInput(f"{path} holds no frames that can be played: it may be damaged.")
    times = tuple(sorted(found))
    keys = tuple(number for number, time in enumerate(times) if found[time])
    if not keys or keys[0]:
        keys = (0, *keys)
    return ClipFacts(path, stream.width, stream.height, Fraction(rate), times, keys)


def _unreadable(path: Path, error: FFmpegError) -> BadInput:
    return BadInput(
        f"{path} cannot be played ({error.strerror}): it may be damaged, or no video at all."
    )
