"""The frames of a clip at the size of a tile, decoded one after the other."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from studio.ui.history.tile import part_shown, shown_size

_ONLY_FILES = {"protocol_whitelist": "file"}  # a playlist must not make us open the network


def small_frames(path: Path, box: QSize) -> Generator[QImage]:
    """All frames in their order, scaled into a box.

    Raises FFmpegError, OSError or ValueError where a file is gone, damaged or no video.
    """
    with av.open(str(path), options=_ONLY_FILES) as container:
        assert isinstance(container, InputContainer)
        stream = next(iter(container.streams.video), None)
        if stream is None:
            raise ValueError(f"{path} holds no video.")
        # One thread: a tile is to play beside the render, not instead of it.
        stream.thread_type = "NONE"
        for frame in container.decode(stream):
            yield _picture(frame, box)


def first_frame(path: Path, box: QSize) -> QImage | None:
    """The first frame scaled into a box; None for a file that is gone, damaged or no video."""
    try:
        return next(small_frames(path, box), None)
    except (FFmpegError, OSError, ValueError, MemoryError):
        return None


def _picture(frame: VideoFrame, box: QSize) -> QImage:
    whole = QSize(frame.width, frame.height)
    shown = shown_size(whole, box)
    part = part_shown(whole, shown)
    wide = max(shown.width(), round(frame.width * shown.width() / part.width()))
    high = max(shown.height(), round(frame.height * shown.height() / part.height()))
    small = frame.reformat(wide, high, "bgra", interpolation="AREA")
    plane = small.planes[0]
    form = QImage.Format.Format_RGB32  # whose bytes are BGRA where numbers are little-endian
    # A copy, because QImage does not hold on to the bytes that it was made of.
    picture = QImage(bytes(plane), wide, high, plane.line_size, form)
    left, top = (wide - shown.width()) // 2, (high - shown.height()) // 2
    return picture.copy(left, top, shown.width(), shown.height())
