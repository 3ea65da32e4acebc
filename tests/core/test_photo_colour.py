"""Colours of photos: every mode that a file can have, ICC profiles and transparency."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from studio.core.errors import BadInput
from studio.core.photo import read_photo

Colour = tuple[int, int, int]

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def pixels(path: Path, background: str = "white") -> list[Colour]:
    """The pixels of a photo as the studio reads it, row by row."""
    image = read_photo(path, background).image
    assert image.mode == "RGB"
    data = image.tobytes()
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def near(one: Colour, other: Colour, within: int = 2) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def png(width: int, depth: int, colour_type: int, row: bytes, transparent: bytes = b"") -> bytes:
    """A PNG of one row, made by hand (PNG 1.2, chapters 3 and 4)."""
    header = struct.pack(">IIBBBBB", width, 1, depth, colour_type, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"tRNS", transparent) if transparent else b"",
            _chunk(b"IDAT", zlib.compress(b"\0" + row)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def icc(space: bytes, connection: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr") -> bytes:
    """An ICC profile of version 2, made by hand (ICC.1:2001-04, chapter 6)."""
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    tags = {b"wtpt": white} | tags
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s28x3i48x",
        start + len(body),
        b"\0" * 4,
        0x02100000,
        kind,
        space,
        connection,
        b"acsp",
        *(63190, 65536, 54061),
    )
    return header + struct.pack(">I", len(tags)) + table + body


def swapped_srgb() -> bytes:
    """The sRGB profile with the tags of its red and blue primaries exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    table, rest = profile[: 128 + 4 + 12 * 20], profile[128 + 4 + 12 * 20 :]
    table = table.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    assert table + rest != profile
    return table + rest


def all_ink_is_green() -> bytes:
    """A CMYK profile in which paper is white and cyan, alone or not, prints as a strong green."""
    paper, green = bytes([255, 128, 128]), bytes([224, 42, 209])  # CIELAB, as ICC's lut8 holds it
    identity = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    grid = paper * 8 + green * 8  # the first ink, cyan, varies slowest
    table = b"mft1" + bytes([0, 0, 0, 0, 4, 3, 2, 0]) + matrix + identity * 4 + grid + identity * 3
    return icc(b"CMYK", b"Lab ", {b"A2B0": table, b"A2B1": table}, kind=b"prtr")


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.bmp", "a.tiff", "a.gif"])
def test_a_lossless_photo_keeps_its_colours(name: str, tmp_path: Path) -> None:
    image = Image.new("RGB", (3, 1))
    image.putdata([(200, 100, 50), (1, 2, 3), (254, 255, 0)])
    image.save(tmp_path / name, **({"lossless": True} if name == "a.webp" else {}))
    assert pixels(tmp_path / name) == [(200, 100, 50), (1, 2, 3), (254, 255, 0)]


@pytest.mark.parametrize("name", ["a.jpg", "a.avif", "a.heic"])
def test_a_lossy_photo_nearly_keeps_its_colours(name: str, tmp_path: Path) -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    Image.new("RGB", (64, 64), (200, 100, 50)).save(tmp_path / name, quality=95)
    assert all(near(pixel, (200, 100, 50), within=3) for pixel in pixels(tmp_path / name))


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2), RED).save(tmp_path / "really-a-png.jpg", "PNG")
    assert pixels(tmp_path / "really-a-png.jpg") == [RED] * 4


def test_the_phones_jpeg_of_several_pictures_gives_its_first(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (16, 16), RED), Image.new("RGB", (16, 16), BLUE)
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    assert near(pixels(tmp_path / "a.jpg")[0], RED)


def test_greyscale_stays_grey(tmp_path: Path) -> None:
    Image.new("L", (1, 1), 77).save(tmp_path / "a.png")
    assert pixels(tmp_path / "a.png") == [(77, 77, 77)]


def test_one_bit_pictures_are_black_and_white(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(4, 1, 0, b"\xa0"))
    assert pixels(tmp_path / "a.png") == [WHITE, BLACK, WHITE, BLACK]


def test_sixteen_bit_grey_is_scaled_and_not_clipped(tmp_path: Path) -> None:
    row = struct.pack(">4H", 0, 257 * 100, 32768, 65535)
    (tmp_path / "a.png").write_bytes(png(4, 16, 0, row))
    assert [red for red, _, _ in pixels(tmp_path / "a.png")] == [0, 100, 128, 255]


