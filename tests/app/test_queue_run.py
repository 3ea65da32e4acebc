"""`queue run`: the queue worked off without a window, by a real engine process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from studio.app import queue_follow
from studio.app.desk import database
from studio.app.owner import Answer, Owner
from studio.app.queue_run import OwnedQueue, _Shift
from studio.app.stopping import Stopping
from studio.app.workshop import open_workshop
from studio.core.dispatcher import Dispatcher
from studio.core.folders import folders
from studio.core.queue import JobQueue
from studio.core.store import Store
from tests.app.conftest import Command
from tests.core.jobs import params

Start = Callable[..., "subprocess.Popen[str]"]
TINY = ("--width=64", "--height=64", "--num-frames=9")


@pytest.fixture
def add(command: Command, model: Path) -> Callable[..., None]:
    """Adds a job that takes a moment."""

    def add_job(prompt: str, steps: int = 4) -> None:
        words = (f"--model={model}", f"--num-inference-steps={steps}", *TINY)
        assert command("queue", "add", prompt, *words).status == 0

    return add_job


def states(command: Command) -> list[str]:
    jobs = json.loads(command("queue", "list", "--json").out)["jobs"]
    return [job["state"] for job in sorted(jobs, key=lambda job: job["id"])]


def test_a_run_works_the_queue_off_and_ends(
    command: Command, start: Start, add: Callable[..., None]
) -> None:
    add("waves")
    add("dunes")
    run = start("queue", "run", "--until-empty")
    out, err = run.communicate(timeout=180)
    assert run.returncode == 0, err
    assert "Job 1: done" in out
    assert states(command) == ["done", "done"]
    assert len(list(folders().clips.glob("*.mp4"))) == 2


def test_one_that_fails_does_not_stop_the_others(
    command: Command, start: Start, add: Callable[..., None], tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (320, 200), "skyblue").save(photo)
    add("waves")
    assert command("queue", "add", "sky", f"--image={photo}", *TINY).status == 0
    photo.write_bytes(photo.read_bytes()[:100])  # damaged after it was ordered
    add("dunes")
    run = start("queue", "run", "--until-empty")
    out, _ = run.communicate(timeout=180)
    assert run.returncode == 1
    assert "photo.png" in out
    assert states(command) == ["done", "failed", "done"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a child")
def test_ctrl_c_keeps_the_job_and_the_next_run_goes_on_from_there(
    command: Command, start: Start, add: Callable[..., None]
) -> None:
    add("waves", steps=300)
    run = start("queue", "run")
    assert run.stdout is not None
    for line in run.stdout:
        if "denoising" in line:
            break
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130
    assert states(command) == ["interrupted"]

    assert start("queue", "run", "--until-empty").wait(240) == 0
    assert states(command) == ["done"]
    log = folders().data / "jobs" / "1" / "log.txt"
    assert "Goes on from the kept state." in log.read_text("utf-8")


def test_other_commands_go_through_the_run_that_works(
    command: Command, start: Start, add: Callable[..., None]
) -> None:
    add("waves", steps=60)
    run = start("queue", "run")
    assert run.stdout is not None
    for line in run.stdout:
        if "preparing" in line:
            break
    add("dunes")  # said to the process that owns the queue, not written past it
    seen = []
    for line in run.stdout:
        seen.append(line.strip())
        if line.startswith("Job 2: done"):
            break
    assert any(line.startswith("Job 1: done") for line in seen)
    add("hills")
    other = start("queue", "run", "--until-empty")
    out, err = other.communicate(timeout=180)
    assert other.returncode == 0, err
    assert "The Clipwright that is open works the queue off." in out
    assert states(command) == ["done", "done", "done"]
    run.send_signal(signal.SIGTERM)
    run.wait(60)


def test_an_engine_that_hangs_counts_as_a_death_where_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Dispatcher, "restart_engine", lambda _, **how: asked.append(how))
    owner, workshop = Owner.claim(), open_workshop(folders())
    assert owner is not None
    shift = _Shift(workshop, OwnedQueue(owner, Stopping()), until_empty=True, as_json=False)
    (job,) = workshop.queue.add([params()])
    workshop.dispatcher.stalled.emit(job)
    assert asked == [{"blame": True}]
    assert "job 1" in capsys.readouterr().err
    del shift
    workshop.close()
    owner.release()


def test_to_follow_a_window_that_refuses_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = Answer(status=1, err="The Clipwright that runs is of another version.\n")
    monkeypatch.setattr(queue_follow, "call_owner", lambda _: refusal)
    assert queue_follow.follow(as_json=False) == 1
    assert capsys.readouterr().err == refusal.err


def test_a_run_ends_at_the_stop_marker_and_says_so(
    command: Command, start: Start, add: Callable[..., None]
) -> None:
    add("waves")
    add("dunes")
    store = Store.open(database()).store
    JobQueue(store).set_stop_after(1, True)
    store.close()
    run = start("queue", "run", "--until-empty")
    _, err = run.communicate(timeout=180)
    assert run.returncode == 1
    assert "The queue stopped after job 1, as it was marked." in err
    assert states(command) == ["done", "queued"]
