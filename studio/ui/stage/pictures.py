"""Decoded frames as pictures for the screen: quickly in motion, to the exact colour at rest."""

from __future__ import annotations

from threading import local

import av
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColorSpace, QImage

# The quick way reads each chroma sample for its four pixels and takes tables: 0.25 ms for
# 1280 × 704, at most 3 of 255 off on flat colours. The exact one takes 4 ms and is at most 2 off,
# which is what rounding to 8-bit YUV costs.
_QUICK = Interpolation.FAST_BILINEAR
_EXACT = (
    Interpolation.BILINEAR
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)
_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_KEPT = ("yuv420p", "yuvj420p", "rgb24")
_HD = 576  # lines: files that name no matrix mean BT.601 up to here and BT.709 above


def to_picture(frame: av.VideoFrame) -> QImage:
    """A frame in sRGB, quickly."""
    return _converted(frame, _QUICK)


def to_exact_picture(frame: av.VideoFrame) -> QImage:
    """A frame in sRGB, each colour as near as 8 bits allow."""
    return _converted(frame, _EXACT)


def compact(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame in a format that is small in memory: as it is where that is 8-bit 4:2:0."""
    if frame.format.name in _KEPT:
        return frame
    return _reformatter(_EXACT).reformat(frame, format="rgb24", threads=1, **_colours(frame))


def frame_bytes(frame: av.VideoFrame) -> int:
    """The bytes of memory that a frame takes."""
    return sum(plane.buffer_size for plane in frame.planes)


def png_bytes(picture: QImage) -> bytes:
    """A picture as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    # PySide's stub asks for bytes here, which PySide itself refuses.
    plain.save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(buffer.data().data())


def _converted(frame: av.VideoFrame, way: Interpolation) -> QImage:
    made = _reformatter(way).reformat(
        frame, format="bgra", interpolation=way, threads=1, **_colours(frame)
    )
    plane = made.planes[0]
    picture = QImage(
        memoryview(plane), made.width, made.height, plane.line_size, QImage.Format.Format_RGB32
    ).copy()  # QImage does not hold on to the memory that it was made of
    picture.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return picture


def _colours(frame: av.VideoFrame) -> dict[str, int]:
    if frame.format.name.startswith(("rgb", "bgr", "gbr")):
        return {}
    matrix = frame.colorspace
    if matrix == _UNSPECIFIED:
        matrix = Colorspace.ITU709 if frame.height > _HD else Colorspace.ITU601
    span = frame.color_range or ColorRange.MPEG
    if frame.format.name.startswith("yuvj"):
        span = ColorRange.JPEG
    return {
        "src_colorspace": int(matrix),
        "src_color_range": int(span),
        "dst_color_range": int(ColorRange.JPEG),
    }


_threads = local()


def _reformatter(way: Interpolation) -> VideoReformatter:
    """One for each thread and way: it keeps its tables from frame to frame."""
    name = f"way_{int(way)}"
    if not hasattr(_threads, name):
        setattr(_threads, name, VideoReformatter())
    return getattr(_threads, name)
