"""The engine as a process: events on standard output, requests on standard input."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from studio.core.engine_link import DEVICE_FAULT
from studio.core.events import PROTOCOL, Event
from studio.core.request import RenderRequest
from studio.engine import worker
from studio.engine.renderer import Renderer
from studio.engine.wire import Order, Voice
from tests.engine.conftest import small_request

Engine = subprocess.Popen[str]


def test_it_greets_renders_twice_fails_once_and_ends_with_its_input(
    engine: Engine, models: dict[str, Path], tmp_path: Path
) -> None:
    hello = hear(engine)
    assert hello["event"] == "hello"
    assert hello["protocol"] == PROTOCOL
    assert hello["pid"] == engine.pid

    ask(engine, small_request(models["ti2v"], tmp_path / "a.mp4"))
    assert until_last(engine)["event"] == "done"

    ask(engine, small_request(models["ti2v"], tmp_path / "a.mp4"))
    refused = until_last(engine)
    assert refused["event"] == "failed"
    assert refused["kind"] == "bad_input"
    assert "exists already" in refused["message"]

    say(engine, "what?")
    assert until_last(engine)["kind"] == "bad_input"

    (tmp_path / "state").write_bytes(b"what a power cut left")
    ask(engine, small_request(models["ti2v"], tmp_path / "b.mp4", resume=tmp_path / "state"))
    assert until_last(engine)["kind"] == "bad_state"

    say(engine, '{"request": "unload"}')
    assert "free" in str(hear(engine)["text"])

    ask(engine, small_request(models["ti2v"], tmp_path / "b.mp4"))
    assert until_last(engine)["event"] == "done"

    assert engine.stdin is not None
    engine.stdin.close()
    assert engine.wait(timeout=60) == 0


def test_a_stop_request_ends_the_running_render_and_keeps_its_state(
    engine: Engine, models: dict[str, Path], tmp_path: Path
) -> None:
    long = small_request(
        models["ti2v"], tmp_path / "a.mp4", num_inference_steps=900, checkpoint=tmp_path / "state"
    )
    ask(engine, long)
    while hear(engine).get("stage") != "denoise":
        pass
    say(engine, '{"request": "stop"}')
    stopped = until_last(engine)

    assert stopped["event"] == "stopped"
    assert stopped["checkpoint"] == str(tmp_path / "state")
    assert (tmp_path / "state").is_file()


def test_the_end_of_input_stops_a_running_render(
    engine: Engine, models: dict[str, Path], tmp_path: Path
) -> None:
    ask(engine, small_request(models["ti2v"], tmp_path / "a.mp4", num_inference_steps=900))
    while hear(engine).get("stage") != "denoise":
        pass
    assert engine.stdin is not None
    engine.stdin.close()

    assert engine.wait(timeout=60) == 0
    assert list(tmp_path.glob("*.mp4")) == []


def test_only_events_go_to_standard_output(
    engine: Engine, models: dict[str, Path], tmp_path: Path
) -> None:
    ask(engine, small_request(models["i2v"], tmp_path / "a.mp4", prompt="写真"))
    request = engine
    line = ""
    while '"failed"' not in line and '"done"' not in line:
        assert request.stdout is not None
        line = request.stdout.readline()
        assert "event" in json.loads(line)


def test_what_a_library_prints_goes_to_standard_error(tmp_path: Path) -> None:
    # In the renderer's place, for it is the first to import a library that prints.
    talks = """
import os, sys, types
from studio.core.events import Note
from studio.engine import worker

class Renderer:
    def render(self, *_):
        print("a library speaks", flush=True)
        os.write(1, b"and one in C\\n")
        yield Note(text="an event")

sys.modules["studio.engine.renderer"] = types.SimpleNamespace(Renderer=Renderer)
worker.main()
"""
    with started("-c", talks) as engine:
        ask(engine, small_request(tmp_path / "model", tmp_path / "a.mp4"))
        while hear(engine)["event"] != "note":
            pass
        rest, errors = engine.communicate(timeout=60)

    assert "speaks" not in rest
    assert "a library speaks\nand one in C" in errors


def test_a_stop_during_the_imports_is_not_forgotten(
    engine: Engine, models: dict[str, Path], tmp_path: Path
) -> None:
    ask(engine, small_request(models["ti2v"], tmp_path / "a.mp4"))
    say(engine, '{"request": "stop"}')

    assert until_last(engine)["event"] == "stopped"


def test_a_broken_byte_is_a_bad_request_and_the_end_of_input_is_still_heard() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "studio.engine"],
        input=b'{"request": "unloa\xff"}',
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},  # as a strict locale has it
        timeout=60,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 0
    assert [event["kind"] for event in events if event["event"] == "failed"] == ["bad_input"]
    assert b"Traceback" not in done.stderr


def test_it_lives_on_through_ctrl_c_tells_so_and_ends_with_its_input_amid_the_imports(
    engine: Engine,
) -> None:
    assert hear(engine)["event"] == "hello"
    engine.send_signal(signal.SIGINT)
    assert engine.stdout is not None
    assert json.loads(engine.stdout.readline()) == {"event": "alive"}
    assert engine.stdin is not None
    engine.stdin.close()

    assert engine.wait(timeout=60) == 0


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (RuntimeError("CUDA error: unspecified launch failure"), True),
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("shapes do not fit"), False),
    ],
)
def test_a_fault_of_the_device_ends_the_engine_for_it_can_do_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, ends: bool
) -> None:
    class Broken(Renderer):
        def render(self, *_: object) -> Iterator[Event]:
            raise error

    left: list[int] = []
    monkeypatch.setattr(worker, "leave", left.append)
    out = io.StringIO()
    request = small_request(tmp_path / "model", tmp_path / "a.mp4")
    worker._serve(Broken(), Order(request), Voice(out))

    assert left == ([DEVICE_FAULT] if ends else [])
    says = "The GPU or its driver failed: CUDA error" if ends else "reason of the program's own"
    assert says in out.getvalue()


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A running engine process."""
    with started("-m", "studio.engine") as process:
        yield process
        process.kill()


def started(*arguments: str) -> Engine:
    """A process of this Python."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def ask(engine: Engine, request: RenderRequest) -> None:
    """Sends a render request."""
    say(engine, request.to_line())


def say(engine: Engine, line: str) -> None:
    """Sends a line."""
    assert engine.stdin is not None
    engine.stdin.write(line + "\n")
    engine.stdin.flush()


def hear(engine: Engine) -> dict[str, object]:
    """The next event that is no mere sign of life."""
    assert engine.stdout is not None
    while (event := json.loads(engine.stdout.readline()))["event"] == "alive":
        pass
    return event


def until_last(engine: Engine) -> dict[str, object]:
    """The event that ends the render."""
    while (event := hear(engine))["event"] not in ("done", "failed", "stopped"):
        pass
    return event
