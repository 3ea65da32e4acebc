"""Prompts are cleaned and encoded as diffusers does it, and kept on the disk within bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from studio.core.events import Note
from studio.core.model_folder import open_folder
from studio.engine import text
from studio.engine.model import Model
from studio.engine.renderer import Renderer
from studio.engine.task import notes, plan
from tests.engine.conftest import PRECISE, left_half_written, small_request


@given(st.text())
def test_a_prompt_is_cleaned_as_the_pipelines_clean_it(prompt: str) -> None:
    assert text.clean(prompt) == prompt_clean(prompt)


def test_a_kept_prompt_is_not_encoded_again(tmp_path: Path) -> None:
    cache = text.PromptCache(tmp_path, "encoder")
    made: list[int] = []

    def make() -> torch.Tensor:
        made.append(1)
        return torch.ones(3, 4)

    first = cache.get("a cat", torch.float32, make)
    again = cache.get("a  cat ", torch.float32, make)

    assert torch.equal(first, again)
    assert len(made) == 1


@pytest.mark.parametrize("other", ["text", "encoder", "dtype"])
def test_another_text_encoder_or_format_is_another_entry(tmp_path: Path, other: str) -> None:
    text.PromptCache(tmp_path, "one").get("a cat", torch.float32, lambda: torch.ones(1, 1))
    cache = text.PromptCache(tmp_path, "two" if other == "encoder" else "one")
    dtype = torch.bfloat16 if other == "dtype" else torch.float32
    prompt = "a dog" if other == "text" else "a cat"

    assert cache.get(prompt, dtype, lambda: torch.zeros(1, 1)).item() == 0


def test_a_damaged_entry_is_made_again(tmp_path: Path) -> None:
    cache = text.PromptCache(tmp_path, "encoder")
    cache.get("a cat", torch.float32, lambda: torch.ones(1, 1))
    next(tmp_path.iterdir()).write_bytes(b"rubbish")

    assert cache.get("a cat", torch.float32, lambda: torch.zeros(1, 1)).item() == 0


def test_an_entry_that_can_only_be_read_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    cache = text.PromptCache(tmp_path, "encoder")
    cache.get("a cat", torch.float32, lambda: torch.ones(1, 1))
    monkeypatch.setattr(os, "utime", refuse)

    assert cache.get("a cat", torch.float32, lambda: torch.zeros(1, 1)).item() == 1


def test_what_a_killed_engine_left_beside_the_entries_goes(tmp_path: Path) -> None:
    left = left_half_written(tmp_path)
    text.PromptCache(tmp_path, "encoder").get("a cat", torch.float32, lambda: torch.ones(1, 1))

    assert not left.exists()


def test_the_oldest_entries_go_when_the_cache_is_full(tmp_path: Path) -> None:
    cache = text.PromptCache(tmp_path, "encoder", limit=3000)
    for number in range(5):
        cache.get(f"prompt {number}", torch.float32, lambda: torch.ones(10, 20))
        for age, file in enumerate(sorted(tmp_path.iterdir(), key=lambda f: f.stat().st_mtime)):
            os.utime(file, (1000 * number + age, 1000 * number + age))

    made: list[int] = []
    cache.get("prompt 4", torch.float32, lambda: made.append(1) or torch.ones(1, 1))
    assert not made
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 3000


def test_a_kept_prompt_does_not_load_the_text_encoder(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    list(renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4")))
    renderer.unload()
    list(renderer.render(small_request(models["ti2v"], tmp_path / "b.mp4", seed=9)))

    assert "text_encoder" not in renderer.loaded_parts
    assert "transformer" in renderer.loaded_parts


def test_a_long_prompt_is_used_up_to_its_limit_and_that_is_said(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", prompt="wave " * 4000)
    said = [event.text for event in renderer.render(request) if isinstance(event, Note)]

    assert any("20000 tokens" in sentence and "first 512" in sentence for sentence in said)


@pytest.mark.parametrize("negative", [None, "", " \n"])
def test_an_empty_negative_prompt_becomes_the_model_s_own_and_that_is_said(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, negative: str | None
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", negative_prompt=negative)
    events = list(renderer.render(request))

    assert any(isinstance(e, Note) and "negative prompt is empty" in e.text for e in events)
    assert events[-1].params.negative_prompt.startswith("色调艳丽")


@pytest.mark.parametrize(("second", "said"), [(1.0, False), (3.0, True)])
def test_of_a_negative_prompt_that_no_step_uses_nothing_is_said(
    models: dict[str, Path], tmp_path: Path, second: float, said: bool
) -> None:
    request = small_request(
        models["t2v"],
        tmp_path / "a.mp4",
        negative_prompt=None,
        guidance_scale=1.0,
        guidance_scale_2=second,
    )
    model = Model(open_folder(models["t2v"]), PRECISE)
    told = list(notes(request, model, plan(request, model, None)))

    assert any("negative prompt is empty" in note.text for note in told) is said


def test_padding_is_zeros_behind_the_prompt(models: dict[str, Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(models["ti2v"] / "tokenizer")
    padded = text.pad(torch.ones(text.token_count(tokenizer, "cat"), 8))

    assert padded.shape == (1, 512, 8)
    assert padded.sum() == 4 * 8  # three bytes and the end mark
