"""What the tests of Compose share: a view on a real shelf, real photo files, and real drops."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B
from studio.core.folders import built_in_presets
from studio.core.photo_shelf import PhotoShelf
from studio.core.preset_shelf import PresetShelf
from studio.ui.compose.compose_view import ComposeView
from studio.ui.compose.model_choice import ModelChoice

MODELS = [
    ModelChoice("5b", "Wan 2.2 TI2V-5B", TI2V_5B),
    ModelChoice("i2v", "Wan 2.2 I2V-A14B", I2V_A14B),
    ModelChoice("t2v", "Wan 2.2 T2V-A14B", T2V_A14B),
    ModelChoice("half", "Half a model", None, "It lacks its vae; copy the model again."),
]


def preset_shelf(folder: Path) -> PresetShelf:
    return PresetShelf(
        built_in_presets(), folder / "own", folder / "presets.json", lambda path: path.unlink()
    )


def compose(qtbot: QtBot, folder: Path) -> ComposeView:
    view = ComposeView(PhotoShelf(folder / "shelf"), preset_shelf(folder))
    qtbot.addWidget(view)
    view.set_models(MODELS)
    view.resize(380, 800)
    view.show()
    qtbot.waitExposed(view)
    return view


def photo(path: Path, size: tuple[int, int] = (800, 600), colour: str = "teal") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def wait_read(qtbot: QtBot, view: ComposeView) -> None:
    qtbot.waitUntil(lambda: not view.well.busy, timeout=120_000)


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(
    on: QWidget,
    mime: QMimeData,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> bool:
    """Drags `mime` over the middle of a widget and drops it; False where it was not accepted."""
    middle, copy, button = on.rect().center(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    # All are named here: Qt only borrows them, and Python would delete them too soon.
    enter = QDragEnterEvent(middle, copy, mime, button, keys)
    QApplication.sendEvent(on, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(middle), copy, mime, button, keys)
    QApplication.sendEvent(on, event)
    return event.isAccepted()
