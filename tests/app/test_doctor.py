"""`clipwright doctor`: the facts, and the tiny render against its reference."""

from __future__ import annotations

import builtins
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from studio.app import machine
from studio.app.trial import REFERENCE_FILE, Reference
from studio.core.folders import assets
from tests.app.conftest import Command


@pytest.fixture
def own_model(model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may change."""
    return Path(shutil.copytree(model, tmp_path / "model"))


def test_a_render_like_the_reference_is_as_expected_and_another_differs(
    command: Command, own_model: Path
) -> None:
    written = command("doctor", "--model", own_model, "--write-reference")
    assert (written.status, written.out) == (0, f"{own_model / REFERENCE_FILE}\n")
    assert written.err == ""

    same = command("doctor", "--model", own_model)
    assert same.status == 0
    assert "as expected" in same.out

    bleach(own_model / REFERENCE_FILE)
    other = command("doctor", "--model", own_model)
    assert other.status == 1
    assert "✗ differs" in other.out


def test_json_tells_what_the_machine_has_and_where_files_go(
    command: Command, model: Path, home: Path
) -> None:
    result = command("doctor", "--model", model, "--json")
    found = {finding["name"]: finding for finding in json.loads(result.out)["findings"]}

    assert (result.status, result.err) == (0, "")
    assert found["data"]["text"] == f"{home / 'data'}, can be written"
    assert {"Python", "system", "processor", "memory", "GPU", "torch", "av"} <= set(found)
    assert found["libx264"]["text"] == "present"
    assert "all parts stay loaded" in found["runs on"]["text"]
    assert "no reference" in found["tiny render"]["text"]  # and for such a model that is no fault
    assert list(home.glob("data")) == []  # looking makes no folders


def test_weights_that_the_reference_does_not_know_are_told(
    command: Command, own_model: Path
) -> None:
    command("doctor", "--model", own_model, "--write-reference")
    file = own_model / REFERENCE_FILE
    reference = Reference.model_validate_json(file.read_bytes())
    file.write_text(reference.model_copy(update={"weights": "others"}).model_dump_json())
    result = command("doctor", "--model", own_model)

    assert result.status == 1
    assert "are not those that reference.json was made with" in result.out


def test_a_model_that_is_not_there_is_a_sentence(command: Command) -> None:
    result = command("doctor", "--model", "nowhere")

    assert result.status == 1
    assert "✗ There is no model 'nowhere'" in result.out
    assert result.err == ""


def test_torch_that_cannot_be_loaded_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on_import("torch", OSError("a DLL\nis missing"), monkeypatch)
    result = command("doctor")

    assert (result.status, result.err) == (1, "")
    assert "✗ torch cannot be used (a DLL is missing); install the program again." in result.out


def test_av_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on_import("av", ImportError("no libx264.so"), monkeypatch)
    (*_, found) = machine.packages()

    assert not found.good
    assert found.text == "av cannot be loaded (no libx264.so); install the program again."


def test_a_gpu_that_does_not_answer_is_told(
    command: Command, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*given: object) -> None:
        raise RuntimeError("CUDA error: unknown error")

    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setattr("torch.cuda.mem_get_info", silent)
    monkeypatch.setattr("studio.engine.placement.free_memory", silent)
    monkeypatch.setattr("studio.app.trial.grid_of", silent)
    result = command("doctor", "--model", model, "--json")
    found = {each["name"]: each for each in json.loads(result.out)["findings"]}

    assert (result.status, result.err) == (1, "")
    assert "does not answer (CUDA error: unknown error)" in found["GPU"]["text"]
    assert [found[name]["good"] for name in ("GPU", "runs on", "tiny render")] == [False] * 3


def test_a_home_that_cannot_be_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_HOME", "/" + "a" * 300)
    found = list(machine.places())

    assert found
    assert not any(each.good for each in found)


@pytest.mark.skipif(
    not (assets() / "starter" / REFERENCE_FILE).is_file(), reason="the starter is not there yet"
)
def test_the_starter_renders_as_expected(command: Command) -> None:
    result = command("doctor")

    assert result.status == 0, result.out
    assert "as expected" in result.out


def fail_on_import(name: str, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing a module raises an error from here on."""
    load = builtins.__import__

    def imported(wanted: str, *given: Any, **options: Any) -> Any:
        if wanted == name:
            raise error
        return load(wanted, *given, **options)

    monkeypatch.setattr(builtins, "__import__", imported)


def bleach(file: Path) -> None:
    """Makes the reference one of white frames."""
    reference = Reference.model_validate_json(file.read_bytes())
    white = tuple(tuple(" ".join(["#ffffff"] * 8) for _ in frame) for frame in reference.frames)
    file.write_text(reference.model_copy(update={"frames": white}).model_dump_json())
