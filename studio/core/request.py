"""What is asked of the engine: all that concerns one render, in one value that can cross a wire."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from studio.core.params import GenerationParams


class Memory(StrEnum):
    """Where the model's parts are kept: chosen by free memory, all on the device, or in turns."""

    AUTO = "auto"
    RESIDENT = "resident"
    OFFLOAD = "offload"


class RenderRequest(BaseModel):
    """One render: the params, where the clip goes, and how to run.

    `checkpoint` is where the state goes when the render is stopped and before it decodes; with
    `checkpoint_seconds` also while it denoises, after a step, once so many seconds have gone by
    since the last time (0: after every step, as far as that costs no more than 1 % of the time).
    `resume` is a state to go on from; `previews` is a folder for preview pictures, None for no
    previews.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: Literal["render"] = "render"
    params: GenerationParams
    out: Path
    poster: bool = False
    overwrite: bool = False
    checkpoint: Path | None = None
    checkpoint_seconds: Annotated[FiniteFloat, Field(ge=0)] | None = None
    resume: Path | None = None
    previews: Path | None = None
    memory: Memory = Memory.AUTO

    def to_line(self) -> str:
        """The request as a line for the engine; what was not set is not sent, and so stays
        unset.
        """
        return json.dumps(self.model_dump(mode="json", exclude_unset=True) | {"request": "render"})


class StopRequest(BaseModel):
    """Stop the running render; with a checkpoint in its request its state is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: Literal["stop"] = "stop"


class UnloadRequest(BaseModel):
    """Free the model's memory, after the render that runs; the next render loads it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: Literal["unload"] = "unload"


Request = Annotated[RenderRequest | StopRequest | UnloadRequest, Field(discriminator="request")]

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