def test_sixteen_bit_colours_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    row = struct.pack(">6H", 65535, 257 * 100, 0, 257 * 3, 257 * 2, 257)
    (tmp_path / "a.png").write_bytes(png(2, 16, 2, row))
    assert pixels(tmp_path / "a.png") == [(255, 100, 0), (3, 2, 1)]


def test_sixteen_bit_grey_with_a_transparent_value_shows_the_background(tmp_path: Path) -> None:
    row = struct.pack(">3H", 0, 0x1234, 0x1235)
    (tmp_path / "a.png").write_bytes(png(3, 16, 0, row, transparent=struct.pack(">H", 0x1234)))
    assert pixels(tmp_path / "a.png", "blue") == [BLACK, BLUE, (18, 18, 18)]


@pytest.mark.parametrize(
    ("photometric", "expected"), [(1, [0, 100, 255]), (0, [255, 155, 0])], ids=["black", "white"]
)
def test_a_sixteen_bit_tiff_may_count_from_black_or_from_white(
    photometric: int, expected: list[int], tmp_path: Path
) -> None:
    image = Image.new("I;16", (3, 1))
    for x, level in enumerate((0, 100, 255)):
        image.putpixel((x, 0), level * 257)
    image.save(tmp_path / "a.tiff", tiffinfo={262: photometric})
    data = (tmp_path / "a.tiff").read_bytes()
    entry = struct.pack("<HHIH", 262, 3, 1, 1)
    (tmp_path / "a.tiff").write_bytes(data.replace(entry, entry[:-2] + bytes([photometric, 0])))
    assert [red for red, _, _ in pixels(tmp_path / "a.tiff")] == expected


@pytest.mark.parametrize(("value", "level"), [(200, 200), (257 * 200, 200), (65535, 255)])
def test_whole_number_pixels_count_as_eight_or_sixteen_bits(
    value: int, level: int, tmp_path: Path
) -> None:
    Image.new("I", (2, 2), value).save(tmp_path / "a.tiff")
    assert pixels(tmp_path / "a.tiff") == [(level,) * 3] * 4


@pytest.mark.parametrize("value", [-1, 65536, 2_000_000_000])
def test_whole_number_pixels_without_a_known_white_are_refused(value: int, tmp_path: Path) -> None:
    Image.new("I", (2, 2), value).save(tmp_path / "a.tiff")
    with pytest.raises(BadInput, match=rf"whole-number pixels from {value} to {value}, .* 16 bits"):
        read_photo(tmp_path / "a.tiff")


def test_floating_point_pixels_go_from_black_at_0_to_white_at_1(tmp_path: Path) -> None:
    image = Image.new("F", (4, 1))
    for x, value in enumerate((0.0, 100 / 255, 0.5, 1.0)):
        image.putpixel((x, 0), value)
    image.save(tmp_path / "a.tiff")
    assert [red for red, _, _ in pixels(tmp_path / "a.tiff")] == [0, 100, 128, 255]


@pytest.mark.parametrize("value", [-0.5, 1.5, float("inf"), float("nan")])
def test_floating_point_pixels_out_of_0_to_1_are_refused(value: float, tmp_path: Path) -> None:
    Image.new("F", (2, 2), value).save(tmp_path / "a.tiff")
    with pytest.raises(BadInput, match=r"floating-point pixels .* save it with 8 or 16 bits"):
        read_photo(tmp_path / "a.tiff")


@pytest.mark.parametrize("background", ["white", "black", "#1e90ff"])
def test_what_shows_through_is_the_background(background: str, tmp_path: Path) -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 0, 0, 255), (255, 0, 0, 0), (255, 0, 0, 128)])
    image.save(tmp_path / "a.png")
    below = {"white": WHITE, "black": BLACK, "#1e90ff": (0x1E, 0x90, 0xFF)}[background]
    half = (
        round((255 * 128 + below[0] * 127) / 255),
        round(below[1] * 127 / 255),
        round(below[2] * 127 / 255),
    )
    opaque, clear, mixed = pixels(tmp_path / "a.png", background)
    assert opaque == RED
    assert clear == below
    assert near(mixed, half, within=1)


