"""The files that a render writes, and that none of them may be the photo it starts from."""

from __future__ import annotations

from pathlib import Path

from studio.core.errors import BadInput
from studio.core.request import RenderRequest


def poster_path(clip: Path) -> Path:
    """Where a clip's poster lies: beside it, under the same name."""
    return clip.with_suffix(".jpg")


def check_photo_stays(request: RenderRequest) -> None:
    """Raises BadInput where the clip, its poster or the state would be put in the photo's place.

    Also with `overwrite`: nobody means the photo by it, least of all by a poster's name, which is
    not given but follows from the clip's.
    """
    photo = request.params.image
    if photo is None:
        return
    poster = poster_path(request.out) if request.poster else None
    targets = {"clip": request.out, "poster": poster, "state": request.checkpoint}
    for name, path in targets.items():
        if path is not None and _is_same(path, photo):
            raise BadInput(
                f"The {name} would be put in the place of the photo {photo}; "
                f"give the {'clip' if name == 'poster' else name} another name."
            )


def _is_same(target: Path, photo: Path) -> bool:
    try:
        return target.samefile(photo)  # through links, and whatever the case of the letters
    except (OSError, ValueError):
        return False  # what is not there yet takes nobody's place
