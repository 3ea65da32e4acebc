"""How many bytes a clip's file takes, before there is one."""

from __future__ import annotations

from studio.core.params import Quality

# Several times what grainy textures take (0.14 bits at "good", 0.66 at "best"; 832 × 480, 24 frames
# a second). Noise can take more, so a disk that fills up during the writing is handled as well. A
# lossless picture is never much larger than its 12 bits a pixel in yuv420p.
_BITS_PER_PIXEL = {
    Quality.DRAFT: 0.4,
    Quality.GOOD: 1.0,
    Quality.BEST: 2.5,
    Quality.LOSSLESS: 12.5,
}
_CONTAINER_BYTES = 256 * 1024  # header, index and metadata of a clip
_USUAL_SHARE = 0.25  # of the most: between the grainy textures above and noise


def estimate_bytes(width: int, height: int, num_frames: int, quality: Quality) -> int:
    """The bytes to have free before a clip is written, several times what most clips take."""
    return int(width * height * num_frames * _BITS_PER_PIXEL[quality] / 8) + _CONTAINER_BYTES


def usual_bytes(width: int, height: int, num_frames: int, quality: Quality) -> int:
    """About what a clip takes where nothing is known of others like it."""
    return int(estimate_bytes(width, height, num_frames, quality) * _USUAL_SHARE)
