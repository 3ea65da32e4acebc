"""The files of one part of a model: its settings, its weights, and whether they are whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from studio.core.errors import ModelMissing
from studio.core.weights_file import read_header

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_STEMS = "diffusion_pytorch_model", "model"  # of diffusers' parts, and of transformers'
_QUANTISED = "F4", "F6", "F8", "I8", "U8"  # number formats that need a scale beside them
_TOKENIZER_FILES = ".json", ".model"  # of transformers' tokenizers, and of SentencePiece


class _WeightIndex(BaseModel):
    """Which file of a part holds which of its tensors."""

    weight_map: Annotated[dict[str, str], Field(min_length=1)]


Content = TypeVar("Content", bound=BaseModel)


def weight_files(folder: Path) -> list[Path]:
    """The files of a part as diffusers and transformers name them: one, or those of an index."""
    for stem in _STEMS:
        if (folder / f"{stem}.safetensors").is_file():
            return [folder / f"{stem}.safetensors"]
        index = folder / f"{stem}.safetensors.index.json"
        if index.is_file():
            named = read(index, _WeightIndex).weight_map.values()
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


def files_of(folder: Path) -> list[Path]:
    """The files that decide what a part does, in the order of their names."""
    if folder.name == "tokenizer":
        inside = [file for file in folder.iterdir() if file.suffix in _TOKENIZER_FILES]
        return sorted(file for file in inside if file.name[0] != "." and file.is_file())
    indexes = (folder / f"{stem}.safetensors.index.json" for stem in _STEMS)
    settings = [folder / "config.json", *(index for index in indexes if index.is_file())]
    return sorted([*settings, *weight_files(folder)])


def check_weights(file: Path) -> None:
    """Raises ModelMissing for weights that are damaged, cut off or quantised."""
    try:
        header = read_header(file)
    except ValueError as error:
        raise ModelMissing(f"{file} is damaged; copy the model again.") from error
    formats = {tensor.dtype for tensor in header.tensors.values()}
    packed = sorted(kind for kind in formats if kind.startswith(_QUANTISED))
    if packed:
        raise ModelMissing(
            f"{file} is quantised ({packed[0]}), which this program cannot run yet; "
            "get the model in bf16 or fp32."
        )
    size = file.stat().st_size
    if not header.tensors or size != header.file_bytes:
        raise ModelMissing(
            f"{file} is damaged: {size} bytes where its header promises {header.file_bytes}; "
            "copy the model again."
        )


def read(file: Path, kind: type[Content]) -> Content:
    """What a settings file says; raises ModelMissing where a value is of another kind."""
    try:
        return kind.model_validate(read_json(file), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelMissing(
            f"{file} is damaged ({place}: {first['msg']}); copy the model again."
        ) from error


def read_json(file: Path) -> dict[str, Any]:
    """A settings file as JSON gives it; raises ModelMissing where it is none."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelMissing(f"{file} cannot be read; copy the model again.") from error
    if not isinstance(found, dict):
        raise ModelMissing(f"{file} is damaged; copy the model again.")
    return found