@pytest.mark.parametrize("name", ["a.webp", "a.tiff", "a.avif"])
def test_transparency_is_known_in_other_formats_too(name: str, tmp_path: Path) -> None:
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    image.save(tmp_path / name)
    assert all(near(pixel, BLUE) for pixel in pixels(tmp_path / name, "blue"))


def test_grey_with_alpha_lies_over_the_background(tmp_path: Path) -> None:
    image = Image.new("LA", (2, 1))
    image.putdata([(90, 255), (90, 0)])
    image.save(tmp_path / "a.png")
    assert pixels(tmp_path / "a.png", "lime") == [(90, 90, 90), GREEN]


@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_a_palette_with_a_transparent_colour_shows_the_background(
    name: str, tmp_path: Path
) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([*RED, *GREEN, *BLUE])
    image.putdata([0, 1, 2])
    image.save(tmp_path / name, transparency=1)
    assert pixels(tmp_path / name, "white") == [RED, WHITE, BLUE]


def test_a_palette_of_half_transparent_colours_lies_over_the_background(tmp_path: Path) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([*RED, *RED, *RED])
    image.putdata([0, 1, 2])
    image.save(tmp_path / "a.png", transparency=bytes([255, 0, 51]))
    assert pixels(tmp_path / "a.png", "black") == [RED, BLACK, (51, 0, 0)]


def test_a_colour_that_counts_as_transparent_shows_the_background(tmp_path: Path) -> None:
    key = struct.pack(">3H", *GREEN)
    (tmp_path / "a.png").write_bytes(png(2, 8, 2, bytes([*RED, *GREEN]), transparent=key))
    assert pixels(tmp_path / "a.png", "blue") == [RED, BLUE]


@pytest.mark.parametrize(
    ("depth", "row", "clear", "expected"),
    [
        (2, [0b00_01_10_11], 3, [BLACK, (85, 85, 85), (170, 170, 170), BLUE]),
        (2, [0b00_01_10_11], 1, [BLACK, BLUE, (170, 170, 170), WHITE]),
        (4, [0x0F, 0x7F], 15, [BLACK, BLUE, (119, 119, 119), BLUE]),
        (8, [0, 15, 30, 255], 15, [BLACK, BLUE, (30, 30, 30), WHITE]),
    ],
)
def test_a_grey_of_few_bits_that_counts_as_transparent_shows_the_background(
    tmp_path: Path, depth: int, row: list[int], clear: int, expected: list[Colour]
) -> None:
    key = struct.pack(">H", clear)
    (tmp_path / "a.png").write_bytes(png(4, depth, 0, bytes(row), transparent=key))
    assert pixels(tmp_path / "a.png", "blue") == expected


def test_a_deep_colour_that_counts_as_transparent_shows_the_background(tmp_path: Path) -> None:
    row = struct.pack(">6H", 0xFFFF, 0x1234, 0, 0x0100, 0x0200, 0x0300)
    key = struct.pack(">3H", 0xFFFF, 0x1234, 0)
    (tmp_path / "a.png").write_bytes(png(2, 16, 2, row, transparent=key))
    assert pixels(tmp_path / "a.png", "blue") == [BLUE, (1, 2, 3)]


def test_cmyk_without_a_profile_is_ink_on_white_paper(tmp_path: Path) -> None:
    for name in ("a.tiff", "a.jpg"):
        image = Image.new("CMYK", (48, 16), (0, 0, 0, 0))
        image.paste((0, 255, 255, 0), (16, 0, 32, 16))
        image.paste((0, 0, 0, 255), (32, 0, 48, 16))
        image.save(tmp_path / name, quality=100)
        row = pixels(tmp_path / name)
        assert near(row[8], WHITE)
        assert near(row[24], RED, within=4)
        assert near(row[40], BLACK)


def test_a_cmyk_profile_decides_what_the_inks_look_like(tmp_path: Path) -> None:
    for name in ("a.tiff", "a.jpg"):
        image = Image.new("CMYK", (32, 16), (0, 0, 0, 0))
        image.paste((255, 0, 0, 0), (16, 0, 32, 16))
        image.save(tmp_path / name, quality=100, icc_profile=all_ink_is_green())
        row = pixels(tmp_path / name)
        assert near(row[8], WHITE)
        assert near(row[24], GREEN, within=12)  # without its profile cyan is (0, 255, 255)


