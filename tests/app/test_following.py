"""What the stage shows of a job that is asked for in the queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from studio.app.following import Following
from studio.core.events import Preview
from studio.core.job import JobState
from studio.core.job_files import JobFiles
from studio.core.params import GenerationParams
from studio.core.photo import CropBox
from studio.core.queue import JobQueue
from studio.core.store import Store
from studio.ui.stage.stage_view import StageState, StageView

PATIENCE = 60_000
RED, GREEN = "#ff0000", "#00ff00"

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@dataclass
class Followed:
    """A stage that follows a real queue, without an engine."""

    stage: StageView
    queue: JobQueue
    following: Following
    folder: Path

    def job(self, image: Path | None = None) -> int:
        params = GenerationParams(prompt="waves", image=image)
        return self.queue.add([params])[0].id

    def preview(self, job_id: int, colour: str) -> None:
        """Tells of a new preview of one picture in that colour."""
        path = self.folder / f"{job_id}.png"
        Image.new("RGB", (16, 10), colour).save(path)
        told = Preview(path=path, step=3, frames=1, width=16, height=10)
        self.following.note_preview(job_id, told)

    def colour(self) -> str:
        picture = self.stage.canvas.picture
        return "" if picture.isNull() else picture.pixelColor(4, 4).name()


@pytest.fixture
def followed(qtbot: QtBot, tmp_path: Path) -> Iterator[Followed]:
    store = Store.open(tmp_path / "clipwright.db").store
    queue, stage = JobQueue(store), StageView()
    qtbot.addWidget(stage)
    yield Followed(stage, queue, Following(stage, queue, JobFiles(tmp_path)), tmp_path)
    stage.clear()
    store.close()


def test_a_running_job_is_not_shown_with_the_preview_of_another(
    followed: Followed, qtbot: QtBot
) -> None:
    first, second = followed.job(), followed.job()
    followed.queue.move_state(first, JobState.PREPARING)
    followed.preview(first, RED)
    qtbot.waitUntil(lambda: followed.colour() == RED, timeout=PATIENCE)
    followed.queue.move_state(first, JobState.PAUSED)
    followed.queue.move_state(second, JobState.PREPARING)
    followed.following.show_job(second)
    assert followed.stage.state is StageState.PROBLEM
    assert "on its way" in followed.stage.problem.sentence.text()
    followed.preview(second, GREEN)
    qtbot.waitUntil(lambda: followed.colour() == GREEN, timeout=PATIENCE)


def test_a_paused_job_shows_its_last_preview_until_it_goes_on(
    followed: Followed, qtbot: QtBot
) -> None:
    job, other = followed.job(), followed.job()
    followed.queue.move_state(job, JobState.PREPARING)
    followed.preview(job, RED)
    followed.queue.move_state(job, JobState.PAUSED)
    followed.stage.clear()
    followed.following.show_job(job)
    qtbot.waitUntil(lambda: followed.colour() == RED, timeout=PATIENCE)
    followed.preview(other, GREEN)
    qtbot.wait(200)
    assert followed.colour() == RED
    followed.preview(job, GREEN)
    qtbot.waitUntil(lambda: followed.colour() == GREEN, timeout=PATIENCE)


def test_a_waiting_job_shows_its_photo_as_the_model_will_see_it(
    followed: Followed, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = tmp_path / "sea.jpg"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (320, 200), GREEN).save(photo, exif=turned)
    crop = CropBox(x=0, y=0, width=100, height=80)
    params = GenerationParams(prompt="waves", image=photo, crop=crop, width=128, height=64)
    job = followed.queue.add([params])[0].id
    followed.queue.changed.connect(followed.following.note_changed)
    followed.following.show_job(job)
    picture = followed.stage.canvas
    qtbot.waitUntil(lambda: not picture.picture.isNull(), timeout=PATIENCE)
    assert (picture.picture.width(), picture.picture.height()) == (128, 64)
    header = followed.stage.header
    assert (header.facts.text(), header.badge.text()) == ("the photo", "waits")
    followed.queue.pause_job(job)
    assert header.badge.text() == "paused"
    qtbot.waitUntil(lambda: not picture.picture.isNull(), timeout=PATIENCE)
    followed.following.look_away()


@pytest.mark.parametrize("kind", ["none", "gone"])
def test_a_waiting_job_without_anything_to_see_says_that_it_waits(
    followed: Followed, qtbot: QtBot, tmp_path: Path, kind: str
) -> None:
    gone = tmp_path / "gone.jpg"
    followed.following.show_job(followed.job(None if kind == "none" else gone))
    qtbot.waitUntil(lambda: followed.stage.state is StageState.PROBLEM, timeout=PATIENCE)
    assert followed.stage.problem.sentence.text().startswith("This job waits")
    assert not followed.following.on


def test_what_is_said_of_a_waiting_job_follows_its_state(followed: Followed) -> None:
    job = followed.job()
    followed.queue.changed.connect(followed.following.note_changed)
    said = followed.stage.problem.sentence
    followed.following.show_job(job)
    assert "waits for its turn" in said.text()
    followed.queue.pause_job(job)
    assert "it is paused" in said.text()
    followed.queue.cancel(job)
    assert "Retry renders it after all" in said.text()
    followed.queue.retry(job)
    assert not followed.following.on


def test_a_job_that_left_the_queue_is_not_said_to_wait(followed: Followed) -> None:
    job = followed.job()
    followed.queue.removed.connect(followed.following.note_removed)
    followed.following.show_job(job)
    assert followed.stage.state is StageState.PROBLEM
    followed.queue.take_back(job)
    assert followed.stage.state is StageState.EMPTY
