"""The one question when the window is closed while a job runs."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from studio.ui.theme import give_role


class Leaving(StrEnum):
    """What becomes of the job that runs when the window closes."""

    KEEP = "keep"
    CANCEL = "cancel"


class ClosingQuestion(QMessageBox):
    """Asks what becomes of the running job; it answers only where the window is to close."""

    def __init__(self, parent: QWidget, answered: Callable[[Leaving], None]) -> None:
        super().__init__(parent)
        self._answered = answered
        self.setWindowTitle("A clip is being rendered")
        self.setIcon(QMessageBox.Icon.NoIcon)
        self.setText("A clip is being rendered. What should become of it?")
        self.setInformativeText(
            "Kept for next time, it goes on from the step it has reached when you start Clipwright "
            "again. The jobs that wait stay in the queue either way."
        )
        self.keep = self.addButton("Keep for next time", QMessageBox.ButtonRole.AcceptRole)
        self.cancel = self.addButton("Cancel the job", QMessageBox.ButtonRole.DestructiveRole)
        self.stay = self.addButton("Don’t close", QMessageBox.ButtonRole.RejectRole)
        give_role(self.keep, "primary")
        give_role(self.cancel, "danger")
        self.keep.setToolTip("Close, and go on with it at the next start (Enter)")
        self.cancel.setToolTip("Close, and give this clip up")
        self.stay.setToolTip("Leave the window open (Esc)")
        self.setDefaultButton(self.keep)
        self.setEscapeButton(self.stay)
        self.buttonClicked.connect(self._tell)

    def _tell(self, button: QAbstractButton) -> None:
        if button is self.keep:
            self._answered(Leaving.KEEP)
        elif button is self.cancel:
            self._answered(Leaving.CANCEL)
