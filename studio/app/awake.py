"""Keeps the system from falling asleep while a render runs, and only then."""

from __future__ import annotations

import logging
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QThreadPool

if TYPE_CHECKING:
    from wakepy import Mode

_log = logging.getLogger(__name__)


class Awake:
    """Holds off the automatic sleep between `hold` and `release`; the screen may go dark.

    Without effect where it is switched off, and where the system offers no way (a log line says
    so). Nothing here raises: no render is worth less for a machine that may fall asleep.
    """

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._wanted = False
        self._mode: Mode | None = None

    @property
    def active(self) -> bool:
        """Whether sleep is held off now."""
        return self._mode is not None and self._mode.active

    def prepare(self) -> None:
        """Imports what it takes, beside the event loop: in it that would be felt."""
        if self._enabled:
            QThreadPool.globalInstance().start(lambda: import_module("wakepy"))

    def set_enabled(self, on: bool) -> None:
        """Follow the setting, also in the middle of a render."""
        self._enabled = on
        self._follow()

    def hold(self) -> None:
        """A render runs; call it as often as you like."""
        self._wanted = True
        self._follow()

    def release(self) -> None:
        """No render runs any more."""
        self._wanted = False
        self._follow()

    def _follow(self) -> None:
        wanted = self._wanted and self._enabled
        if wanted and self._mode is None:
            self._mode = _enter()
        elif not wanted and self._mode is not None:
            mode, self._mode = self._mode, None
            _leave(mode)


def _enter() -> Mode | None:
    # Only now, if it was not prepared: the window is painted without it.
    from wakepy import keep

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mode = keep.running(on_fail="pass").__enter__()
    except Exception as error:  # noqa: BLE001 - the edge to the system's services
        _log.info("The system cannot be kept awake: %s", error)
        return None
    if not mode.active:
        _log.info("The system offers no way to keep it awake.")
    return mode


def _leave(mode: Mode) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mode.__exit__(None, None, None)
    except Exception as error:  # noqa: BLE001 - the edge to the system's services
        _log.info("What kept the system awake did not end well: %s", error)
