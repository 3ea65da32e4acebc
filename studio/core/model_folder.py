"""A model folder in diffusers layout: what family it is, and whether all its parts are there and
whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, PositiveInt, ValidationError

from studio.core.errors import BadInput, ModelMissing
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B, Family
from studio.core.folders import assets, expanded, folders, in_folder
from studio.core.params import ResolvedParams
from studio.core.part_files import check_weights, files_of, read, read_json, weight_files
from studio.core.sizes import POSITIONS, check_positions
from studio.core.weights_file import read_header

DEFAULTS_FILE = (
    "clipwright.json"  # a model that is none of Wan's own brings its family's values in it
)
STARTER = "starter"
_KINDS = {
    "transformer": "WanTransformer3DModel",
    "transformer_2": "WanTransformer3DModel",
    "vae": "AutoencoderKLWan",
    "text_encoder": "UMT5EncoderModel",
}
SAMPLE = 1 << 20  # bytes from the head, middle and tail of a file that go into its fingerprint


class _Index(BaseModel):
    """What model_index.json says about how the model runs."""

    boundary_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    transformer_2: list[str | None] | None = None
    expand_timesteps: bool | None = None


class _TransformerConfig(BaseModel):
    """What a transformer's settings say about what it takes."""

    in_channels: int | None = None
    out_channels: int | None = None
    rope_max_seq_len: PositiveInt = POSITIONS


