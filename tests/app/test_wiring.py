"""The window's zones as they are wired together, over a workshop whose engine is never started."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.app import clip_wiring, menu_entry
from studio.app.wiring import Wiring
from studio.app.workshop import open_workshop
from studio.core.clip import ClipRecord
from studio.core.family import TI2V_5B, resolve
from studio.core.folders import folders
from studio.core.params import GenerationParams
from studio.ui.about import AboutDialog
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.shortcuts import ShortcutsDialog

PATIENCE = 60_000
SEED = 812
KEY = Qt.Key
NO, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def wiring(qapp: QApplication, qtbot: QtBot) -> Iterator[Wiring]:
    workshop = open_workshop(folders())
    wired = Wiring(workshop)
    with qtbot.waitActive(wired.window, timeout=PATIENCE):
        wired.window.show()
        wired.window.activateWindow()
    yield wired
    wired.leave()
    wired.window.close()
    wired.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    workshop.close()


def a_record() -> ClipRecord:
    asked = GenerationParams(prompt="waves", num_inference_steps=7, seed=SEED)
    return ClipRecord(
        version="0.1",
        params=resolve(asked, TI2V_5B, None),
        model_title=TI2V_5B.title,
        model_fingerprint="abc",
        photo_sha256=None,
        created=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
    )


def a_clip(path: Path) -> Path:
    """A short grey clip that says what made it."""
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = a_record().model_dump_json()
        stream = container.add_stream("libx264", 12)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            picture = np.full((64, 64, 3), 128, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def taken_in(wiring: Wiring, path: Path) -> object:
    return wiring.workshop.library.add(a_record(), path, None, None)


def shows(dialog: type) -> Callable[[Wiring], bool]:
    def look(wiring: Wiring) -> bool:
        found = wiring.window.findChild(dialog)
        return found is not None and found.isVisible()

    return look


def is_reported(_wiring: Wiring) -> bool:
    return "Clipwright" in QApplication.clipboard().text()


@pytest.mark.parametrize(
    ("key", "held", "came_of_it"),
    [
        (KEY.Key_P, CTRL, lambda wiring: wiring.workshop.queue.paused),
        (KEY.Key_F1, NO, shows(ShortcutsDialog)),
        (KEY.Key_F1, SHIFT, shows(AboutDialog)),
        (KEY.Key_F1, CTRL, is_reported),
        (KEY.Key_F8, NO, lambda wiring: not wiring.window.tabs.isVisible()),
        (KEY.Key_F9, NO, lambda wiring: not wiring.compose.isVisible()),
        (KEY.Key_F11, NO, lambda wiring: wiring.window.isFullScreen()),
        (KEY.Key_Comma, CTRL, shows(SettingsDialog)),
    ],
    ids=["Ctrl+P", "F1", "Shift+F1", "Ctrl+F1", "F8", "F9", "F11", "Ctrl+,"],
)
def test_a_key_pressed_in_the_window_does_what_its_menu_says(
    wiring: Wiring,
    qtbot: QtBot,
    key: Qt.Key,
    held: Qt.KeyboardModifier,
    came_of_it: Callable[[Wiring], bool],
) -> None:
    QApplication.clipboard().clear()
    assert not came_of_it(wiring)
    QTest.keyClick(wiring.window, key, held)
    qtbot.waitUntil(lambda: came_of_it(wiring), timeout=PATIENCE)


def test_the_settings_of_a_clip_come_back_with_its_seed_when_that_is_asked_for(
    wiring: Wiring, tmp_path: Path
) -> None:
    clip = taken_in(wiring, tmp_path / "clip.mp4")
    wiring.history.use_settings.emit(clip)
    assert wiring.compose.form.steps.value() == 7
    assert wiring.compose.form.seed.kept is None
    wiring.history.use_settings_and_seed.emit(clip)
    assert wiring.compose.form.seed.kept == SEED


def test_a_clip_that_comes_as_a_file_offers_its_seed(wiring: Wiring, tmp_path: Path) -> None:
    wiring.take_files([a_clip(tmp_path / "clip.mp4")])
    assert wiring.compose.prompt.toPlainText() == "waves"
    assert wiring.compose.form.seed.kept is None
    bar = wiring.window.problem
    assert str(SEED) in bar.offer_button.text()
    QTest.mouseClick(bar.offer_button, Qt.MouseButton.LeftButton)
    assert wiring.compose.form.seed.kept == SEED
    assert not bar.isVisible()
    bar.show_problem("Something else.")
    assert not bar.offer_button.isVisible()


def test_a_last_frame_is_decoded_beside_the_window(
    wiring: Wiring, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, decode = threading.Event(), clip_wiring.last_frame

    def decode_slowly(path: Path) -> bytes:
        assert go.wait(30)
        return decode(path)

    monkeypatch.setattr(clip_wiring, "last_frame", decode_slowly)
    clip = taken_in(wiring, a_clip(tmp_path / "clip.mp4"))
    wiring.history.use_last_frame.emit(clip)  # would wait here for ever if it were not
    assert not wiring.compose.well.busy
    go.set()
    qtbot.waitUntil(lambda: len(wiring.compose.well.photos) == 1, timeout=PATIENCE)


def test_a_last_frame_that_cannot_be_had_is_a_sentence(
    wiring: Wiring, qtbot: QtBot, tmp_path: Path
) -> None:
    gone = taken_in(wiring, tmp_path / "gone.mp4")
    wiring.history.use_last_frame.emit(gone)
    qtbot.waitUntil(wiring.window.problem.isVisible, timeout=PATIENCE)
    assert "gone.mp4" in wiring.window.problem.sentence.text()


def test_the_photo_of_a_clip_outlives_its_job(wiring: Wiring, tmp_path: Path) -> None:
    workshop = wiring.workshop
    picture = Image.new("RGB", (320, 200))
    kept: list[Path] = []
    for colour in ("teal", "crimson"):
        picture.paste(colour, (0, 0, 320, 200))
        picture.save(tmp_path / "photo.png")
        kept.append(workshop.photos.keep(tmp_path / "photo.png"))
        os.utime(kept[-1], (0, 0))
    record = a_record()
    began_with = record.params.model_copy(update={"image": kept[0]})
    clip = record.model_copy(update={"params": began_with})
    workshop.library.add(clip, tmp_path / "clip.mp4", None, None)
    workshop.sweep_photos()
    assert [path.exists() for path in kept] == [True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such menu")
def test_the_settings_put_the_program_into_the_menu_and_take_it_out(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    wiring.window.action("settings").trigger()
    box = wiring.window.findChild(SettingsDialog).menu
    for shown in (True, False):
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
        assert box.isChecked() is shown
        assert menu_entry.is_shown() is shown


def test_tab_goes_through_the_whole_window_zone_by_zone(
    wiring: Wiring, qtbot: QtBot, tmp_path: Path
) -> None:
    window = wiring.window
    wiring.show_models()
    taken_in(wiring, a_clip(tmp_path / "clip.mp4"))
    wiring.stage.open_clip(tmp_path / "clip.mp4", "waves")
    qtbot.waitUntil(wiring.stage.transport.isVisible, timeout=PATIENCE)
    wiring.compose.prompt.setPlainText("waves")  # a button that cannot be pressed is no stop
    zones = {"compose": window.compose, "stage": window.stage, "tabs": window.tabs}
    first = at = wiring.compose.prompt
    first.setFocus()
    reached: list[QWidget] = []
    while at is not None and at not in reached:
        reached.append(at)
        QTest.keyClick(at, KEY.Key_Tab)
        at = window.focusWidget()

    assert at in (first, reached[-1])  # not every platform leads from the last to the first
    names = [
        next((name for name, zone in zones.items() if zone.isAncestorOf(stop)), "none")
        for stop in reached
    ]
    assert [name for name, _ in itertools.groupby(names)] == ["compose", "stage", "tabs"]
    assert {wiring.compose.card.button, wiring.stage.canvas, window.tabs.tabBar()} <= set(reached)
