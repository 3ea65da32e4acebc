"""Files that are no photo, or not a whole one, are refused with a sentence and at little cost."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import register_heif_opener

from studio.core.errors import BadInput
from studio.core.photo import read_photo
from studio.core.photo_file import FORMATS, MAX_BYTES, MAX_PIXELS, load_first_frame

register_heif_opener()

RED, BLUE = (255, 0, 0), (0, 0, 255)


def encoded(kind: str, size: tuple[int, int] = (96, 64)) -> bytes:
    """A noisy picture in one of Pillow's formats: noise leaves no bytes that do not matter."""
    noise = Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])
    file = BytesIO()
    noise.save(file, kind)
    return file.getvalue()


def refused(path: Path) -> str:
    """The sentence with which a photo is refused; any warning on the way fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BadInput) as caught:
            read_photo(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert "; " in sentence
    assert "\n" not in sentence
    return sentence


def test_a_missing_photo_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.jpg").startswith("There is no photo ")
    assert refused(tmp_path / "no folder" / "a.jpg").startswith("There is no photo ")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a POSIX thing")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a photo" in refused(tmp_path / "pipe.png")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / ("x" * 5000))
    assert "cannot be read" in refused(tmp_path / "a\0b")


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert "cannot be read" in refused(tmp_path / "file" / "a.png")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert "is empty (0 bytes)" in refused(tmp_path / "a.png")


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a sparse file: no such bytes are on the disk
    assert "1,073,741,825 bytes" in refused(tmp_path / "a.png")


@pytest.mark.parametrize(
    "content",
    [b"Dear diary, this is no picture.\n", b"\x89PNG", b"%PDF-1.7\n", b"<svg/>", b"\0" * 5000],
)
def test_a_text_file_named_png_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    assert "is not a photo that can be read, whatever its name" in refused(tmp_path / "a.png")


def test_a_picture_of_another_format_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", "PPM")
    assert "give a JPEG, PNG" in refused(tmp_path / "a.png")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_photo_is_refused(kind: str, kept: float, tmp_path: Path) -> None:
    data = encoded(kind)
    path = tmp_path / "a.png"
    path.write_bytes(data[: int(len(data) * kept)])
    sentence = refused(path)
    assert "is cut off or damaged" in sentence or "is not a photo that can be read" in sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_sentence_says_that_a_truncated_photo_is_cut_off(kind: str, tmp_path: Path) -> None:
    data = encoded(kind)
    (tmp_path / "a").write_bytes(data[: len(data) // 2])
    assert "is cut off or damaged (image file is truncated" in refused(tmp_path / "a")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_whole_photo_is_read(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(encoded(kind))
    assert read_photo(tmp_path / "a").original_size == (96, 64)


WHOLE = {kind: encoded(kind, (24, 16)) for kind in FORMATS}


@settings(deadline=None)
@given(
    kind=st.sampled_from(FORMATS),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_any_damage_ends_in_a_photo_or_a_sentence(
    kind: str, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(WHOLE[kind])
    for place, value in damage:
        data[int(place**3 * (len(data) - 1))] = value  # rather in the header than in the pixels
    with suppress(BadInput):
        load_first_frame(bytes(data), Path("photo"))


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + _chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_png_that_claims_sixty_thousand_pixels_a_side_is_refused(tmp_path: Path) -> None:
    bomb = png_header(60_000, 60_000) + _chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000))
    (tmp_path / "a.png").write_bytes(bomb + _chunk(b"IEND", b""))
    sentence = refused(tmp_path / "a.png")
    assert "3600000000 pixels" in sentence
    assert "make it smaller first" in sentence


def test_the_limit_holds_even_where_pillows_own_is_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    (tmp_path / "a.png").write_bytes(png_header(20_000, 10_000) + _chunk(b"IDAT", b""))
    sentence = refused(tmp_path / "a.png")
    assert f"claims 20000x10000 pixels and at most {MAX_PIXELS:,} are read" in sentence


def test_a_photo_between_pillows_warning_and_the_limit_is_not_called_a_bomb(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_header(10_000, 10_000) + _chunk(b"IDAT", b""))
    assert "cut off or damaged" in refused(tmp_path / "a.png")  # it got as far as the pixels


def gif(width: int, height: int, frames: bytes) -> bytes:
    """A GIF of two colours, red and blue, made by hand (GIF 89a, chapters 17 to 20)."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0x80, 0, 0)
    return screen + bytes([*RED, *BLUE]) + frames + b";"


def gif_frame(width: int, height: int) -> bytes:
    """One frame whose single pixel of colour 1 fills a 1 × 1 area; sizes may claim anything."""
    return struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"


def test_a_gif_with_a_huge_canvas_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(gif(65_535, 65_535, gif_frame(1, 1) * 1000))
    assert "4294836225 pixels" in refused(tmp_path / "a.gif")


def test_a_gif_with_a_huge_frame_on_a_small_canvas_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(gif(1, 1, gif_frame(65_535, 65_535)))
    refused(tmp_path / "a.gif")


def test_later_frames_of_a_gif_are_never_looked_at(tmp_path: Path) -> None:
    huge = gif_frame(65_535, 65_535) * 1000
    (tmp_path / "a.gif").write_bytes(gif(1, 1, gif_frame(1, 1) + huge))
    photo = read_photo(tmp_path / "a.gif")
    assert photo.original_size == (1, 1)
    assert photo.image.getpixel((0, 0)) == BLUE


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tiff", "a.avif"])
def test_the_first_frame_of_an_animation_is_used(name: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, BLUE, "white")]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    pixel = read_photo(tmp_path / name).image.getpixel((16, 16))
    assert isinstance(pixel, tuple)
    assert all(abs(one - other) <= 3 for one, other in zip(pixel, RED, strict=True))
