"""Photos are copied where no job loses them, once each, and swept when nobody needs them."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import BadInput
from studio.core.photo import read_photo
from studio.core.photo_shelf import PhotoShelf


@pytest.fixture
def shelf(tmp_path: Path) -> PhotoShelf:
    """A shelf whose folder is not there yet."""
    return PhotoShelf(tmp_path / "data" / "photos")


def test_a_kept_photo_outlives_its_file(shelf: PhotoShelf, tmp_path: Path) -> None:
    file = photo(tmp_path / "cat.JPG", "red")
    data = file.read_bytes()
    kept = shelf.keep(file)
    file.unlink()

    assert kept.read_bytes() == data
    assert kept.suffix == ".jpeg"
    assert kept.stem == read_photo(kept).sha256


def test_the_same_photo_is_kept_once_whatever_it_is_called(
    shelf: PhotoShelf, tmp_path: Path
) -> None:
    first = shelf.keep(photo(tmp_path / "a.png", "red"))
    second = shelf.keep(photo(tmp_path / "b.png", "red"))
    third = shelf.keep_bytes(first.read_bytes())

    assert first == second == third
    assert len(list(first.parent.iterdir())) == 1


def test_a_copy_that_was_damaged_is_made_whole_by_keeping_it_again(
    shelf: PhotoShelf, tmp_path: Path
) -> None:
    file = photo(tmp_path / "a.png", "red")
    kept = shelf.keep(file)
    kept.write_bytes(b"damaged")

    assert shelf.keep(file).read_bytes() == file.read_bytes()


def test_pasted_bytes_are_kept_as_a_photo(shelf: PhotoShelf) -> None:
    data = BytesIO()
    Image.new("RGB", (20, 10), "blue").save(data, "PNG")
    kept = shelf.keep_bytes(data.getvalue())

    assert kept.suffix == ".png"
    assert read_photo(kept).original_size == (20, 10)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n cut"])
def test_what_is_no_picture_is_refused_and_not_kept(
    shelf: PhotoShelf, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BadInput):
        shelf.keep(tmp_path / "a.png")
    with pytest.raises(BadInput):
        shelf.keep_bytes(data)

    assert not (tmp_path / "data").exists()


def test_sweeping_spares_what_is_needed_what_is_new_and_what_is_not_ours(
    shelf: PhotoShelf, tmp_path: Path
) -> None:
    needed, old, new = (
        shelf.keep(photo(tmp_path / f"{colour}.png", colour)) for colour in ("red", "green", "blue")
    )
    note = needed.parent / "note.txt"
    note.touch()
    for path in (needed, old, note):
        os.utime(path, (0, 0))

    assert shelf.sweep([needed]) == [old]
    assert sorted(needed.parent.iterdir()) == sorted([needed, new, note])


def test_a_photo_that_is_kept_again_is_new_again(shelf: PhotoShelf, tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png", "red")
    os.utime(shelf.keep(file), (0, 0))
    shelf.keep(file)

    assert shelf.sweep([]) == []


def test_sweeping_without_a_folder_is_harmless(shelf: PhotoShelf) -> None:
    assert shelf.sweep([]) == []


def photo(file: Path, colour: str) -> Path:
    """A small picture of one colour."""
    Image.new("RGB", (32, 24), colour).save(file)
    return file
