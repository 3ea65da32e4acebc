"""One frame of a clip as a PNG: beside the clip, never over another file."""

from __future__ import annotations

from pathlib import Path

import av

from studio.core.errors import BadInput
from studio.core.files import AtomicFile
from studio.ui.stage.pictures import png_bytes, to_exact_picture

_MOST_NAMES = 1000


def frame_png(frame: av.VideoFrame) -> bytes:
    """A frame as PNG, each colour as near as 8 bits allow."""
    return png_bytes(to_exact_picture(frame))


def save_frame(frame: av.VideoFrame, clip: Path, number: int) -> Path:
    """Writes a frame beside its clip and returns where; `number` counts from 1.

    Raises BadInput where the folder cannot be written to and DiskFull where there is no room.
    """
    path = frame_path(clip, number)
    data = frame_png(frame)
    with AtomicFile(path, overwrite=False) as temporary:
        temporary.write_bytes(data)
    return path


def frame_path(clip: Path, number: int) -> Path:
    """The first free name for that frame, such as `dusk-frame0037.png`, then `…-2.png`."""
    stem = f"{clip.stem}-frame{number:04}"
    for again in range(1, _MOST_NAMES):
        path = clip.with_name(f"{stem}.png" if again == 1 else f"{stem}-{again}.png")
        if not path.exists():
            return path
    raise BadInput(f"{clip.parent} holds {_MOST_NAMES} pictures of this frame: move some away.")
