"""The model families and what each wants: sizes, lengths, steps, guidance and the shift."""

from __future__ import annotations

import secrets
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from studio.core.errors import BadInput
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.sizes import Grid, best_output_size, check_frames, check_size

# Wan 2.2, wan/configs/shared_config.py, sample_neg_prompt (Apache-2.0): what the models were tuned
# with.
WAN_NEGATIVE_PROMPT = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，"
    "JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，"
    "形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)
# Wan 2.2, docstrings of wan/image2video.py and wan/textimage2video.py: shift 3.0 for 480p clips.
SHIFT_480P = 3.0
AREA_480P = 832 * 480


class Start(StrEnum):
    """What a family can start a clip from."""

    TEXT = "text"
    PHOTO = "photo"
    EITHER = "either"


class Family(BaseModel):
    """One kind of model with its own defaults (Wan 2.2, wan/configs/*.py)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    about: str = ""  # one sentence for people on what the model can do, where its name does not say
    start: Start
    width: int
    height: int
    num_frames: int
    frame_rate: float
    num_inference_steps: int
    guidance_scale: float  # for the high-noise expert where there are two
    guidance_scale_2: float | None = None  # for the low-noise expert
    flow_shift: float
    flow_shift_480p: float | None = None
    grid_step: int  # pixels: VAE stride × transformer patch
    negative_prompt: str = WAN_NEGATIVE_PROMPT
    max_frames: int | None = None  # past this the clip goes bad, a warning is due
    small_is_poor: bool = False  # well below its usual area the clip goes bad, a warning is due

    @property
    def grid(self) -> Grid:
        """The sizes and lengths that this family can make."""
        return Grid(step=self.grid_step)

    def negative_or_own(self, negative_prompt: str | None) -> str:
        """A negative prompt, or the family's own where nothing is in it."""
        given = negative_prompt or ""
        return given if given.strip() else self.negative_prompt


TI2V_5B = Family(
    title="Wan 2.2 TI2V-5B",
    start=Start.EITHER,
    width=1280,
    height=704,
    num_frames=121,
    frame_rate=24,
    num_inference_steps=50,
    guidance_scale=5.0,
    flow_shift=5.0,
    flow_shift_480p=SHIFT_480P,
    grid_step=32,
    small_is_poor=True,
)
T2V_A14B = Family(
    title="Wan 2.2 T2V-A14B",
    start=Start.TEXT,
    width=1280,
    height=720,
    num_frames=81,
    frame_rate=16,
    num_inference_steps=40,
    guidance_scale=4.0,
    guidance_scale_2=3.0,
    flow_shift=12.0,
    grid_step=16,
    max_frames=81,  # longer clips begin burnt: kijai/ComfyUI-WanVideoWrapper#917, ComfyUI#9091
)
I2V_A14B = Family(
    title="Wan 2.2 I2V-A14B",
    start=Start.PHOTO,
    width=1280,
    height=720,
    num_frames=81,
    frame_rate=16,
    num_inference_steps=40,
    guidance_scale=3.5,
    guidance_scale_2=3.5,
    flow_shift=5.0,
    flow_shift_480p=SHIFT_480P,
    grid_step=16,
    max_frames=81,
)


def resolve(
    params: GenerationParams, family: Family, photo_size: tuple[int, int] | None
) -> ResolvedParams:
    """Decides every value that the person left open.

    `photo_size` is the photo's (or the crop box's) width and height in pixels, None without a
    photo. The clip takes the photo's shape at the family's usual area unless width and height are
    given; with one of the two the other follows the shape. A missing seed is drawn at random.
    Raises BadInput where a value does not fit the family: each sentence names the nearest that
    does.
    """
    _check_start(params, family)
    width, height = _size(params, family, photo_size)
    check_size(width, height, family.grid)
    num_frames = family.num_frames if params.num_frames is None else params.num_frames
    check_frames(num_frames, family.grid)
    if params.guidance_scale_2 is not None and family.guidance_scale_2 is None:
        raise BadInput(
            f"{family.title} has one transformer and takes no second guidance; "
            "leave guidance_scale_2 out."
        )
    return ResolvedParams(
        prompt=params.prompt,
        negative_prompt=family.negative_or_own(params.negative_prompt),
        model=params.model,
        image=params.image,
        crop=params.crop,
        fit=params.fit,
        background=params.background,
        width=width,
        height=height,
        num_frames=num_frames,
        frame_rate=_or(params.frame_rate, family.frame_rate),
        num_inference_steps=int(_or(params.num_inference_steps, family.num_inference_steps)),
        guidance_scale=_or(params.guidance_scale, family.guidance_scale),
        guidance_scale_2=(
            None
            if family.guidance_scale_2 is None
            else _or(params.guidance_scale_2, _second_guidance(params, family))
        ),
        flow_shift=_or(params.flow_shift, _shift(family, width * height)),
        seed=secrets.randbelow(2**32) if params.seed is None else params.seed,
        scheduler=params.scheduler,
        quality=params.quality,
        preset=params.preset,
    )


def _check_start(params: GenerationParams, family: Family) -> None:
    if params.image is None and family.start is Start.PHOTO:
        raise BadInput(f"{family.title} starts from a photo; give one with --image.")
    if params.image is not None and family.start is Start.TEXT:
        raise BadInput(
            f"{family.title} makes clips from text only; leave --image out or choose another model."
        )
    if params.image is None and not params.prompt.strip():
        raise BadInput("There is neither a prompt nor a photo; say what the clip should show.")


def _size(
    params: GenerationParams, family: Family, photo_size: tuple[int, int] | None
) -> tuple[int, int]:
    if params.width is not None and params.height is not None:
        return params.width, params.height
    step = family.grid_step
    shape = photo_size or (family.width, family.height)
    if params.width is not None:
        return params.width, _on_grid(params.width * shape[1] / shape[0], step)
    if params.height is not None:
        return _on_grid(params.height * shape[0] / shape[1], step), params.height
    if photo_size is None:
        return family.width, family.height
    return best_output_size(*photo_size, step, family.width * family.height)


def _on_grid(pixels: float, step: int) -> int:
    return max(step, round(pixels / step) * step)


def _second_guidance(params: GenerationParams, family: Family) -> float:
    # diffusers and the official code both use one guidance for two experts when only one is given.
    assert family.guidance_scale_2 is not None
    return _or(params.guidance_scale, family.guidance_scale_2)


def _shift(family: Family, area: int) -> float:
    if family.flow_shift_480p is not None and area <= AREA_480P:
        return family.flow_shift_480p
    return family.flow_shift


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
