"""Presets given away and taken in: looked through first, and nothing is replaced unasked."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from studio.core.errors import BadInput
from studio.core.preset import Preset, PresetSettings
from studio.core.preset_exchange import (
    Clash,
    bundle_text,
    export_name,
    export_path,
    export_presets,
    review_files,
    review_text,
    take,
)
from studio.core.preset_shelf import PresetShelf
from studio.core.preset_text import preset_text
from tests.core.preset_samples import sample


@pytest.fixture
def shelf(tmp_path: Path) -> PresetShelf:
    built_in = tmp_path / "built-in"
    built_in.mkdir()
    (built_in / "a.toml").write_text(preset_text(sample(101)), encoding="utf-8")
    return PresetShelf(built_in, tmp_path / "own", tmp_path / "p.json", lambda path: path.unlink())


def own(shelf: PresetShelf) -> dict[int, Preset]:
    return {each.preset.id.int: each.preset for each in shelf.all() if not each.built_in}


@pytest.mark.parametrize("count", [1, 3])
def test_a_file_brings_its_presets_to_another_shelf(
    shelf: PresetShelf, tmp_path: Path, count: int
) -> None:
    given = [sample(number, name=f"“Sea” №{number}") for number in range(1, count + 1)]
    (file,) = export_presets(given, tmp_path / "sea", overwrite=False)
    assert file.name == "sea.clipwright-preset"
    for incoming in review_files([file], shelf):
        assert incoming.clash is Clash.NONE
        take(incoming, shelf)
    assert list(own(shelf).values()) == given
    assert {each.clash for each in review_files([file], shelf)} == {Clash.SAME}


def test_a_folder_gets_a_file_each_and_brings_all_of_them_back(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    files = export_presets([sample(1, name="Sea"), sample(2, name="Sea")], folder, overwrite=False)
    assert [file.name for file in files] == ["Sea.clipwright-preset", "Sea (2).clipwright-preset"]
    assert len(review_files([folder], shelf)) == 2


def test_an_export_replaces_nothing_unasked(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="exists already"):
        export_presets([sample()], file, overwrite=False)
    assert file.read_text(encoding="utf-8") == "mine"
    export_presets([sample()], file, overwrite=True)
    with pytest.raises(BadInput, match="no preset to export"):
        export_presets([], file, overwrite=True)


def test_one_that_says_something_else_goes_beside_or_over_its_older_self(
    shelf: PresetShelf,
) -> None:
    shelf.add(sample(1))
    text = preset_text(sample(1, settings=PresetSettings(seeds=9)))
    (incoming,) = review_text(text, "the clipboard", shelf)
    assert incoming.clash is Clash.CHANGED
    take(incoming, shelf)
    assert own(shelf)[1] == sample(1)
    assert len(own(shelf)) == 2
    take(incoming, shelf, replace=True)
    assert own(shelf)[1].settings.seeds == 9


def test_the_same_preset_twice_in_one_import_comes_in_once(shelf: PresetShelf) -> None:
    found = review_text(bundle_text([sample(1), sample(1)]), "x", shelf)
    assert [take(each, shelf) is not None for each in found] == [True, False]
    assert list(own(shelf)) == [1]
    assert shelf.problems == []


def test_the_id_of_a_built_in_preset_is_refused(shelf: PresetShelf) -> None:
    (incoming,) = review_text(preset_text(sample(101, name="Mine")), "x", shelf)
    assert incoming.clash is Clash.BUILT_IN
    for replace in (False, True):
        with pytest.raises(BadInput, match="id of a built-in"):
            take(incoming, shelf, replace=replace)
    assert own(shelf) == {}


def test_a_name_that_is_there_is_told_and_both_are_kept(shelf: PresetShelf) -> None:
    shelf.add(sample(1, name="Sea"))
    (incoming,) = review_text(preset_text(sample(2, name="SEA")), "x", shelf)
    assert incoming.clash is Clash.NAME
    take(incoming, shelf)
    assert len(own(shelf)) == 2


def test_what_is_wrong_with_one_does_not_keep_the_others_out(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    good = bundle_text([sample(1), sample(2), sample(3)])
    file = tmp_path / "some.clipwright-preset"
    file.write_text(good.replace("num_frames = 49", "num_frames = 0", 1), encoding="utf-8")
    bad, *rest = review_files([file, tmp_path / "gone.toml"], shelf)
    assert "preset 1: num_frames is 0" in bad.problem
    with pytest.raises(BadInput, match="num_frames"):
        take(bad, shelf)
    assert [each.preset.name for each in rest if each.preset] == ["Preset 2", "Preset 3"]
    assert "gone.toml" in rest[-1].problem


def test_a_text_by_hand_needs_no_id(shelf: PresetShelf) -> None:
    (incoming,) = review_text('name = "Sea"\nfamily = "Wan 2.2 TI2V-5B"', "the clipboard", shelf)
    kept = take(incoming, shelf)
    assert kept is not None
    assert isinstance(kept.id, UUID)


@pytest.mark.parametrize("text", ["hello there", "presets = 3", "presets = [1]", "", "name = 3"])
def test_what_holds_no_preset_is_told(shelf: PresetShelf, text: str) -> None:
    (incoming,) = review_text(text, "the clipboard", shelf)
    assert incoming.preset is None
    assert incoming.problem.startswith("the clipboard")


COMMENTED = """# For the sea.
id = '{id}'   # kept
name = 'Sea {id}'
family = "Wan 2.2 TI2V-5B"
later = [1, 2]

