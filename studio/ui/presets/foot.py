"""What was done last, with its undo, and the question what becomes of unsaved changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget


class Foot(QWidget):
    """One sentence at a time, and the buttons that answer it."""

    def __init__(self, save: Callable[[], None], discard: Callable[[], None]) -> None:
        super().__init__()
        self._undo: Callable[[], object] | None = None
        self.told = QLabel(wordWrap=True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)  # names in it may come from anybody
        self.told.setProperty("role", "quiet")
        self.undo = button("Undo", "Bring it back (Ctrl+Z)", "Ctrl+Z")
        self.save = button("Save changes", "Keep the changes, and close", "")
        self.discard = button("Discard", "Close without the changes", "")
        self.stay = button("Cancel", "Do not close (Esc)", "")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.told, 1)
        for each in (self.undo, self.stay, self.discard, self.save):
            row.addWidget(each)
        self.save.clicked.connect(save)
        self.discard.clicked.connect(discard)
        self.stay.clicked.connect(lambda: self.say(""))
        self.say("")

    @property
    def asks(self) -> bool:
        """Whether the question is open."""
        return not self.save.isHidden()

    def say(self, sentence: str, undo: Callable[[], object] | None = None) -> None:
        """Tells something, and offers to undo it."""
        self._undo = undo
        self.told.setText(sentence)
        self.undo.setVisible(undo is not None)
        for each in (self.stay, self.discard, self.save):
            each.hide()

    def ask(self, sentence: str) -> None:
        """Asks what becomes of the changes."""
        self.say(sentence)
        for each in (self.stay, self.discard, self.save):
            each.show()
        self.save.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_undo(self) -> Callable[[], object] | None:
        """What undoes the last thing, once."""
        undo, self._undo = self._undo, None
        return undo


def button(text: str, tip: str, key: str) -> QPushButton:
    """A button that Return in a field does not press."""
    made = QPushButton(text)
    made.setAccessibleName(text)
    made.setToolTip(tip)
    made.setAutoDefault(False)
    if key:
        made.setShortcut(key)
    return made
