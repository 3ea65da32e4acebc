"""Presets of every kind for hypothesis, and one by hand."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from hypothesis import strategies as st

from studio.core.clip import ClipRecord
from studio.core.params import PresetMark, Quality, Scheduler
from studio.core.photo import Fit
from studio.core.preset import MAX_NAME, Preset, PresetSettings, Shape

_LINE = st.text(st.characters(exclude_categories=("Cc", "Zl", "Zp", "Cs")), max_size=60)
_SEEN = _LINE.filter(lambda text: bool(text.strip()))
_ODD = (
    "a/b\\c",
    "🎬✨",
    "x" * 300,
    "مشهد هادئ",
    "CON",
    "..",
    ".hidden",
    'say "hi"',
    "y" * MAX_NAME,
)
_NAME = st.one_of(_SEEN, st.sampled_from(_ODD))
_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)


def _number(low: float, high: float, *, open_low: bool = False) -> st.SearchStrategy[float]:
    return st.floats(low, high, exclude_min=open_low, allow_subnormal=False)


@st.composite
def settings(draw: st.DrawFn) -> PresetSettings:
    """Any settings that are allowed."""
    values: dict[str, Any] = {
        "fit": st.sampled_from(Fit),
        "num_frames": st.integers(0, 60).map(lambda k: 4 * k + 1),
        "frame_rate": _number(0.01, 240),
        "num_inference_steps": st.integers(1, 1000),
        "scheduler": st.sampled_from(Scheduler),
        "flow_shift": _number(0, 100, open_low=True),
        "guidance_scale": _number(0, 100),
        "guidance_scale_2": _number(0, 100),
        "negative_prompt": _TEXT,
        "prompt_before": _TEXT,
        "prompt_after": _TEXT,
        "quality": st.sampled_from(Quality),
        "seeds": st.integers(1, 999),
    }
    chosen = {name: draw(st.none() | strategy) for name, strategy in values.items()}
    size = draw(st.sampled_from(("none", "shape", "pixels")))
    if size == "shape":
        chosen["shape"] = draw(st.sampled_from(Shape))
    elif size == "pixels":
        chosen["width"], chosen["height"] = draw(st.tuples(*[st.integers(1, 128)] * 2).map(_grid))
    return PresetSettings.model_validate(chosen)


def presets() -> st.SearchStrategy[Preset]:
    """Any preset that is allowed."""
    return st.builds(
        Preset,
        id=st.uuids(),
        name=_NAME,
        description=_TEXT,
        category=st.just("") | _SEEN,
        family=_SEEN,
        settings=settings(),
    )


def _grid(sides: tuple[int, int]) -> tuple[int, int]:
    return 32 * sides[0], 32 * sides[1]


def sample(number: int = 1, **changes: Any) -> Preset:
    """A preset with an id of that number."""
    values: dict[str, Any] = {
        "id": UUID(int=number),
        "name": f"Preset {number}",
        "category": "Mine",
        "family": "Wan 2.2 TI2V-5B",
        "settings": PresetSettings(num_frames=49, flow_shift=3.0),
    }
    return Preset.model_validate({**values, **changes})


def preset_id(name: str) -> UUID:
    """The id that `with_preset` gives a preset of this name."""
    return uuid5(NAMESPACE_OID, name)


def with_preset(record: ClipRecord, name: str | None, first_name: str = "") -> ClipRecord:
    """The record as that of a clip that a preset of this name made, perhaps called otherwise at
    first.
    """
    if name is None:
        return record
    mark = PresetMark(id=preset_id(first_name or name), name=name, content_hash="0" * 16)
    params = record.params.model_copy(update={"preset": mark})
    return record.model_copy(update={"params": params})
