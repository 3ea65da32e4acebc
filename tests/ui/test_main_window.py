"""Tests of the window: its zones, drops anywhere, its layout, its menu, and how it closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.core.settings import Theme
from studio.ui.closing import Leaving
from studio.ui.main_window import MainWindow
from studio.ui.shortcuts import SHORTCUTS, Place
from studio.ui.theme import tokens
from tests.ui.dragging import Drag

PATIENCE = 20_000  # milliseconds


class Zone(QWidget):
    """A zone with one field that takes the focus."""

    def __init__(self, field: QWidget) -> None:
        super().__init__()
        self.field = field
        QVBoxLayout(self).addWidget(field)


class Taker(QWidget):
    """A part of a zone that takes drops itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entered = False
        self.resize(40, 40)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        self.entered = True
        event.acceptProposedAction()


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow(
        Zone(QPlainTextEdit()), Zone(QLineEdit()), Zone(QLineEdit()), Zone(QLineEdit())
    )
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


def files(*names: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(name) for name in names])
    return mime


def over_stage(window: MainWindow) -> QPoint:
    """A point of the window where the stage is, beside its field."""
    return window.stage.mapTo(window, QPoint(3, 3))


def test_the_zones_are_where_the_drawing_has_them(window: MainWindow) -> None:
    compose, stage, tabs = (
        part.mapTo(window, QPoint(0, 0)) for part in (window.compose, window.stage, window.tabs)
    )
    assert compose.x() < stage.x()
    assert stage.x() == tabs.x()
    assert stage.y() < tabs.y()
    assert 340 <= window.compose.width() <= 420
    assert window.stage.height() > window.tabs.height()


def test_a_wider_window_gives_its_room_to_the_stage(window: MainWindow) -> None:
    before = window.compose.width(), window.stage.width()
    window.resize(1900, 1000)
    QApplication.processEvents()
    assert window.compose.width() == before[0]
    assert window.stage.width() > before[1]


def test_the_tab_counts_the_jobs(window: MainWindow) -> None:
    window.set_queue_count(3)
    assert window.tabs.tabText(0) == "QUEUE (3)"
    window.set_queue_count(0)
    assert window.tabs.tabText(0) == "QUEUE"


def test_every_zone_has_a_name_for_screen_readers(window: MainWindow) -> None:
    zones = (window.compose, window.stage, window.tabs, window.queue, window.history)
    assert all(zone.accessibleName() for zone in zones)


def test_a_photo_dropped_on_the_stage_is_announced_and_handed_on(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = tmp_path / "cat.jpg"
    Image.new("RGB", (8, 8)).save(photo)
    drag = Drag(window, files(str(photo)))
    assert drag.enter(over_stage(window))
    assert window.overlay.isVisible()
    assert window.overlay.sentence == "Drop to use cat.jpg as the photo"
    assert window.overlay.geometry() == window.rect()
    with qtbot.waitSignal(window.files_dropped, timeout=PATIENCE) as dropped:
        assert drag.drop(over_stage(window))
    assert dropped.args == [[photo]]
    assert not window.overlay.isVisible()


def test_a_drag_that_leaves_takes_the_veil_along(window: MainWindow) -> None:
    drag = Drag(window, files("/photos/cat.jpg"))
    drag.enter(over_stage(window))
    drag.leave()
    assert not window.overlay.isVisible()


def test_a_drag_goes_through_the_veil_to_a_zone_that_takes_drops_itself(
    window: MainWindow, qtbot: QtBot
) -> None:
    taker = Taker(window.compose)
    taker.show()
    drag = Drag(window, files("/photos/cat.jpg"))
    assert drag.enter(over_stage(window))
    with qtbot.assertNotEmitted(window.files_dropped):
        assert drag.move(taker.mapTo(window, QPoint(3, 3)))
        assert taker.entered
        assert not window.overlay.isVisible()
        drag.leave()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("a.jpg", "b.png", "c.webp"), "Drop to use 3 photos, one clip each"),
        (("clip.mp4",), "Drop to bring back the settings of clip.mp4"),
        (
            ("a.jpg", "clip.mp4"),
            "Drop to use a.jpg as the photo and to bring back the settings of clip.mp4",
        ),
        (("x" * 100 + ".jpg",), f"Drop to use {'x' * 19}…{'x' * 16}.jpg as the photo"),
    ],
)
def test_the_veil_says_what_a_drop_will_do(
    window: MainWindow, names: tuple[str, ...], sentence: str
) -> None:
    drag = Drag(window, files(*(f"/photos/{name}" for name in names)))
    assert drag.enter(over_stage(window))
    assert window.overlay.sentence == sentence
    assert window.overlay.accessibleName() == sentence
    drag.leave()


