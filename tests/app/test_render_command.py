"""`clipwright render`: the clip, what is said on the way, and how it stops and goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from studio.app.failure import exit_status, failure_of
from studio.app.options import request_from
from studio.app.progress import Bar
from studio.core.errors import DiskFull, OutOfMemory
from studio.core.events import EVENT, Done, Event, Note, Progress, Stage, Stopped
from studio.core.params import GenerationParams
from studio.engine import vae
from tests.app.conftest import Command

Start = Callable[..., subprocess.Popen[str]]
# Stops are meant to take under one second; a machine that runs other things beside may be late.
SOON = 2.0


def test_a_render_leaves_a_clip_and_says_in_one_line_what_it_is(
    command: Command, small: list[str], tmp_path: Path
) -> None:
    clip = tmp_path / "a.mp4"
    result = command("render", "a red circle", *small, "--out", clip, "--poster")

    assert result.status == 0
    assert result.out.startswith(f"{clip}: 64 × 64, 9 frames at 24 a second; ")
    assert result.out.count("\n") == 1
    for said in ("denoise", "peak memory", str(tmp_path / "a.jpg")):
        assert said in result.out
    stages = [line.partition(",")[0] for line in result.err.splitlines()[2:]]
    assert stages == [
        "Loading the model",
        "Reading the prompt",
        "Denoising",
        "Decoding",
        "Writing the clip",
    ]
    assert frames_of(clip).shape == (9, 64, 64, 3)


def test_json_prints_events_and_the_libraries_print_nothing(
    start: Start, small: list[str], tmp_path: Path
) -> None:
    child = start("render", "a red circle", *small, "--out", tmp_path / "a.mp4", "--json")
    out, err = child.communicate(timeout=120)
    events = [EVENT.validate_json(line) for line in out.splitlines()]

    assert child.returncode == 0
    assert err == ""
    assert isinstance(events[-1], Done)
    assert events[-1].params.seed == 7
    assert {event.stage for event in events if isinstance(event, Progress)} == set(Stage)


def test_a_photo_needs_no_prompt(command: Command, small: list[str], tmp_path: Path) -> None:
    Image.radial_gradient("L").save(tmp_path / "photo.png")
    options = ["--image", tmp_path / "photo.png", "--crop=10,20,100,80", "--fit=pad"]
    result = command(
        "render", *small, *options, "--background=#204060", "--out", tmp_path / "a.mp4", "--json"
    )
    params = json.loads(result.out.splitlines()[-1])["params"]

    assert result.status == 0
    assert params["crop"] == {"x": 10, "y": 20, "width": 100, "height": 80}
    assert (params["fit"], params["background"]) == ("pad", "#204060")


def test_ctrl_c_keeps_the_state_and_resume_makes_the_same_clip(
    start: Start, command: Command, model: Path, tmp_path: Path
) -> None:
    options = [f"--model={model}", "--width=64", "--height=64", "--num-frames=9", "--seed=7"]
    options += ["--num-inference-steps=300", "--quality=lossless"]
    state, clip = tmp_path / "state", tmp_path / "a.mp4"
    child = start("render", "a star", *options, "--out", clip, "--checkpoint", state, "--json")
    wait_for_step(child, 3)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = child.communicate(timeout=60)

    assert time.monotonic() - begun < SOON
    assert child.returncode == 130
    assert "Traceback" not in err
    stopped = EVENT.validate_json(out.splitlines()[-1])
    assert isinstance(stopped, Stopped)
    assert stopped.checkpoint == state
    assert 3 <= stopped.step < 300
    assert not clip.exists()

    resumed = command("render", "--resume", state, "--out", clip)
    assert resumed.status == 0, resumed.err
    whole = command("render", "a star", *options, "--out", tmp_path / "b.mp4")
    assert whole.status == 0
    # The quality, too, is the state's own where it is not given again.
    assert np.array_equal(frames_of(clip), frames_of(tmp_path / "b.mp4"))


def test_ctrl_c_during_decoding_does_not_wait_for_the_block_and_loses_no_step(
    command: Command, small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, clip = tmp_path / "state", tmp_path / "clips" / "a.mp4"
    clip.parent.mkdir()
    asked = 0.0

    def slowly(*_: object) -> Iterator[None]:
        nonlocal asked
        asked = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(20)
        yield None

    with monkeypatch.context() as patched:
        patched.setattr(vae, "decode", slowly)
        result = command("render", "a star", *small, "--out", clip, "--checkpoint", state)

    assert time.monotonic() - asked < SOON
    assert result.status == 130
    assert f"Stopped after step 4; the state is in {state}." in result.err
    assert list(clip.parent.iterdir()) == []
    resumed = command("render", "--resume", state, "--out", clip)
    assert resumed.status == 0, resumed.err
    assert frames_of(clip).shape == (9, 64, 64, 3)


def test_a_terminate_signal_says_how_to_go_on(start: Start, model: Path, tmp_path: Path) -> None:
    state, clip = tmp_path / "the state", tmp_path / "a.mp4"
    options = [f"--model={model}", "--width=64", "--height=64", "--num-inference-steps=900"]
    child = start("render", "a star", *options, "--out", clip, "--checkpoint", state)
    assert child.stderr is not None
    while not child.stderr.readline().startswith("Denoising"):
        assert child.poll() is None
    child.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    out, err = child.communicate(timeout=60)

    assert time.monotonic() - begun < SOON
    assert child.returncode == 143
    assert out == ""
    assert f"Go on with: clipwright render --resume '{state}' --out {clip}" in err
    assert state.is_file()


def test_ctrl_c_during_the_imports_is_no_traceback(
    start: Start, small: list[str], tmp_path: Path
) -> None:
    child = start("render", "a star", *small, "--out", tmp_path / "a.mp4", "--json")
    wait_for_torch(child.pid)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = child.communicate(timeout=60)

    assert time.monotonic() - begun < SOON
    assert child.returncode == 130
    assert err == "Stopped.\n"
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["stopped"]


def test_only_what_was_given_becomes_a_param(tmp_path: Path) -> None:
    absent = dict.fromkeys(GenerationParams.model_fields)
    request = request_from({**absent, "seed": 3, "scheduler": "dpm++", "out": tmp_path / "a.mp4"})

    assert request.params.model_fields_set == {"seed", "scheduler"}


def test_a_full_disk_is_bad_input_only_before_the_work_began() -> None:
    full = failure_of(DiskFull("There is no room."))

    assert exit_status(full, begun=False) == 2
    assert exit_status(full, begun=True) == 1
    assert exit_status(failure_of(OutOfMemory("There is no memory."))) == 1


def test_an_error_of_the_programs_own_goes_into_a_log(home: Path) -> None:
    try:
        raise KeyError("what nobody foresaw")
    except KeyError as error:
        failure = failure_of(error)
    (log,) = (home / "data" / "logs").iterdir()

    assert str(log) in failure.message
    assert "Traceback" not in failure.message
    assert "what nobody foresaw" in log.read_text()
    assert "Traceback" in log.read_text()


def test_a_terminal_sees_a_bar_with_stage_step_and_time_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, color_system=None)
    bar = Bar(tmp_path / "a.mp4", [], terminal)
    told: list[Event] = [
        Note(text="seed [7]"),
        Progress(stage=Stage.LOAD, step=0, steps=1, fraction=0.4, seconds_left=12.0),
        Progress(stage=Stage.DENOISE, step=12, steps=40, fraction=0.31, seconds_left=68.2),
    ]
    for event in told:
        bar.show(event)
    bar.show(Stopped(checkpoint=None, step=12))

    assert "seed [7]" in screen.getvalue()
    for part in ("Denoising", "12/40 steps", "1:08 left"):
        assert part in screen.getvalue()
    assert screen.getvalue().rstrip().endswith("\x1b[2K")  # the bar is gone again
    assert "Stopped after step 12" in capsys.readouterr().err


def wait_for_step(child: subprocess.Popen[str], step: int) -> None:
    """Reads a child's events up to a step of denoising."""
    assert child.stdout is not None
    while True:
        event = json.loads(child.stdout.readline())
        if event.get("stage") == "denoise" and event["step"] >= step:
            return


def wait_for_torch(pid: int) -> None:
    """Waits until a process has mapped torch's library, which is early in its imports."""
    maps = Path(f"/proc/{pid}/maps")
    if not maps.exists():
        pytest.skip("only Linux shows which libraries a process has loaded")
    end = time.monotonic() + 60
    while "libtorch" not in maps.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)


def frames_of(clip: Path) -> np.ndarray:
    """All frames of a clip as uint8 [frames, height, width, 3]."""
    with av.open(str(clip)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
