"""The files that a render writes, and what none of them may take the place of."""

from __future__ import annotations

import os
import re
from itertools import combinations
from pathlib import Path

from studio.core.errors import BadInput
from studio.core.files import check_target, storage_error
from studio.core.request import RenderRequest
from studio.core.weights_file import read_header

STATE_KIND = "clipwright denoise state"  # what a state's file says in its metadata that it is
_PREVIEW = re.compile(r"[0-9]{4,}\.png", re.IGNORECASE)


def poster_path(clip: Path) -> Path:
    """Where a clip's poster lies: beside it, under the same name."""
    return clip.with_suffix(".jpg")


def is_preview(path: Path) -> bool:
    """Whether a preview could lie under this name."""
    return _PREVIEW.fullmatch(path.name) is not None


def check_targets(request: RenderRequest) -> None:
    """Raises BadInput unless all that a render writes has a place of its own, and none is taken.

    Whatever `overwrite` says: nobody means the photo by it, least of all by the name of a poster or
    of a preview, which is not given; and a state replaces nothing but a state.
    """
    if not request.out.name:  # as of "." and "/": no poster could be beside it
        raise BadInput(f"{request.out} is a folder: name a file in it.")
    targets = _targets(request)
    try:
        _check_apart(targets | ({"previews": request.previews} if request.previews else {}))
        _check_photo_stays(request, targets)
        for name, path in targets.items():
            check_target(path, overwrite=request.overwrite or name == "state")
        if request.checkpoint is not None:
            _check_state(request.checkpoint)
    except OSError as error:
        raise storage_error(error, Path(error.filename or request.out)) from error


def _targets(request: RenderRequest) -> dict[str, Path]:
    targets = {"clip": request.out}
    if request.poster:
        targets["poster"] = poster_path(request.out)
    if request.checkpoint is not None:
        targets["state"] = request.checkpoint
    return targets


def _check_apart(places: dict[str, Path]) -> None:
    for (one, path), (other, taken) in combinations(places.items(), 2):
        if os.path.realpath(path) == os.path.realpath(taken):
            raise BadInput(f"The {one} and the {other} cannot both be {taken}; give two names.")


def _check_photo_stays(request: RenderRequest, targets: dict[str, Path]) -> None:
    photo = request.params.image
    if photo is None:
        return
    for name, path in targets.items():
        if _is_same(path, photo):
            raise BadInput(
                f"The {name} would be put in the place of the photo {photo}; "
                f"give the {'clip' if name == 'poster' else name} another name."
            )
    folder, file = request.previews, Path(os.path.realpath(photo))
    if folder is not None and is_preview(file) and _is_same(folder, file.parent):
        raise BadInput(
            f"A preview would be put in the place of the photo {photo}; "
            "choose another folder for the previews."
        )


def _check_state(path: Path) -> None:
    """A state replaces an older one without asking, so it must not replace anything else."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        kind = read_header(path).metadata.get("kind")
    except ValueError:
        kind = None
    if kind != STATE_KIND:
        raise BadInput(
            f"{path} exists and is no state of a render, so --checkpoint leaves it alone; "
            "choose another name."
        )


def _is_same(target: Path, photo: Path) -> bool:
    try:
        return target.samefile(photo)  # through links, and whatever the case of the letters
    except (OSError, ValueError):
        return False  # what is not there yet takes nobody's place
