"""What makes the window come up sooner: done before it is imported, and ended once it is there."""

from __future__ import annotations

import gc
from importlib import import_module

# All that the window loads and that needs no Qt itself, by what stands highest in each tree.
_WITHOUT_QT = (
    "av",
    "studio.app.presets",
    "studio.core.dispatcher",
    "studio.core.draft",
    "studio.core.estimate",
    "studio.core.library",
    "studio.core.photo_shelf",
    "studio.core.queue_file",
    "studio.core.settings",
    "studio.engine.worker",
)


def begin() -> None:
    """To be called before anything of Qt is imported."""
    # What is imported stays: to search it for garbage again and again is a tenth of the start.
    gc.disable()
    # PySide6 reads the source of each module that is imported after it.
    for name in _WITHOUT_QT:
        import_module(name)


def end() -> None:
    """To be called when the window is painted."""
    # All that is there now stays to the end: searched for garbage, it would make stalls.
    gc.freeze()
    gc.enable()
