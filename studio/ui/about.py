"""What this program is: its icon, its version, its licence, and where its parts come from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

import studio
from studio.ui.icons import app_icon
from studio.ui.problem import versions
from studio.ui.theme import XL, L, M

ICON = 72  # pixels


class AboutDialog(QDialog):
    """The program in a few lines; nothing waits for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Clipwright")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(ICON, ICON))
        picture.setAccessibleName("Clipwright’s icon")
        text = QVBoxLayout()
        text.setSpacing(M)
        for line, role in (
            ("Clipwright", "title"),
            (f"Version {studio.__version__}", "quiet"),
            ("A desktop studio for local video generation with Wan 2.2.", ""),
            ("Your prompts, photos and clips stay on this computer.", ""),
            ("Free software under the Apache License 2.0.", "quiet"),
            (versions(), "quiet"),
        ):
            text.addWidget(_label(line, role))
        text.addStretch()
        row = QHBoxLayout()
        row.setSpacing(XL)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(XL)
        column.addLayout(row)
        column.addWidget(buttons)
        self.resize(520, 240)


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
