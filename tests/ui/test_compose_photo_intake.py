"""What drops and pastes of all kinds of programs come to."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from studio.ui.compose.photo_intake import Intake, may_hold_media, take_in


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (6, 4), "navy").save(file, "PNG")
    return file.getvalue()


def mime(urls: list[str] | None = None, text: str | None = None, **formats: bytes) -> QMimeData:
    made = QMimeData()
    if urls is not None:
        made.setUrls([QUrl(url) for url in urls])
    if text is not None:
        made.setText(text)
    for name, data in formats.items():
        made.setData(name.replace("_", "/", 1).replace("_", "-"), data)
    return made


def test_files_come_as_photos_and_videos_as_clips(tmp_path: Path) -> None:
    files = [tmp_path / "a photo.JPG", tmp_path / "clip.MP4", tmp_path / "b.png"]
    dropped = mime([QUrl.fromLocalFile(str(file)).toString() for file in files])
    assert take_in(dropped) == Intake((files[0], files[2]), (files[1],))


def test_a_picture_from_a_browser_comes_as_its_own_bytes() -> None:
    dropped = mime(["https://example.org/cat.png"], image_png=png())
    assert take_in(dropped) == Intake((png(),))


def test_a_picture_of_no_named_kind_is_taken_too() -> None:
    assert take_in(mime(application_octet_stream=png())).photos == (png(),)


def test_copied_pixels_become_a_png() -> None:
    pixels = QImage(6, 4, QImage.Format.Format_RGB32)
    pixels.fill(QColor("navy"))
    pasted = QMimeData()
    pasted.setImageData(pixels)
    (data,) = take_in(pasted).photos
    assert isinstance(data, bytes)
    with Image.open(BytesIO(data)) as image:
        assert (image.size, image.getpixel((0, 0))) == ((6, 4), (0, 0, 128))


def test_a_picture_inside_an_address_is_taken_out() -> None:
    link = "data:image/png;base64," + b64encode(png()).decode()
    assert take_in(mime([link])).photos == (png(),)
    assert take_in(mime(text=link)).photos == (png(),)


def test_a_file_address_as_text_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a b.png"
    assert take_in(mime(text=QUrl.fromLocalFile(str(file)).toString())).photos == (file,)


@pytest.mark.parametrize(
    ("dropped", "says"),
    [
        (mime(["https://example.org/cat.png"]), "link"),
        (mime(text="a cat"), "no photo"),
        (QMimeData(), "no photo"),
    ],
)
def test_what_holds_no_photo_is_said_in_a_sentence(dropped: QMimeData, says: str) -> None:
    taken = take_in(dropped)
    assert taken.photos == ()
    assert says in (taken.complaint or "")


def test_plain_text_is_not_worth_a_look() -> None:
    assert not may_hold_media(mime(text="a cat"))
    assert may_hold_media(mime(["https://example.org/cat.png"]))
    assert may_hold_media(mime(image_webp=b"x"))
