from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt
from PySide6.QtGui import QAccessible, QClipboard, QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.core.clip import ClipRecord
from studio.core.library import Clip, ClipFilter, Library
from studio.core.params import Quality, ResolvedParams, Scheduler
from studio.core.photo import Fit as PhotoFit
from studio.core.settings import Theme
from studio.core.store import Store
from studio.ui.history.clip_model import PAGE, ClipModel
from studio.ui.history.history_view import HistoryView
from studio.ui.history.posters import Fit, read_poster
from studio.ui.history.reveal import command_for
from studio.ui.history.tile import lines_of, part_shown, shown_size, tile_in
from studio.ui.history.trash import move_to_trash
from tests.core.preset_samples import with_preset

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SLOW = 20_000
KEY, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def a_record(prompt: str, created: datetime, model_title: str = "Wan 2.2 5B") -> ClipRecord:
    params = ResolvedParams(
        prompt=prompt,
        negative_prompt="",
        model="starter",
        image=None,
        crop=None,
        fit=PhotoFit.COVER,
        background="white",
        width=128,
        height=72,
        num_frames=12,
        frame_rate=24.0,
        num_inference_steps=20,
        guidance_scale=5.0,
        guidance_scale_2=None,
        flow_shift=5.0,
        seed=812,
        scheduler=Scheduler.UNIPC,
        quality=Quality.GOOD,
    )
    return ClipRecord(
        version="0.1",
        params=params,
        model_title=model_title,
        model_fingerprint="abc",
        photo_sha256=None,
        created=created,
    )


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second that goes from red to blue."""
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        for number in range(12):
            picture = np.zeros((72, 128, 3), np.uint8)
            picture[..., 0], picture[..., 2] = 250 - 20 * number, 20 * number
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@dataclass
class Made:
    """A library, and a way to put real clips into it."""

    library: Library
    folder: Path
    video: Path
    number: int = 0

    def clip(
        self,
        prompt: str = "a cat",
        model: str = "Wan 2.2 5B",
        preset: str | None = None,
        poster: str | None = "teal",
        first_name: str = "",
    ) -> Clip:
        path = self.folder / f"clip {self.number}.mp4"
        self.number += 1
        shutil.copy(self.video, path)
        picture = path.with_suffix(".jpg") if poster else None
        if picture is not None and poster is not None:
            Image.new("RGB", (128, 72), poster).save(picture)
        record = a_record(prompt, NOON + timedelta(minutes=self.number), model)
        return self.library.add(with_preset(record, preset, first_name), path, picture, None)

    def rows(self, count: int) -> None:
        """Many rows without files, as quick as the database takes them."""
        one = self.clip("row")
        record = one.record.model_dump_json()
        with self.library._store.transaction() as connection:
            connection.execute("DELETE FROM clips")
            connection.executemany(
                "INSERT INTO clips (path, created, prompt, model_title, width, height, num_frames,"
                " frame_rate, seed, record) VALUES (?, ?, ?, 'W', 128, 72, 12, 24, 1, ?)",
                [
                    (
                        f"/none/{number}",
                        (NOON + timedelta(minutes=number)).isoformat(),
                        f"row {number}",
                        record,
                    )
                    for number in range(count)
                ],
            )


@pytest.fixture
def made(tmp_path: Path, video: Path) -> Iterator[Made]:
    folder = tmp_path / "clips"
    folder.mkdir()
    store = Store.open(tmp_path / "clipwright.db").store
    yield Made(Library(store), folder, video)
    store.close()


@pytest.fixture
def history(qtbot: QtBot, made: Made) -> Callable[[], HistoryView]:
    def show() -> HistoryView:
        view = HistoryView(made.library)
        qtbot.addWidget(view)
        view.resize(900, 500)
        with qtbot.waitActive(view, timeout=SLOW):
            view.show()
            view.activateWindow()
        view.grid.setFocus()
        return view

    return show


def titles(view: HistoryView) -> list[str]:
    return [view.clips.index(row).data() for row in range(view.clips.rowCount())]


def middle(view: HistoryView, row: int) -> QPoint:
    return view.grid.visualRect(view.clips.index(row)).center()


def press(view: HistoryView, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(view.grid, key, modifier)


def click(view: HistoryView, row: int, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(view.grid.viewport(), LEFT, modifier, middle(view, row))


def settled(qtbot: QtBot, view: HistoryView) -> None:
    """Waits until every poster in sight has come."""

    def nothing_asked_for() -> bool:
        view.grid.grab()  # painting asks for what is not there
        return not view.grid.posters.busy

    qtbot.waitUntil(lambda: not view.grid._settle.isActive(), timeout=SLOW)
    qtbot.waitUntil(nothing_asked_for, timeout=SLOW)


def colour_of(view: HistoryView, row: int) -> QColor:
    return view.grid.viewport().grab().toImage().pixelColor(middle(view, row) - QPoint(0, 30))


def close_to(colour: QColor, name: str) -> bool:
    wanted = QColor(name)
    return all(
        abs(one - other) < 40
        for one, other in zip(colour.getRgb(), wanted.getRgb(), strict=True)  # type: ignore[arg-type]
    )


# What is shown


def test_an_empty_history_says_how_to_begin(history: Any, themed: Theme) -> None:
    view = history()
    assert view.empty.isVisible()
    assert not view.grid.isVisible()
    assert "Render" in view.empty.advice.text()
    assert not view.empty.clear.isVisible()


def test_clips_show_newest_first_with_their_posters(
    qtbot: QtBot, made: Made, history: Any, themed: Theme
) -> None:
    made.clip("old", poster="orange")
    made.clip("new", poster="teal")
    view = history()
    assert titles(view) == ["new", "old"]
    settled(qtbot, view)
    assert close_to(colour_of(view, 0), "teal")
    assert close_to(colour_of(view, 1), "orange")
    assert view.filters.count.text() == "2 clips"


def test_a_clip_without_poster_shows_its_first_frame(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    made.clip(poster=None)
    view = history()
    settled(qtbot, view)
    assert close_to(colour_of(view, 0), "#fa0000")


def test_a_damaged_poster_is_replaced_by_the_first_frame(made: Made) -> None:
    clip = made.clip()
    assert clip.poster is not None
    clip.poster.write_bytes(b"\xff\xd8\xff no picture")
    picture = read_poster(clip, Fit(QSize(64, 36), 1.0))
    assert picture is not None
    assert close_to(picture.pixelColor(32, 18), "#fa0000")


def test_a_missing_file_is_shown_and_spoken_as_such_until_it_is_back(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    clip = made.clip("a cat")
    away = clip.path.rename(clip.path.with_suffix(".away"))
    view = history()
    settled(qtbot, view)
    assert "file is missing" in view.clips.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert view.clips.mimeData([view.clips.index(0)]).urls() == []
    away.rename(clip.path)
    view.grid.posters.look_again()
    settled(qtbot, view)
    assert not view.clips.is_missing(clip.id)


def test_a_damaged_clip_without_poster_is_an_empty_tile(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    clip = made.clip(poster=None)
    clip.path.write_bytes(b"no video")
    view = history()
    settled(qtbot, view)
    assert not view.clips.is_missing(clip.id)


def test_a_clip_that_comes_while_it_shows_goes_to_the_front(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    view = history()
    assert view.empty.isVisible()
    first = made.clip("first")
    qtbot.waitUntil(view.grid.isVisible, timeout=SLOW)
    click(view, 0)
    made.clip("second")
    qtbot.waitUntil(lambda: titles(view) == ["second", "first"], timeout=SLOW)
    assert [clip.id for clip in view.selected()] == [first.id]


def test_a_rerendered_clip_gets_its_new_poster(qtbot: QtBot, made: Made, history: Any) -> None:
    clip = made.clip(poster="teal")
    view = history()
    settled(qtbot, view)
    assert clip.poster is not None
    Image.new("RGB", (128, 72), "orange").save(clip.poster)
    made.library.add(a_record("a dog", NOON + timedelta(hours=1)), clip.path, clip.poster, None)
    qtbot.waitUntil(lambda: titles(view) == ["a dog"], timeout=SLOW)
    settled(qtbot, view)
    assert close_to(colour_of(view, 0), "orange")


# Search and filters


def test_typing_into_the_search_narrows_the_grid_and_escape_brings_all_back(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    for prompt in ("a red fox", "a blue fox", "waves"):
        made.clip(prompt)
    view = history()
    QTest.keyClick(view.grid, KEY.Key_F, CTRL)
    assert view.filters.search.hasFocus()
    QTest.keyClicks(view.filters.search, "FOX red")
    qtbot.waitUntil(lambda: titles(view) == ["a red fox"], timeout=SLOW)
    assert view.filters.count.text() == "1 clip"
    QTest.keyClick(view.filters.search, KEY.Key_Escape)
    qtbot.waitUntil(lambda: len(titles(view)) == 3, timeout=SLOW)
    QTest.keyClick(view.filters.search, KEY.Key_Down)
    assert view.grid.hasFocus()
    assert [clip.prompt for clip in view.selected()] == ["waves"]


def test_a_search_without_result_says_so_and_offers_the_way_back(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    made.clip("a fox")
    view = history()
    view.filters.search.setText("zebra")
    qtbot.waitUntil(view.empty.isVisible, timeout=SLOW)
    assert "zebra" in view.empty.heading.text()
    QTest.mouseClick(view.empty.clear, LEFT)
    assert titles(view) == ["a fox"]
    assert view.filters.search.text() == ""
    assert view.grid.isVisible()


def test_letters_typed_over_the_grid_start_a_search(qtbot: QtBot, made: Made, history: Any) -> None:
    made.clip("a fox")
    made.clip("waves")
    view = history()
    press(view, KEY.Key_F)
    assert view.filters.search.hasFocus()
    QTest.keyClicks(view.filters.search, "ox")
    qtbot.waitUntil(lambda: titles(view) == ["a fox"], timeout=SLOW)


def test_model_and_preset_are_offered_when_there_is_a_choice(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    made.clip("one", model="A")
    view = history()
    assert not view.filters.model.isVisible()
    assert not view.filters.preset.isVisible()
    made.clip("two", model="B", preset="Wide")
    assert view.filters.model.isVisible()
    view.filters.model.setCurrentText("A")
    assert titles(view) == ["one"]
    view.filters.model.setCurrentText("All models")
    view.filters.preset.setCurrentText("Wide")
    assert titles(view) == ["two"]
    made.clip("three", preset="Wider", first_name="Wide")
    offered = [view.filters.preset.itemText(row) for row in range(view.filters.preset.count())]
    assert offered == ["All presets", "Wider"]
    assert view.filters.preset.currentText() == "Wider"
    qtbot.waitUntil(lambda: titles(view) == ["three", "two"], timeout=SLOW)


def test_a_filter_whose_last_clip_goes_gives_all_again(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    made.clip("one", model="A")
    other = made.clip("two", model="B")
    view = history()
    view.filters.model.setCurrentText("B")
    made.library.remove([other.id])
    qtbot.waitUntil(lambda: titles(view) == ["one"], timeout=SLOW)
    assert view.clips.filter == ClipFilter()


def test_only_starred_clips_on_a_click(qtbot: QtBot, made: Made, history: Any) -> None:
    made.clip("plain")
    star = made.clip("star")
    made.library.set_stars([star.id], True)
    view = history()
    QTest.mouseClick(view.filters.starred, LEFT)
    assert titles(view) == ["star"]
    click(view, 0)
    press(view, KEY.Key_Asterisk)
    qtbot.waitUntil(view.empty.isVisible, timeout=SLOW)
    assert "star" in view.empty.heading.text()


# What can be done


def test_enter_and_a_double_click_open_a_clip(made: Made, history: Any) -> None:
    made.clip("old")
    made.clip("new")
    view = history()
    opened: list[Clip] = []
    view.opened.connect(opened.append)
    click(view, 0)
    press(view, KEY.Key_Right)
    press(view, KEY.Key_Return)
    QTest.mouseClick(view.grid.viewport(), LEFT, pos=middle(view, 0))
    QTest.mouseDClick(view.grid.viewport(), LEFT, pos=middle(view, 0))
    assert [clip.title for clip in opened] == ["old", "new"]


def test_wishes_are_told_with_the_selected_clip(made: Made, history: Any) -> None:
    clip = made.clip()
    view = history()
    told: list[tuple[str, int]] = []
    view.use_settings.connect(lambda clip: told.append(("settings", clip.id)))
    view.use_settings_and_seed.connect(lambda clip: told.append(("seed", clip.id)))
    view.use_last_frame.connect(lambda clip: told.append(("frame", clip.id)))
    view.reveal.connect(lambda clip: told.append(("reveal", clip.id)))
    press(view, KEY.Key_U, CTRL)
    assert told == []
    click(view, 0)
    press(view, KEY.Key_U, CTRL)
    press(view, KEY.Key_U, Qt.KeyboardModifier.AltModifier)
    press(view, KEY.Key_U, CTRL | SHIFT)
    press(view, KEY.Key_E, CTRL | SHIFT)
    assert told == [(wish, clip.id) for wish in ("settings", "seed", "frame", "reveal")]


def test_selected_clips_can_be_compared_up_to_nine(made: Made, history: Any) -> None:
    for number in range(10):
        made.clip(f"clip {number}")
    view = history()
    told: list[list[str]] = []
    view.compare.connect(lambda clips: told.append([clip.title for clip in clips]))
    click(view, 0)
    press(view, KEY.Key_C, CTRL | SHIFT)
    click(view, 2, CTRL)
    press(view, KEY.Key_C, CTRL | SHIFT)
    assert view.filters.count.text() == "2 of 10 selected"
    view.grid.selectAll()
    press(view, KEY.Key_C, CTRL | SHIFT)
    assert told == [["clip 9", "clip 7"]]
    click(view, 0, CTRL)
    press(view, KEY.Key_C, CTRL | SHIFT)
    assert len(told[1]) == 9


def test_the_star_key_stars_all_selected_and_takes_the_stars_again(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    one, two = made.clip("one"), made.clip("two")
    made.library.set_stars([one.id], True)
    view = history()
    told: list[tuple[int, bool]] = []
    view.starred.connect(lambda clip_id, on: told.append((clip_id, on)))
    press(view, KEY.Key_A, CTRL)
    press(view, KEY.Key_Asterisk)
    assert told == [(two.id, True)]
    press(view, KEY.Key_Asterisk)
    assert not any(clip.starred for clip in made.library.clips([one.id, two.id]))
    assert len(view.selected()) == 2


def test_a_click_on_the_star_of_a_tile_toggles_it_and_selects_nothing(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    clip = made.clip()
    view = history()
    cell = view.grid.visualRect(view.clips.index(0))
    star = cell.topLeft() + tile_in(cell.size(), view.grid.font()).star.center()
    QTest.mouseClick(view.grid.viewport(), LEFT, pos=star)
    assert made.library.clip(clip.id).starred
    assert view.selected() == []
    spoken = Qt.ItemDataRole.AccessibleTextRole
    qtbot.waitUntil(lambda: "starred" in view.clips.index(0).data(spoken), timeout=SLOW)


def test_f2_renames_in_place_and_the_file_stays(qtbot: QtBot, made: Made, history: Any) -> None:
    clip = made.clip("a cat")
    view = history()
    told: list[tuple[int, str]] = []
    view.renamed.connect(lambda clip_id, name: told.append((clip_id, name)))
    click(view, 0)
    press(view, KEY.Key_F2)
    editor = view.grid.viewport().findChild(QLineEdit)
    assert editor is not None
    assert editor.accessibleName()
    assert (editor.text(), editor.selectedText()) == ("a cat", "a cat")
    QTest.keyClicks(editor, "Opening * shot")
    QTest.keyClick(editor, KEY.Key_Return)
    qtbot.waitUntil(lambda: titles(view) == ["Opening * shot"], timeout=SLOW)
    assert told == [(clip.id, "Opening * shot")]
    assert made.library.clip(clip.id).path == clip.path
    assert not made.library.clip(clip.id).starred


def test_escape_leaves_the_name_as_it_was(made: Made, history: Any) -> None:
    clip = made.clip("a cat")
    view = history()
    click(view, 0)
    press(view, KEY.Key_F2)
    editor = view.grid.viewport().findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "x")
    QTest.keyClick(editor, KEY.Key_Escape)
    assert made.library.clip(clip.id).name is None


def test_copied_and_dragged_clips_are_files(
    made: Made, history: Any, clipboard: QClipboard
) -> None:
    paths = {str(made.clip(name).path) for name in ("one", "two")}
    view = history()
    press(view, KEY.Key_A, CTRL)
    press(view, KEY.Key_C, CTRL)
    copied = clipboard.mimeData().urls()
    assert {url.toLocalFile() for url in copied} == paths
    dragged = view.clips.mimeData(view.grid.selectedIndexes())
    assert {url.toLocalFile() for url in dragged.urls()} == paths
    assert view.clips.supportedDragActions() == Qt.DropAction.CopyAction
    assert view.grid.dragEnabled()


def test_the_menu_has_every_deed_with_its_key(qtbot: QtBot, made: Made, history: Any) -> None:
    made.clip("one")
    made.clip("two")
    view = history()
    assert view.grid.contextMenuPolicy() == Qt.ContextMenuPolicy.CustomContextMenu
    click(view, 0)
    view.grid.customContextMenuRequested.emit(middle(view, 0))
    menu = view.deeds.menu
    qtbot.waitUntil(menu.isVisible, timeout=SLOW)
    usable = {
        action.text(): action.isEnabled() for action in menu.actions() if not action.isSeparator()
    }
    assert usable == {
        "Open": True,
        "Compare": False,
        "Star": True,
        "Rename…": True,
        "Use these settings": True,
        "Use these settings and the seed": True,
        "Use last frame as photo": True,
        "Copy file": True,
        "Show in folder": True,
        "Move to trash": True,
    }
    assert all(a.shortcut().toString() for a in menu.actions() if not a.isSeparator())
    menu.close()


# Trash


@pytest.fixture
def clipboard(qtbot: QtBot) -> Iterator[QClipboard]:
    """The clipboard, emptied while Python still lives: it belongs to no window."""
    yield QGuiApplication.clipboard()
    QGuiApplication.clipboard().clear()


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own trash."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "Trash" / "files"


def test_delete_moves_video_and_poster_to_the_trash(
    qtbot: QtBot, made: Made, history: Any, trash: Path
) -> None:
    gone, stays = made.clip("gone"), made.clip("stays")
    view = history()
    told: list[list[Clip]] = []
    view.trash.connect(told.append)
    click(view, 1)
    press(view, KEY.Key_Delete)
    qtbot.waitUntil(lambda: titles(view) == ["stays"], timeout=SLOW)
    assert [clip.id for clip in told[0]] == [gone.id]
    assert sorted(path.name for path in trash.iterdir()) == ["clip 0.jpg", "clip 0.mp4"]
    assert not gone.path.exists()
    assert stays.path.exists()
    assert not view.problem.isVisible()


def test_a_clip_whose_file_is_missing_just_leaves_the_history(
    qtbot: QtBot, made: Made, history: Any, trash: Path
) -> None:
    clip = made.clip()
    clip.path.unlink()
    view = history()
    click(view, 0)
    press(view, KEY.Key_Delete)
    qtbot.waitUntil(view.empty.isVisible, timeout=SLOW)
    assert made.library.count() == 0


def test_a_clip_that_cannot_be_moved_stays_and_is_told(
    qtbot: QtBot, made: Made, history: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))  # there can be no trash in it
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    clip = made.clip()
    if move_to_trash([clip]).gone:
        pytest.skip("this disk has a trash of its own")
    view = history()
    click(view, 0)
    press(view, KEY.Key_Delete)
    qtbot.waitUntil(view.problem.isVisible, timeout=SLOW)
    assert "clip 0.mp4 could not be moved" in view.problem.sentence.text()
    assert clip.path.exists()
    assert made.library.count() == 1


def test_many_clips_go_little_by_little(
    qtbot: QtBot, made: Made, history: Any, trash: Path
) -> None:
    for number in range(12):
        made.clip(f"clip {number}")
    view = history()
    press(view, KEY.Key_A, CTRL)
    press(view, KEY.Key_Delete)
    qtbot.waitUntil(view.empty.isVisible, timeout=SLOW)
    assert made.library.count() == 0
    assert len(list(trash.iterdir())) == 24


# Playing under the pointer


def test_the_clip_under_the_pointer_plays_and_stops_when_it_leaves(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    clip = made.clip(poster="teal")
    view = history()
    settled(qtbot, view)
    shown: list[int] = []
    player = view.grid.player
    player.frame_changed.connect(lambda _: shown.append(player._shown))
    QTest.mouseMove(view.grid.viewport(), middle(view, 0))
    qtbot.waitUntil(lambda: 11 in shown and 0 in shown[shown.index(11) :], timeout=SLOW)  # it loops
    assert close_to(colour_of(view, 0), "teal") is False
    view.filters.search.setFocus()
    QTest.mouseMove(view.grid.viewport(), QPoint(3, view.grid.viewport().height() - 3))
    qtbot.waitUntil(lambda: player.picture(clip.id) is None, timeout=SLOW)
    assert close_to(colour_of(view, 0), "teal")


def test_a_damaged_clip_under_the_pointer_shows_its_poster(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    clip = made.clip(poster="teal")
    clip.path.write_bytes(b"no video")
    view = history()
    settled(qtbot, view)
    QTest.mouseMove(view.grid.viewport(), middle(view, 0))
    player = view.grid.player
    qtbot.waitUntil(lambda: player._reel is not None and player._reel.whole.is_set(), timeout=SLOW)
    qtbot.waitUntil(lambda: not player._beat.isActive(), timeout=SLOW)
    assert close_to(colour_of(view, 0), "teal")


# Rows, keyboard and screen readers


def test_ten_thousand_clips_are_read_by_the_page(qtbot: QtBot, made: Made) -> None:
    made.rows(10_000)
    model = ClipModel(made.library)
    assert model.rowCount() == 10_000
    assert len(model._clips) == 0
    assert model.index(9_999).data() == "row 0"
    assert len(model._clips) == PAGE
    for row in range(0, 10_000, PAGE):
        model.index(row).data()
    assert len(model._clips) <= 3_000 + PAGE
    last = made.library.ids()[-1]
    assert model.row_of(last) == 9_999


def test_rows_follow_the_library_in_the_fewest_steps(qtbot: QtBot, made: Made) -> None:
    clips = [made.clip(f"{number}") for number in range(6)]
    model = ClipModel(made.library)
    removed: list[tuple[int, int]] = []
    model.rowsRemoved.connect(lambda _, first, last: removed.append((first, last)))
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    made.library.remove([clips[0].id, clips[3].id, clips[4].id])
    assert removed == [(5, 5), (1, 2)]
    assert [model.index(row).data() for row in range(3)] == ["5", "2", "1"]
    made.library.add(a_record("in between", clips[1].created), made.folder / "x.mp4", None, None)
    model.settle()
    assert [model.index(row).data() for row in range(4)] == ["5", "2", "in between", "1"]
    assert resets == []


def test_a_clip_is_shown_on_demand_even_where_a_filter_hid_it(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    for number in range(30):
        made.clip(f"clip {number}")
    view = history()
    view.filters.search.setText("29")
    qtbot.waitUntil(lambda: titles(view) == ["clip 29"], timeout=SLOW)
    view.show_clip(made.clip("the newest").id)
    assert [clip.title for clip in view.selected()] == ["the newest"]
    oldest = made.library.ids()[-1]
    view.show_clip(oldest)
    row = view.clips.row_of(oldest)
    assert row is not None
    assert view.grid.viewport().rect().intersects(view.grid.visualRect(view.clips.index(row)))


def test_tab_reaches_the_first_tile_and_enter_opens_it(
    qtbot: QtBot, made: Made, history: Any
) -> None:
    made.clip("only")
    view = history()
    opened: list[Clip] = []
    view.opened.connect(opened.append)
    view.filters.starred.setFocus()
    QTest.keyClick(view.filters.starred, KEY.Key_Tab)
    assert view.grid.hasFocus()
    press(view, KEY.Key_Return)
    assert [clip.title for clip in opened] == ["only"]


def test_every_control_has_a_name_and_says_its_key(made: Made, history: Any) -> None:
    made.clip("one", model="A", preset="Wide")
    made.clip("two", model="B")
    view = history()
    row = view.filters
    for widget in (row.search, row.model, row.preset, row.starred, view.empty.clear):
        assert widget.accessibleName()
        assert widget.toolTip()
    assert "Ctrl+F" in row.search.toolTip()


def test_a_screen_reader_gets_the_prompt_and_the_state(made: Made, history: Any) -> None:
    clip = made.clip("a cat flicks its tail")
    made.library.set_stars([clip.id], True)
    view = history()
    tile = QAccessible.queryAccessibleInterface(view.grid).child(0)
    spoken = tile.text(QAccessible.Text.Name)
    assert spoken == "a cat flicks its tail, starred, 0.5 s · 128×72"
    assert "Wan 2.2 5B" in view.clips.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_the_library_may_change_after_the_page_is_gone(qtbot: QtBot, made: Made) -> None:
    clip = made.clip()
    view = HistoryView(made.library)
    view.show()
    view.close()
    view.deleteLater()
    del view
    qtbot.wait(50)
    made.library.set_stars([clip.id], True)
    made.library.remove([clip.id])


# Geometry


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (QSize(1280, 704), QSize(208, 117)),
        (QSize(832, 480), QSize(208, 117)),
        (QSize(704, 1280), QSize(64, 117)),
        (QSize(960, 928), QSize(121, 117)),
        (QSize(2000, 20), QSize(208, 2)),
        (QSize(0, 0), QSize(208, 117)),
    ],
)
def test_a_nearly_fitting_picture_fills_and_others_show_whole(size: QSize, shown: QSize) -> None:
    assert shown_size(size, QSize(208, 117)) == shown


def test_what_is_cut_is_cut_on_both_sides() -> None:
    part = part_shown(QSize(1280, 704), QSize(160, 90))
    assert part.height() == 704
    assert part.left() == pytest.approx(1280 - part.right())


def test_long_words_take_two_lines_and_end_in_dots(qtbot: QtBot, made: Made, history: Any) -> None:
    font = history().font()
    lines = lines_of("😀 a cat and a dog and a bird and a fish " * 20, font, 150)
    assert len(lines) == 2
    assert lines[0].startswith("😀 a cat")
    assert lines[1].endswith("…")
    assert lines_of("short", font, 150) == ("short",)
    assert lines_of("", font, 150) in ((), ("",))


def test_each_system_has_its_way_to_reveal_a_file() -> None:
    path = Path("/clips/a b.mp4")
    assert command_for(path, "linux") is None
    assert command_for(path, "darwin") == ("/usr/bin/open", "-R", "/clips/a b.mp4")
    windows = command_for(path, "win32")
    assert windows is not None
    assert windows[0].endswith("explorer.exe")
    assert list(windows[1:]) == ["/select,", "/clips/a b.mp4"]


def test_the_selection_stays_when_posters_come(qtbot: QtBot, made: Made, history: Any) -> None:
    made.clip("one")
    made.clip("two")
    view = history()
    select = QItemSelectionModel.SelectionFlag.Select
    for row in (0, 1):
        view.grid.selectionModel().select(view.clips.index(row), select)
    settled(qtbot, view)
    assert len(view.selected()) == 2
