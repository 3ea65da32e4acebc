"""Everything that can be done on the stage, with its keys: for the bar, the menu and the keyboard.

`L` plays on (J, K, L as in editors), so what comes after the last frame is chosen with `R`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.ui.icons import icon


@dataclass(frozen=True)
class StageKey:
    """A command of the stage; `keys` in Qt's portable names, the first one is shown."""

    name: str
    title: str
    keys: tuple[str, ...]
    drawing: str | None = None
    repeats: bool = False  # while the key is held down


STAGE_KEYS = (
    StageKey("play", "Play or pause", ("Space",), "play"),
    StageKey("step-back", "One frame back", (",", "Left"), "step-back", repeats=True),
    StageKey("step-forward", "One frame on", (".", "Right"), "step-forward", repeats=True),
    StageKey("jump-back", "One second back", ("Shift+Left",), repeats=True),
    StageKey("jump-forward", "One second on", ("Shift+Right",), repeats=True),
    StageKey("first", "First frame", ("Home",)),
    StageKey("last", "Last frame", ("End",)),
    StageKey("shuttle-back", "Play backward, again: faster", ("J",)),
    StageKey("shuttle-stop", "Stop", ("K",)),
    StageKey("shuttle-on", "Play forward, again: faster", ("L",)),
    StageKey("slower", "Slower", ("[",)),
    StageKey("faster", "Faster", ("]",)),
    StageKey("own-speed", "The clip’s own speed", ("\\",)),
    StageKey("repeat", "Loop, back and forth, or once", ("R",), "loop"),
    StageKey("mark-a", "Begin the loop here", ("A",)),
    StageKey("mark-b", "End the loop here", ("B",)),
    StageKey("unmark", "Loop the whole clip again", ("X",)),
    StageKey("zoom-in", "Zoom in", ("+", "="), repeats=True),
    StageKey("zoom-out", "Zoom out", ("-",), repeats=True),
    StageKey("fit", "Fit into the stage", ("0",)),
    StageKey("pixels", "One pixel a pixel", ("1",)),
    StageKey("save-frame", "Save this frame as a picture", ("S",), "save-frame"),
    StageKey("copy-frame", "Copy this frame", ("C", "Ctrl+C"), "copy"),
    StageKey("use-frame", "Use this frame as photo", ("U",), "photo"),
    StageKey("compare", "Compare with the clip shown before", ("W",), "compare"),
    StageKey("details", "Details of this clip", ("I",), "details"),
    StageKey("full-screen", "Full screen", ("F",), "full-screen"),
    StageKey("leave", "Leave full screen or the comparison", ("Esc",)),
)


class StageActions:
    """The commands as actions of the stage, whose keys work while the focus is in it."""

    def __init__(self, stage: QWidget) -> None:
        self._actions = {key.name: _made(key, stage) for key in STAGE_KEYS}
        for action in self._actions.values():
            stage.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def rename(self, name: str, title: str, drawing: str | None = None) -> None:
        """Gives a command another title, and another icon, for what it would do now."""
        action = self._actions[name]
        if action.text() == title:
            return
        action.setText(title)
        action.setToolTip(_told(title, action.shortcut()))
        if drawing is not None:
            action.setIcon(icon(drawing))

    def enable(self, names: tuple[str, ...], on: bool) -> None:
        """Makes commands possible, or not."""
        for name in names:
            self._actions[name].setEnabled(on)


def _made(key: StageKey, stage: QWidget) -> QAction:
    action = QAction(key.title, stage)
    action.setObjectName(key.name)
    action.setShortcuts([QKeySequence(text) for text in key.keys])
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.setAutoRepeat(key.repeats)
    action.setToolTip(_told(key.title, action.shortcut()))
    if key.drawing is not None:
        action.setIcon(icon(key.drawing))
    return action


def _told(title: str, keys: QKeySequence) -> str:
    return f"{title} ({keys.toString(QKeySequence.SequenceFormat.NativeText)})"
