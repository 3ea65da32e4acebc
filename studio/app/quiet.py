"""The renderer in this process, with what its libraries would print kept off the screen."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.engine.renderer import Renderer

_ALWAYS = {
    "HF_HUB_OFFLINE": "1",  # a render asks nobody for anything
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
# Whoever looks for a fault may set these otherwise.
_UNLESS_SET = {
    "TRANSFORMERS_VERBOSITY": "error",
    "DIFFUSERS_VERBOSITY": "error",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}


def quiet_renderer() -> Renderer:
    """Imports the engine, which takes seconds, and returns a renderer that says only its events."""
    silence()
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    from studio.engine.renderer import Renderer

    transformers_logging.disable_progress_bar()
    diffusers_logging.disable_progress_bar()
    return Renderer()


def silence() -> None:
    """Asks the libraries for silence, which they heed if they have not been imported yet."""
    os.environ.update(_ALWAYS)
    for name, value in _UNLESS_SET.items():
        os.environ.setdefault(name, value)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    # Without any handler Python prints warnings of libraries to standard error by itself.
    logging.getLogger().addHandler(logging.NullHandler())
