"""What makes the window come up sooner: done before it is imported, and ended once it is there."""

from __future__ import annotations

import gc
import sys
from importlib import import_module


def begin() -> None:
    """To be called before anything of Qt is imported."""
    # What is imported stays: to search it for garbage again and again is a tenth of the start.
    gc.disable()
    import_module("PySide6.QtCore")
    # PySide6 reads the source of each module that is imported after it, to see whether it may want
    # other names for Qt's functions (`from __feature__ import …`). None does here; where a newer
    # PySide6 has no such function, the start only takes a twentieth longer.
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", lambda _module: True)  # noqa: B010 - it is private


def end() -> None:
    """To be called when the window is painted."""
    # All that is there now stays to the end: searched for garbage, it would make stalls.
    gc.freeze()
    gc.enable()
