"""What made a clip, as its file carries it; without the arrays and tensors of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from studio.core.errors import BadInput

METADATA_KEY = "comment"
"""The container's key for the JSON of all that made a clip: in MP4 the standard ©cmt, which most
tools show, where a key of our own would need a muxer flag and stay unseen."""

ONLY_FILES = {"protocol_whitelist": "file"}  # a playlist must not make us open the network


def read_metadata(path: Path) -> str | None:
    """The JSON that made the clip at `path`, or None in a video that carries none.

    Raises BadInput where there is no file or it is not a video.
    """
    path = path.absolute()
    try:
        if not path.is_file():
            raise BadInput(f"There is no file {path}: name a clip.")
        with av.open(str(path), metadata_errors="replace", options=ONLY_FILES) as clip:
            if not _is_video(clip):
                raise BadInput(f"{path} is not a video: name a clip.")
            tags = {key.lower(): text for key, text in clip.metadata.items()}
    except FFmpegError as error:
        raise BadInput(f"{path} cannot be read as a video ({error.strerror}).") from error
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror or error}): look whether the disk is there "
            "and the file is yours to read."
        ) from error
    text = tags.get(METADATA_KEY)
    return text if text is not None and _is_json_object(text) else None


def _is_video(clip: InputContainer) -> bool:
    # FFmpeg opens pictures and plain text as videos too, and a song's cover as a video stream.
    name = clip.format.name
    if name in ("tty", "image2") or name.endswith("_pipe"):
        return False
    return any(not stream.disposition & Disposition.attached_pic for stream in clip.streams.video)


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False  # nothing that this program wrote
