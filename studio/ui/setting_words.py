"""What the settings of a preset are called on the screen."""

from __future__ import annotations

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
