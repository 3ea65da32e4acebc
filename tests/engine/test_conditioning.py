"""What is kept of a model on the disk belongs to the very parts that made it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from studio.core.model_folder import open_folder
from studio.engine.conditioning import embed, fit_preview_map, is_embedded, kept_preview_map
from studio.engine.model import Model
from tests.engine.conftest import PRECISE


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ("vae/config.json", True),
        ("text_encoder/config.json", False),
        ("tokenizer/tokenizer_config.json", False),
    ],
)
def test_a_kept_prompt_belongs_to_its_text_encoder_and_tokenizer(
    models: dict[str, Path], tmp_path: Path, changed: str, kept: bool
) -> None:
    embed(Model(open_folder(models["ti2v"]), PRECISE), "a cat")

    assert is_embedded(with_change(models["ti2v"], tmp_path, changed), "a cat") is kept


@pytest.mark.parametrize(
    ("changed", "kept"), [("vae/config.json", False), ("transformer/config.json", True)]
)
def test_kept_colours_of_previews_belong_to_their_vae(
    models: dict[str, Path], tmp_path: Path, changed: str, kept: bool
) -> None:
    fit_preview_map(Model(open_folder(models["ti2v"]), PRECISE))
    found = kept_preview_map(with_change(models["ti2v"], tmp_path, changed))

    assert (found is not None) is kept


def with_change(folder: Path, tmp_path: Path, changed: str) -> Model:
    """The same model elsewhere, one of its files a little longer."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with (copy / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    return Model(open_folder(copy), PRECISE)
