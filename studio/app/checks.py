"""What can be refused at once: all that needs no model in memory is looked at before torch is."""

from __future__ import annotations

import re
from pathlib import Path

from studio.core.errors import BadInput
from studio.core.family import resolve
from studio.core.files import check_writable_folder, storage_error
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams
from studio.core.photo import read_photo
from studio.core.request import RenderRequest
from studio.engine.targets import check_targets, is_preview

_PHOTO_OPTIONS = ("crop", "fit", "background")
# What is known to be no MP4. A list of our own: which names the system knows differs from one
# machine to the next, and "shot.v2" is nobody's.
_OTHER_KINDS = re.compile(
    r"\.(3gp|avi|flv|m2ts|mkv|mov|mpe?g|mts|ogv|ts|webm|wmv"
    r"|apng|avif|bmp|gif|hei[cf]|jpe?g|png|svg|tiff?|webp"
    r"|aac|flac|m4a|mp3|og[ag]|opus|wav"
    r"|csv|html?|json|md|pdf|py|safetensors|toml|txt|xml"
    r"|7z|bz2|gz|rar|tar|tgz|xz|zip|zst)",
    re.IGNORECASE,
)


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
    model = find_model(params.model)
    model.check_reach(resolve(params, model.family, shape))


def _check_files(request: RenderRequest) -> None:
    _check_name(request.out)
    check_targets(request)
    files = [request.out, *([] if request.checkpoint is None else [request.checkpoint])]
    folders = {path.absolute().parent for path in files}
    try:
        if request.previews is not None:
            folders.add(_nearest_folder(request.previews.absolute()))
            _check_previews(request.previews, request)
        for folder in sorted(folders):
            check_writable_folder(folder)
    except OSError as error:
        raise storage_error(error, Path(error.filename or request.out)) from error


def _check_name(out: Path) -> None:
    if _OTHER_KINDS.fullmatch(out.suffix):
        raise BadInput(
            f"{out} would be an MP4 under the name of another kind of file; "
            f"name it {out.stem.removesuffix('.mp4')}.mp4."
        )


def _check_previews(folder: Path, request: RenderRequest) -> None:
    """A render that goes on puts its previews beside those from before; no other replaces any.

    Not for the engine to say: of a job that begins anew the previews of its last run are there.
    """
    if request.overwrite or request.resume is not None or not folder.is_dir():
        return
    taken = next((path for path in sorted(folder.iterdir()) if is_preview(path)), None)
    if taken is not None:
        raise BadInput(
            f"{taken} exists already and a preview could take its place: choose another folder "
            "for the previews, or allow it to be overwritten."
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
