"""The card at the foot of Compose: what a render will take, and the button that starts it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.fit import Fit
from studio.ui.compose.labels import Notice
from studio.ui.icons import icon
from studio.ui.theme import L, M, S

RENDER_KEYS = ("Ctrl+Return", "Ctrl+Enter")
FRONT_KEYS = ("Ctrl+Shift+Return", "Ctrl+Shift+Enter")


class RenderCard(QFrame):
    """Memory, time and file size before the start, or why there can be none; Render with its
    keys.
    """

    render_wanted = Signal(bool)  # whether to the front of the queue

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.fit = QLabel()
        self.fit.setAccessibleName("Memory")
        self.doubt = Notice("warning")
        self.estimate = QLabel()
        self.estimate.setAccessibleName("Estimate")
        self.problem = Notice("info")
        self.button = QPushButton()
        self.button.setProperty("role", "primary")
        self.button.setMinimumHeight(36)
        self.menu = QMenu(self)
        self.front = QAction("Render first, before all that waits\tCtrl+Shift+Enter", self.menu)
        self.menu.addAction(self.front)
        self.arrow = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.arrow.setMenu(self.menu)
        self.arrow.setIcon(icon("less"))
        self.arrow.setMinimumHeight(36)
        self.arrow.setAccessibleName("More ways to render")
        self.arrow.setToolTip("More ways to render")
        self._assemble()
        self.button.clicked.connect(self._render)
        self.front.triggered.connect(self._render_first)
        for keys, act in ((RENDER_KEYS, self._render), (FRONT_KEYS, self._render_first)):
            for key in keys:
                QShortcut(QKeySequence(key), self).activated.connect(act)
        self.show_state(1, "", "")
        self.show_fit(None)

    def show_state(self, clips: int, estimate: str, problem: str) -> None:
        """Shows how many clips will be made, what they take, and why they cannot be made."""
        what = "Render" if clips == 1 else f"Render {clips} clips"
        self.button.setText(f"{what}   Ctrl+Enter")
        self.button.setAccessibleName(what)
        self.button.setToolTip(problem or f"{what} (Ctrl+Enter)")
        self.estimate.setText(estimate)
        self.estimate.setVisible(bool(estimate))
        self.problem.show_sentence(problem)
        for part in (self.button, self.arrow, self.front):
            part.setEnabled(not problem)

    def show_fit(self, fit: Fit | None) -> None:
        """Shows whether the render fits in the device's memory; nothing where it is not known."""
        text = "" if fit is None else fit.text
        doubt = fit is not None and fit.doubt
        self.fit.setText("" if doubt else text)
        self.fit.setVisible(bool(text) and not doubt)
        self.doubt.show_sentence(text if doubt else "")

    def _assemble(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.button, 1)
        row.addWidget(self.arrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, L)
        column.setSpacing(M)
        column.addWidget(self.fit, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.doubt)
        column.addWidget(self.estimate, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.problem)
        column.addLayout(row)

    def _render(self) -> None:
        self._tell(front=False)

    def _render_first(self) -> None:
        self._tell(front=True)

    def _tell(self, front: bool) -> None:
        # Not by the button's state alone: what is typed last may not have been looked at yet.
        self.render_wanted.emit(front)
