"""The shelf of presets: nothing that is done to it, or to its folder, loses one."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.core.errors import BadInput
from studio.core.preset import Preset, PresetSettings
from studio.core.preset_file import read_preset
from studio.core.preset_shelf import PresetShelf
from studio.core.preset_text import preset_text
from tests.core.preset_samples import presets, sample


def built_in(folder: Path) -> Path:
    place = folder / "built-in"
    place.mkdir()
    for number in (101, 102):
        text = preset_text(sample(number, name=f"Built in {number}"))
        (place / f"{number}.toml").write_text(text, encoding="utf-8")
    return place


@pytest.fixture
def shelf(tmp_path: Path) -> PresetShelf:
    built_in(tmp_path)
    return reopened(tmp_path)


def reopened(folder: Path) -> PresetShelf:
    return PresetShelf(
        folder / "built-in", folder / "own", folder / "presets.json", lambda path: path.unlink()
    )


def names(shelf: PresetShelf) -> list[str]:
    return [each.preset.name for each in shelf.all()]


def own(shelf: PresetShelf) -> list[Preset]:
    return [each.preset for each in shelf.all() if not each.built_in]


def test_a_new_preset_is_a_file_of_its_name_and_there_at_the_next_start(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    kept = shelf.add(sample(1, name="Sea / calm"))
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["Sea calm.toml"]
    assert own(reopened(tmp_path)) == [kept]


def test_two_of_one_name_get_two_files_and_are_told(shelf: PresetShelf, tmp_path: Path) -> None:
    shelf.add(sample(1, name="Sea"))
    shelf.add(sample(2, name="Sea"))
    assert sorted(path.name for path in shelf.own.iterdir()) == ["Sea (2).toml", "Sea.toml"]
    (problem,) = shelf.problems
    assert "both called 'Sea'" in problem
    with pytest.raises(BadInput, match="2 presets called"):
        shelf.find("sea")
    assert shelf.find(str(UUID(int=2))).preset.id == UUID(int=2)


def test_two_files_of_one_id_are_both_kept_and_told(shelf: PresetShelf, tmp_path: Path) -> None:
    shelf.add(sample(1))
    (shelf.own / "Preset 1 (conflict).toml").write_text(
        preset_text(sample(1, name="From elsewhere")), encoding="utf-8"
    )
    shelf.refresh()
    assert {"Preset 1", "From elsewhere"} <= set(names(shelf))
    assert "the same id" in shelf.problems[0]
    (copy,) = [preset for preset in own(shelf) if preset.id != UUID(int=1)]
    assert copy in own(reopened(tmp_path))
    shelf.save(copy)
    assert shelf.problems == []


def test_a_damaged_file_is_told_left_alone_and_hides_no_other(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    shelf.add(sample(1))
    bad = shelf.own / "bad.toml"
    bad.write_text("name = ", encoding="utf-8")
    shelf.refresh()
    assert "bad.toml, line 1" in shelf.problems[0]
    assert "Preset 1" in names(shelf)
    assert bad.read_text(encoding="utf-8") == "name = "


def test_a_change_from_outside_is_picked_up_and_told_once(shelf: PresetShelf) -> None:
    kept = shelf.add(sample(1))
    told: list[None] = []
    hear = lambda: told.append(None)  # noqa: E731 - psygnal holds it weakly, so it needs a name
    shelf.changed.connect(hear)
    shelf.refresh()
    assert told == []
    file = shelf.own / "Preset 1.toml"
    file.write_text(preset_text(kept.model_copy(update={"name": "Edited"})), encoding="utf-8")
    shelf.refresh()
    shelf.refresh()
    assert told == [None]
    assert "Edited" in names(shelf)
    file.unlink()
    shelf.refresh()
    assert own(shelf) == []


def test_built_in_presets_are_never_written_to(shelf: PresetShelf, tmp_path: Path) -> None:
    preset = shelf.find("Built in 101").preset
    before = (tmp_path / "built-in" / "101.toml").read_bytes()
    with pytest.raises(BadInput, match="built in"):
        shelf.save(preset.model_copy(update={"name": "Mine"}))
    with pytest.raises(BadInput, match="built in"):
        shelf.delete(preset.id)
    copy = shelf.add(preset)
    assert copy.id != preset.id
    assert (tmp_path / "built-in" / "101.toml").read_bytes() == before


def test_a_new_name_takes_the_file_along(shelf: PresetShelf) -> None:
    kept = shelf.add(sample(1))
    shelf.save(kept.model_copy(update={"name": "Lake"}))
    assert [path.name for path in shelf.own.iterdir()] == ["Lake.toml"]


def test_a_renaming_that_was_cut_off_shows_the_preset_once(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    shelf.add(sample(1))
    os.link(shelf.own / "Preset 1.toml", shelf.own / "Sea.toml")
    again = reopened(tmp_path)
    assert len(own(again)) == 1
    assert again.problems == []
    assert [path.name for path in again.own.iterdir()] == ["Preset 1.toml"]


def test_what_is_deleted_comes_back_in_its_place(shelf: PresetShelf) -> None:
    for number in (1, 2, 3):
        shelf.add(sample(number))
    shelf.arrange([UUID(int=3), UUID(int=2), UUID(int=1)])
    text = (shelf.own / "Preset 2.toml").read_text(encoding="utf-8")
    deleted = shelf.delete(UUID(int=2))
    assert [p.id.int for p in own(shelf)] == [3, 1]
    shelf.bring_back(deleted)
    assert [p.id.int for p in own(shelf)] == [3, 2, 1]
    assert (shelf.own / "Preset 2.toml").read_text(encoding="utf-8") == text


def test_what_compose_begins_with_cannot_be_deleted(shelf: PresetShelf) -> None:
    shelf.add(sample(1))
    shelf.set_default(UUID(int=1), photo=True)
    with pytest.raises(BadInput, match="another default first"):
        shelf.delete(UUID(int=1))
    shelf.set_default(None, photo=True)
    shelf.delete(UUID(int=1))
    assert own(shelf) == []


def test_order_stars_and_use_are_kept(shelf: PresetShelf, tmp_path: Path) -> None:
    for number in range(1, 12):
        shelf.add(sample(number))
        shelf.note_used(UUID(int=number))
    shelf.note_used(UUID(int=5))
    shelf.star(UUID(int=3), True)
    shelf.arrange([UUID(int=7), UUID(int=101)])
    again = reopened(tmp_path)
    assert [each.preset.id.int for each in again.all()][:2] == [7, 101]
    assert [each.int for each in again.arrangement.recent] == [5, 11, 10, 9, 8, 7, 6, 4]
    assert again.arrangement.starred == {UUID(int=3)}
    again.star(UUID(int=3), False)
    assert again.arrangement.starred == frozenset()


def test_a_damaged_order_is_put_aside_and_told(shelf: PresetShelf, tmp_path: Path) -> None:
    shelf.add(sample(1))
    (tmp_path / "presets.json").write_text("{", encoding="utf-8")
    again = reopened(tmp_path)
    assert "order of presets" in (again.complaint or "")
    assert len(own(again)) == 1


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("a file", encoding="utf-8")
    built_in(tmp_path)
    shelf = reopened(tmp_path)
    with pytest.raises(BadInput, match=r"own"):
        shelf.add(sample(1))


class Hands(RuleBasedStateMachine):
    """Whatever hands, editors and crashes do, the shelf holds all that was not deleted."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.root = Path(self._folder.name)
        built_in(self.root)
        self.shelf = reopened(self.root)
        self.kept: dict[UUID, Preset] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    def _some(self, data: st.DataObject) -> Preset:
        return data.draw(st.sampled_from(list(self.kept.values())))

    @rule(preset=presets())
    def add(self, preset: Preset) -> None:
        kept = self.shelf.add(preset)
        self.kept[kept.id] = kept

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), other=presets())
    def save(self, data: st.DataObject, other: Preset) -> None:
        changed = other.model_copy(update={"id": self._some(data).id})
        self.shelf.save(changed)
        self.kept[changed.id] = changed

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), undo=st.booleans())
    def delete(self, data: st.DataObject, undo: bool) -> None:
        gone = self._some(data)
        deleted = self.shelf.delete(gone.id)
        if undo:
            self.shelf.bring_back(deleted)
        else:
            del self.kept[gone.id]

    @rule(data=st.data())
    def arrange(self, data: st.DataObject) -> None:
        order = [each.preset.id for each in self.shelf.all()]
        self.shelf.arrange(data.draw(st.permutations(order)))

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def edit_outside(self, data: st.DataObject) -> None:
        preset = self._some(data)
        shelved = self.shelf.get(preset.id)
        assert shelved is not None
        edited = preset.model_copy(update={"settings": PresetSettings(seeds=7), "description": "!"})
        shelved.path.write_text(preset_text(edited), encoding="utf-8")
        self.kept[edited.id] = edited
        self.shelf.refresh()

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def crash_in_the_middle(self, data: st.DataObject) -> None:
        """A new content was written and not yet renamed; or linked, and the old name not gone."""
        shelved = self.shelf.get(self._some(data).id)
        assert shelved is not None
        if data.draw(st.booleans()):
            part = self.shelf.own / ".x.00000000-99-0.part"
            part.write_text("half", encoding="utf-8")
        else:
            os.link(shelved.path, self.shelf.own / f"zz {len(self.kept)}.toml")
        self.shelf = reopened(self.root)

    @rule()
    def restart(self) -> None:
        self.shelf = reopened(self.root)

    @invariant()
    def nothing_is_lost_and_nothing_is_half(self) -> None:
        mine = {each.preset.id: each.preset for each in self.shelf.all() if not each.built_in}
        assert mine == self.kept
        for file in self.shelf.own.glob("*.toml") if self.shelf.own.is_dir() else ():
            assert read_preset(file).id in self.kept


TestHands = Hands.TestCase
TestHands.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of small files: that each is flushed to the disk is tested elsewhere."""
    monkeypatch.setattr("studio.core.files._flush_to_disk", lambda _path: None)
    monkeypatch.setattr("studio.core.files._flush_folder", lambda _path: None)
