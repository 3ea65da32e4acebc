"""Compose's content outlives the program, and a damaged draft is an empty one."""

from __future__ import annotations

from pathlib import Path

from studio.core.draft import Draft, DraftFile
from studio.core.params import GenerationParams, Quality
from studio.core.photo import CropBox

DRAFT = Draft(
    params=GenerationParams(
        prompt="海辺の灯台 🌊",
        crop=CropBox(x=1, y=2, width=30, height=40),
        quality=Quality.BEST,
        seed=812,
    ),
    photos=(Path("/photos/a.png"), Path("/photos/b.png")),
    seed_locked=True,
    count=4,
    open_sections=("more",),
)


def test_a_draft_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    DraftFile(tmp_path / "data" / "draft.json").save(DRAFT)

    again = DraftFile(tmp_path / "data" / "draft.json")
    assert again.draft == DRAFT
    assert again.complaint is None
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["draft.json"]


def test_a_damaged_draft_is_empty_and_kept_aside(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    DraftFile(file).save(DRAFT)
    half = file.read_bytes()[:100]
    file.write_bytes(half)
    kept = DraftFile(file)

    assert kept.draft == Draft()
    assert kept.complaint is not None
    (aside,) = tmp_path.glob("draft.damaged-*.json")
    assert aside.read_bytes() == half
    kept.save(DRAFT)
    assert DraftFile(file).draft == DRAFT
