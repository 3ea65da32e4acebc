"""Which presets a contact sheet is made with: one clip of each, of the same words and seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.core.preset import Preset
from studio.core.preset_shelf import Shelved
from studio.ui.compose.preset_rows import NO_CATEGORY
from studio.ui.plain_text import put_name
from studio.ui.theme import XL, L, M, S

MOST = 9  # as many as can be compared side by side
HOW_MANY = "Tick two to nine presets."
NAME_WIDTH = 340  # pixels


class SheetDialog(QDialog):
    """Tells by `wanted` which presets were ticked; those that cannot be used say why."""

    wanted = Signal(list)  # of Preset

    def __init__(
        self,
        presets: Sequence[Shelved],
        unfit: Callable[[Shelved], str],
        about: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Contact sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.ticks: dict[QCheckBox, Preset] = {}
        self.note = QLabel(about, wordWrap=True)
        self.how_many = QLabel(HOW_MANY)
        for label in (self.note, self.how_many):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("role", "quiet")
        self.render_ = QPushButton()
        self.render_.setProperty("role", "primary")
        self.render_.setToolTip("One job for each preset that is ticked")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Close without a job")
        self.cancel.setAutoDefault(False)
        self.render_.setDefault(True)
        self._arrange(presets, unfit)
        self.render_.clicked.connect(self._render)
        self.cancel.clicked.connect(self.close)
        self._follow()

    def _arrange(self, presets: Sequence[Shelved], unfit: Callable[[Shelved], str]) -> None:
        page = QWidget()
        page.setObjectName("page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, M, 0)
        inside.setSpacing(S)
        category = None
        for shelved in sorted(presets, key=lambda s: s.preset.category):
            if shelved.preset.category != category:
                category = shelved.preset.category
                heading = QLabel(category or NO_CATEGORY, wordWrap=True)
                heading.setTextFormat(Qt.TextFormat.PlainText)
                heading.setProperty("role", "heading")
                inside.addWidget(heading)
            inside.addWidget(self._tick(shelved.preset, unfit(shelved)))
        inside.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        buttons = QHBoxLayout()
        buttons.addWidget(self.how_many)
        buttons.addStretch()
        for button in (self.cancel, self.render_):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(L)
        column.addWidget(self.note)
        column.addWidget(scroll, 1)
        column.addLayout(buttons)
        self.resize(460, 520)

    def _tick(self, preset: Preset, reason: str) -> QCheckBox:
        tick = QCheckBox()
        put_name(tick, preset.name, reason or preset.description, NAME_WIDTH)
        tick.setEnabled(not reason)
        tick.toggled.connect(self._follow)
        self.ticks[tick] = preset
        return tick

    def _chosen(self) -> list[Preset]:
        return [preset for tick, preset in self.ticks.items() if tick.isChecked()]

    def _follow(self) -> None:
        count = len(self._chosen())
        clips = "1 clip" if count == 1 else f"{count} clips"
        self.render_.setText(f"Render {clips}" if count else "Render")
        fits = 2 <= count <= MOST
        self.render_.setEnabled(fits)
        self.how_many.setText("" if fits else HOW_MANY)

    def _render(self) -> None:
        self.wanted.emit(self._chosen())
        self.close()
