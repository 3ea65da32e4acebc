"""A model folder in diffusers layout: what family it is, and whether all its parts are there and
whole.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.core.errors import ModelMissing
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B, Family
from studio.core.folders import assets, folders

DEFAULTS_FILE = (
    "clipwright.json"  # a model that is none of Wan's own brings its family's values in it
)
STARTER = "starter"
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_KINDS = {
    "transformer": "WanTransformer3DModel",
    "transformer_2": "WanTransformer3DModel",
    "vae": "AutoencoderKLWan",
    "text_encoder": "UMT5EncoderModel",
}
_STEMS = "diffusion_pytorch_model", "model"  # of diffusers' parts, and of transformers'
_QUANTISED = "F4", "F6", "F8", "I8", "U8"  # number formats that need a scale beside them
SAMPLE = 1 << 20  # bytes from the head, middle and tail of a file that go into its fingerprint


@dataclass(frozen=True)
class ModelFolder:
    """A checked model folder: its family, and what its index says about how it runs."""

    path: Path
    family: Family
    expand_timesteps: bool
    boundary_ratio: float | None

    @property
    def two_experts(self) -> bool:
        """Whether there is a second transformer for the low-noise steps."""
        return self.boundary_ratio is not None

    def config(self, part: str) -> dict[str, Any]:
        """The settings file of a part, as JSON gives it."""
        name = "scheduler_config.json" if part == "scheduler" else "config.json"
        return _read_json(self.path / part / name)

    def largest_part(self) -> tuple[str, int]:
        """The part with the most weights, and the bytes that they take in 16 bits each."""
        parts = ["transformer", "text_encoder", "vae"]
        sizes = {part: 2 * self.weights_of(part) for part in parts}
        return max(sizes.items(), key=lambda item: item[1])

    def weight_files(self, part: str) -> list[Path]:
        """The files that hold a part's weights."""
        return _weight_files(self.path / part)

    def weights_of(self, part: str) -> int:
        """How many values a part's weights are, in whatever format they lie on the disk."""
        headers = (_header(file) for file in self.weight_files(part))
        return sum(math.prod(tensor["shape"]) for header in headers for tensor in header.values())

    def fingerprint(self, part: str) -> str:
        """A hash that tells one set of weights from another without reading gigabytes.

        Names, sizes and a mebibyte each from the head, middle and tail of every file.
        """
        digest = hashlib.sha256()
        for file in sorted((self.path / part).rglob("*")):
            if file.is_file():
                size = file.stat().st_size
                digest.update(f"{file.relative_to(self.path)} {size}\n".encode())
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
    path = Path(model).expanduser()
    if path.is_dir():
        return open_folder(path)
    named = folders().models / model
    if len(Path(model).parts) == 1 and named.is_dir():
        return open_folder(named)
    raise ModelMissing(
        f"There is no model {model!r}: no folder has that name, nor one in {folders().models}. "
        "Give the path of a Wan 2.2 folder in diffusers layout, or leave --model out."
    )


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
        raise ModelMissing(
            f"{error.filename or path} cannot be read ({error.strerror or error}); look whether "
            "the disk is there and the file is yours to read."
        ) from error


def _opened(path: Path) -> ModelFolder:
    if not (path / "model_index.json").is_file():
        raise ModelMissing(
            f"{path} is no model folder: it has no model_index.json. "
            "Give the folder that holds transformer, vae and text_encoder."
        )
    index = _read_json(path / "model_index.json")
    ratio = index.get("boundary_ratio")
    two = bool((index.get("transformer_2") or [None])[0])
    parts = ["transformer", "vae", "text_encoder", *(["transformer_2"] if two else [])]
    for part in parts:
        _check_part(path, part)
    for part, file in (("scheduler", "scheduler_config.json"), ("tokenizer", "")):
        if not (path / part / file).exists():
            raise ModelMissing(f"{path} lacks its {part}; copy the model again.")
    expand = bool(index.get("expand_timesteps"))
    boundary = ratio if two else None
    return ModelFolder(path, _family(path, expand, boundary), expand, boundary)


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


def _family(path: Path, expand: bool, boundary_ratio: float | None) -> Family:
    own = path / DEFAULTS_FILE
    if own.is_file():
        return _own_family(own, two_experts=boundary_ratio is not None)
    transformer = _read_json(path / "transformer" / "config.json")
    channels = transformer.get("in_channels"), transformer.get("out_channels")
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
    _check_kind(path, part, _read_json(folder / "config.json"))
    for file in _weight_files(folder):
        if not file.is_file():
            raise ModelMissing(f"{folder} lacks its file {file.name}; copy the model again.")
        _check_safetensors(file)


def _weight_files(folder: Path) -> list[Path]:
    """The files of a part as diffusers and transformers name them: one, or those of an index."""
    for stem in _STEMS:
        if (folder / f"{stem}.safetensors").is_file():
            return [folder / f"{stem}.safetensors"]
        index = folder / f"{stem}.safetensors.index.json"
        if index.is_file():
            named = _read_json(index).get("weight_map", {}).values()
            return [folder / Path(name).name for name in sorted(set(named))]
    if any(file.suffix in PICKLED for file in folder.iterdir()):
        raise ModelMissing(
            f"{folder} holds only pickled weights, which can run foreign code; "
            "get the model as .safetensors."
        )
    raise ModelMissing(
        f"{folder} holds no weights ({' or '.join(f'{stem}.safetensors' for stem in _STEMS)}); "
        "copy the model again."
    )


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


def _check_safetensors(file: Path) -> None:
    """Compares a file's length with what its header promises (the safetensors format)."""
    size = file.stat().st_size
    try:
        length = _header_length(file)
        tensors = list(_header(file).values())
        end = max(tensor["data_offsets"][1] for tensor in tensors)
        formats = {str(tensor["dtype"]) for tensor in tensors}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelMissing(f"{file} is damaged; copy the model again.") from error
    packed = sorted(kind for kind in formats if kind.startswith(_QUANTISED))
    if packed:
        raise ModelMissing(
            f"{file} is quantised ({packed[0]}), which this program cannot run yet; "
            "get the model in bf16 or fp32."
        )
    if size != 8 + length + end:
        raise ModelMissing(
            f"{file} is damaged: {size} bytes where its header promises {8 + length + end}; "
            "copy the model again."
        )


def _header_length(file: Path) -> int:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
    if length > file.stat().st_size:
        raise ValueError(f"no room for a header of {length} bytes")
    return length


def _header(file: Path) -> dict[str, Any]:
    """What a file says of each tensor in it. Raises ValueError, TypeError or AttributeError."""
    length = _header_length(file)
    with file.open("rb") as stream:
        stream.seek(8)
        header = json.loads(stream.read(length))
    return {name: said for name, said in header.items() if name != "__metadata__"}


def _read_json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{file} cannot be read; copy the model again.") from error
    if not isinstance(found, dict):
        raise ModelMissing(f"{file} is damaged; copy the model again.")
    return found
