"""The window's zones as they are wired together, over a workshop whose engine is never started."""

from __future__ import annotations

import itertools
import os
import shutil
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
from studio.core.job_moves import ASKING
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams
from studio.core.settings import Settings
from studio.ui.about import AboutDialog
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.shortcuts import ShortcutsDialog
from tests.core.preset_samples import sample
from tests.ui.composing import drop, files

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


def test_a_queue_that_waits_for_a_person_is_told_on_the_desktop_unless_they_did_it(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(wiring.notifier, "queue_waits", told.append)
    queue = wiring.workshop.queue
    queue.set_paused(True)
    queue.set_paused(True, f"{ASKING}Job 1 goes on when you say so.")
    assert told == []
    queue.set_paused(True, "The engine cannot be started.")
    assert told == ["The engine cannot be started."]
    (job,) = queue.add([GenerationParams(prompt="waves")])
    wiring.window.show_history()
    wiring.workshop.dispatcher.stalled.emit(job)
    assert f"job {job.id}" in told[-1]
    assert wiring.window.tabs.currentWidget() is wiring.queue


def test_no_photo_is_removed_beside_a_damaged_database(wiring: Wiring, tmp_path: Path) -> None:
    workshop = wiring.workshop
    Image.new("RGB", (320, 200)).save(tmp_path / "photo.png")
    kept = workshop.photos.keep(tmp_path / "photo.png")
    os.utime(kept, (0, 0))
    damaged = workshop.own.data / "clipwright.db.damaged-20260102-030405"
    damaged.touch()
    workshop.sweep_photos()
    assert kept.exists()
    damaged.unlink()
    workshop.sweep_photos()
    assert not kept.exists()


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


def test_the_window_of_presets_knows_the_models_of_the_folder_in_the_settings(
    wiring: Wiring, tmp_path: Path
) -> None:
    starter = find_model("starter")
    shutil.copytree(starter.path, tmp_path / "models" / "other")
    own = tmp_path / "models" / "other" / "clipwright.json"
    text = own.read_text("utf-8").replace(starter.family.title, "Kept elsewhere")
    own.write_text(text, encoding="utf-8")
    wiring.workshop.settings.save(Settings(models_folder=tmp_path / "models"))
    dialog = wiring.presets.show()
    assert dialog.editor.family.findText("Kept elsewhere") >= 0


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


def a_photo(path: Path, side: int) -> Path:
    Image.new("RGB", (side, side), "teal").save(path)
    return path


@pytest.mark.parametrize("on_compose", [True, False])
def test_a_photo_that_comes_with_a_clip_is_the_one_that_stays(
    wiring: Wiring, qtbot: QtBot, tmp_path: Path, on_compose: bool
) -> None:
    photo = a_photo(tmp_path / "photo.png", 320)
    first = a_clip(tmp_path / "first.mp4")
    dropped = [photo, first, tmp_path / "second.avi"]
    if on_compose:
        assert drop(wiring.compose, files(*dropped))
    else:
        wiring.take_files(dropped)
    well = wiring.compose.well
    qtbot.waitUntil(lambda: not well.busy, timeout=PATIENCE)
    assert [shown.size for shown in well.photos] == [(320, 320)]
    assert wiring.compose.form.steps.value() == 7
    assert wiring.stage.player.paths == (first,)


def test_a_photo_that_comes_with_a_clip_of_another_program_is_taken(
    wiring: Wiring, qtbot: QtBot, tmp_path: Path
) -> None:
    other = tmp_path / "holiday.avi"
    other.write_bytes(b"no clip of Clipwright")
    wiring.take_files([a_photo(tmp_path / "photo.png", 320), other])
    qtbot.waitUntil(lambda: len(wiring.compose.well.photos) == 1, timeout=PATIENCE)
    assert "holiday.avi" in wiring.window.problem.sentence.text()
    assert not wiring.compose.well.complaint.text


@pytest.mark.parametrize("way", ["drop", "edit", "settings"])
def test_what_was_typed_before_other_settings_came_can_be_brought_back(
    wiring: Wiring, qtbot: QtBot, tmp_path: Path, way: str
) -> None:
    compose, bar = wiring.compose, wiring.window.problem
    compose.add_photos([a_photo(tmp_path / "photo.png", 320)])
    qtbot.waitUntil(lambda: not compose.well.busy, timeout=PATIENCE)
    compose.prompt.setPlainText("a long prompt")
    path = a_clip(tmp_path / "clip.mp4")
    match way:
        case "drop":
            wiring.take_files([path])
        case "edit":
            wiring.queue.edit.emit(GenerationParams(prompt="waves"))
        case _:
            wiring.history.use_settings.emit(taken_in(wiring, path))
    assert compose.prompt.toPlainText() == "waves"
    assert compose.draft().photos == ()
    assert bar.second_offer.isVisible() is (way == "drop")  # of its seed
    for expected in ("a long prompt", "waves", "a long prompt"):  # a way back from the way back
        assert bar.offer_button.text() == "Bring back what was there"
        QTest.mouseClick(bar.offer_button, Qt.MouseButton.LeftButton)
        assert compose.prompt.toPlainText() == expected
    qtbot.waitUntil(lambda: not compose.well.busy, timeout=PATIENCE)
    assert [shown.size for shown in compose.well.photos] == [(320, 320)]
    assert wiring.workshop.draft.draft.params.prompt == "a long prompt"


def test_nothing_is_offered_back_where_nothing_was(wiring: Wiring, tmp_path: Path) -> None:
    wiring.history.use_settings.emit(taken_in(wiring, tmp_path / "clip.mp4"))
    assert not wiring.window.problem.isVisible()


def test_models_are_looked_for_when_their_list_opens(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wiring.show_models()
    picker = wiring.compose.form.model
    before = picker.count()
    (folders().models / "half a model").mkdir(parents=True)
    picker.showPopup()
    assert picker.count() == before + 1
    picker.hidePopup()


def test_a_clip_in_a_hand_stays_on_the_stage(wiring: Wiring, qtbot: QtBot, tmp_path: Path) -> None:
    wiring.stage.open_clip(a_clip(tmp_path / "clip.mp4"))
    qtbot.waitUntil(lambda: bool(wiring.stage.player.facts), timeout=PATIENCE)
    wiring.following.follow()
    wiring.stage.actions_by_name["play"].trigger()
    assert not wiring.following.on


def test_the_draft_of_the_end_holds_a_preset_as_it_was_saved_last(
    qapp: QApplication, qtbot: QtBot
) -> None:
    workshop = open_workshop(folders())
    workshop.presets.add(sample(1))
    wired = Wiring(workshop)
    qtbot.addWidget(wired.window)
    wired.compose.presets.choice.preset = workshop.presets.get(sample(1).id).preset
    dialog = wired.presets.show()
    dialog.show_preset(sample(1).id)
    dialog.editor.rows.rows["quality"].switch.click()
    wired.leave()
    saved = workshop.presets.get(sample(1).id).preset
    assert saved.content_hash != sample(1).content_hash
    assert workshop.draft.draft.params.preset == saved.mark
    workshop.close()
