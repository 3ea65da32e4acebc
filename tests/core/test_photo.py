"""Photos from the file to the clip's size: turned upright, cut, padded and never stretched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from pillow_heif import register_heif_opener

from studio.core.errors import BadInput
from studio.core.photo import CropBox, Fit, Photo, prepare, read_photo

register_heif_opener()

COLOURS = {"R": (255, 0, 0), "G": (0, 255, 0), "B": (0, 0, 255), "W": (255, 255, 255)}
# EXIF 2.32, tag 274: where the first stored row and column belong; by hand for the rows RG and BW.
UPRIGHT_CORNERS = {
    1: "RGBW",  # top, left
    2: "GRWB",  # top, right
    3: "WBGR",  # bottom, right
    4: "BWRG",  # bottom, left
    5: "RBGW",  # left, top
    6: "BRWG",  # right, top
    7: "WGBR",  # right, bottom
    8: "GWRB",  # left, bottom
}


def quadrants(width: int = 64, height: int = 32) -> Image.Image:
    """Red and green above blue and white."""
    image = Image.new("RGB", (width, height), COLOURS["W"])
    image.paste(COLOURS["R"], (0, 0, width // 2, height // 2))
    image.paste(COLOURS["G"], (width // 2, 0, width, height // 2))
    image.paste(COLOURS["B"], (0, height // 2, width // 2, height))
    return image


def corners(image: Image.Image) -> str:
    """The letters of the colours nearest to the middles of the four quadrants, row by row."""
    points = [(image.width * x // 4, image.height * y // 4) for y in (1, 3) for x in (1, 3)]
    return "".join(
        min(COLOURS, key=lambda letter: _distance(COLOURS[letter], image.getpixel(point)))
        for point in points
    )


def _distance(one: tuple[int, ...], other: object) -> int:
    assert isinstance(other, tuple)
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def in_memory(image: Image.Image) -> Photo:
    return Photo(image=image, path=Path("photo.png"), sha256="0" * 64)


def numbered(width: int, height: int) -> Image.Image:
    """A picture in which every pixel tells its own place: red is x, green is y."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x, y, 0) for y in range(height) for x in range(width)])
    return image


@pytest.mark.parametrize("orientation", UPRIGHT_CORNERS)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.avif", "a.heic"])
def test_a_photo_is_turned_upright(name: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / name
    quadrants().save(path, exif=exif.tobytes())
    photo = read_photo(path)
    assert photo.original_size == ((64, 32) if orientation <= 4 else (32, 64))
    assert corners(photo.image) == UPRIGHT_CORNERS[orientation]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    quadrants().save(tmp_path / "a.jpg", exif=exif)
    assert corners(read_photo(tmp_path / "a.jpg").image) == "RGBW"


def test_broken_exif_does_not_cost_the_photo(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xffgarbage")
    assert corners(read_photo(tmp_path / "a.jpg").image) == "RGBW"


def test_a_photo_knows_its_file_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    quadrants().save(path)
    photo = read_photo(path)
    assert photo.path == path
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert photo.image.mode == "RGB"


def test_a_photo_of_the_clips_own_size_is_left_as_it_is() -> None:
    image = numbered(96, 64)
    assert _same(prepare(in_memory(image), 96, 64), image)


def test_cover_cuts_what_hangs_over_evenly_on_both_sides() -> None:
    wide = prepare(in_memory(numbered(100, 32)), 64, 32)
    assert _same(wide, numbered(100, 32).crop((18, 0, 82, 32)))
    high = prepare(in_memory(numbered(32, 100)), 32, 64)
    assert _same(high, numbered(32, 100).crop((0, 18, 32, 82)))


def test_cover_scales_to_fill_the_frame() -> None:
    prepared = prepare(in_memory(quadrants(400, 100)), 100, 50)
    assert prepared.size == (100, 50)
    assert corners(prepared) == "RGBW"
    assert prepared.getpixel((0, 0)) == COLOURS["R"]
    assert prepared.getpixel((99, 49)) == COLOURS["W"]


def test_a_crop_box_of_the_clips_size_gives_exactly_its_pixels() -> None:
    photo = in_memory(numbered(200, 150))
    box = CropBox(x=37, y=11, width=64, height=96)
    assert _same(prepare(photo, 64, 96, crop=box), photo.image.crop((37, 11, 101, 107)))


def test_nothing_from_beyond_a_crop_box_shines_in() -> None:
    image = Image.new("RGB", (90, 90), "red")
    image.paste((0, 0, 255), (30, 30, 60, 60))
    box = CropBox(x=30, y=30, width=30, height=30)
    for fit in Fit:
        prepared = prepare(in_memory(image), 128, 128, crop=box, fit=fit)
        assert prepared.getcolors() == [(128 * 128, (0, 0, 255))]


def test_a_crop_box_is_covered_like_a_photo_of_its_own() -> None:
    photo = in_memory(numbered(200, 150))
    box = CropBox(x=20, y=30, width=100, height=32)
    assert _same(prepare(photo, 64, 32, crop=box), photo.image.crop((38, 30, 102, 62)))


def test_pad_shows_all_of_the_photo_between_two_bars() -> None:
    prepared = prepare(in_memory(numbered(64, 32)), 64, 64, fit=Fit.PAD, background="#102030")
    assert _same(prepared.crop((0, 16, 64, 48)), numbered(64, 32))
    for bar in ((0, 0, 64, 16), (0, 48, 64, 64)):
        assert prepared.crop(bar).getcolors() == [(64 * 16, (16, 32, 48))]


def test_pad_puts_the_bars_left_and_right_of_a_high_photo() -> None:
    prepared = prepare(in_memory(numbered(32, 64)), 64, 64, fit=Fit.PAD)
    assert _same(prepared.crop((16, 0, 48, 64)), numbered(32, 64))
    for bar in ((0, 0, 16, 64), (48, 0, 64, 64)):
        assert prepared.crop(bar).getcolors() == [(16 * 64, (255, 255, 255))]


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("size", [(704, 256), (256, 704), (320, 320), (97, 33)])
def test_a_circle_stays_round(fit: Fit, size: tuple[int, int]) -> None:
    image = Image.new("RGB", (900, 600), "black")
    ImageDraw.Draw(image).ellipse((350, 200, 549, 399), fill="white")
    prepared = prepare(in_memory(image), *size, fit=fit, background="black").convert("L")
    box = prepared.point(lambda value: 255 if value > 127 else 0).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert abs((right - left) - (bottom - top)) <= 1
    assert abs((left + right) - size[0]) <= 1
    assert abs((top + bottom) - size[1]) <= 1


def test_a_photo_is_shrunk_without_aliasing() -> None:
    stripes = Image.new("RGB", (1024, 1024))
    for x in range(1, 1024, 2):
        stripes.paste((255, 255, 255), (x, 0, x + 1, 1024))
    low, high = prepare(in_memory(stripes), 64, 64).convert("L").getextrema()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    assert 122 <= low <= high <= 133


def test_a_photo_is_resampled_only_once() -> None:
    noise = Image.effect_noise((320, 176), 80).convert("RGB").filter(ImageFilter.SMOOTH)
    whole = noise.resize((160, 88), Image.Resampling.LANCZOS)
    assert _same(prepare(in_memory(noise), 160, 88), whole)
    assert _same(prepare(in_memory(noise), 120, 88), whole.crop((20, 0, 140, 88)))


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (1, 1)])
@pytest.mark.parametrize("fit", Fit)
def test_the_thinnest_photos_still_fill_a_frame(fit: Fit, shape: tuple[int, int]) -> None:
    image = Image.new("RGB", shape, "red")
    prepared = prepare(in_memory(image), 64, 48, fit=fit, background="blue")
    assert prepared.size == (64, 48)
    colours = {colour for _, colour in prepared.getcolors() or []}
    assert (255, 0, 0) in colours
    assert colours <= {(255, 0, 0), (0, 0, 255)}