@dataclass(frozen=True)
class ModelFolder:
    """A checked model folder: its family, and what its files say about how it runs.

    `positions` is how far its transformer counts latent frames, and rows and columns of patches.
    """

    path: Path
    family: Family
    expand_timesteps: bool
    boundary_ratio: float | None
    positions: int = POSITIONS

    @property
    def two_experts(self) -> bool:
        """Whether there is a second transformer for the low-noise steps."""
        return self.boundary_ratio is not None

    def config(self, part: str) -> dict[str, Any]:
        """The settings file of a part, as JSON gives it."""
        name = "scheduler_config.json" if part == "scheduler" else "config.json"
        return read_json(self.path / part / name)

    def check_reach(self, params: ResolvedParams) -> None:
        """Raises BadInput for a clip that is longer or larger than the transformer can count."""
        check_positions(
            params.width, params.height, params.num_frames, self.family.grid, self.positions
        )

    def largest_part(self) -> tuple[str, int]:
        """The part with the most weights, and the bytes that they take in 16 bits each."""
        parts = ["transformer", "text_encoder", "vae"]
        sizes = {part: 2 * self.weights_of(part) for part in parts}
        return max(sizes.items(), key=lambda item: item[1])

    def weight_files(self, part: str) -> list[Path]:
        """The files that hold a part's weights."""
        return weight_files(self.path / part)

    def weights_of(self, part: str) -> int:
        """How many values a part's weights are, in whatever format they lie on the disk."""
        headers = (read_header(file) for file in self.weight_files(part))
        return sum(tensor.values for header in headers for tensor in header.tensors.values())

    def fingerprint(self, *parts: str) -> str:
        """A hash that tells the weights and settings of some parts from others without reading
        gigabytes.

        Names, sizes and a mebibyte each from the head, middle and tail of every file; what else
        lies in a part's folder does not count.
        """
        digest = hashlib.sha256()
        for file in (file for part in parts for file in files_of(self.path / part)):
            size = file.stat().st_size
            digest.update(f"{file.relative_to(self.path).as_posix()} {size}\n".encode())
            with file.open("rb") as stream:
                for place in (0, size // 2, max(0, size - SAMPLE)):
                    stream.seek(place)
                    digest.update(stream.read(SAMPLE))
        return digest.hexdigest()


def find_model(model: str) -> ModelFolder:
    """The folder that a model's name or path means, checked.

    "starter" is the model that ships with the program; other names are looked up in the user's
    folder of models; anything that is a folder is taken as it is. Raises ModelMissing with what is
    wrong.
    """
    if model == STARTER:
        return open_folder(assets() / STARTER)
    named = folders().models / model
    try:
        path = _typed_path(model)
        if path is None and len(Path(model).parts) == 1 and named.is_dir():
            path = named
    except OSError as error:
        raise _unreadable(Path(model), error) from error
    if path is not None:
        return open_folder(path)
    raise ModelMissing(
        f"There is no model {model!r}: no folder has that name, nor one in {folders().models}. "
        "Give the path of a Wan 2.2 folder in diffusers layout, or leave --model out."
    )


def from_anywhere(model: str, folder: Path | None = None) -> str:
    """A model as it was typed in a folder, so that it means the same in any other: a name stays a
    name, a path becomes a whole one. Raises ModelMissing where it cannot be looked at.
    """
    try:
        path = None if model == STARTER else _typed_path(model, folder)
    except OSError as error:
        raise _unreadable(Path(model), error) from error
    return model if path is None else str(path)


@dataclass(frozen=True)
class BrokenModel:
    """A folder that was meant to be a model and is none, with the sentence that says why."""

    path: Path
    reason: str


def installed_models(more: Path | None = None) -> list[ModelFolder]:
    """The starter, then all good models in the user's folder of models and in `more`, by name."""
    return models_and_broken(more)[0]


def models_and_broken(more: Path | None = None) -> tuple[list[ModelFolder], list[BrokenModel]]:
    """All good models as `installed_models` has them, and the folders in the same places that
    cannot be used.
    """
    found = list(_installed(more))
    whole = [each for each in found if isinstance(each, ModelFolder)]
    return whole, [each for each in found if isinstance(each, BrokenModel)]


def name_of(model: ModelFolder) -> str:
    """What `GenerationParams.model` has to say for this folder: a name where `find_model` knows
    one, else the whole path.
    """
    if model.path == assets() / STARTER:
        return STARTER
    if model.path.parent == folders().models.absolute() and model.path.name != STARTER:
        return model.path.name
    return str(model.path)


def open_folder(path: Path) -> ModelFolder:
    """Checks a folder and all its parts; raises ModelMissing with a sentence that names the
    part.
    """
    path = path.absolute()
    try:
        return _opened(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _typed_path(model: str, folder: Path | None = None) -> Path | None:
    """The folder that a model's path means where it was typed in `folder` (None: the current one);
    None where there is none. Raises ModelMissing or OSError.
    """
    try:
        path = in_folder(expanded(model), folder)
    except BadInput as error:
        raise ModelMissing(str(error)) from error
    return path if path.is_dir() else None


def _unreadable(path: Path, error: OSError) -> ModelMissing:
    return ModelMissing(
        f"{error.filename or path} cannot be read ({error.strerror or error}); look whether "
        "the disk is there and the file is yours to read."
    )


def _opened(path: Path) -> ModelFolder:
    if not (path / "model_index.json").is_file():
        raise ModelMissing(
            f"{path} is no model folder: it has no model_index.json. "
            "Give the folder that holds transformer, vae and text_encoder."
        )
    index = read(path / "model_index.json", _Index)
    two = bool(index.transformer_2 and index.transformer_2[0])
    parts = ["transformer", "vae", "text_encoder", *(["transformer_2"] if two else [])]
    for part in parts:
        _check_part(path, part)
    for part, file in (("scheduler", "scheduler_config.json"), ("tokenizer", "")):
        if not (path / part / file).exists():
            raise ModelMissing(f"{path} lacks its {part}; copy the model again.")
    read_json(path / "scheduler" / "scheduler_config.json")
    transformer = read(path / "transformer" / "config.json", _TransformerConfig)
    expand = bool(index.expand_timesteps)
    boundary = index.boundary_ratio if two else None
    family = _family(path, transformer, expand, boundary)
    return ModelFolder(path, family, expand, boundary, transformer.rope_max_seq_len)


def _installed(more: Path | None) -> Iterator[ModelFolder | BrokenModel]:
    places = [folders().models] if more is None else [folders().models, more]
    paths = [assets() / STARTER]
    for place in dict.fromkeys(path.absolute() for path in places):
        with suppress(OSError):  # a place that is missing or closed to us holds no models for us
            inside = sorted(place.iterdir(), key=lambda path: path.name.lower())
            paths += [path for path in inside if path.is_dir() and path.name[0] != "."]
    for path in paths:
        try:
            yield open_folder(path)
        except (ModelMissing, OSError) as error:
            yield BrokenModel(path, str(error))


def _family(
    path: Path, transformer: _TransformerConfig, expand: bool, boundary_ratio: float | None
) -> Family:
    own = path / DEFAULTS_FILE
    if own.is_file():
        return _own_family(own, two_experts=boundary_ratio is not None)
    channels = transformer.in_channels, transformer.out_channels
    if expand and boundary_ratio is None and channels[0] == channels[1]:
        return TI2V_5B
    if boundary_ratio is not None and channels[0] == channels[1]:
        return T2V_A14B
    if boundary_ratio is not None and channels == (36, 16):
        return I2V_A14B
    raise ModelMissing(
        f"{path} is not one of the Wan 2.2 models that this program knows "
        "(TI2V-5B, T2V-A14B, I2V-A14B); choose another folder."
    )


def _own_family(file: Path, *, two_experts: bool) -> Family:
    try:
        family = Family.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise ModelMissing(f"{file} cannot be used: {error.errors()[0]['msg']}.") from error
    if two_experts and family.guidance_scale_2 is None:
        raise ModelMissing(
            f"{file} has no guidance_scale_2, which this model's second transformer needs; "
            "add it to the file."
        )
    if not two_experts and family.guidance_scale_2 is not None:
        raise ModelMissing(
            f"{file} has a guidance_scale_2, and this model has no second transformer to use it; "
            "take it out of the file."
        )
    return family


def _check_part(path: Path, part: str) -> None:
    folder = path / part
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{path} lacks its {part} (no {part}/config.json); copy the model again."
        )
    _check_kind(path, part, read_json(folder / "config.json"))
    for file in weight_files(folder):
        if not file.is_file():
            raise ModelMissing(f"{folder} lacks its file {file.name}; copy the model again.")
        check_weights(file)


def _check_kind(path: Path, part: str, config: dict[str, Any]) -> None:
    """Refuses a part that says it is something else; one that says nothing is taken at its word."""
    wanted = _KINDS[part]
    key = "architectures" if part == "text_encoder" else "_class_name"
    said = config.get(key)
    found = said if isinstance(said, list) else [said]
    if said and wanted not in found:
        raise ModelMissing(
            f"The {part} in {path} is of the kind {', '.join(map(str, found))} and has to be of "
            f"the kind {wanted}; choose a folder of Wan 2.2 in diffusers layout."
        )
