from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from studio.core.clip import ClipRecord
from studio.core.errors import BadInput
from studio.core.library import Clip, ClipFilter, Library
from studio.core.params import PresetMark, Quality, ResolvedParams, Scheduler
from studio.core.photo import Fit
from studio.core.store import Store
from tests.core.preset_samples import preset_id, with_preset

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
PARAMS = ResolvedParams(
    prompt="a cat flicks its tail",
    negative_prompt="",
    model="starter",
    image=None,
    crop=None,
    fit=Fit.COVER,
    background="white",
    width=1280,
    height=704,
    num_frames=120,
    frame_rate=24.0,
    num_inference_steps=50,
    guidance_scale=5.0,
    guidance_scale_2=None,
    flow_shift=5.0,
    seed=812,
    scheduler=Scheduler.UNIPC,
    quality=Quality.GOOD,
)


def a_record(prompt: str = "a cat flicks its tail", **changes: Any) -> ClipRecord:
    values: dict[str, Any] = {
        "version": "0.1",
        "params": PARAMS.model_copy(update={"prompt": prompt}),
        "model_title": "Wan 2.2 5B",
        "model_fingerprint": "abc",
        "photo_sha256": None,
        "created": NOON,
    }
    return ClipRecord(**(values | changes))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "clipwright.db").store
    yield opened
    opened.close()


@pytest.fixture
def library(store: Store) -> Library:
    return Library(store)


@pytest.fixture
def add(library: Library, tmp_path: Path) -> Any:
    """Adds a clip a minute younger than the one before."""
    numbers = iter(range(1000))

    def add(prompt: str = "a cat", preset: str | None = None, **changes: Any) -> Clip:
        number = next(numbers)
        record = a_record(prompt, **({"created": NOON + timedelta(minutes=number)} | changes))
        record = with_preset(record, preset)
        return library.add(record, tmp_path / f"{number}.mp4", None, None)

    return add


def titles(clips: list[Clip]) -> list[str]:
    return [clip.title for clip in clips]


def test_a_clip_comes_back_with_all_that_made_it(library: Library, tmp_path: Path) -> None:
    record = with_preset(a_record(), "Wide 5 s")
    told: list[int] = []
    library.added.connect(told.append)
    clip = library.add(record, tmp_path / "cat.mp4", tmp_path / "cat.jpg", 7)
    assert clip == library.clip(clip.id)
    assert told == [clip.id]
    assert (clip.path, clip.poster) == (tmp_path / "cat.mp4", tmp_path / "cat.jpg")
    assert (clip.prompt, clip.name, clip.title) == (
        "a cat flicks its tail",
        None,
        "a cat flicks its tail",
    )
    assert (clip.width, clip.height, clip.num_frames, clip.frame_rate) == (1280, 704, 120, 24.0)
    assert (clip.seed, clip.starred, clip.preset, clip.job_id) == (812, False, "Wide 5 s", 7)
    assert clip.seconds == 5.0
    assert clip.created == NOON
    assert clip.record == record


def test_clips_are_there_after_the_next_start(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a.db").store
    clip = Library(store).add(a_record(), tmp_path / "cat.mp4", None, None)
    Library(store).set_stars([clip.id], True)
    store.close()
    again = Store.open(tmp_path / "a.db").store
    assert Library(again).clip(clip.id).starred
    again.close()


def test_the_newest_comes_first_in_whatever_zone_it_was_made(library: Library, add: Any) -> None:
    add("noon in London", created=NOON)
    east = timezone(timedelta(hours=9))
    add("earlier, but a later clock", created=datetime(2026, 5, 1, 20, 0, tzinfo=east))
    add("newest", created=NOON + timedelta(seconds=0.5))
    add("newest too, made after it", created=NOON + timedelta(seconds=0.5))
    assert titles(library.page(ClipFilter(), 0, 10)) == [
        "newest too, made after it",
        "newest",
        "noon in London",
        "earlier, but a later clock",
    ]


def test_pages_and_ids_and_count_agree(library: Library, add: Any) -> None:
    for number in range(25):
        add(f"clip {number}")
    wanted = ClipFilter(text="clip")
    pages = [clip for start in (0, 10, 20) for clip in library.page(wanted, start, 10)]
    assert [clip.id for clip in pages] == library.ids(wanted)
    assert library.count(wanted) == len(pages) == 25
    assert library.clips(library.ids(wanted)) == pages


def test_many_ids_at_once_keep_their_order_and_the_gone_are_left_out(
    library: Library, add: Any
) -> None:
    ids = [add().id for _ in range(30)]
    asked = [*reversed(ids), *ids * 60, 9999]
    assert [clip.id for clip in library.clips(asked)] == asked[:-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"A red fox", "Möwe über Wasser", "100% wool_sock", "back\\slash"}),
        ("FOX", {"A red fox"}),
        ("fox red", {"A red fox"}),
        ("fox blue", set[str]()),
        ("möwe ÜBER", {"Möwe über Wasser"}),
        ("%", {"100% wool_sock"}),
        ("l_s", {"100% wool_sock"}),
        ("_", {"100% wool_sock"}),
        ("\\", {"back\\slash"}),
        ("'; DROP TABLE clips; --", set[str]()),
        ("\ud800", set[str]()),
        ("x" * 100_000, set[str]()),
        (" ".join(f"w{number}ö" for number in range(5000)), set[str]()),
    ],
    ids=lambda value: repr(sorted(value) if isinstance(value, set) else value)[:30],
)
def test_a_search_finds_every_word_as_it_is_written(
    library: Library, add: Any, text: str, found: set[str]
) -> None:
    for prompt in ("A red fox", "Möwe über Wasser", "100% wool_sock", "back\\slash"):
        add(prompt)
    assert set(titles(library.page(ClipFilter(text=text), 0, 10))) == found


