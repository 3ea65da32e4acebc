"""What a person set for one clip, and the same with every value decided."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from studio.core.photo import CropBox, Fit

# Far past what any model can do, which its own grid says: what is in an old database or clip is to
# be read, and no arithmetic is to end in a number that a machine cannot hold.
MAX_COUNT = 1_000_000
MAX_SEED = 2**63 - 1  # what torch.Generator.manual_seed takes without wrapping
MAX_STEPS = 1000  # Wan is trained on 1000 timesteps: more steps than that would repeat some

Guidance = Annotated[FiniteFloat, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


class Quality(StrEnum):
    """How much of the picture the video file keeps."""

    DRAFT = "draft"
    GOOD = "good"
    BEST = "best"
    LOSSLESS = "lossless"


class Scheduler(StrEnum):
    """How the denoising steps are taken."""

    UNIPC = "unipc"
    EULER = "euler"
    DPM = "dpm++"


class PresetMark(BaseModel):
    """The preset that params came from: `content_hash` tells whether it has changed since."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    name: str
    content_hash: str


class GenerationParams(BaseModel):
    """What a person set; None means that the model's own default is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = ""
    negative_prompt: str | None = None
    model: str = "starter"
    image: Path | None = None
    crop: CropBox | None = None
    fit: Fit = Fit.COVER
    background: str = "white"
    width: Count | None = None
    height: Count | None = None
    num_frames: Count | None = None
    frame_rate: Annotated[FiniteFloat, Field(ge=0.01, le=240)] | None = None
    num_inference_steps: Steps | None = None
    guidance_scale: Guidance | None = None
    guidance_scale_2: Guidance | None = None
    flow_shift: Annotated[FiniteFloat, Field(gt=0, le=100)] | None = None
    seed: Seed | None = None
    scheduler: Scheduler = Scheduler.UNIPC
    quality: Quality = Quality.GOOD
    preset: PresetMark | None = None


class ResolvedParams(BaseModel):
    """The params with every value decided: all that a model needs to make this clip again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    negative_prompt: str
    model: str
    image: Path | None
    crop: CropBox | None
    fit: Fit
    background: str
    width: int
    height: int
    num_frames: int
    frame_rate: float
    num_inference_steps: int
    guidance_scale: float
    guidance_scale_2: float | None
    flow_shift: float
    seed: int
    scheduler: Scheduler
    quality: Quality
    preset: PresetMark | None = None