@settings(deadline=None)
@given(
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    corner=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    far=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    fit=st.sampled_from(Fit),
)
def test_any_box_of_any_photo_fills_any_frame_with_its_own_pixels(
    shape: tuple[int, int],
    size: tuple[int, int],
    corner: tuple[float, float],
    far: tuple[float, float],
    fit: Fit,
) -> None:
    x, y = (int(part * (side - 1)) for part, side in zip(corner, shape, strict=True))
    wide, high = shape[0] - x, shape[1] - y
    box = CropBox(x=x, y=y, width=1 + int(far[0] * (wide - 1)), height=1 + int(far[1] * (high - 1)))
    image = Image.new("RGB", shape, "red")
    image.paste((0, 255, 0), (box.x, box.y, box.x + box.width, box.y + box.height))
    prepared = prepare(in_memory(image), *size, crop=box, fit=fit, background="lime")
    assert prepared.getcolors() == [(size[0] * size[1], (0, 255, 0))]


def test_a_crop_box_is_read_from_four_numbers() -> None:
    box = CropBox(x=0, y=120, width=1920, height=1080)
    assert CropBox.parse("0,120,1920,1080") == box
    assert CropBox.parse(" 0, 120 ,1920, 1080 ") == box
    assert CropBox.parse(str(box)) == box


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "1.5,0,2,2",
        "-1,0,5,5",
        "0,0,0,5",
        "0,0,5,0",
        "0,0,1,1e3",
        "9" * 5000 + ",0,1,1",
        "1;2;3;4",
    ],
)
def test_any_other_crop_box_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"^The crop box '.*' is not a box; give it as X,Y,W,H"):
        CropBox.parse(text)


@pytest.mark.parametrize(
    "text", ["0,0,65,32", "1,0,64,32", "0,1,64,32", "64,32,1,1", "0,0,99999,9"]
)
def test_a_crop_box_that_reaches_past_the_photo_is_refused_with_the_numbers(text: str) -> None:
    photo = in_memory(quadrants(64, 32))
    box = CropBox.parse(text)
    for use in (lambda: prepare(photo, 32, 32, crop=box), lambda: photo.size_within(box)):
        with pytest.raises(BadInput, match=rf"The crop box {text} reaches to .* is 64x32 pixels"):
            use()


def test_what_a_crop_box_leaves_is_its_own_size() -> None:
    photo = in_memory(quadrants(64, 32))
    assert photo.size_within(None) == (64, 32)
    assert photo.size_within(CropBox(x=10, y=2, width=54, height=30)) == (54, 30)


def test_a_background_that_is_no_colour_is_refused(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "a.png")
    for text in ("", "whiteish", "#12", "rgb(300,0,0)", "x" * 1000):
        with pytest.raises(BadInput, match=r"^The background '.*' is not a colour; give a name"):
            read_photo(tmp_path / "a.png", background=text)
        with pytest.raises(BadInput, match="is not a colour"):
            prepare(in_memory(quadrants()), 32, 32, fit=Fit.PAD, background=text)


def _same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None