def test_a_search_looks_at_names_too(library: Library, add: Any) -> None:
    named = add("a beach at dusk")
    add("a forest")
    library.rename(named.id, "Holiday opener")
    assert library.ids(ClipFilter(text="opener beach")) == [named.id]


def test_filters_narrow_together(library: Library, add: Any) -> None:
    plain = add("a cat", model_title="Wan 2.2 5B")
    other = add("a cat", preset="Wide 5 s", model_title="Starter")
    wide = str(preset_id("Wide 5 s"))
    library.set_stars([other.id], True)
    assert library.ids(ClipFilter(model="Wan 2.2 5B")) == [plain.id]
    assert library.ids(ClipFilter(preset=wide)) == [other.id]
    assert library.ids(ClipFilter(starred=True)) == [other.id]
    assert library.ids(ClipFilter("cat", "Starter", wide, True)) == [other.id]
    assert library.ids(ClipFilter("cat", "Wan 2.2 5B", wide, True)) == []


def test_a_preset_is_known_by_its_id_whatever_it_was_called(
    library: Library, tmp_path: Path
) -> None:
    def made(number: int, of: int, name: str) -> Clip:
        mark = PresetMark(id=UUID(int=of), name=name, content_hash="0" * 16)
        marked = PARAMS.model_copy(update={"preset": mark})
        return library.add(a_record(params=marked), tmp_path / f"{number}.mp4", None, number)

    first, renamed, other = made(1, 1, "Sea"), made(2, 1, "Lake"), made(3, 2, "Sea")
    assert set(library.ids(ClipFilter(preset=str(UUID(int=1))))) == {first.id, renamed.id}
    assert library.ids(ClipFilter(preset=str(UUID(int=2)))) == [other.id]
    assert library.presets() == [(str(UUID(int=1)), "Lake"), (str(UUID(int=2)), "Sea")]
    assert [clip.id for clip in library.of_jobs([3, 9, 1])] == [other.id, first.id]


def test_models_and_presets_are_those_of_the_clips(library: Library, add: Any) -> None:
    assert library.models() == library.presets() == []
    add(model_title="beta", preset="Tall")
    add(model_title="Alpha")
    add(model_title="beta")
    assert library.models() == ["Alpha", "beta"]
    assert [name for _, name in library.presets()] == ["Tall"]


def test_a_star_is_told_once(library: Library, add: Any) -> None:
    clip = add()
    told: list[int] = []
    library.changed.connect(told.append)
    library.set_stars([clip.id], True)
    library.set_stars([clip.id], True)
    assert library.clip(clip.id).starred
    library.set_stars([clip.id], False)
    assert not library.clip(clip.id).starred
    assert told == [clip.id, clip.id]


def test_a_name_is_shown_instead_of_the_prompt_until_it_is_blank(
    library: Library, add: Any
) -> None:
    clip = add("a cat")
    library.rename(clip.id, "  Opening \n shot ")
    assert library.clip(clip.id).title == "Opening shot"
    assert library.clip(clip.id).path == clip.path
    library.rename(clip.id, "   ")
    assert library.clip(clip.id).name is None
    assert library.clip(clip.id).title == "a cat"


def test_a_clip_without_words_goes_by_its_file(library: Library, add: Any) -> None:
    assert add("").title == "0"


def test_removed_clips_are_forgotten_and_their_files_stay(
    library: Library, add: Any, tmp_path: Path
) -> None:
    first, second, third = add(), add(), add()
    first.path.write_bytes(b"video")
    told: list[list[int]] = []
    library.removed.connect(told.append)
    library.remove([first.id, third.id, 9999])
    library.remove([first.id])
    assert told == [[first.id, third.id]]
    assert library.ids() == [second.id]
    assert first.path.exists()
    with pytest.raises(BadInput, match="not in the history"):
        library.clip(first.id)


def test_a_clip_told_twice_is_one_clip_and_keeps_its_star_and_name(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "cat.mp4"
    clip = library.add(a_record(), path, None, 1)
    library.set_stars([clip.id], True)
    library.rename(clip.id, "Best one")
    told: list[int] = []
    library.changed.connect(told.append)
    again = library.add(a_record("a dog"), path, tmp_path / "cat.jpg", 1)
    assert library.count() == 1
    assert (again.id, again.prompt, again.starred, again.name) == (
        clip.id,
        "a dog",
        True,
        "Best one",
    )
    assert told == [clip.id]


def test_a_signal_comes_when_the_change_can_be_read(library: Library, tmp_path: Path) -> None:
    seen: list[Clip] = []

    def look(clip_id: int) -> None:
        seen.append(library.clip(clip_id))

    library.added.connect(look)
    clip = library.add(a_record(), tmp_path / "a.mp4", None, None)
    assert seen == [clip]


def test_text_that_is_no_text_is_refused_in_words(library: Library, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not in UTF-8"):
        library.add(a_record(), tmp_path / "\udcff.mp4", None, None)
    clip = library.add(a_record(), tmp_path / "a.mp4", None, None)
    with pytest.raises(BadInput, match="not in UTF-8"):
        library.rename(clip.id, "\ud800")
    assert library.count() == 1


def test_a_row_without_a_record_of_ours_is_still_listed(
    library: Library, store: Store, add: Any
) -> None:
    clip = add("a cat")
    with store.transaction() as connection:
        connection.execute("UPDATE clips SET record = '{}'")
    listed = library.clip(clip.id)
    assert listed.title == "a cat"
    with pytest.raises(BadInput, match=r"0\.mp4"):
        _ = listed.record
