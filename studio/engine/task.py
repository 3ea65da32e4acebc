"""What a request comes to: every value decided and checked before anything is loaded or written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.core.clip_size import estimate_bytes
from studio.core.errors import BadState
from studio.core.events import Note
from studio.core.family import resolve
from studio.core.files import check_room, check_writable_folder
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.photo import Photo, read_photo
from studio.core.request import RenderRequest
from studio.engine import text
from studio.engine.loop import build_loop
from studio.engine.model import Model
from studio.engine.state import DenoiseState, Origin
from studio.engine.targets import check_targets

STATE_ROOM = (
    128 << 20
)  # bytes to keep free for a state; the 5B's at 1280×704×121 takes about 100 MB


@dataclass(frozen=True)
class Task:
    """One render, decided: its params, the photo it starts from, and the state it goes on from."""

    params: ResolvedParams
    photo: Photo | None
    origin: Origin
    state: DenoiseState | None


def continued(params: GenerationParams, kept: ResolvedParams) -> GenerationParams:
    """The params of a render that goes on: what is given now, and the state's own for all else.

    None gives nothing: it asks for the model's default, or for a seed at random, and the state has
    what became of that.
    """
    given = params.model_dump(include=params.model_fields_set, exclude_none=True)
    return GenerationParams.model_validate({**kept.model_dump(), **given})


def plan(request: RenderRequest, model: Model, kept: tuple[DenoiseState, Origin] | None) -> Task:
    """Decides a request for a model; `kept` is the state that it goes on from, in its params too.

    Raises BadInput where a value, the photo or a target does not fit, BadState where the state does
    not, and DiskFull where the disk has no room for the clip.
    """
    params = request.params
    check_targets(request)
    photo = None if params.image is None else read_photo(params.image, params.background)
    shape = None if photo is None else photo.size_within(params.crop)
    resolved = resolve(params, model.folder.family, shape)
    model.folder.check_reach(resolved)
    digest = None if photo is None else photo.sha256
    origin = Origin(resolved, digest, model.denoiser_fingerprint)
    if kept is not None:
        _check_same(origin, kept[1], request)
    _check_room(request, resolved)
    return Task(resolved, photo, origin, None if kept is None else kept[0])


def notes(request: RenderRequest, model: Model, task: Task) -> Iterator[Note]:
    """What is worth a line in the log before the work begins."""
    family, params = model.folder.family, task.params
    yield Note(text=f"{family.title} on {model.placement.describe()}, seed {params.seed}.")
    if family.about:
        yield Note(text=family.about)
    empty = not (request.params.negative_prompt or "").strip()
    is_default = empty and family.negative_prompt and task.state is None
    if is_default and build_loop(model, params).guided:
        yield Note(text="The negative prompt is empty; the model's own default is used.")
    if family.max_frames is not None and params.num_frames > family.max_frames:
        yield Note(
            text=f"{family.title} is at its best up to {family.max_frames} frames; "
            f"{params.num_frames} may begin burnt."
        )
    for prompt in (params.prompt, params.negative_prompt):
        tokens = text.token_count(model.tokenizer(), prompt)
        if tokens > text.MAX_TOKENS:
            yield Note(
                text=f"A prompt has {tokens} tokens; the model reads its first {text.MAX_TOKENS}."
            )


def _check_same(origin: Origin, kept: Origin, request: RenderRequest) -> None:
    differences = kept.differences(origin)
    if differences:
        raise BadState(
            f"{request.resume} belongs to another render: {', '.join(differences)} differ. "
            "Give the same values, leave them out, or start without --resume."
        )


def _check_room(request: RenderRequest, params: ResolvedParams) -> None:
    need = estimate_bytes(params.width, params.height, params.num_frames, params.quality)
    _check_folder(request.out, need)
    if request.checkpoint is not None:
        _check_folder(request.checkpoint, STATE_ROOM)


def _check_folder(file: Path, need: int) -> None:
    folder = file.absolute().parent
    check_writable_folder(folder)
    check_room(folder, need)
