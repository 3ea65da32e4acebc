"""Tests of the shortcuts: one table that is true of the whole window, and no key with two uses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from studio.core.library import Library
from studio.core.photo_shelf import PhotoShelf
from studio.core.queue import JobQueue
from studio.core.store import Store
from studio.ui.compose.compose_view import ComposeView
from studio.ui.history.history_view import HistoryView
from studio.ui.main_window import MainWindow
from studio.ui.queue.doings import Doing
from studio.ui.queue.queue_view import QueueView
from studio.ui.shortcuts import SHORTCUTS, Place, Shortcut, ShortcutsDialog, keys_text, shortcut
from studio.ui.stage.stage_view import StageView
from tests.ui.composing import preset_shelf


def portable(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)


def bound(part: QWidget) -> list[str]:
    """The keys that one widget itself listens for by action, shortcut or button."""
    sequences = [keys for action in part.actions() for keys in action.shortcuts()]
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    for one in part.findChildren(QShortcut, options=direct):
        sequences += one.keys()
    if isinstance(part, QAbstractButton):
        sequences.append(part.shortcut())
    return [portable(keys.toString()) for keys in sequences if not keys.isEmpty()]


def test_everything_that_can_be_done_to_a_job_has_a_key() -> None:
    assert [doing.words for doing in Doing if not doing.keys] == []


def test_no_two_commands_have_the_same_name() -> None:
    counts = Counter(line.name for line in SHORTCUTS)
    assert [name for name, count in counts.items() if count > 1] == []


def test_no_key_has_two_uses_in_one_place() -> None:
    for place in Place:
        keys = [
            portable(key)
            for line in SHORTCUTS
            if line.place in (place, Place.WINDOW)
            for key in line.keys
        ]
        assert [key for key, count in Counter(keys).items() if count > 1] == [], place


@pytest.mark.parametrize("line", SHORTCUTS, ids=lambda line: f"{line.place.name}-{line.name}")
def test_every_shortcut_has_words_and_keys_that_qt_knows(line: Shortcut) -> None:
    assert line.title
    assert line.keys
    assert all(portable(key) for key in line.keys)
    assert keys_text(line)


def test_the_window_listens_for_the_keys_of_the_table_and_for_no_others(
    qtbot: QtBot, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "studio.sqlite").store
    queue = QueueView(JobQueue(store))
    window = MainWindow(
        ComposeView(PhotoShelf(tmp_path / "photos"), preset_shelf(tmp_path)),
        StageView(),
        queue,
        HistoryView(Library(store)),
    )
    qtbot.addWidget(window)
    parts = [window, *window.findChildren(QWidget)]
    found = {key for part in parts if not isinstance(part, QMenu) for key in bound(part)}
    table = {portable(key) for line in SHORTCUTS for key in line.keys}
    assert found - table == set()
    # A menu shows behind a tab the keys that a zone listens for. Menus themselves repeat what their
    # window or zone has, or are lists of values.
    keyless = [
        action.text()
        for part in parts
        if not isinstance(part, QMenu)
        for action in part.actions()
        if action.text() and not action.menu() and action.shortcut().isEmpty()
        if not action.isSeparator() and "\t" not in action.text()
    ]
    assert keyless == []
    of_actions = {
        portable(key)
        for line in SHORTCUTS
        if not line.name.startswith(("crop-", "remove-photo"))  # these are read as they are typed
        for key in line.keys
    }
    assert of_actions - found == set()
    queue.leave()
    store.close()


def test_the_list_shows_every_shortcut(qtbot: QtBot) -> None:
    dialog = ShortcutsDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    texts = Counter(label.text() for label in dialog.findChildren(QLabel))
    for line in SHORTCUTS:
        assert texts[line.title]
        assert texts[keys_text(line)]
    assert not dialog.isModal()


def test_escape_closes_the_list(qtbot: QtBot) -> None:
    dialog = ShortcutsDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_both_enter_keys_are_mentioned_as_one() -> None:
    assert keys_text(shortcut("render")) == "Ctrl+Enter"
