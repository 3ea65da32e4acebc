"""A file in the safetensors format: what its header says, and whether the file is whole."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt, TypeAdapter

_LENGTH_BYTES = 8  # at the beginning of the file: how long the header is
_MAX_HEADER = 100_000_000  # bytes; the format's own limit
_MIN_BITS = 4  # of a value, in the narrowest of the format's number formats


class Tensor(BaseModel):
    """What a header says of one tensor; the offsets are of its first byte and past its last one."""

    dtype: str
    shape: list[NonNegativeInt]
    data_offsets: Annotated[list[NonNegativeInt], Field(min_length=2, max_length=2)]

    @property
    def values(self) -> int:
        """How many values it has."""
        return math.prod(self.shape)


_TENSORS = TypeAdapter(dict[str, Tensor])
_METADATA = TypeAdapter(dict[str, str])


@dataclass(frozen=True)
class Header:
    """The header of a file: how many bytes the whole file has by it, its metadata and tensors."""

    file_bytes: int
    metadata: dict[str, str]
    tensors: dict[str, Tensor]


def read_header(file: Path) -> Header:
    """Reads no weights. Raises OSError, and ValueError where the file is no such file."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
        if length > min(file.stat().st_size, _MAX_HEADER):
            raise ValueError(f"no room for a header of {length} bytes")
        text = stream.read(length)
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError("no object")
    metadata = _METADATA.validate_python(found.pop("__metadata__", {}), strict=True)
    tensors = _TENSORS.validate_python(found, strict=True)
    for tensor in tensors.values():
        begin, end = tensor.data_offsets
        if tensor.values * _MIN_BITS > (end - begin) * 8:
            raise ValueError("more values than bytes")
    end = max((tensor.data_offsets[1] for tensor in tensors.values()), default=0)
    return Header(_LENGTH_BYTES + length + end, metadata, tensors)
