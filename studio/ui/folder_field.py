"""A field for a folder: typed, browsed for, or left as the program's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from studio.ui.icons import icon
from studio.ui.theme import S


class FolderField(QWidget):
    """Holds a folder, or None for the program's own, which is shown in grey."""

    chosen = Signal()

    def __init__(self, name: str, own: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._own = own
        self.text = QLineEdit()
        self.text.setPlaceholderText(str(own))
        self.text.setAccessibleName(name)
        self.text.setToolTip(f"{name}; empty for {own}")
        self.browse = QToolButton()
        self.browse.setIcon(icon("folder", self))
        self.browse.setAccessibleName(f"Choose the {name.lower()}")
        self.browse.setToolTip(f"Choose the {name.lower()}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addWidget(self.text, 1)
        row.addWidget(self.browse)
        self.setFocusProxy(self.text)
        self.text.editingFinished.connect(self.chosen)
        self.browse.clicked.connect(self._browse)

    @property
    def folder(self) -> Path | None:
        """The folder, None for the program's own."""
        text = self.text.text().strip()
        return Path(text).expanduser().absolute() if text else None

    def set_folder(self, folder: Path | None) -> None:
        """Shows a folder without telling of it."""
        self.text.setText("" if folder is None else str(folder))

    def _browse(self) -> None:
        start = self.folder or self._own
        dialog = QFileDialog(self, f"Choose the {self._name.lower()}", str(start))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self, folder: str) -> None:
        self.text.setText(folder)
        self.chosen.emit()
