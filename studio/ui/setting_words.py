"""What the settings of a preset, and their values, are called on the screen."""

from __future__ import annotations

LONGEST = 40  # characters of a value
SETTING_WORDS = {
    "model": "Model",
    "size": "Size",
    "shape": "Shape",
    "width": "Width",
    "height": "Height",
    "fit": "Photo of another shape",
    "num_frames": "Frames",
    "frame_rate": "Frames a second",
    "num_inference_steps": "Steps",
    "scheduler": "Scheduler",
    "flow_shift": "Shift",
    "guidance_scale": "Guidance",
    "guidance_scale_2": "Guidance, second expert",
    "prompt_before": "Before the prompt",
    "prompt_after": "After the prompt",
    "negative_prompt": "Negative prompt",
    "quality": "Quality",
    "seeds": "Clips, each with its seed",
}


def value_words(value: object) -> str:
    """The value of a setting on one line, cut where it is long."""
    if value is None:
        return "not set"
    text = " ".join((f"{value:g}" if isinstance(value, float) else str(value)).split())
    if not text:
        return "empty"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
