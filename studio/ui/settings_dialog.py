"""The settings: chosen once for the whole program, kept at once, with nothing to confirm."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import BadInput, StudioError
from studio.core.folders import Folders
from studio.core.naming import FIELDS, check_template, next_path
from studio.core.params import GenerationParams
from studio.core.settings import Settings, SettingsFile, Theme
from studio.ui.folder_field import FolderField
from studio.ui.theme import XL, L, M, give_role, indent_numbers

SAMPLE = GenerationParams(prompt="a cat flicks its tail, soft light", seed=812)
_THEMES = {Theme.SYSTEM: "As the system", Theme.LIGHT: "Light", Theme.DARK: "Dark"}


class SettingsDialog(QDialog):
    """Shows the settings and saves each change as it is made; what cannot be is told in place."""

    menu_wanted = Signal(bool)  # whether the desktop's menu is to have the program

    def __init__(self, file: SettingsFile, own: Folders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._own = own
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.clips = FolderField("Clips folder", own.clips)
        self.models = FolderField("Models folder", own.models)
        self.template = QLineEdit()
        self.example = QLabel()
        self.theme = QComboBox()
        self.idle = QSpinBox()
        self.notify = QCheckBox("Notify me when the queue ends")
        self.awake = QCheckBox("Keep the computer awake while rendering")
        self.previews = QCheckBox("Show a preview while rendering")
        self.menu = QCheckBox("Show Clipwright in the applications menu")
        self.menu.hide()
        self.complaint = QLabel(wordWrap=True)
        self._describe()
        self._arrange()
        indent_numbers(self)
        self._show_settings(file.settings)
        self._connect()

    def offer_menu(self, shown: bool) -> None:
        """Lets the person put the program into the desktop's menu, where that is up to it."""
        self.menu.setChecked(shown)
        self.menu.clicked.connect(self.menu_wanted)
        self.menu.show()

    def done(self, result: int) -> None:
        """Keeps what was typed last, and closes."""
        self._save()
        super().done(result)

    def _describe(self) -> None:
        for theme, words in _THEMES.items():
            self.theme.addItem(words, theme)
        self.idle.setRange(0, 24 * 60)
        self.idle.setSuffix(" min")
        self.idle.setSpecialValueText("At once")
        fields = ", ".join(f"{{{name}}}" for name in FIELDS)
        for widget, name, tip in (
            (self.template, "Names of clips", f"How clips are named; there are {fields}"),
            (self.theme, "Colours", "The colours of the window"),
            (self.idle, "Free the GPU after", "How long the model stays loaded without work"),
            (self.notify, "", "Shows the system’s own notification"),
            (self.awake, "", "The computer may sleep again when nothing is being rendered"),
            (self.previews, "", "Small and soft pictures of the clip, from the first steps on"),
            (self.menu, "", "The dock then also shows how far the queue is"),
        ):
            widget.setToolTip(tip)
            widget.setAccessibleDescription(tip)
            if name:
                widget.setAccessibleName(name)
        self.example.setProperty("role", "quiet")
        self.complaint.setProperty("role", "error")
        self.complaint.hide()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(L)
        form.setVerticalSpacing(M)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.addRow("Clips go to", self.clips)
        form.addRow("Models are in", self.models)
        form.addRow("Clips are named", self.template)
        form.addRow("", self.example)
        form.addRow("Colours", self.theme)
        form.addRow("Free the GPU after", self.idle)
        for box in (self.notify, self.awake, self.previews, self.menu):
            form.addRow("", box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        # Return in a field ends the typing, not the dialog.
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(L)
        column.addLayout(form)
        column.addWidget(self.complaint)
        column.addStretch()
        column.addWidget(buttons)
        self.setMinimumWidth(600)

    def _connect(self) -> None:
        self.clips.chosen.connect(self._save)
        self.clips.chosen.connect(self._show_example)
        self.models.chosen.connect(self._save)
        self.template.textEdited.connect(self._show_example)
        self.template.editingFinished.connect(self._save)
        self.theme.currentIndexChanged.connect(self._save)
        self.idle.valueChanged.connect(self._save)
        for box in (self.notify, self.awake, self.previews):
            box.toggled.connect(self._save)

    def _show_settings(self, settings: Settings) -> None:
        self.clips.set_folder(settings.clips_folder)
        self.models.set_folder(settings.models_folder)
        self.template.setText(settings.name_template)
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.idle.setValue(settings.idle_minutes)
        self.notify.setChecked(settings.notify)
        self.awake.setChecked(settings.keep_awake)
        self.previews.setChecked(settings.previews)
        self._show_example()

    def _save(self) -> None:
        chosen = self._chosen()
        if chosen == self._file.settings:
            return
        try:
            self._file.save(chosen)
        except StudioError as error:
            self._complain(f"This could not be saved. {error}")
        else:
            self._complain("")

    def _chosen(self) -> Settings:
        template = self.template.text()
        kept = self._file.settings
        return kept.model_copy(
            update={
                "clips_folder": self.clips.folder,
                "models_folder": self.models.folder,
                # A template that cannot be used is not kept; the last good one is.
                "name_template": kept.name_template if _refusal(template) else template,
                "theme": Theme(self.theme.currentData()),
                "idle_minutes": self.idle.value(),
                "notify": self.notify.isChecked(),
                "keep_awake": self.awake.isChecked(),
                "previews": self.previews.isChecked(),
            }
        )

    def _show_example(self) -> None:
        refusal = _refusal(self.template.text())
        self.example.setText(refusal or f"For example: {self._example()}")
        give_role(self.example, "error" if refusal else "quiet")

    def _example(self) -> str:
        folder = self.clips.folder or self._own.clips
        now = datetime.now().astimezone()
        return next_path(Path(folder), self.template.text(), SAMPLE, now).name

    def _complain(self, sentence: str) -> None:
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))


def _refusal(template: str) -> str:
    """Why clips cannot be named by this template; empty where they can."""
    try:
        check_template(template)
    except BadInput as error:
        return str(error)
    return ""
