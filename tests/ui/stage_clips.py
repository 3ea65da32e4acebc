"""Real clips for the tests of the stage and the player."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

PATIENCE = 20_000
FRAMES, RATE = 25, 12


def write_clip(
    path: Path,
    frames: int = FRAMES,
    colour: tuple[int, int, int] | None = None,
    rate: int = RATE,
) -> Path:
    """A clip whose frames tell their number by their grey, or all have one colour."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 128, 80, "yuv420p"
        stream.codec_context.color_range = 1
        for name in ("colorspace", "color_primaries", "color_trc"):
            setattr(stream.codec_context, name, 1)
        for number in range(frames):
            shade = colour or (10 + 9 * number,) * 3
            picture = np.full((80, 128, 3), shade, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        container.mux(stream.encode())
    return path
