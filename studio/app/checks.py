"""What can be refused at once: all that needs no model in memory is looked at before torch is."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from studio.core.errors import BadInput
from studio.core.family import resolve
from studio.core.files import check_target, check_writable_folder
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams
from studio.core.photo import read_photo
from studio.core.request import RenderRequest
from studio.engine.targets import check_photo_stays, poster_path

_PHOTO_OPTIONS = ("crop", "fit", "background")
_CLIP_TYPES = (None, "video/mp4", "video/x-m4v")


def check_request(request: RenderRequest) -> None:
    """Raises BadInput, ModelMissing or DiskFull where a request cannot be done, without writing.

    The engine checks all of it again: a request may come to it another way. With a state to go on
    from, what the state itself decides is left to the engine.
    """
    _check_files(request)
    params = request.params
    photo = None if params.image is None else read_photo(params.image, params.background)
    shape = None if photo is None else photo.size_within(params.crop)
    if request.resume is not None:
        return
    _check_photo_options(params)
    resolve(params, find_model(params.model).family, shape)


def _check_files(request: RenderRequest) -> None:
    _check_name(request.out)
    check_photo_stays(request)
    targets = {request.out: request.overwrite}
    if request.poster:
        targets[poster_path(request.out)] = request.overwrite
    if request.checkpoint is not None:
        _check_checkpoint(request.checkpoint, request)
        targets[request.checkpoint] = True
    for path, overwrite in targets.items():
        check_target(path, overwrite=overwrite)
    folders = {path.absolute().parent for path in targets}
    if request.previews is not None:
        folders.add(_nearest_folder(request.previews.absolute()))
    for folder in sorted(folders):
        check_writable_folder(folder)


def _check_name(out: Path) -> None:
    kind, _ = mimetypes.guess_type(out.name)
    if kind not in _CLIP_TYPES:
        raise BadInput(
            f"{out} would be an MP4 under the name of another kind of file; "
            f"name it {out.with_suffix('.mp4').name}."
        )


def _check_checkpoint(path: Path, request: RenderRequest) -> None:
    """A state replaces an older one without asking, so it must not replace anything else."""
    whole = path.absolute()
    if whole in (request.out.absolute(), poster_path(request.out.absolute())):
        raise BadInput(f"The state and the clip cannot both be {path}; give two names.")
    if not whole.is_file():
        return
    with whole.open("rb") as file:
        head = file.read(9)
    if head and head[8:] != b"{":  # safetensors: eight bytes of length, then a JSON object
        raise BadInput(
            f"{path} exists and is no state of a render, so --checkpoint leaves it alone; "
            "choose another name."
        )


def _nearest_folder(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _check_photo_options(params: GenerationParams) -> None:
    if params.image is not None:
        return
    for name in _PHOTO_OPTIONS:
        if name in params.model_fields_set:
            raise BadInput(
                f"--{name} says what to do with a photo, and there is none; "
                f"give one with --image, or leave --{name} out."
            )
