"""What the engine tells while it works: one value an event, one JSON object a line on the wire."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from studio.core.params import ResolvedParams

PROTOCOL = 1  # raised when a line that an older listener understood would now mislead it
ALIVE_EVERY = 2.0  # seconds between two signs of life; a library that loads may delay some


class Stage(StrEnum):
    """The parts of a render, in order; decoding and writing go on side by side."""

    LOAD = "load"
    ENCODE = "encode"
    DENOISE = "denoise"
    DECODE = "decode"
    WRITE = "write"


class FailureKind(StrEnum):
    """Why a render failed, as far as a listener acts on it."""

    BAD_INPUT = "bad_input"
    BAD_STATE = "bad_state"  # the state to go on from; the same request without it may well do
    MODEL_MISSING = "model_missing"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    ENGINE = "engine"


class _Event(BaseModel):
    """The base of all events: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(_Event):
    """The first event of an engine process."""

    event: Literal["hello"] = "hello"
    protocol: int = PROTOCOL
    version: str
    pid: int


class Alive(_Event):
    """A sign of life every ALIVE_EVERY seconds, from a thread of its own, whatever else goes on."""

    event: Literal["alive"] = "alive"


class Note(_Event):
    """A sentence worth a line in the log: a default that was used, a prompt that was cut."""

    event: Literal["note"] = "note"
    text: str


class Progress(_Event):
    """How far a stage is; `fraction` runs from 0 to 1 and moves within a step too.

    `step` counts finished steps (denoise) or frames (decode) of `steps`; `seconds_left` is the time
    left for the stage, None until something was measured.
    """

    event: Literal["progress"] = "progress"
    stage: Stage
    step: int
    steps: int
    fraction: float
    seconds_left: float | None = None


class Preview(_Event):
    """A picture of the estimated clip: all its latent frames side by side in one small PNG."""

    event: Literal["preview"] = "preview"
    path: Path
    step: int
    frames: int
    width: int
    height: int


class Checkpoint(_Event):
    """The state of the denoising loop was written; a render can go on from this file."""

    event: Literal["checkpoint"] = "checkpoint"
    path: Path
    step: int


class Done(_Event):
    """The clip is on the disk under its name, read back and whole."""

    event: Literal["done"] = "done"
    clip: Path
    poster: Path | None
    params: ResolvedParams
    seconds: dict[Stage, float]
    total_seconds: float
    peak_memory: int  # bytes of this process's RAM
    peak_gpu_memory: int | None  # bytes, None without a GPU


class Stopped(_Event):
    """The render was stopped on request; `checkpoint` is where it can go on from, if asked for."""

    event: Literal["stopped"] = "stopped"
    checkpoint: Path | None
    step: int


class Failed(_Event):
    """The render failed; the message is a sentence for the person at the screen."""

    event: Literal["failed"] = "failed"
    kind: FailureKind
    message: str


Event = Annotated[
    Hello | Alive | Note | Progress | Preview | Checkpoint | Done | Stopped | Failed,
    Field(discriminator="event"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