[settings]
num_frames = 49 # two seconds
newer = true

[extra]
colour = "blue"
"""


def commented(number: int) -> str:
    return COMMENTED.replace("{id}", str(UUID(int=number)))


@pytest.mark.parametrize("count", [1, 2])
def test_comments_and_keys_of_a_newer_version_go_along(
    shelf: PresetShelf, tmp_path: Path, count: int
) -> None:
    shelf.own.mkdir()
    texts = [commented(number) for number in range(1, count + 1)]
    for number, text in enumerate(texts):
        (shelf.own / f"{number}.toml").write_text(text, encoding="utf-8")
    shelf.refresh()
    presets = list(own(shelf).values())
    (file,) = export_presets(presets, tmp_path / "given.toml", overwrite=False, shelf=shelf)
    other = PresetShelf(tmp_path / "none", tmp_path / "other", tmp_path / "o.json", Path.unlink)
    for incoming in review_files([file], other):
        assert take(incoming, other) is not None
    kept = [each.path.read_text(encoding="utf-8") for each in other.all()]
    assert kept == texts


def test_what_replaces_mine_brings_its_own_comments(shelf: PresetShelf) -> None:
    shelf.add(sample(1))
    text = commented(1)
    (incoming,) = review_text(text, "the clipboard", shelf)
    take(incoming, shelf)  # beside mine, under a new id
    take(incoming, shelf, replace=True)
    texts = [each.path.read_text(encoding="utf-8") for each in shelf.all() if not each.built_in]
    assert text in texts
    assert [kept.count("# two seconds") for kept in texts] == [1, 1]
    assert [kept.count("newer = true") for kept in texts] == [1, 1]


def test_a_line_in_quotes_that_looks_like_a_header_is_left_alone(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    odd = sample(1, description="Say:\n[settings]\n[[presets]]\nand so on")
    for preset in (odd, sample(2)):
        shelf.add(preset)
    found = review_text(bundle_text([odd, sample(2)], shelf), "x", shelf)
    assert [each.clash for each in found] == [Clash.SAME, Clash.SAME]


def test_a_name_that_is_no_file_name_becomes_one() -> None:
    assert export_name("a/b: c?") == "a b c.clipwright-preset"
    assert export_name("../..") == "preset.clipwright-preset"
    assert export_path(Path("Wan 2.2 draft")).name == "Wan 2.2 draft.clipwright-preset"
    assert export_path(Path("mine.toml")).name == "mine.toml"
