"""The menu bar: every command of the window by name, with its keys from the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QTextEdit,
)

from studio.ui.shortcuts import Place, native, shortcut

# Menus in their order, their commands in theirs; None is a line between groups.
_MENUS: dict[str, tuple[str | None, ...]] = {
    "&File": (
        "open-photo",
        "add-photos",
        None,
        "manage-presets",
        "settings",
        None,
        "quit",
    ),
    "&Queue": (
        "render",
        "render-first",
        "contact-sheet",
        None,
        "pause-queue",
        "retry-failed",
        "clear-finished",
    ),
    "&View": (
        "go-compose",
        "go-stage",
        "go-queue",
        "go-history",
        None,
        "show-compose",
        "show-lists",
        None,
        "full-screen",
    ),
    "&Help": (
        "shortcuts",
        "copy-report",
        None,
        "about",
    ),
}
_CHECKABLE = {"pause-queue", "show-compose", "show-lists", "full-screen"}
_EDITS: tuple[tuple[str, QKeySequence.StandardKey, str] | None, ...] = (
    ("Undo", QKeySequence.StandardKey.Undo, "undo"),
    ("Redo", QKeySequence.StandardKey.Redo, "redo"),
    None,
    ("Cut", QKeySequence.StandardKey.Cut, "cut"),
    ("Copy", QKeySequence.StandardKey.Copy, "copy"),
    ("Paste", QKeySequence.StandardKey.Paste, "paste"),
    None,
    ("Select all", QKeySequence.StandardKey.SelectAll, "selectAll"),
)


def fill(window: QMainWindow) -> dict[str, QAction]:
    """Fills the window's menu bar and returns its commands by name."""
    actions: dict[str, QAction] = {}
    bar = window.menuBar()
    for title, names in _MENUS.items():
        menu = bar.addMenu(title)
        for entry in names:
            if entry is None:
                menu.addSeparator()
            else:
                actions[entry] = _add(menu, window, entry)
        if title == "&File":
            _add_edit_menu(bar)
    return actions


def _add(menu: QMenu, window: QMainWindow, name: str) -> QAction:
    line = shortcut(name)
    action = QAction(line.title, window)
    action.setObjectName(name)
    if line.owner is Place.WINDOW:
        action.setShortcuts([QKeySequence(key) for key in line.keys])
    else:
        # Its zone listens for the keys; if the menu did too, neither would get them.
        action.setText(f"{line.title}\t{native(line.keys[0])}")
    action.setCheckable(name in _CHECKABLE)
    menu.addAction(action)
    # Keys have to work while the menu bar is hidden.
    window.addAction(action)
    return action


def _add_edit_menu(bar: QMenuBar) -> None:
    menu = bar.addMenu("&Edit")
    for entry in _EDITS:
        if entry is None:
            menu.addSeparator()
            continue
        title, key, method = entry
        action = menu.addAction(f"{title}\t{native(key)}")
        action.triggered.connect(partial(_edit, method))


def _edit(method: str, _checked: bool = False) -> None:
    """Does it in the field that has the focus, which listens for the keys itself."""
    field = QApplication.focusWidget()
    if isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit):
        act: Callable[[], None] = getattr(field, method)
        act()
