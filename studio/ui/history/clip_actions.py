"""What can be done with the selected clips: the menu, and the keys while the grid has the focus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from studio.ui.icons import icon


@dataclass(frozen=True)
class Deed:
    """One thing to do: its words, icon and keys, how many clips it takes, and what does it."""

    text: str
    picture: str
    keys: tuple[QKeySequence | Qt.Key | str, ...]
    do: Callable[[], None]
    least: int = 1
    most: int | None = 1
    gap_before: bool = False


class ClipActions(QObject):
    """The deeds as actions of one widget, usable as the number of selected clips allows."""

    def __init__(self, deeds: tuple[Deed, ...], widget: QWidget) -> None:
        super().__init__(widget)
        self._deeds = {_action(deed, widget): deed for deed in deeds}
        self.menu = QMenu(widget)
        self.menu.setAccessibleName("Clip")
        for action, deed in self._deeds.items():
            if deed.gap_before:
                self.menu.addSeparator()
            self.menu.addAction(action)
            widget.addAction(action)
        self.suit(0)

    def suit(self, selected: int, starred: bool = False) -> None:
        """Enables what can be done with so many clips."""
        for action, deed in self._deeds.items():
            action.setEnabled(
                deed.least <= selected and (deed.most is None or selected <= deed.most)
            )
            if deed.picture == "star":
                action.setText("Remove star" if starred else deed.text)

    def show_menu(self, place: QPoint) -> None:
        """Opens the menu at a place of the screen."""
        self.menu.popup(place)


def _action(deed: Deed, widget: QWidget) -> QAction:
    action = QAction(icon(deed.picture, widget), deed.text, widget)
    action.setShortcuts([QKeySequence(key) for key in deed.keys])
    # The page's other fields have these keys for themselves, and so has a name being edited.
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.setShortcutVisibleInContextMenu(True)
    action.triggered.connect(lambda: deed.do())
    return action
