"""The crop box under a real mouse and real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.core.photo import CropBox
from studio.ui.compose.crop_box import CropView
from studio.ui.compose.crop_geometry import Framing, Handle

LEFT = Qt.MouseButton.LeftButton
PHOTO = (4000, 3000)
CLIP = (1280, 704)


@pytest.fixture
def view(qtbot: QtBot) -> CropView:
    picture = QImage(800, 600, QImage.Format.Format_RGB888)
    picture.fill(QColor("teal"))
    view = CropView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show_photo(picture, Framing(PHOTO, CLIP), None)
    view.show()
    qtbot.waitExposed(view)
    return view


def drag(view: CropView, start: QPointF, end: QPointF) -> None:
    QTest.mousePress(view, LEFT, pos=start.toPoint())
    QTest.mouseMove(view, ((start + end) / 2).toPoint())
    QTest.mouseMove(view, end.toPoint())
    QTest.mouseRelease(view, LEFT, pos=end.toPoint())


def box(view: CropView) -> CropBox:
    assert view.box is not None
    return view.box


def test_it_starts_with_the_largest_box(view: CropView) -> None:
    assert box(view) == Framing(PHOTO, CLIP).largest()


def test_a_corner_is_dragged_and_the_one_opposite_stays(qtbot: QtBot, view: CropView) -> None:
    before = box(view)
    corner = view.handle_at(Handle.BOTTOM_RIGHT)
    with qtbot.waitSignal(view.cropped):
        drag(view, corner, corner - QPointF(150, 80))
    after = box(view)
    assert (after.x, after.y) == (before.x, before.y)
    assert after.width < before.width
    assert after.width * CLIP[1] == after.height * CLIP[0]


@pytest.mark.parametrize("handle", Handle)
def test_every_handle_makes_the_box_smaller(view: CropView, handle: Handle) -> None:
    across, down = handle.value
    start = view.handle_at(handle)
    drag(view, start, start - QPointF(90 * across, 60 * down))
    assert box(view).width < 3900


def test_the_box_is_dragged_by_its_inside_and_stops_at_the_edge(view: CropView) -> None:
    corner = view.handle_at(Handle.TOP_LEFT)
    drag(view, corner, corner + QPointF(200, 110))
    size = box(view).width, box(view).height
    middle = view.box_area().center()
    drag(view, middle, middle - QPointF(500, 500))
    assert box(view) == CropBox(x=0, y=0, width=size[0], height=size[1])


def test_thirds_show_while_dragging(view: CropView) -> None:
    middle = view.box_area().center().toPoint()
    still = view.grab().toImage()
    QTest.mousePress(view, LEFT, pos=middle)
    dragging = view.grab().toImage()
    QTest.mouseRelease(view, LEFT, pos=middle)
    assert still != dragging
    assert view.grab().toImage() == still


def test_arrows_move_by_one_pixel_of_the_photo_and_by_ten_with_shift(view: CropView) -> None:
    before = box(view)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert box(view).y == before.y + 1
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert box(view).y == before.y - 9


def test_plus_and_minus_scale(view: CropView) -> None:
    before = box(view)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert box(view).width < before.width
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert box(view) == before


@pytest.mark.parametrize("how", ["double click", "Home"])
def test_the_box_is_taken_back(qtbot: QtBot, view: CropView, how: str) -> None:
    before = box(view)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    with qtbot.waitSignal(view.cropped) as told:
        if how == "Home":
            QTest.keyClick(view, Qt.Key.Key_Home)
        else:
            QTest.mouseDClick(view, LEFT, pos=view.rect().center())
    assert box(view) == before
    assert told.args == [None]


def test_delete_asks_for_the_photo_to_be_removed(qtbot: QtBot, view: CropView) -> None:
    with qtbot.waitSignal(view.removal_wanted):
        QTest.keyClick(view, Qt.Key.Key_Delete)


def test_a_screen_reader_is_told_the_box(view: CropView) -> None:
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.accessibleName() == "Crop box"
    assert view.accessibleDescription().startswith("4000×2200 pixels of the photo")


def test_without_a_framing_the_photo_is_whole_and_keys_do_nothing(view: CropView) -> None:
    picture = QImage(80, 60, QImage.Format.Format_RGB888)
    picture.fill(QColor("teal"))
    view.show_photo(picture, None, None)
    QTest.keyClick(view, Qt.Key.Key_Down)
    drag(view, QPointF(100, 100), QPointF(50, 50))
    assert view.box is None


def test_the_view_is_as_high_as_the_photo_wants_within_limits(view: CropView) -> None:
    tall = QImage(60, 600, QImage.Format.Format_RGB888)
    tall.fill(QColor("teal"))
    view.show_photo(tall, None, None)
    assert view.height() == 300
    assert view.photo_area().height() == 300
