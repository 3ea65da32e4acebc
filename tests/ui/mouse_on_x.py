"""Drags a preset in a real X server, for `test_preset_drag`: offscreen a drag ends as it begins.

Prints the presets by category before and after as JSON, and how often an order was told.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication, QTreeWidgetItem

from studio.core.folders import built_in_presets
from studio.core.preset_shelf import PresetShelf
from studio.ui.presets.preset_tree import PresetTree

STEP_MS = 40
PATIENCE_STEPS = 12  # after the last movement, for the drop to arrive


class Mouse:
    """The pointer of the display, moved by the XTEST extension as a hand would."""

    def __init__(self) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(None))

    def move(self, place: QPoint) -> None:
        self._test.XTestFakeMotionEvent(self._display, -1, place.x(), place.y(), 0)
        self._x.XFlush(self._display)

    def press(self, down: bool) -> None:
        self._test.XTestFakeButtonEvent(self._display, 1, int(down), 0)
        self._x.XFlush(self._display)


def steps(mouse: Mouse, start: QPoint, end: QPoint) -> Iterator[Callable[[], None]]:
    """A drag from one place to another, a movement at a time."""
    yield lambda: mouse.move(start)
    yield lambda: mouse.press(True)
    for part in range(1, 21):
        way = QPoint((end.x() - start.x()) * part // 20, (end.y() - start.y()) * part // 20)
        yield lambda place=start + way: mouse.move(place)
    yield lambda: mouse.move(end + QPoint(1, 0))
    yield lambda: mouse.press(False)
    for _ in range(PATIENCE_STEPS):
        yield lambda: None


def names(tree: PresetTree) -> dict[str, list[str]]:
    folders = [tree.topLevelItem(at) for at in range(tree.topLevelItemCount())]
    return {
        folder.text(0): [folder.child(at).text(0) for at in range(folder.childCount())]
        for folder in folders
    }


def main(folder: Path) -> None:
    app = QApplication([])
    shelf = PresetShelf(built_in_presets(), folder / "own", folder / "order.json", lambda _: None)
    tree = PresetTree()
    told: list[object] = []
    tree.arranged.connect(lambda order, _categories: told.append(order))
    tree.setGeometry(40, 40, 400, 700)
    tree.show_presets(shelf.all(), None)
    tree.show()
    before = names(tree)

    def place(item: QTreeWidgetItem, down: int = 0) -> QPoint:
        rect = tree.visualItemRect(item)
        return tree.viewport().mapToGlobal(QPoint(rect.left() + 30, rect.center().y() + down))

    timer = QTimer(interval=STEP_MS)

    def begin() -> None:
        first, other = tree.topLevelItem(0).child(0), tree.topLevelItem(1).child(1)
        # The upper edge of a row means the place above it.
        height = tree.visualItemRect(other).height()
        way = steps(Mouse(), place(first), place(other, 1 - height // 2))

        def step() -> None:
            move = next(way, None)
            if move is not None:
                move()
                return
            said = {"before": before, "after": names(tree), "told": len(told)}
            sys.stdout.write(json.dumps(said))
            sys.stdout.flush()
            os._exit(0)

        timer.timeout.connect(step)
        timer.start()

    QTimer.singleShot(500, begin)
    app.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
