"""Photos come into Compose: dropped, pasted, broken, turned, several at once."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QClipboard, QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio.core.photo import CropBox, Fit, prepare, read_photo
from studio.ui.compose.compose_view import ComposeView
from tests.ui.composing import compose, drop, files, photo, wait_read


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> ComposeView:
    return compose(qtbot, tmp_path)


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[QClipboard]:
    """Emptied again: what Python put there must not be left to be deleted after Python's end."""
    yield qapp.clipboard()
    qapp.clipboard().clear()


def png(size: tuple[int, int] = (640, 360)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "navy").save(file, "PNG")
    return file.getvalue()


def test_an_empty_well_says_what_to_do_with_the_keys(view: ComposeView) -> None:
    empty = view.well.empty
    assert empty.isVisible()
    assert empty.call.text() == "Drop a photo here"
    assert "Ctrl+V" in empty.paste.text()
    assert "Ctrl+O" in empty.browse.text()


def test_a_dropped_file_shows_with_its_box(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    assert drop(view, files(photo(tmp_path / "a.jpg")))
    wait_read(qtbot, view)
    assert view.well.view.isVisible()
    assert not view.well.empty.isVisible()
    assert view.well.view.crop.box is not None
    assert view.well.view.facts.text().startswith("800×600 · box ")


def test_a_photo_outlives_its_file(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    file = photo(tmp_path / "a.jpg")
    before = file.read_bytes()
    view.add_photos([file])
    wait_read(qtbot, view)
    file.unlink()
    (params,) = view.params()
    assert params.image is not None
    assert params.image.read_bytes() == before


def test_a_turned_photo_is_shown_as_the_model_will_see_it(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    lying = Image.new("RGB", (600, 400), "red")
    lying.paste("blue", (0, 0, 300, 400))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    view.add_photos([tmp_path / "turned.jpg"])
    wait_read(qtbot, view)
    (params,) = view.params()
    shown = view.well.current
    assert shown is not None
    assert shown.size == (400, 600)
    assert params.image is not None
    width, height = view.form.clip_size(shown.size)
    seen = prepare(read_photo(params.image), width, height, crop=params.crop)
    for place in (0.1, 0.9):
        inside = view.well.view.crop.box
        assert inside is not None
        y = (inside.y + place * inside.height) / shown.size[1] * shown.picture.height()
        there = shown.picture.pixelColor(shown.picture.width() // 2, int(y))
        pixel = seen.getpixel((width // 2, int(place * height)))
        assert isinstance(pixel, tuple)
        away = zip(pixel, there.getRgb()[:3], strict=True)
        assert all(abs(one - other) < 12 for one, other in away)
    assert seen.getpixel((width // 2, 10))[2] > 200  # the blue half is at the top


def test_what_shows_through_a_photo_is_the_background(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    Image.new("RGBA", (1280, 704), (0, 0, 0, 0)).save(tmp_path / "glass.png")
    view.add_photos([tmp_path / "glass.png"])
    wait_read(qtbot, view)
    assert view.well.photos[0].picture.pixelColor(5, 5) == QColor("white")
    view.form.more.background.set_value("black")
    view.form.more.background.edited.emit()
    wait_read(qtbot, view)
    assert view.well.photos[0].picture.pixelColor(5, 5) == QColor("black")
    assert len(view.well.photos) == 1


@pytest.mark.parametrize("broken", [b"", b"no photo", png()[:200]])
def test_a_bad_photo_is_said_in_place_and_loses_nothing(
    qtbot: QtBot, view: ComposeView, tmp_path: Path, broken: bytes
) -> None:
    view.add_photos([photo(tmp_path / "good.jpg")])
    wait_read(qtbot, view)
    before = view.params()[0].image
    (tmp_path / "bad.png").write_bytes(broken)
    drop(view, files(tmp_path / "bad.png"))
    wait_read(qtbot, view)
    assert view.well.complaint.isVisible()
    assert "bad.png" in view.well.complaint.text
    assert view.params()[0].image == before
    QTest.mouseClick(view.well.complaint.closer, Qt.MouseButton.LeftButton)
    assert not view.well.complaint.isVisible()


def test_several_photos_make_one_clip_each_with_a_box_of_its_own(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    names = ["a.jpg", "b.jpg", "c.jpg"]
    drop(
        view,
        files(*(photo(tmp_path / name, (800, 600 + 10 * n)) for n, name in enumerate(names))),
    )
    wait_read(qtbot, view)
    well = view.well.view
    assert well.count.text() == "3 photos make 3 clips"
    assert view.card.button.text().startswith("Render 3 clips")
    well.strip.setCurrentRow(1)
    QTest.keyClick(well.crop, Qt.Key.Key_Minus)
    crops = [params.crop for params in view.params()]
    assert view.well.photos[1].crop == crops[1]
    assert view.well.photos[0].crop is None


def test_a_photo_is_removed_by_its_button_and_by_delete(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    view.add_photos([photo(tmp_path / "a.jpg"), photo(tmp_path / "b.jpg", (400, 400))])
    wait_read(qtbot, view)
    view.well.view.strip.setCurrentRow(1)
    QTest.mouseClick(view.well.view.remove, Qt.MouseButton.LeftButton)
    assert [shown.size for shown in view.well.photos] == [(800, 600)]
    assert not view.well.view.strip.isVisible()
    QTest.keyClick(view.well.view.crop, Qt.Key.Key_Delete)
    assert view.well.photos == ()
    assert view.well.empty.isVisible()


def test_one_photo_takes_the_place_of_another_and_shift_keeps_both(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    one, two = photo(tmp_path / "a.jpg"), photo(tmp_path / "b.jpg", (400, 400))
    for file in (one, two):
        drop(view, files(file))
        wait_read(qtbot, view)
    assert [shown.size for shown in view.well.photos] == [(400, 400)]
    drop(view, files(one), Qt.KeyboardModifier.ShiftModifier)
    wait_read(qtbot, view)
    assert [shown.size for shown in view.well.photos] == [(400, 400), (800, 600)]


def test_a_picture_dropped_from_a_browser_is_taken(qtbot: QtBot, view: ComposeView) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    mime.setData("image/png", png())
    assert drop(view, mime)
    wait_read(qtbot, view)
    assert view.well.photos[0].size == (640, 360)


def test_files_are_browsed_for(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    names = [str(photo(tmp_path / name)) for name in ("a.jpg", "b.jpg")]

    def choose() -> None:
        dialog = view.well.findChild(QFileDialog)
        assert dialog is not None
        # The system's own dialog cannot be pressed from here.
        dialog.filesSelected.emit(names)
        dialog.reject()
        qtbot.waitUntil(lambda: view.well.findChild(QFileDialog) is None, timeout=20_000)

    # Both clicks return while the dialog is open: nothing of the window waits for it.
    QTest.mouseClick(view.well.empty.browse, Qt.MouseButton.LeftButton)
    choose()
    wait_read(qtbot, view)
    assert len(view.well.photos) == 2
    QTest.mouseClick(view.well.view.more, Qt.MouseButton.LeftButton)
    choose()
    wait_read(qtbot, view)
    assert len(view.well.photos) == 4


def test_the_paste_button_says_when_there_is_no_photo(
    view: ComposeView, clipboard: QClipboard
) -> None:
    clipboard.setText("a cat")
    QTest.mouseClick(view.well.empty.paste, Qt.MouseButton.LeftButton)
    assert "no photo" in view.well.complaint.text


def test_a_dropped_link_is_refused_with_advice(view: ComposeView) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    drop(view, mime)
    assert "Save the picture" in view.well.complaint.text


def test_plain_text_is_not_dropped_on_the_well(view: ComposeView) -> None:
    mime = QMimeData()
    mime.setText("a cat")
    assert not drop(view, mime)


def test_a_dropped_clip_is_told_and_is_no_photo(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    with qtbot.waitSignal(view.files_dropped) as told:
        drop(view, files(tmp_path / "clip.mp4"))
    assert told.args == [[tmp_path / "clip.mp4"]]
    assert not view.well.busy


def test_presets_that_are_dropped_together_are_told_together(
    view: ComposeView, tmp_path: Path
) -> None:
    told: list[list[Path]] = []
    view.files_dropped.connect(told.append)
    presets = [tmp_path / f"{name}.clipwright-preset" for name in ("sea", "sky")]
    drop(view, files(*presets))
    assert told == [presets]


@pytest.mark.parametrize("focus", ["the prompt", "a button"])
def test_a_copied_picture_is_pasted_by_key(
    qtbot: QtBot, view: ComposeView, clipboard: QClipboard, focus: str
) -> None:
    picture = QImage(640, 480, QImage.Format.Format_RGB32)
    picture.fill(QColor("navy"))
    clipboard.setImage(picture)
    field = view.prompt if focus == "the prompt" else view.well.empty.browse
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_read(qtbot, view)
    assert [shown.size for shown in view.well.photos] == [(640, 480)]
    assert view.prompt.toPlainText() == ""


def test_text_is_pasted_into_the_prompt(view: ComposeView, clipboard: QClipboard) -> None:
    clipboard.setText("a cat at dusk")
    view.prompt.setFocus()
    QTest.keyClick(view.prompt, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert view.prompt.toPlainText() == "a cat at dusk"
    assert not view.well.complaint.text


def test_copied_files_are_photos_also_in_the_prompt(
    qtbot: QtBot, view: ComposeView, clipboard: QClipboard, tmp_path: Path
) -> None:
    mime = files(photo(tmp_path / "a.jpg"))
    mime.setText(str(tmp_path / "a.jpg"))
    clipboard.setMimeData(mime)
    view.prompt.setFocus()
    QTest.keyClick(view.prompt, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_read(qtbot, view)
    assert len(view.well.photos) == 1
    assert view.prompt.toPlainText() == ""


def test_too_few_pixels_are_told_in_numbers(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    view.form.size_picker.set_own((1280, 704))
    view.add_photos([photo(tmp_path / "small.png", (320, 240))])
    wait_read(qtbot, view)
    assert view.well.view.soft.text == (
        "The box is 320×176 pixels of the photo; the clip is 1280×704. It will look soft."
    )


def test_a_box_follows_the_clips_shape_and_comes_back(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    view.add_photos([photo(tmp_path / "a.jpg")])
    wait_read(qtbot, view)
    QTest.keyClick(view.well.view.crop, Qt.Key.Key_Minus)
    before = view.well.view.crop.box
    view.form.size_picker.set_own((704, 1280))
    view.form.size_picker.edited.emit()
    tall = view.well.view.crop.box
    assert tall is not None
    assert tall.width * 1280 == tall.height * 704
    view.form.size_picker.take_back()
    assert view.well.view.crop.box == before


def test_a_photo_between_bars_has_no_box(qtbot: QtBot, view: ComposeView, tmp_path: Path) -> None:
    view.add_photos([photo(tmp_path / "a.jpg", (600, 800))])
    wait_read(qtbot, view)
    view.form.size_picker.set_own((1280, 704))
    view.form.more.fit.set_value(Fit.PAD)
    view.form.more.fit.edited.emit()
    (params,) = view.params()
    assert (params.fit, params.crop) == (Fit.PAD, None)
    assert view.well.view.crop.box is None


def test_a_photo_whose_crop_comes_with_it_keeps_it(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    view.add_photos([photo(tmp_path / "a.jpg", (600, 800))])
    wait_read(qtbot, view)
    (params,) = view.params()
    box = CropBox(x=40, y=80, width=480, height=264)
    view.set_params(
        params.model_copy(update={"width": 1280, "height": 704, "crop": box}), keep_seed=False
    )
    wait_read(qtbot, view)
    (again,) = view.params()
    assert again.crop == box
    assert (again.width, again.height) == (1280, 704)


def test_a_letter_in_the_prompt_makes_no_thumbnail_anew(
    qtbot: QtBot, view: ComposeView, tmp_path: Path
) -> None:
    strip = view.well.view.strip

    def thumbnails() -> list[int]:
        icons = Qt.ItemDataRole.DecorationRole
        return [strip.item(at).data(icons).cacheKey() for at in range(strip.count())]

    view.add_photos([photo(tmp_path / "a.jpg"), photo(tmp_path / "b.jpg", (400, 400))])
    wait_read(qtbot, view)
    before = thumbnails()
    with qtbot.assertNotEmitted(strip.model().rowsInserted, wait=0):
        QTest.keyClicks(view.prompt, "a cat")
    view.add_photos([photo(tmp_path / "c.jpg", (300, 300))])
    wait_read(qtbot, view)
    assert thumbnails()[:2] == before
