"""The shelf of presets: nothing that is done to it, or to its folder, loses one."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.core.errors import BadInput
from studio.core.family import TI2V_5B
from studio.core.folders import built_in_presets
from studio.core.preset import Preset, PresetSettings
from studio.core.preset_exchange import bundle_text, review_text, take
from studio.core.preset_shelf import PresetShelf, Shelved
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
    with pytest.raises(BadInput, match=r"no preset 'bad'.*bad\.toml, line 1"):
        shelf.find("bad")


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


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a right there")
@pytest.mark.parametrize("name", ["A link.toml", "Preset 1 again.toml", "zz.toml"])
def test_a_symbolic_link_is_no_second_name_of_a_file(shelf: PresetShelf, name: str) -> None:
    shelf.add(sample(1))
    file, link = shelf.own / "Preset 1.toml", shelf.own / name
    before = file.read_bytes()
    link.symlink_to(file)
    shelf.refresh()
    assert "the same id" in shelf.problems[0]
    assert file.read_bytes() == before
    assert link.is_symlink()
    # Nor where it is the link's name that fits the preset's.
    file.rename(shelf.own / "other.toml")
    link.unlink()
    file.symlink_to(shelf.own / "other.toml")
    shelf.refresh()
    assert (shelf.own / "other.toml").read_bytes() == before


def test_a_preset_that_its_family_cannot_take_is_set_aside_and_told(shelf: PresetShelf) -> None:
    shelf.add(sample(1))
    text = preset_text(sample(2, name="Odd")).replace("num_frames = 49", "num_frames = 50")
    (shelf.own / "odd.toml").write_text(text, encoding="utf-8")
    own_kind = preset_text(sample(3, name="Mine", family="My own")).replace("49", "50")
    (shelf.own / "mine.toml").write_text(own_kind, encoding="utf-8")
    shelf.refresh()
    (problem,) = shelf.problems
    assert problem.startswith(f"{shelf.own / 'odd.toml'}, line 8: num_frames is 50.")
    assert names(shelf)[2:] == ["Preset 1", "Mine"] or names(shelf)[2:] == ["Mine", "Preset 1"]
    family = TI2V_5B.model_copy(update={"title": "My own"})
    shelf.know([family])
    assert any(f"{shelf.own / 'mine.toml'}, line 8" in each for each in shelf.problems)
    assert "Mine" not in names(shelf)
    with pytest.raises(BadInput, match="num_frames is 50"):
        shelf.add(sample(4, family="My own", settings=PresetSettings(num_frames=50)))
    shelf.know([])
    assert "Mine" in names(shelf)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Sea\nsky"}, "one line"),
        ({"name": "  "}, "can be seen"),
        ({"name": "half \ud83c"}, "half a character"),
        ({"description": "half \ud83c"}, "half a character"),
        ({"category": "a\tb"}, "one line"),
        ({"settings": PresetSettings().model_copy(update={"num_frames": 0})}, "num_frames is 0"),
        ({"settings": PresetSettings(num_frames=50)}, "num_frames is 50"),
        ({"settings": PresetSettings(prompt_after="\ud83c")}, "half a character"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(
    shelf: PresetShelf, changes: dict[str, object], says: str
) -> None:
    kept = shelf.add(sample(1))
    before = (shelf.own / "Preset 1.toml").read_bytes()
    with pytest.raises(BadInput, match=says) as told:
        shelf.save(kept.model_copy(update=changes))
    str(told.value).encode()  # it can be shown
    with pytest.raises(BadInput, match=says):
        shelf.add(sample(2).model_copy(update=changes))
    assert [path.name for path in shelf.own.iterdir()] == ["Preset 1.toml"]
    assert (shelf.own / "Preset 1.toml").read_bytes() == before
    assert own(shelf) == [kept]


def test_damaged_files_hide_none_of_the_good_ones_and_are_each_told(
    shelf: PresetShelf, tmp_path: Path
) -> None:
    rng = random.Random(7)
    whole = [path.read_bytes() for path in sorted(built_in_presets().glob("*.toml"))]
    whole += [preset_text(preset).encode() for preset in (sample(8, name="Älter"), sample(9))]
    good = {shelf.own / f"m {number}.toml": sample(number) for number in range(1, 6)}
    shelf.own.mkdir()
    for path, preset in good.items():
        path.write_text(preset_text(preset), encoding="utf-8")
    told = loaded = 0
    for batch in range(10):
        bad = [shelf.own / f"{rng.choice('az')} {batch} {number}.toml" for number in range(50)]
        for path in bad:
            path.write_bytes(damaged(rng.choice(whole), rng))
        shelf.refresh()
        there = {each.path: each.preset for each in shelf.all()}
        for path, preset in good.items():
            assert there[path] == preset
        for path in bad:
            sentences = [each for each in shelf.problems if each.startswith(str(path))]
            assert path in there or sentences
            assert all(each.endswith(".") for each in sentences)
            loaded += path in there
            told += path not in there
            path.unlink()
    assert told > 200
    assert loaded > 20


def damaged(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(whole)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                del data[at : at + rng.randint(1, 20)]
            case 1:
                data[at] = rng.randrange(256)
            case 2:
                data[at:at] = rng.choice((b"=", b'"', b"[", b"\n", b"#", b"{", b"9", b"\x00"))
            case _:
                data[at:at] = data[rng.randrange(len(data)) :][: rng.randint(1, 30)]
        if len(data) < 2:
            break
    return bytes(data)


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
        self.kept: list[Preset] = []
        self.damaged: dict[Path, bytes] = {}
        self.twins = False  # of one id: they have other ids then, and all else stays
        self.count = 0

    def teardown(self) -> None:
        self._folder.cleanup()

    def _some(self, data: st.DataObject) -> Shelved:
        mine = [each for each in self.shelf.all() if not each.built_in]
        return data.draw(st.sampled_from(sorted(mine, key=lambda each: each.path)))

    def _new_path(self, name: str) -> Path:
        self.count += 1
        return self.shelf.own / f"{name} {self.count}.toml"

    def _forget(self, preset: Preset) -> None:
        at = [self._plain(each) for each in self.kept].index(self._plain(preset))
        del self.kept[at]

    def _plain(self, preset: Preset) -> Preset:
        return preset.model_copy(update={"id": UUID(int=0)}) if self.twins else preset

    @rule(preset=presets())
    def add(self, preset: Preset) -> None:
        self.kept.append(self.shelf.add(preset))

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), other=presets())
    def save(self, data: st.DataObject, other: Preset) -> None:
        before = self._some(data).preset
        changed = other.model_copy(update={"id": before.id})
        self.shelf.save(changed)
        self._forget(before)
        self.kept.append(changed)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), undo=st.booleans())
    def delete(self, data: st.DataObject, undo: bool) -> None:
        gone = self._some(data).preset
        deleted = self.shelf.delete(gone.id)
        if undo:
            self.shelf.bring_back(deleted)
        else:
            self._forget(gone)

    @rule(data=st.data())
    def arrange(self, data: st.DataObject) -> None:
        order = [each.preset.id for each in self.shelf.all()]
        self.shelf.arrange(data.draw(st.permutations(order)))

    @rule(some=st.lists(presets(), min_size=1, max_size=2))
    def take_in(self, some: list[Preset]) -> None:
        for incoming in review_text(bundle_text(some), "the clipboard", self.shelf):
            taken = take(incoming, self.shelf)
            if taken is not None:
                self.kept.append(taken)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def edit_outside(self, data: st.DataObject) -> None:
        shelved = self._some(data)
        changes = {"settings": PresetSettings(seeds=7), "description": "!"}
        edited = shelved.preset.model_copy(update=changes)
        shelved.path.write_text(preset_text(edited), encoding="utf-8")
        self._forget(shelved.preset)
        self.kept.append(edited)
        self.shelf.refresh()

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def rename_outside(self, data: st.DataObject) -> None:
        self._some(data).path.rename(self._new_path("moved"))
        self.shelf.refresh()

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def copy_outside(self, data: st.DataObject) -> None:
        shelved = self._some(data)
        self._new_path("copy").write_bytes(shelved.path.read_bytes())
        self.twins = True
        self.kept.append(shelved.preset)
        self.shelf.refresh()

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def delete_outside(self, data: st.DataObject) -> None:
        shelved = self._some(data)
        shelved.path.unlink()
        self._forget(shelved.preset)
        self.shelf.refresh()

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), text=st.sampled_from((b"", b"name =", b"\xff", b"[[settings]]")))
    def damage(self, data: st.DataObject, text: bytes) -> None:
        shelved = self._some(data)
        shelved.path.write_bytes(text)
        self.damaged[shelved.path] = text
        self._forget(shelved.preset)
        self.shelf.refresh()

    @precondition(lambda self: self.kept and not self.twins)
    @rule(data=st.data())
    def crash_in_the_middle(self, data: st.DataObject) -> None:
        """A new content was written and not yet renamed; or linked, and the old name not gone."""
        shelved = self._some(data)
        if data.draw(st.booleans()):
            part = self.shelf.own / ".x.00000000-99-0.part"
            part.write_text("half", encoding="utf-8")
        else:
            os.link(shelved.path, self._new_path("zz"))
        self.shelf = reopened(self.root)

    @rule()
    def restart(self) -> None:
        self.shelf = reopened(self.root)

    @invariant()
    def nothing_is_lost_and_nothing_is_half(self) -> None:
        mine = [each for each in self.shelf.all() if not each.built_in]
        there = [self._plain(each.preset).model_dump_json() for each in mine]
        assert sorted(there) == sorted(self._plain(each).model_dump_json() for each in self.kept)
        for path, data in self.damaged.items():
            assert path.read_bytes() == data
            assert any(each.startswith(str(path)) for each in self.shelf.problems)
        files = set(self.shelf.own.glob("*.toml")) if self.shelf.own.is_dir() else set()
        assert {each.path for each in mine} == files - set(self.damaged)


TestHands = Hands.TestCase
TestHands.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of small files: that each is flushed to the disk is tested elsewhere."""
    monkeypatch.setattr("studio.core.files._flush_to_disk", lambda _path: None)
    monkeypatch.setattr("studio.core.files._flush_folder", lambda _path: None)