def test_a_profile_is_turned_into_srgb(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 1))
    image.putdata([RED, GREEN, BLUE, (120, 120, 120)])
    for name in ("a.png", "a.tiff"):
        image.save(tmp_path / name, icc_profile=swapped_srgb())
        red, green, blue, grey = pixels(tmp_path / name)
        assert near(red, BLUE)
        assert near(green, GREEN)
        assert near(blue, RED)
        assert near(grey, (120, 120, 120))


def test_a_profile_is_applied_below_transparency(tmp_path: Path) -> None:
    image = Image.new("RGBA", (2, 1))
    image.putdata([(255, 0, 0, 255), (255, 0, 0, 0)])
    image.save(tmp_path / "a.png", icc_profile=swapped_srgb())
    assert all(map(near, pixels(tmp_path / "a.png", "lime"), [BLUE, GREEN]))


def test_a_profile_is_applied_to_a_palette(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, *GREEN])
    image.putdata([0, 1])
    image.save(tmp_path / "a.png", icc_profile=swapped_srgb())
    assert all(map(near, pixels(tmp_path / "a.png"), [BLUE, GREEN]))


def test_a_grey_profile_is_applied(tmp_path: Path) -> None:
    linear = icc(b"GRAY", b"XYZ ", {b"kTRC": struct.pack(">4s4xI", b"curv", 0)})
    for mode, value in (("L", 64), ("LA", (64, 255))):
        Image.new(mode, (1, 1), value).save(tmp_path / "a.png", icc_profile=linear)
        # IEC 61966-2-1: linear 64/255 is 137 in sRGB.
        assert near(pixels(tmp_path / "a.png")[0], (137, 137, 137))


def test_a_sixteen_bit_grey_profile_is_applied(tmp_path: Path) -> None:
    linear = icc(b"GRAY", b"XYZ ", {b"kTRC": struct.pack(">4s4xI", b"curv", 0)})
    Image.new("I;16", (1, 1), 64 * 257).save(tmp_path / "a.png", icc_profile=linear)
    assert near(pixels(tmp_path / "a.png")[0], (137, 137, 137))


@pytest.mark.parametrize("broken", [b"garbage", swapped_srgb()[:200], b"\0" * 3000, b"acsp" * 99])
def test_a_broken_profile_is_ignored(broken: bytes, tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (200, 100, 50)).save(tmp_path / "a.png", icc_profile=broken)
    assert pixels(tmp_path / "a.png") == [(200, 100, 50)]


def test_a_profile_for_another_mode_is_ignored(tmp_path: Path) -> None:
    linear = icc(b"GRAY", b"XYZ ", {b"kTRC": struct.pack(">4s4xI", b"curv", 0)})
    Image.new("RGB", (1, 1), (200, 100, 50)).save(tmp_path / "a.png", icc_profile=linear)
    Image.new("L", (1, 1), 64).save(tmp_path / "b.png", icc_profile=swapped_srgb())
    assert pixels(tmp_path / "a.png") == [(200, 100, 50)]
    assert pixels(tmp_path / "b.png") == [(64, 64, 64)]


def test_lab_becomes_srgb(tmp_path: Path) -> None:
    # CIELAB under D50 as a file holds it: L* in 255ths of 100, a* and b* with 128 added.
    lab = {
        WHITE: (255, 128, 128),
        BLACK: (0, 128, 128),
        (119, 119, 119): (128, 128, 128),
        GREEN: (224, 49, 209),
    }
    for expected, value in lab.items():
        Image.new("LAB", (1, 1), value).save(tmp_path / "a.tiff")
        # A whole step of a* at the edge of sRGB is worth up to 15 levels of the darkest channel.
        assert near(pixels(tmp_path / "a.tiff")[0], expected, within=15 if expected == GREEN else 1)


def test_the_profile_does_not_travel_on_with_the_pixels(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), RED).save(tmp_path / "a.png", icc_profile=swapped_srgb())
    saved = BytesIO()
    read_photo(tmp_path / "a.png").image.save(saved, "PNG")
    assert Image.open(saved).info.get("icc_profile") is None
