"""The GPU's bench from end to end, on the CPU with a shrunken model of the same make."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from studio.core.errors import StudioError

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "packaging" / "bench"
# What these change holds for the whole process.
ALONE = ("attention", "compile")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benches' program, whose samples run in this process where that harms nobody: each in one
    of its own would import torch ten times.
    """
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    children = importlib.import_module("children")
    real = children.sample

    def sample(script: str, settings: Mapping[str, Any], *more: Any) -> dict[str, Any]:
        if settings.get("what") in ALONE:
            return real(script, settings, *more)
        said = io.StringIO()
        with redirect_stdout(said):
            importlib.import_module(script.removesuffix(".py")).main(dict(settings))
        return json.loads(said.getvalue().splitlines()[-1])

    monkeypatch.setattr(children, "sample", sample)
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
    (figure,) = gpu._render_figures("a clip", {"broke": None}, {"broke": "decode"})

    assert figure.detail == "plain: no memory left in decode"


def test_without_a_gpu_it_says_so_and_measures_nothing(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("machine"), "gpu_name", lambda: None)
    options = importlib.import_module("options").Options()
    with pytest.raises(StudioError, match="no CUDA GPU here"):
        importlib.import_module("gpu").gpu(options)


def test_a_part_that_does_not_exist_is_told(program: ModuleType) -> None:
    options = importlib.import_module("options").Options(parts=["denoise"], shrunken=True)
    with pytest.raises(StudioError, match="no part denoise; it has renders, rows"):
        importlib.import_module("gpu").gpu(options)
