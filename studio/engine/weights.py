"""A part's weights: read from its files tensor by tensor, straight to where the part works."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from accelerate.utils import set_module_tensor_to_device
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from safetensors import safe_open
from torch import nn
from transformers import PreTrainedModel, UMT5Config, UMT5EncoderModel

from studio.core.errors import ModelMissing
from studio.core.model_folder import ModelFolder
from studio.core.weights_file import read_header

_BUILDERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "text_encoder": lambda config: UMT5EncoderModel(UMT5Config.from_dict(config)),
    "transformer": WanTransformer3DModel.from_config,
    "transformer_2": WanTransformer3DModel.from_config,
    "vae": AutoencoderKLWan.from_config,
}


@dataclass(frozen=True)
class _Source:
    """A tensor in a file, by the name that it has there."""

    file: Path
    name: str
    shape: list[int]


class Weights:
    """The tensors of one part, by name, in the files that hold them.

    The libraries' own `from_pretrained` gives the same values in the same formats (a test compares
    them), but says nothing while it reads gigabytes, cannot be left half way, and holds the whole
    part in RAM on its way to a GPU.
    """

    def __init__(self, folder: ModelFolder, part: str):
        self._folder, self._part = folder, part
        self._files = folder.weight_files(part)

    def empty(self) -> nn.Module:
        """The part without its values; raises ModelMissing where the files do not fit it."""
        config = self._folder.config(self._part)
        with init_empty_weights():
            part = _BUILDERS[self._part](config)
        assert isinstance(part, nn.Module)
        self._check(part)
        return part.eval().requires_grad_(False)

    def fill(
        self, part: nn.Module, dtype: torch.dtype, device: torch.device
    ) -> Generator[float, None, None]:
        """Gives an empty part its values on a device; yields the share that is read.

        Tensors that their library keeps in fp32 stay so. A part that was left half way is of no
        use.
        """
        sources = self._sources(part)
        wanted = _tensors(part)
        total, done = sum(tensor.numel() for tensor in wanted.values()), 0
        yield 0.0
        for file in self._files:
            with safe_open(file, framework="pt") as source:
                for target, place in sources.items():
                    if place.file != file or target not in wanted:
                        continue
                    value = source.get_tensor(place.name)
                    kind = _format(part, target, dtype)
                    set_module_tensor_to_device(
                        part, target, device, value, kind, clear_cache=False
                    )
                    done += value.numel()
                    yield done / total
        for second, first in _tied(part).items():
            module, _, leaf = second.rpartition(".")
            setattr(part.get_submodule(module), leaf, part.get_parameter(first))
        part.to(device)  # what is computed, not read: the tables of positions

    def _sources(self, part: nn.Module) -> dict[str, _Source]:
        """Where each tensor of the part is read."""
        found: dict[str, _Source] = {}
        for file in self._files:
            for name, tensor in read_header(file).tensors.items():
                target = _tied(part).get(name, name)
                if name == target or target not in found:  # of two copies the first name's
                    found[target] = _Source(file, name, tensor.shape)
        return found

    def _check(self, part: nn.Module) -> None:
        wanted = {name: list(tensor.shape) for name, tensor in _tensors(part).items()}
        found = {target: place.shape for target, place in self._sources(part).items()}
        missing = sorted(set(wanted) - set(found))
        if missing:
            raise ModelMissing(
                f"The {self._part} in {self._folder.path} lacks {len(missing)} of its weights "
                f"({missing[0]} is one); copy the model again."
            )
        wrong = sorted(name for name, shape in wanted.items() if found[name] != shape)
        if wrong:
            raise ModelMissing(
                f"The {self._part} in {self._folder.path} does not fit its own config.json: "
                f"{wrong[0]} is {_times(found[wrong[0]])} and has to be "
                f"{_times(wanted[wrong[0]])}; copy the model again."
            )


def _tied(part: nn.Module) -> dict[str, str]:
    """The second names of tensors that have two, with the first: a file may use either.

    Whether they are tied is not left to the config, which may say no where the model means yes
    (huggingface/transformers#43880).
    """
    return getattr(part, "_tied_weights_keys", None) or {}


def _tensors(part: nn.Module) -> dict[str, torch.Tensor]:
    """All that has to come from the files, each tensor once."""
    return {name: value for name, value in part.state_dict().items() if name not in _tied(part)}


def _format(part: nn.Module, name: str, dtype: torch.dtype) -> torch.dtype:
    """The number format of one tensor: fp32 where the part's library insists on it.

    diffusers does so always (`load_model_dict_into_meta`), transformers only against fp16
    (`_get_dtype_plan`).
    """
    exact: set[str] = set(getattr(part, "_keep_in_fp32_modules", None) or ())
    if isinstance(part, PreTrainedModel) and dtype is not torch.float16:
        exact = set()
    return torch.float32 if exact.intersection(name.split(".")) else dtype


def _times(shape: list[int]) -> str:
    return " × ".join(map(str, shape)) or "a single number"
