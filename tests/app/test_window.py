"""The whole window with a real engine: from a photo and a prompt to a clip that is still there."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from studio.app import window as window_module
from studio.app.owner import Answer, Ask, Message, Owner
from studio.app.owner_lock import address_of_owner, is_owned
from studio.app.stopping import Stopping
from studio.app.window import OpenWindow, open_window
from studio.app.workshop import open_workshop
from studio.core.dispatcher import Dispatcher
from studio.core.errors import DiskFull
from studio.core.family import TI2V_5B
from studio.core.folders import folders
from studio.core.job import RUNNING, JobState
from studio.core.library import ALL_CLIPS
from studio.core.params import GenerationParams
from studio.core.preset import PresetSettings
from studio.core.queue import JobQueue
from studio.ui.closing import Leaving
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.presets.presets_dialog import PresetsDialog
from studio.ui.presets.sheet_dialog import SheetDialog
from studio.ui.stage.stage_view import StageState
from tests.app.conftest import Command
from tests.core.preset_samples import sample
from tests.ui.dragging import Drag

PATIENCE = 120_000  # milliseconds; an engine imports torch before its first step
TINY = ("--width=64", "--height=64", "--num-frames=9")
SMALL = {"width": 64, "height": 64, "num_frames": 9, "num_inference_steps": 6}

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[], OpenWindow]]:
    """Opens the window as a start of the program does; a second call is the next start."""
    windows: list[OpenWindow] = []

    def open_one() -> OpenWindow:
        owner = Owner.claim()
        assert owner is not None
        shown = OpenWindow(qapp, owner, open_workshop(folders()), Stopping())
        windows.append(shown)
        shown.open([])
        return shown

    yield open_one
    for shown in windows:
        if isValid(shown.window):
            close(shown, qtbot)


def close(shown: OpenWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.gone, timeout=PATIENCE):
        shown.window.job_running = False  # the question has tests of its own
        shown.window.close()
    shown.workshop.close()
    shown.owner.release()
    shown.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def ordered(shown: OpenWindow, model: Path, prompt: str, **more: object) -> int:
    params = GenerationParams(prompt=prompt, model=str(model), **{**SMALL, **more})
    return shown.workshop.queue.add([params])[0].id


def test_a_photo_and_a_prompt_become_a_clip_that_is_there_after_a_restart(
    opened: Callable[[], OpenWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    photo = tmp_path / "sea.png"
    Image.radial_gradient("L").convert("RGB").resize((320, 200)).save(photo)
    shown = opened()
    window, wiring = shown.window, shown.wiring
    qtbot.waitExposed(window)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo))])
    drag = Drag(window, mime)
    middle = window.stage.mapTo(window, window.stage.rect().center())
    drag.enter(middle)
    assert drag.drop(middle)
    qtbot.waitUntil(lambda: len(wiring.compose.well.photos) == 1, timeout=PATIENCE)

    qtbot.keyClicks(wiring.compose.prompt, "the camera zooms in")
    wiring.compose.form.steps.setValue(4)
    with qtbot.waitSignal(wiring.stage.state_changed, timeout=PATIENCE):  # the preview
        qtbot.mouseClick(wiring.compose.card.button, Qt.MouseButton.LeftButton)
    assert wiring.stage.state is StageState.PREVIEW
    qtbot.waitUntil(lambda: wiring.stage.state is StageState.CLIP, timeout=PATIENCE)
    qtbot.waitUntil(lambda: wiring.stage.player.frame > 2, timeout=PATIENCE)
    job = shown.workshop.queue.jobs()[0]
    assert job.state is JobState.DONE
    assert job.params.image is not None
    assert job.params.image.read_bytes() == photo.read_bytes()
    assert wiring.history.clips.rowCount() == 1
    learnt = wiring.compose.card.estimate.text()  # how long one takes, also on a busy machine
    assert learnt.startswith(("a few seconds", "about "))
    close(shown, qtbot)

    again = opened()
    assert again.wiring.history.clips.rowCount() == 1
    assert again.workshop.queue.jobs()[0].state is JobState.DONE
    assert again.wiring.compose.prompt.toPlainText() == "the camera zooms in"
    qtbot.waitUntil(lambda: len(again.wiring.compose.well.photos) == 1, timeout=PATIENCE)


def test_a_window_that_closes_in_the_middle_goes_on_at_the_next_start(
    opened: Callable[[], OpenWindow], qtbot: QtBot, model: Path
) -> None:
    shown = opened()
    job = ordered(shown, model, "waves", num_inference_steps=60)
    queue = shown.workshop.queue
    qtbot.waitUntil(lambda: queue.job(job).step > 2, timeout=PATIENCE)
    close(shown, qtbot)

    again = opened()
    queue = again.workshop.queue
    assert queue.job(job).state in RUNNING | {JobState.QUEUED, JobState.INTERRUPTED}
    kept = again.workshop.files.has_checkpoint(job)
    qtbot.waitUntil(lambda: queue.job(job).state is JobState.DONE, timeout=PATIENCE)
    assert kept
    assert "Goes on from the kept state." in again.workshop.files.read_log(job)


def test_after_a_crash_the_queue_waits_and_one_click_lets_it_go_on(
    opened: Callable[[], OpenWindow],
    qtbot: QtBot,
    model: Path,
    command: Command,
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    window = start()
    time.sleep(1)  # until then the command below might be the one that owns the queue
    said = command("queue", "add", "waves", f"--model={model}", "--num-inference-steps=400", *TINY)
    assert said.status == 0, said.err
    database = sqlite3.connect(f"file:{folders().data / 'clipwright.db'}?mode=ro", uri=True)

    def state() -> str:
        return database.execute("SELECT state FROM jobs").fetchone()[0]

    qtbot.waitUntil(lambda: state() == "denoising", timeout=PATIENCE)
    window.kill()
    window.wait()
    database.close()

    shown = opened()
    queue, view = shown.workshop.queue, shown.wiring.queue
    qtbot.waitUntil(lambda: view.crash.isVisible(), timeout=PATIENCE)
    assert queue.paused
    assert queue.jobs()[0].state is JobState.INTERRUPTED
    qtbot.mouseClick(view.crash.first, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: queue.jobs()[0].state is JobState.DONE, timeout=PATIENCE)
    assert view.crash.isHidden()


def test_a_window_that_is_closed_at_once_has_not_taken_the_queue_up(
    opened: Callable[[], OpenWindow], qtbot: QtBot, model: Path
) -> None:
    shown = opened()
    ordered(shown, model, "a cat")
    close(shown, qtbot)
    again = opened()
    assert [job.state for job in again.workshop.queue.jobs()] == [JobState.QUEUED]
    again.workshop.queue.set_paused(True)


def test_a_job_that_was_asked_to_pause_before_a_crash_raises_no_question(
    opened: Callable[[], OpenWindow], qtbot: QtBot
) -> None:
    before = open_workshop(folders())
    (job,) = before.queue.add([GenerationParams(prompt="waves")])
    before.queue.move_state(job.id, JobState.PREPARING)
    before.queue.pause_job(job.id)
    before.close()
    shown = opened()
    queue = shown.workshop.queue
    qtbot.waitUntil(lambda: queue.job(job.id).state is JobState.PAUSED, timeout=PATIENCE)
    assert shown.wiring.queue.crash.isHidden()
    assert not queue.paused


def test_all_files_that_were_found_damaged_are_named(
    opened: Callable[[], OpenWindow], qtbot: QtBot
) -> None:
    for file in (folders().data / "clipwright.db", folders().config / "settings.json"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"{ garbage")
    shown = opened()
    sentence = shown.window.problem.sentence
    qtbot.waitUntil(lambda: bool(sentence.text()), timeout=PATIENCE)
    assert "The database of the queue and the history was damaged" in sentence.text()
    assert "settings.damaged-" in sentence.text()


def test_a_window_that_closes_stops_listening_and_ends_also_where_nothing_can_be_written(
    opened: Callable[[], OpenWindow], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = opened()
    shown.workshop.queue.set_paused(True)

    def fail(*_: object) -> None:
        raise DiskFull("The database has no room.")

    monkeypatch.setattr(JobQueue, "cancel", fail)
    monkeypatch.setattr(Dispatcher, "current", property(lambda _: 1))
    ends = list[bool]()
    shown.gone.connect(lambda: ends.append(True))
    shown.window.leaving.emit(Leaving.CANCEL)
    assert address_of_owner() is None
    assert is_owned()
    shown.window.leaving.emit(Leaving.CANCEL)
    qtbot.waitUntil(lambda: bool(ends), timeout=PATIENCE)
    assert ends == [True]
    shown.workshop.close()
    shown.owner.release()
    shown.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_another_start_hands_its_files_over_and_the_command_line_sees_the_same_queue(
    opened: Callable[[], OpenWindow], qtbot: QtBot, model: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "sky.png"
    Image.new("RGB", (320, 200), "skyblue").save(photo)
    shown = opened()
    shown.workshop.queue.set_paused(True)
    shown.owner.message.emit(Message(ask=Ask.OPEN, words=("sky.png",), folder=tmp_path))
    qtbot.waitUntil(lambda: len(shown.wiring.compose.well.photos) == 1, timeout=PATIENCE)

    words = ("add", "a lighthouse", f"--model={model}", "--width=64", "--height=64")
    shown.owner.message.emit(Message(ask=Ask.QUEUE, words=words, folder=tmp_path))
    assert [job.params.prompt for job in shown.workshop.queue.jobs()] == ["a lighthouse"]
    qtbot.waitUntil(lambda: shown.window.tabs.tabText(0) == "QUEUE (1)", timeout=PATIENCE)


def test_another_start_brings_a_minimised_window_back(
    opened: Callable[[], OpenWindow], qtbot: QtBot
) -> None:
    shown = opened()
    shown.workshop.queue.set_paused(True)
    shown.window.showMinimized()
    qtbot.waitUntil(shown.window.isMinimized, timeout=PATIENCE)
    shown.owner.message.emit(Message(ask=Ask.OPEN))
    assert not shown.window.isMinimized()
    assert shown.window.isVisible()


@pytest.mark.parametrize(("platform", "boxes"), [("xcb", 1), ("offscreen", 0)])
def test_a_start_beside_a_queue_without_a_window_says_so_also_in_a_box(
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platform: str,
    boxes: int,
) -> None:
    answer, said = Answer(status=1, err="End that first.\n"), list[str]()
    monkeypatch.setattr(window_module, "make_application", lambda: qapp)
    monkeypatch.setattr(window_module, "claim_or_call", lambda _: answer)
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: platform)
    monkeypatch.setattr(QMessageBox, "warning", lambda *words: said.append(words[-1]))
    assert open_window([], Stopping()) == 1
    assert capsys.readouterr().err == "End that first.\n"
    assert said == ["End that first."] * boxes


def test_a_contact_sheet_is_a_clip_a_preset_and_all_of_them_side_by_side_after_a_restart(
    opened: Callable[[], OpenWindow], qtbot: QtBot, model: Path
) -> None:
    shown = opened()
    shown.workshop.queue.set_paused(True)
    wiring, shelf = shown.wiring, shown.workshop.presets
    wiring.compose.form.model.choose(str(model))
    wiring.compose.set_models([ModelChoice(str(model), "Tiny", TI2V_5B)])
    for number in (1, 2):
        small = PresetSettings(width=64, height=64, num_frames=9, num_inference_steps=number)
        shelf.add(sample(number, settings=small))
    qtbot.keyClicks(wiring.compose.prompt, "a cat")
    shown.window.action("contact-sheet").trigger()
    dialog = shown.window.findChild(SheetDialog)
    assert dialog is not None
    assert dialog.isModal()  # what it says of the words holds
    for tick, preset in dialog.ticks.items():
        tick.setChecked(preset.name in ("Preset 1", "Preset 2"))
    qtbot.mouseClick(dialog.render_, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown.workshop.queue.jobs()) == 2, timeout=PATIENCE)
    close(shown, qtbot)

    again = opened()
    again.workshop.queue.set_paused(False)
    stage = again.wiring.stage
    qtbot.waitUntil(lambda: stage.state is StageState.COMPARE, timeout=PATIENCE)
    assert not again.wiring.following.on  # the next job's preview does not take its place
    clips = again.workshop.library.page(ALL_CLIPS, 0, 9)
    assert {clip.preset for clip in clips} == {"Preset 1", "Preset 2"}
    assert len({clip.seed for clip in clips}) == 1
    assert {clip.record.params.num_inference_steps for clip in clips} == {1, 2}
    again.window.action("manage-presets").trigger()
    presets = again.window.findChild(PresetsDialog)
    assert presets is not None
    presets.show_preset(sample(1).id)
    assert presets.editor.made.text() == "1 clip made with it"
    presets.close()