def test_a_picture_dragged_out_of_a_browser_is_handed_on_as_bytes(
    window: MainWindow, qtbot: QtBot
) -> None:
    picture = QImage(6, 4, QImage.Format.Format_RGB32)
    picture.fill(QColor("#336699"))
    mime = QMimeData()
    mime.setImageData(picture)
    drag = Drag(window, mime)
    assert drag.enter(over_stage(window))
    with qtbot.waitSignal(window.image_dropped, timeout=PATIENCE) as dropped:
        drag.drop(over_stage(window))
    read = QImage.fromData(dropped.args[0])
    assert (read.width(), read.height()) == (6, 4)
    assert read.pixelColor(2, 2).name() == "#336699"


def test_the_browsers_own_file_is_preferred_to_its_pixels(window: MainWindow, qtbot: QtBot) -> None:
    picture = QImage(6, 4, QImage.Format.Format_RGB32)
    picture.fill(QColor("#336699"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    mime = QMimeData()
    mime.setData("image/png", buffer.data())
    drag = Drag(window, mime)
    drag.enter(over_stage(window))
    with qtbot.waitSignal(window.image_dropped, timeout=PATIENCE) as dropped:
        drag.drop(over_stage(window))
    assert dropped.args == [buffer.data().data()]


def test_text_is_none_of_the_windows_business(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setText("a cat flicks its tail")
    assert not Drag(window, mime).enter(over_stage(window))
    assert not window.overlay.isVisible()


def test_a_link_alone_is_explained_when_it_is_dropped(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.jpg")])
    drag = Drag(window, mime)
    drag.enter(over_stage(window))
    drag.drop(over_stage(window))
    assert window.problem.isVisible()
    assert "link" in window.problem.sentence.text()


def test_the_veil_is_painted_in_both_schemes(window: MainWindow, themed: Theme) -> None:
    window.overlay.announce("Drop to use 3 photos, one clip each")
    shot = window.overlay.grab().toImage()
    seen = {shot.pixelColor(x, shot.height() // 2 + 8).name() for x in range(shot.width())}
    assert tokens().text.name() in seen


def test_the_layout_comes_back_at_the_next_start(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1500, 900)
    window.columns.setSizes([410, 1090])
    window.rows.setSizes([400, 450])
    window.tabs.setCurrentIndex(1)
    QApplication.processEvents()
    kept = window.layout_state()
    second = MainWindow(QWidget(), QWidget(), QWidget(), QWidget())
    qtbot.addWidget(second)
    second.restore_layout(kept)
    second.show()
    qtbot.waitExposed(second)
    # The window itself may be smaller: it has to fit on the screen.
    assert second.compose.width() == 410
    shares = [part.stage.height() / part.rows.height() for part in (window, second)]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)
    assert second.tabs.currentIndex() == 1


@pytest.mark.parametrize("kept", [b"", b"not a layout", b'{"geometry": "%"}', b"\xff\xfe"])
def test_a_damaged_layout_leaves_the_window_as_it_is(window: MainWindow, kept: bytes) -> None:
    before = window.geometry(), window.columns.sizes()
    window.restore_layout(kept)
    assert (window.geometry(), window.columns.sizes()) == before


def test_every_command_of_the_window_has_its_keys_in_the_menu(window: MainWindow) -> None:
    for line in SHORTCUTS:
        if line.owner is Place.WINDOW:
            keys = {keys.toString() for keys in window.action(line.name).shortcuts()}
            assert keys == set(line.keys), line.name


def test_keys_of_a_zone_are_only_shown_in_the_menu(window: MainWindow) -> None:
    action = window.action("open-photo")
    assert action.text().endswith("\tCtrl+O")
    assert action.shortcuts() == []


def test_every_menu_opens_and_has_entries(window: MainWindow) -> None:
    titles = []
    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        assert menu.actions()
        titles.append(menu.title().replace("&", ""))
    assert titles == ["File", "Edit", "Queue", "View", "Help"]


@pytest.mark.parametrize(
    ("key", "zone"),
    [
        (Qt.Key.Key_1, "compose"),
        (Qt.Key.Key_2, "stage"),
        (Qt.Key.Key_3, "queue"),
        (Qt.Key.Key_4, "history"),
    ],
)
def test_the_zones_are_reached_with_the_keyboard(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, zone: str
) -> None:
    window.activateWindow()
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    field = getattr(window, zone).field
    qtbot.waitUntil(field.hasFocus, timeout=PATIENCE)
    assert field.isVisible()


def test_a_zone_that_is_hidden_comes_back_when_it_is_gone_to(window: MainWindow) -> None:
    window.action("show-compose").trigger()
    window.action("show-lists").trigger()
    assert not window.compose.isVisible()
    assert not window.tabs.isVisible()
    window.action("go-compose").trigger()
    window.action("go-history").trigger()
    assert window.compose.isVisible()
    assert window.history.isVisible()


def test_the_edit_menu_works_on_the_field_with_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    field = window.compose.field
    field.setPlainText("a cat")
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=PATIENCE)
    edit = window.menuBar().actions()[1].menu()
    assert isinstance(edit, QMenu)
    by_title = {action.text().split("\t")[0]: action for action in edit.actions()}
    by_title["Select all"].trigger()
    by_title["Cut"].trigger()
    assert field.toPlainText() == ""
    by_title["Paste"].trigger()
    assert field.toPlainText() == "a cat"


def test_the_stage_alone_fills_the_screen_and_all_comes_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.stage_alone, timeout=PATIENCE):
        window.show_stage_alone(True)
    assert window.isFullScreen()
    assert not window.compose.isVisible()
    assert not window.tabs.isVisible()
    assert not window.menuBar().isVisible()
    assert window.action("full-screen").isChecked()
    with qtbot.waitSignal(window.stage_alone, timeout=PATIENCE) as left:
        window.action("full-screen").trigger()
    assert left.args == [False]
    assert window.compose.isVisible()
    assert window.tabs.isVisible()
    assert window.menuBar().isVisible()
    assert not window.isFullScreen()


def test_pausing_in_the_menu_is_told_and_showing_it_is_not(
    window: MainWindow, qtbot: QtBot
) -> None:
    action = window.action("pause-queue")
    with qtbot.assertNotEmitted(action.triggered):
        window.set_queue_paused(True)
    assert action.isChecked()
    told: list[bool] = []
    action.triggered.connect(lambda on: told.append(on))
    action.trigger()
    assert told == [False]


def test_a_problem_is_shown_over_the_zones(window: MainWindow) -> None:
    window.show_problem("The models folder is not there.", "log", "warning")
    QApplication.processEvents()
    bar = window.problem
    assert bar.isVisible()
    assert bar.mapTo(window, QPoint(0, bar.height())).y() <= over_stage(window).y()


def test_a_report_can_be_copied_without_a_problem(window: MainWindow) -> None:
    window.action("copy-report").trigger()
    assert "Clipwright" in QApplication.clipboard().text()


def test_a_window_without_a_job_closes_at_once(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.leaving, timeout=PATIENCE) as left:
        window.close()
    assert left.args == [Leaving.KEEP]
    assert not window.isVisible()


@pytest.mark.parametrize(("button", "answer"), [("keep", Leaving.KEEP), ("cancel", Leaving.CANCEL)])
def test_closing_with_a_job_asks_once_and_tells_the_answer(
    window: MainWindow, qtbot: QtBot, button: str, answer: Leaving
) -> None:
    window.job_running = True
    window.close()
    question = window.question
    assert question is not None
    assert window.isVisible()
    qtbot.waitUntil(question.isVisible, timeout=PATIENCE)
    with qtbot.waitSignal(window.leaving, timeout=PATIENCE) as left:
        qtbot.mouseClick(getattr(question, button), Qt.MouseButton.LeftButton)
    assert left.args == [answer]
    assert not window.isVisible()


@pytest.mark.parametrize(
    "refuse",
    [
        lambda qtbot, question: qtbot.mouseClick(question.stay, Qt.MouseButton.LeftButton),
        lambda qtbot, question: qtbot.keyClick(question, Qt.Key.Key_Escape),
    ],
    ids=["button", "escape"],
)
def test_the_window_stays_open_when_it_is_told_to_and_asks_again_later(
    window: MainWindow, qtbot: QtBot, refuse: Callable[..., None]
) -> None:
    window.job_running = True
    for _ in range(2):
        with qtbot.assertNotEmitted(window.leaving):
            window.close()
            question = window.question
            assert question is not None
            qtbot.waitUntil(question.isVisible, timeout=PATIENCE)
            refuse(qtbot, question)
        assert window.isVisible()
        assert not question.isVisible()
    window.job_running = False


class HistoryDrop(QDropEvent):
    """A drop of what was dragged out of a widget of History."""

    def __init__(self, history: QWidget, mime: QMimeData) -> None:
        copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        super().__init__(QPointF(), copy, mime, left, Qt.KeyboardModifier.NoModifier)
        self._history = history

    def source(self) -> QWidget:
        return self._history


def test_a_tile_let_go_over_the_window_changes_nothing(window: MainWindow, qtbot: QtBot) -> None:
    assert isinstance(window.history, Zone)
    mime = files("/clips/waves.mp4")
    event = HistoryDrop(window.history.field, mime)
    with qtbot.assertNotEmitted(window.files_dropped, wait=0):
        window.dropEvent(event)
    with qtbot.waitSignal(window.files_dropped, timeout=PATIENCE):
        window.dropEvent(HistoryDrop(window.stage, mime))


def test_a_stage_that_fills_the_screen_is_not_kept_in_the_layout(
    window: MainWindow, qtbot: QtBot
) -> None:
    sizes = window.columns.sizes()
    window.show_stage_alone(True)
    assert not window.compose.isVisible()
    window.hide()
    kept = window.layout_state()
    second = MainWindow(QWidget(), QWidget(), QWidget(), QWidget())
    qtbot.addWidget(second)
    second.restore_layout(kept)
    second.show()
    qtbot.waitExposed(second)
    assert not second.isFullScreen()
    assert second.columns.sizes()[0] == sizes[0]
