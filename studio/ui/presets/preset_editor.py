"""One preset to look at and to change: its name, what it is for, and what it sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.core.preset import MAX_NAME, Preset, one_line
from studio.ui.presets.setting_rows import SettingRows
from studio.ui.theme import L, M, S

POSTER = QSize(96, 54)


@dataclass(frozen=True)
class Made:
    """The clips that a preset made: how many, and the posters of the newest."""

    count: int
    posters: Sequence[Path] = ()


class PresetEditor(QWidget):
    """Tells of a changed preset by `saved`; a built-in one can only be looked at."""

    saved = Signal(Preset)
    default_wanted = Signal(bool, bool)  # for a photo, and whether it is one now

    def __init__(self, families: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preset: Preset | None = None
        self._filled: dict[str, tuple[Any, Any]] = {}  # what was to be shown, and what is
        self.name = QLineEdit(maxLength=MAX_NAME)
        self.category = QComboBox(editable=True)
        self.family = QComboBox()
        self.family.addItems(list(families))
        self.about = QPlainTextEdit()
        self.rows = SettingRows()
        self.for_text = QCheckBox("Compose begins with it")
        self.for_photo = QCheckBox("Compose begins with it when there is a photo")
        self.unfit = QLabel(wordWrap=True)
        self.unfit.setTextFormat(Qt.TextFormat.PlainText)
        self.built_in = QLabel("Built in, and stays as it is: duplicate it to change it.")
        self.made = QLabel()
        self.posters = QHBoxLayout()
        self.save = QPushButton("Save")
        self.revert = QPushButton("Revert")
        self._page = QWidget()
        self._describe()
        self._arrange()
        self._connect()

    @property
    def modified(self) -> bool:
        """Whether something is not as the preset has it."""
        return self._preset is not None and self._wanted() != self._preset

    def now(self) -> tuple[Preset, Preset] | None:
        """The preset that is shown, and what it is to be; None where none is."""
        if self._preset is None:
            return None
        self.rows.commit()
        return self._preset, self._wanted()

    def show_preset(
        self,
        preset: Preset | None,
        *,
        built_in: bool,
        defaults: tuple[bool, bool],
        made: Made,
        edited: Preset | None = None,
        unfit: str = "",
    ) -> None:
        """Shows a preset, or nothing; `defaults` is whether Compose begins with it, for words and
        for a photo, `edited` what it is to be, and `unfit` why it cannot be used now.
        """
        self._preset = preset
        self._page.setVisible(preset is not None)
        if preset is None:
            self._follow()
            return
        self._fill(edited or preset)
        self.unfit.setText(unfit)
        self.unfit.setVisible(bool(unfit))
        for box, on in zip((self.for_text, self.for_photo), defaults, strict=True):
            box.setChecked(on)
        self.built_in.setVisible(built_in)
        for widget in (self.name, self.category, self.family, self.about, self.rows):
            widget.setEnabled(not built_in)
        self._show_made(made)
        self._follow()

    def set_categories(self, categories: Sequence[str]) -> None:
        """Offers these categories, besides what is typed."""
        if categories == [self.category.itemText(at) for at in range(self.category.count())]:
            return
        now = self.category.currentText()
        self.category.clear()
        self.category.addItems(list(categories))
        self.category.setCurrentText(now)

    def _describe(self) -> None:
        for widget, name, tip in (
            (self.name, "Name", "What the preset is called"),
            (self.category, "Category", "The heading that it is listed under"),
            (self.family, "Model family", "The models that it is for"),
            (self.about, "Description", "A sentence on what it is for"),
            (self.save, "Save", "Keep the changes (Ctrl+S)"),
            (self.revert, "Revert", "Undo the changes"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        self.for_text.setToolTip("At a start with nothing kept")
        self.for_photo.setToolTip("When the first photo comes in")
        self.save.setShortcut("Ctrl+S")
        self.save.setProperty("role", "primary")
        self.about.setTabChangesFocus(True)
        self.about.setFixedHeight(64)
        for each in (self.save, self.revert):
            each.setAutoDefault(False)  # Return in a field would press it
        for label in (self.built_in, self.unfit, self.made):
            label.setProperty("role", "quiet")

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(L)
        form.setVerticalSpacing(S)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("Name", self.name)
        form.addRow("Category", self.category)
        form.addRow("For", self.family)
        form.addRow("What it is for", self.about)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.revert, self.save):
            buttons.addWidget(button)
        self.posters.setSpacing(S)
        inside = QVBoxLayout(self._page)
        self._page.setObjectName("page")
        inside.setContentsMargins(0, 0, M, 0)
        inside.setSpacing(L)
        inside.addWidget(self.built_in)
        inside.addWidget(self.unfit)
        inside.addLayout(form)
        for box in (self.for_text, self.for_photo):
            inside.addWidget(box)
        inside.addWidget(self.made)
        inside.addLayout(self.posters)
        inside.addWidget(self.rows)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.name.textEdited.connect(self._follow)
        self.category.currentTextChanged.connect(self._follow)
        self.family.currentIndexChanged.connect(self._follow)
        self.about.textChanged.connect(self._follow)
        self.rows.edited.connect(self._follow)
        self.save.clicked.connect(self._save)
        self.revert.clicked.connect(self._revert)
        self.for_text.clicked.connect(lambda on: self.default_wanted.emit(False, on))
        self.for_photo.clicked.connect(lambda on: self.default_wanted.emit(True, on))

    def _wanted(self) -> Preset:
        assert self._preset is not None
        changes: dict[str, Any] = {"settings": self.rows.settings()}
        for name, now in self._read().items():
            value, shown = self._filled.get(name, (now, now))
            changes[name] = value if now == shown else now
        if changes["name"] != self._preset.name:
            changes["name"] = changes["name"].strip() or self._preset.name
        return self._preset.model_copy(update=changes)

    def _read(self) -> dict[str, Any]:
        return {
            "name": one_line(self.name.text()),
            "category": one_line(self.category.currentText()).strip(),
            "family": self.family.currentText(),
            "description": self.about.toPlainText(),
        }

    def _fill(self, preset: Preset) -> None:
        # What is there already is left alone, or a cursor in it would jump.
        if self.name.text() != preset.name:
            self.name.setText(preset.name)
        self.category.setCurrentText(preset.category)
        if self.family.findText(preset.family) < 0:
            self.family.addItem(preset.family)
        self.family.setCurrentText(preset.family)
        if self.about.toPlainText() != preset.description:
            self.about.setPlainText(preset.description)
        self.rows.show_settings(preset.settings)
        self._filled = {name: (getattr(preset, name), now) for name, now in self._read().items()}

    def _save(self) -> None:
        self.rows.commit()
        if self.modified:
            self.saved.emit(self._wanted())

    def _revert(self) -> None:
        preset = self._preset
        if preset is not None:
            defaults = self.for_text.isChecked(), self.for_photo.isChecked()
            shown, why = Made(self._count, self._shown), self.unfit.text()
            self.show_preset(preset, built_in=False, defaults=defaults, made=shown, unfit=why)

    def _follow(self, *_: object) -> None:
        modified = self.modified
        self.save.setEnabled(modified)
        self.revert.setEnabled(modified)

    def _show_made(self, made: Made) -> None:
        self._count, self._shown = made.count, made.posters
        clips = "1 clip" if made.count == 1 else f"{made.count} clips"
        self.made.setText(f"{clips} made with it" if made.count else "No clip was made with it yet")
        while (item := self.posters.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for path in made.posters:
            picture = QPixmap(str(path))
            if not picture.isNull():
                label = QLabel()
                label.setPixmap(
                    picture.scaled(
                        POSTER,
                        Qt.AspectRatioMode.KeepAspectRatio,
                        Qt.TransformationMode.SmoothTransformation,
                    )
                )
                label.setAccessibleName(path.stem)
                self.posters.addWidget(label)
        self.posters.addStretch()
