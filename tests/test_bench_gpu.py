"""The GPU's bench from end to end, on the CPU with a shrunken model of the same make."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from studio.core.errors import StudioError

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "packaging" / "bench"
# What this changes holds for the whole process: backends of attention, compiled blocks.
ALONE = "sample_gpu_pass.py"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benches' program, whose samples run in this process where that harms nobody: each in one
    of its own would import torch ten times.
    """
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    children = importlib.import_module("children")
    real = children.samples

    def samples(script: str, settings: Mapping[str, Any], *more: Any) -> Iterator[dict[str, Any]]:
        if script == ALONE:
            yield from real(script, settings, *more)
            return
        said = io.StringIO()
        with redirect_stdout(said):
            importlib.import_module(script.removesuffix(".py")).main(dict(settings))
        yield from map(json.loads, said.getvalue().splitlines())

    monkeypatch.setattr(children, "samples", samples)
    return importlib.import_module("program")


def test_every_part_gives_its_figures_and_they_become_a_document(
    program: ModuleType, tmp_path: Path
) -> None:
    files = tmp_path / "bench.json", tmp_path / "BENCHMARKS.md"
    asked = ["gpu", "--shrunken", "--runs", "1", "--json", str(files[0]), "--markdown"]
    assert program.main([*asked, str(files[1])]) == 0

    (bench,) = json.loads(files[0].read_text(encoding="utf-8"))["benches"]
    figures = {figure["name"]: figure for figure in bench["figures"]}
    for start in ("text", "a photo"):
        for part in ("text and photo", "a step", "decode, write", "whole clip"):
            assert figures[f"96×64×9 from {start}: {part}"]["value"] > 0
    assert "extrapolated from 3" in figures["96×64×9 from text: whole clip"]["detail"]
    assert figures["96×64×9, two rows ÷ table: difference"]["value"] < 1e-2
    assert "206" in figures["ours, streamed, float32"]["detail"]  # dB: the very same frames
    assert [name for name in figures if name.startswith("offload")] == [
        "offload, all memory: ours",
        "offload, all memory: plain",
    ]
    assert figures["native"]["value"] > 0
    assert figures["sage"]["value"] is None
    shares = [figures[f"{kind}, of a pass"]["value"] for kind in ("attention", "matrix products")]
    assert all(0 < share < 1 for share in shares)
    document = files[1].read_text(encoding="utf-8")
    assert "| native |" in document
    assert "| sage | – |" in document


def test_a_photo_that_finds_no_memory_says_where_it_broke(program: ModuleType) -> None:
    gpu = importlib.import_module("gpu")
    seconds = {"text": 1.0, "moves": 0.0, "decode": 4.0, "step": 0.1}
    ours = {"broke": None, "seconds": seconds, "peak": 2.0**30}
    plain = {"broke": "decode: CUDA out of memory", "seconds": {}, "peak": 2.0**31}
    whole, peak = gpu._alone("a clip", "ours", ours)
    other, _ = gpu._alone("a clip", "plain", plain)

    assert (whole.name, whole.value) == ("a clip: whole clip, ours", 10.0)
    assert peak.value == 2.0**30
    assert other.detail == "breaks in decode: CUDA out of memory"


def test_a_part_that_breaks_costs_none_of_the_others(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu, figures = importlib.import_module("gpu"), importlib.import_module("figures")

    def breaks(_samples: object) -> Iterator[Any]:
        yield figures.Figure("the first", 1.0, figures.Unit.COUNT)
        raise figures.BenchFailed("it fell over.")

    def goes(_samples: object) -> Iterator[Any]:
        yield figures.Figure("the last", 2.0, figures.Unit.COUNT)

    monkeypatch.setattr(gpu, "PARTS", {"one": breaks, "two": goes})
    file, document = tmp_path / "bench.json", tmp_path / "BENCHMARKS.md"
    asked = ["gpu", "--shrunken", "--json", str(file), "--markdown", str(document)]
    assert program.main(asked) == 1

    (bench,) = json.loads(file.read_text(encoding="utf-8"))["benches"]
    assert [figure["name"] for figure in bench["figures"]] == ["the first", "the last"]
    assert "one: it fell over." in bench["failure"]
    assert "| the last |" in document.read_text(encoding="utf-8")


def test_what_was_measured_before_a_kill_is_in_the_file(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu, figures = importlib.import_module("gpu"), importlib.import_module("figures")

    def stopped(_samples: object) -> Iterator[Any]:
        yield figures.Figure("the first", 1.0, figures.Unit.COUNT)
        raise KeyboardInterrupt

    monkeypatch.setattr(gpu, "PARTS", {"one": stopped})
    with pytest.raises(KeyboardInterrupt):
        program.main(["gpu", "--shrunken", "--json", str(tmp_path / "bench.json")])

    (bench,) = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["benches"]
    assert [figure["name"] for figure in bench["figures"]] == ["the first"]


def test_no_sample_begins_after_the_minutes_are_over(program: ModuleType) -> None:
    options = importlib.import_module("options").Options(shrunken=True, minutes=0)
    with pytest.raises(importlib.import_module("figures").BenchFailed, match="no time was left"):
        list(importlib.import_module("gpu").gpu(options))


def test_without_a_gpu_it_says_so_and_measures_nothing(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("machine"), "gpu_name", lambda: None)
    options = importlib.import_module("options").Options()
    with pytest.raises(StudioError, match="no CUDA GPU here"):
        list(importlib.import_module("gpu").gpu(options))


def test_a_part_that_does_not_exist_is_told(program: ModuleType) -> None:
    options = importlib.import_module("options").Options(parts=["denoise"], shrunken=True)
    with pytest.raises(StudioError, match="no part denoise; it has passes, attention"):
        list(importlib.import_module("gpu").gpu(options))
