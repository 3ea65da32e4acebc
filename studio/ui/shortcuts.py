"""All shortcuts of the window in one table, with the names that menus and the list of them show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.ui.queue.doings import JOB_KEYS
from studio.ui.stage.actions import STAGE_KEYS
from studio.ui.theme import XL, L, M, S


class Place(StrEnum):
    """Where a shortcut works."""

    WINDOW = "Everywhere"
    COMPOSE = "In Compose"
    STAGE = "On the stage"
    QUEUE = "In the queue"
    HISTORY = "In History"


@dataclass(frozen=True)
class Shortcut:
    """A command with its keys, in Qt's portable names; the first ones stand in the menu.

    `owner` is the zone whose widgets listen for the keys; the window listens for its own.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    place: Place
    owner: Place


def _everywhere(name: str, title: str, *keys: str, owner: Place = Place.WINDOW) -> Shortcut:
    return Shortcut(name, title, keys, Place.WINDOW, owner)


def _in(place: Place, name: str, title: str, *keys: str) -> Shortcut:
    return Shortcut(name, title, keys, place, place)


SHORTCUTS: tuple[Shortcut, ...] = (
    _everywhere("open-photo", "Open photo…", "Ctrl+O", owner=Place.COMPOSE),
    _everywhere("add-photos", "Add more photos…", "Ctrl+Shift+O", owner=Place.COMPOSE),
    _everywhere("paste", "Paste text or a photo", "Ctrl+V", owner=Place.COMPOSE),
    _everywhere("render", "Render", "Ctrl+Return", "Ctrl+Enter", owner=Place.COMPOSE),
    _everywhere(
        "render-first",
        "Render first",
        "Ctrl+Shift+Return",
        "Ctrl+Shift+Enter",
        owner=Place.COMPOSE,
    ),
    _everywhere("contact-sheet", "Contact sheet of presets…", "Ctrl+Shift+T"),
    _everywhere("pause-queue", "Pause the queue", "Ctrl+P"),
    _everywhere("retry-failed", "Retry all failed", "Ctrl+Shift+R"),
    _everywhere("clear-finished", "Clear finished", "Ctrl+Shift+L"),
    _everywhere("manage-presets", "Presets…", "Ctrl+Shift+P"),
    _everywhere("settings", "Settings…", "Ctrl+,"),
    _everywhere("go-compose", "Go to Compose", "Ctrl+1"),
    _everywhere("go-stage", "Go to the stage", "Ctrl+2"),
    _everywhere("go-queue", "Go to the queue", "Ctrl+3"),
    _everywhere("go-history", "Go to History", "Ctrl+4"),
    _everywhere("show-compose", "Show Compose", "F9"),
    _everywhere("show-lists", "Show queue and History", "F8"),
    _everywhere("full-screen", "Full screen", "F11"),
    _everywhere("shortcuts", "Keyboard shortcuts", "F1"),
    _everywhere("copy-report", "Copy report", "Ctrl+F1"),
    _everywhere("about", "About Clipwright", "Shift+F1"),
    _everywhere("quit", "Quit", "Ctrl+Q"),
    _in(Place.COMPOSE, "presets", "Presets", "Ctrl+T"),
    _in(Place.COMPOSE, "more-settings", "More settings", "Alt+M"),
    _in(Place.COMPOSE, "crop-move", "Move the crop box", "Left", "Right", "Up", "Down"),
    _in(Place.COMPOSE, "crop-larger", "Larger crop box", "+"),
    _in(Place.COMPOSE, "crop-smaller", "Smaller crop box", "-"),
    _in(Place.COMPOSE, "crop-reset", "Largest crop box", "Home"),
    _in(Place.COMPOSE, "remove-photo", "Remove the photo", "Del", "Backspace"),
    *(_in(Place.STAGE, f"stage-{key.name}", key.title, *key.keys) for key in STAGE_KEYS),
    *(_in(Place.QUEUE, f"job-{key.name}", key.title, *key.keys) for key in JOB_KEYS),
    _in(Place.HISTORY, "search", "Search", "Ctrl+F"),
    _in(Place.HISTORY, "open-clip", "Open on the stage", "Return", "Enter"),
    _in(Place.HISTORY, "compare-clips", "Compare clips", "Ctrl+Shift+C"),
    _in(Place.HISTORY, "star-clip", "Star", "*", "Shift+*"),
    _in(Place.HISTORY, "rename-clip", "Rename", "F2"),
    _in(Place.HISTORY, "use-settings", "Use these settings", "Ctrl+U"),
    _in(Place.HISTORY, "use-settings-and-seed", "Use these settings and the seed", "Alt+U"),
    _in(Place.HISTORY, "use-last-frame", "Use the last frame as photo", "Ctrl+Shift+U"),
    _in(Place.HISTORY, "copy-clip", "Copy the file", "Ctrl+C"),
    _in(Place.HISTORY, "reveal-clip", "Show in its folder", "Ctrl+Shift+E"),
    _in(Place.HISTORY, "trash-clip", "Move to the trash", "Del"),
    _in(Place.HISTORY, "only-starred", "Only starred clips", "Ctrl+Shift+F"),
)


def shortcut(name: str) -> Shortcut:
    """The table's line of that name; raises KeyError for one that is not there."""
    return _BY_NAME[name]


def keys_text(line: Shortcut) -> str:
    """All keys of a line, in the system's way of writing."""
    texts = dict.fromkeys(native(key) for key in line.keys)
    # The same sign typed with Shift needs no mention.
    return "  or  ".join(text for text in texts if text != "Shift+*")


def native(keys: str | QKeySequence.StandardKey) -> str:
    """Keys in the system's way of writing."""
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    # Most keyboards have Enter on it.
    return text.replace("Return", "Enter")


class ShortcutsDialog(QDialog):
    """Lists every shortcut, by the place where it works."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName("Keyboard shortcuts")
        scroll.setWidget(_page())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.addWidget(scroll)
        column.addWidget(buttons)
        self.resize(1080, 640)


def _page() -> QWidget:
    page = QWidget()
    page.setObjectName("page")
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, M, 0)
    row.setSpacing(2 * XL)
    for places in ((Place.WINDOW, Place.COMPOSE), (Place.STAGE,), (Place.QUEUE, Place.HISTORY)):
        column = QVBoxLayout()
        column.setSpacing(L)
        for place in places:
            lines = [line for line in SHORTCUTS if line.place is place]
            if lines:
                column.addLayout(_section(place, lines))
        column.addStretch()
        row.addLayout(column, 1)
    return page


def _section(place: Place, lines: list[Shortcut]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(XL)
    grid.setVerticalSpacing(S)
    grid.setColumnStretch(0, 1)
    heading = QLabel(place.value)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, line in enumerate(lines, start=1):
        grid.addWidget(QLabel(line.title), row, 0)
        keys = QLabel(keys_text(line))
        keys.setProperty("role", "quiet")
        grid.addWidget(keys, row, 1, Qt.AlignmentFlag.AlignRight)
    return grid


_BY_NAME = {line.name: line for line in SHORTCUTS}
