"""How commands end that are stopped, that nobody listens to, or that have nowhere to speak."""

from __future__ import annotations

import itertools
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.app import render, trial
from studio.core.events import Event, Progress, Stage
from studio.core.files import AtomicFile
from studio.engine import renderer, vae
from studio.engine.model import Model
from studio.engine.video import ClipWriter
from tests.app.conftest import Command

ROOT = Path(__file__).parents[2]
Start = Callable[..., subprocess.Popen[str]]


def interrupt(*_: object) -> Iterator[None]:
    os.kill(os.getpid(), signal.SIGINT)
    return iter(())


@pytest.mark.parametrize(
    ("place", "name"), [(Model, "load"), (renderer, "embed"), (ClipWriter, "finish")]
)
def test_ctrl_c_leaves_nothing_behind_whatever_the_render_is_at(
    command: Command,
    small: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: object,
    name: str,
) -> None:
    monkeypatch.setattr(place, name, interrupt)
    clips = tmp_path / "clips"
    clips.mkdir()
    result = command("render", "a star", *small, "--out", clips / "a.mp4")
    assert result.status == 130
    assert result.err.splitlines()[-1].startswith("Stopped ")
    assert list(clips.iterdir()) == []


def test_the_advice_after_a_stop_can_be_followed_as_it_stands_again_and_again(
    command: Command, small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"old")
    options = ["--poster", "--overwrite", "--memory=offload", "--checkpoint", tmp_path / "state"]
    words: list[str | Path] = ["render", "a star", *small, "--out", clip, *options]
    with monkeypatch.context() as patched:
        patched.setattr(vae, "decode", interrupt)
        for _ in range(2):
            stopped = command(*words)
            assert stopped.status == 130
            assert "Stopped after step 4; the state is in" in stopped.err
            words = [*shlex.split(stopped.err.rpartition("Go on with: clipwright ")[2])]
    assert ("--memory", "offload") in itertools.pairwise(words)

    done = command(*words)
    assert done.status == 0, done.err
    assert clip.stat().st_size > 3
    assert clip.with_suffix(".jpg").is_file()


def test_ctrl_c_while_the_poster_is_written_tells_that_the_clip_is_whole(
    command: Command, small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renderer, "write_poster", interrupt)
    clip = tmp_path / "a.mp4"
    result = command("render", "a star", *small, "--out", clip, "--poster")
    assert result.status == 130
    assert result.err.splitlines()[-1] == f"Stopped; the clip {clip} is whole."
    assert clip.is_file()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (2, 4, "Stopped after step 4; its state was not kept"),
        (4, 4, "Stopped before anything new was done; {state} is as it was. Go on with: "),
    ],
)
def test_steps_that_a_stop_loses_are_told(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    last: int,
    said: str,
) -> None:
    def run(*_: object) -> Iterator[Event]:
        for step in (first, last):
            yield Progress(stage=Stage.DENOISE, step=step, steps=4, fraction=step / 4)
        yield Progress(stage=Stage.DECODE, step=0, steps=9, fraction=0.0)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(render, "quiet_renderer", lambda: SimpleNamespace(render=run))
    state = tmp_path / "state"
    result = command("render", "--resume", state, "--out", tmp_path / "a.mp4")
    assert result.status == 130
    assert result.err.splitlines()[-1].startswith(said.format(state=state))


def test_a_render_removes_what_a_killed_one_left_beside_its_state(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips, states = tmp_path / "clips", tmp_path / "states"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for folder in (clips, states):
        folder.mkdir()
        part = AtomicFile(folder / "a", overwrite=False).open()
        part.rename(folder / part.name.replace(f"-{os.getpid()}-", f"-{dead.pid}-"))
    nothing = SimpleNamespace(render=lambda *_: iter(()))
    monkeypatch.setattr(render, "quiet_renderer", lambda: nothing)
    command("render", "a star", "--out", clips / "a.mp4", "--checkpoint", states / "a")
    assert [*clips.iterdir(), *states.iterdir()] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_doctor_says_so(
    command: Command, model: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(trial, "grid_of", lambda *_: os.kill(os.getpid(), number))
    result = command("doctor", "--model", model)
    assert (result.status, result.err) == (128 + number, "Stopped.\n")


def test_a_reader_that_leaves_ends_a_render_which_leaves_nothing(
    start: Start, small: list[str], tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    child = start("render", "a star", *small, "--out", clips / "a.mp4", "--json")
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.wait(timeout=120) == 1
    assert child.stderr.read() == ""
    assert list(clips.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes it")
def test_a_command_whose_output_is_closed_ends_well_and_gives_its_number_to_no_file(
    home: Path,
) -> None:
    code = (
        "import os; from studio.app.main import main; status = main(['presets', 'list'])\n"
        "null = os.stat(os.devnull); found = os.fstat(1)\n"
        "raise SystemExit(status if (null.st_dev, null.st_ino) == (found.st_dev, found.st_ino)"
        " else 'another file has it')"
    )
    command = f"exec {shlex.join([sys.executable, '-c', code])} >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (home / "data" / "logs").exists()
