"""The row over the grid: what to search for, which model and preset, only starred ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from studio.core.library import ClipFilter
from studio.ui.icons import icon
from studio.ui.theme import M

TYPING_MS = 120  # from a letter to the search; not at each letter of a quick hand
LONGEST_SEARCH = 500
_ALL_MODELS, _ALL_PRESETS = "All models", "All presets"


class SearchField(QLineEdit):
    """A search field that gives the focus on with the arrow down or Enter, and empties with Esc."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        match event.key():
            case Qt.Key.Key_Escape if self.text():
                self.clear()
            case Qt.Key.Key_Escape | Qt.Key.Key_Down | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.left.emit()
            case _:
                super().keyPressEvent(event)


class FilterRow(QWidget):
    """Tells by `changed` which clips are wanted."""

    changed = Signal(object)  # ClipFilter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField()
        self.model = _choice("Model", "Only clips of one model")
        self.preset = _choice("Preset", "Only clips made with one preset")
        self.starred = QToolButton()
        self.starred.setCheckable(True)
        self.count = QLabel()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._told = ClipFilter()
        self._set_up()
        self._arrange()
        self.search.textChanged.connect(self._typed)
        self.model.currentIndexChanged.connect(self._tell)
        self.preset.currentIndexChanged.connect(self._tell)
        self.starred.toggled.connect(self._tell)
        self._typing.timeout.connect(self._tell)

    @property
    def wanted(self) -> ClipFilter:
        """Which clips are wanted as the row stands."""
        model, preset = self.model.currentData(), self.preset.currentData()
        text = " ".join(self.search.text().split())
        return ClipFilter(text, model, preset, self.starred.isChecked())

    def clear(self) -> None:
        """Wants all clips."""
        self.search.clear()
        self.model.setCurrentIndex(0)
        self.preset.setCurrentIndex(0)
        self.starred.setChecked(False)
        self._tell()

    def offer(self, models: Sequence[str], presets: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from, presets by id and name; a choice that is gone becomes all
        again.
        """
        _fill(self.model, _ALL_MODELS, [(model, model) for model in models])
        _fill(self.preset, _ALL_PRESETS, presets)
        # One model is no choice; one preset is: clips are also made without.
        self.model.setVisible(len(models) > 1 or self.model.currentIndex() > 0)
        self.preset.setVisible(bool(presets))
        self._tell()

    def set_count(self, text: str) -> None:
        """How many clips there are, in words."""
        self.count.setText(text)

    def _typed(self) -> None:
        self._typing.start()

    def _tell(self) -> None:
        self._typing.stop()
        if self.wanted != self._told:
            self._told = self.wanted
            self.changed.emit(self._told)

    def _set_up(self) -> None:
        self.search.setAccessibleName("Search clips")
        self.search.setToolTip("Search in prompts and names (Ctrl+F); every word has to occur")
        self.search.setPlaceholderText("Search prompts and names")
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(LONGEST_SEARCH)
        mark = QAction(icon("search", self), "", self)
        mark.setEnabled(False)
        self.search.addAction(mark, QLineEdit.ActionPosition.LeadingPosition)
        self.starred.setText("Starred")
        self.starred.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.starred.setIcon(icon("star", self))
        self.starred.setAccessibleName("Only starred clips")
        self.starred.setToolTip("Only starred clips (Ctrl+Shift+F)")
        self.starred.setShortcut("Ctrl+Shift+F")
        self.count.setProperty("role", "quiet")
        self.count.setAccessibleName("Number of clips")
        self.starred.toggled.connect(self._show_star)

    def _show_star(self, on: bool) -> None:
        self.starred.setIcon(icon("star-filled" if on else "star", self))

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(M, M, M, M)
        row.setSpacing(M)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.setMinimumWidth(140)
        self.search.setMaximumWidth(360)
        row.addWidget(self.search, 3)
        row.addWidget(self.model)
        row.addWidget(self.preset)
        row.addWidget(self.starred)
        row.addStretch(1)
        row.addWidget(self.count)


def _choice(name: str, tip: str) -> QComboBox:
    choice = QComboBox()
    choice.setAccessibleName(name)
    choice.setToolTip(tip)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    choice.setMinimumWidth(90)  # a narrow window cuts names rather than growing
    choice.setMaximumWidth(200)
    return choice


def _fill(choice: QComboBox, everything: str, offered: Sequence[tuple[object, str]]) -> None:
    now = [(choice.itemData(row), choice.itemText(row)) for row in range(choice.count())]
    if now == [(None, everything), *offered]:
        return
    chosen = choice.currentData()
    choice.blockSignals(True)
    choice.clear()
    choice.addItem(everything, None)
    for value, name in offered:
        choice.addItem(name, value)
    values = [value for value, _ in offered]
    choice.setCurrentIndex(1 + values.index(chosen) if chosen in values else 0)
    choice.blockSignals(False)
