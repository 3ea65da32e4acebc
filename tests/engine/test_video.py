"""Clips on the disk: colours, frames, tags and metadata as read back, and nothing half written."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from studio.core.clip_size import estimate_bytes
from studio.core.errors import BadInput, DiskFull, StudioError
from studio.core.files import remove_leftovers
from studio.core.params import Quality
from studio.engine.colour import FrameConverter
from studio.engine.metadata import METADATA_KEY, read_metadata
from studio.engine.video import ClipWriter, WrittenClip, exact_rate, write_poster

Frames = NDArray[np.uint8]
Floats = NDArray[np.float64]

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "dark grey": (40, 40, 40),
    "grey": (128, 128, 128),
    "light grey": (210, 210, 210),
    "orange": (255, 140, 0),
    "purple": (128, 0, 128),
    "pink": (255, 192, 203),
    "skin": (224, 172, 140),
    "pale blue": (200, 220, 245),
    "pale green": (205, 235, 205),
    "dark blue": (10, 20, 60),
}

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
root_only = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux to mount"
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def moving(num_frames: int, height: int, width: int) -> Frames:
    """A gradient that moves, with a bright bar over it."""
    t, y, x = np.ogrid[0:num_frames, 0:height, 0:width]
    frames = np.empty((num_frames, height, width, 3), np.uint8)
    frames[..., 0] = (x * 2 + t * 3) % 256
    frames[..., 1] = (y * 2 + t) % 256
    frames[..., 2] = (255 - x - t) % 256
    frames[:, :, width // 3 : width // 3 + 4] = (250, 240, 10)
    return frames


def noise(num_frames: int, height: int = 64, width: int = 64) -> Frames:
    return np.random.default_rng(7).integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8)


def writer(path: Path, num_frames: int, **changes: Any) -> ClipWriter:
    settings: dict[str, Any] = {
        "width": 64,
        "height": 64,
        "frame_rate": 24,
        "quality": Quality.GOOD,
        "metadata": "{}",
        "overwrite": False,
        "num_frames": num_frames,
    }
    return ClipWriter(path, **(settings | changes))


def write(path: Path, frames: Frames, **changes: Any) -> WrittenClip:
    n, height, width, _ = frames.shape
    with writer(path, n, **({"width": width, "height": height} | changes)) as clip:
        clip.write(frames)
        return clip.finish()


def decode(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as clip:
        return list(clip.decode(video=0))


def planes(frame: av.VideoFrame) -> tuple[Floats, Floats, Floats]:
    """Y, Cb and Cr of a yuv420p frame as they are stored."""
    flat = frame.to_ndarray().reshape(-1).astype(np.float64)
    luma = frame.width * frame.height
    cb, cr = flat[luma : luma * 5 // 4], flat[luma * 5 // 4 :]
    half = (frame.height // 2, frame.width // 2)
    return flat[:luma].reshape(frame.height, frame.width), cb.reshape(half), cr.reshape(half)


def from_bt709(y: float, cb: float, cr: float) -> Floats:
    """RGB 0..255 of one limited-range BT.709 value (ITU-R BT.709-6, 3.2 and 4.6)."""
    luma, blue, red = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    r, b = luma + 1.5748 * red, luma + 1.8556 * blue
    g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
    return np.clip(np.array([r, g, b]) * 255, 0, 255)


def lab(rgb: Floats) -> Floats:
    """CIE L*a*b* (D65) of sRGB 0..255 (IEC 61966-2-1)."""
    c = np.asarray(rgb) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.array(to_xyz) @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: Floats, two: Floats) -> float:
    """The CIEDE2000 difference of two L*a*b* values (Sharma, Wu, Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    cosines = [
        (0.17, hm - 30),
        (-0.24, 2 * hm),
        (-0.32, 3 * hm + 6),
        (0.20, 4 * hm - 63),
    ]
    t = 1 - sum(k * np.cos(np.radians(angle)) for k, angle in cosines)
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rotation = np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    rt = -2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * rotation
    terms = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh
    return float(np.sqrt(max(terms, 0.0)))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine allows no mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize(
    ("one", "two", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_our_ciede2000_gives_the_published_values(
    one: tuple[float, ...], two: tuple[float, ...], difference: float
) -> None:
    assert ciede2000(np.array(one), np.array(two)) == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("quality", list(Quality))
def test_flat_colours_come_back_as_they_were(tmp_path: Path, quality: Quality) -> None:
    frames = np.zeros((len(COLOURS), 32, 48, 3), np.uint8)
    frames[:] = np.array(list(COLOURS.values()))[:, None, None]
    write(tmp_path / "c.mp4", frames, quality=quality)
    for (name, colour), frame in zip(COLOURS.items(), decode(tmp_path / "c.mp4"), strict=True):
        wanted = lab(np.array(colour, np.float64))
        y, cb, cr = planes(frame)
        by_hand = from_bt709(y[16, 24], cb[8, 12], cr[8, 12])
        by_tag = frame.to_ndarray(format="rgb24")[16, 24].astype(np.float64)
        assert ciede2000(wanted, lab(by_hand)) <= 2, (name, by_hand)
        assert ciede2000(wanted, lab(by_tag)) <= 2, (name, by_tag)


def test_a_frame_is_the_rounded_bt709_of_its_pixels() -> None:
    rgb = np.repeat(np.repeat(noise(1, 16, 16)[0], 2, axis=0), 2, axis=1)
    r, g, b = np.moveaxis(rgb.astype(np.float64) / 255, -1, 0)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    y, cb, cr = planes(FrameConverter().convert(rgb))
    assert np.abs(y - (16 + 219 * luma)).max() < 0.52
    assert np.abs(cb - (128 + 224 * (b - luma) / 1.8556)[::2, ::2]).max() < 0.52
    assert np.abs(cr - (128 + 224 * (r - luma) / 1.5748)[::2, ::2]).max() < 0.52


def test_the_colour_tags_are_in_the_file(tmp_path: Path) -> None:
    write(tmp_path / "c.mp4", moving(3, 64, 64))
    with av.open(str(tmp_path / "c.mp4")) as clip:
        context = clip.streams.video[0].codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert tags == (1, 1, 1, 1)  # BT.709 three times, and limited range
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    assert b"colrnclx" + struct.pack(">HHHB", 1, 1, 1, 0) in (tmp_path / "c.mp4").read_bytes()


@pytest.mark.parametrize(
    ("num_frames", "height", "width", "rate"),
    [
        (1, 16, 16, 24),
        (193, 160, 256, 24),
        (9, 480, 832, 16),
        (5, 64, 64, Fraction(24000, 1001)),
        (4, 48, 80, 12.5),
        (30, 2, 2, 240),
    ],
)
def test_frames_size_and_rate_read_back(
    tmp_path: Path, num_frames: int, height: int, width: int, rate: Fraction | float
) -> None:
    path = tmp_path / "c.mp4"
    clip = write(path, moving(num_frames, height, width), frame_rate=rate)
    exact = Fraction(rate)
    assert clip == WrittenClip(path, num_frames, width, height, exact, path.stat().st_size)
    frames = decode(path)
    assert [frame.pts * frame.time_base * exact for frame in frames] == list(range(num_frames))
    assert {(frame.width, frame.height) for frame in frames} == {(width, height)}
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert stream.average_rate == exact
        assert stream.duration * stream.time_base == num_frames / exact
    assert names(tmp_path) == ["c.mp4"]


@pytest.mark.parametrize("rate", [0.5, 7.3, 15.999, 23.976, 29.97, 59.94, 100 / 3, 240])
def test_an_odd_rate_is_kept_exactly(tmp_path: Path, rate: float) -> None:
    clip = write(tmp_path / "c.mp4", moving(7, 16, 16), frame_rate=rate)
    assert clip.frame_rate == exact_rate(rate)
    assert float(clip.frame_rate) == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 241, 0.001])
def test_an_impossible_rate_is_refused(tmp_path: Path, rate: float) -> None:
    with pytest.raises(BadInput, match="frame rate"):
        writer(tmp_path / "c.mp4", 1, frame_rate=rate)


def test_frames_may_come_in_blocks_and_in_any_memory_order(tmp_path: Path) -> None:
    frames = moving(9, 64, 64)
    write(tmp_path / "whole.mp4", frames)
    planar = np.ascontiguousarray(frames.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    with writer(tmp_path / "blocks.mp4", 9) as clip:
        for block in (planar[:1], planar[1:1], planar[1:5], planar[5:]):
            clip.write(block)
        clip.finish()
    assert (tmp_path / "blocks.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_the_same_frames_give_the_same_file_every_time(tmp_path: Path) -> None:
    frames = moving(25, 64, 64)
    write(tmp_path / "first.mp4", frames)
    first = (tmp_path / "first.mp4").read_bytes()
    for _ in range(12):
        write(tmp_path / "again.mp4", frames, overwrite=True)
        assert (tmp_path / "again.mp4").read_bytes() == first


def test_the_index_comes_before_the_pictures(tmp_path: Path) -> None:
    write(tmp_path / "c.mp4", moving(5, 64, 64), metadata=json.dumps({"prompt": "x" * 9000}))
    data, boxes, at = (tmp_path / "c.mp4").read_bytes(), [], 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        boxes.append(kind)
        at += size
    assert boxes.index(b"moov") < boxes.index(b"mdat")


def test_lossless_keeps_every_plane_bit_for_bit(tmp_path: Path) -> None:
    frames = np.concatenate([noise(3, 48, 80), moving(4, 48, 80)])
    write(tmp_path / "c.mp4", frames, quality=Quality.LOSSLESS)
    converter = FrameConverter()
    for frame, decoded in zip(frames, decode(tmp_path / "c.mp4"), strict=True):
        np.testing.assert_array_equal(converter.convert(frame).to_ndarray(), decoded.to_ndarray())


def test_each_quality_is_larger_and_within_its_estimate(tmp_path: Path) -> None:
    frames = moving(24, 96, 96) // 2 + noise(24, 96, 96) // 64
    sizes = [write(tmp_path / f"{q}.mp4", frames, quality=q).bytes for q in Quality]
    assert sizes == sorted(sizes)
    for quality, size in zip(Quality, sizes, strict=True):
        assert size <= estimate_bytes(96, 96, 24, quality)


def test_even_noise_fits_the_lossless_estimate(tmp_path: Path) -> None:
    clip = write(tmp_path / "c.mp4", noise(20, 128, 128), quality=Quality.LOSSLESS)
    assert clip.bytes <= estimate_bytes(128, 128, 20, Quality.LOSSLESS)


@pytest.mark.parametrize(
    "made",
    [
        {"prompt": "一个红色的圆形向左移动，蓝色背景 🔴➡️🟦", "seed": 2**63 - 1},
        {"prompt": 'a "quoted" \\ back\nslash\x00 nul and \ud83d half', "empty": ""},
        {"prompt": "红🔴" * 10_000},
        {},
    ],
)
def test_what_made_the_clip_reads_back(tmp_path: Path, made: dict[str, Any]) -> None:
    write(tmp_path / "c.mp4", moving(2, 16, 16), metadata=json.dumps(made, ensure_ascii=False))
    text = read_metadata(tmp_path / "c.mp4")
    assert text is not None
    assert json.loads(text) == made


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "mov"])
@pytest.mark.parametrize("comment", [None, "made by hand", "[1, 2]"])
def test_another_ones_video_has_no_metadata(
    tmp_path: Path, suffix: str, comment: str | None
) -> None:
    path = tmp_path / f"other.{suffix}"
    with av.open(str(path), "w") as output:
        if comment:
            output.metadata[METADATA_KEY] = comment
        stream = output.add_stream("libvpx" if suffix == "webm" else "libx264", rate=24)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        output.mux(stream.encode(av.VideoFrame.from_ndarray(noise(1, 32, 32)[0])))
        output.mux(stream.encode())
    assert read_metadata(path) is None


def test_what_is_not_a_video_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "picture.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "picture.jpg")
    (tmp_path / "text.txt").write_text("hello there\n" * 100)
    (tmp_path / "text.mp4").write_text("hello there\n" * 100)
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n")
    write(tmp_path / "whole.mp4", moving(5, 64, 64))
    whole = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "whole.mp4").unlink()
    (tmp_path / "cut.mp4").write_bytes(whole[:600])
    with av.open(str(tmp_path / "sound.wav"), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        output.mux(stream.encode(sound))
    (tmp_path / "folder").mkdir()
    for path in [*sorted(tmp_path.iterdir()), tmp_path / "missing.mp4"]:
        with pytest.raises(BadInput, match=path.name):
            read_metadata(path)


def test_an_exception_midway_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writer(tmp_path / "c.mp4", 9) as clip:
        clip.write(moving(5, 64, 64))
        assert len(names(tmp_path)) == 1
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_leaving_without_finishing_leaves_nothing(tmp_path: Path) -> None:
    with writer(tmp_path / "c.mp4", 5) as clip:
        clip.write(moving(5, 64, 64))
    assert names(tmp_path) == []
    with pytest.raises(StudioError, match="closed"):
        clip.write(moving(1, 64, 64))


@pytest.mark.parametrize("count", [0, 4, 6])
def test_another_number_of_frames_than_promised_is_not_kept(tmp_path: Path, count: int) -> None:
    with pytest.raises(StudioError, match="not kept"), writer(tmp_path / "c.mp4", 5) as clip:
        clip.write(moving(count, 64, 64))
        clip.finish()
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "frames",
    [np.zeros((1, 64, 32, 3), np.uint8), np.zeros((64, 64, 3), np.uint8), np.zeros((1, 64, 64, 3))],
)
def test_frames_that_do_not_fit_are_refused(tmp_path: Path, frames: Any) -> None:
    with pytest.raises(StudioError, match="do not fit"), writer(tmp_path / "c.mp4", 1) as clip:
        clip.write(frames)
    assert names(tmp_path) == []


@pytest.mark.parametrize("size", [(63, 64), (64, 63), (0, 64)])
def test_an_odd_size_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with (
        pytest.raises(BadInput, match="even"),
        writer(tmp_path / "c.mp4", 1, width=size[0], height=size[1]),
    ):
        pytest.fail("the body must not run")
    assert names(tmp_path) == []


def test_an_existing_clip_is_left_alone_without_overwrite(tmp_path: Path) -> None:
    (tmp_path / "c.mp4").write_bytes(b"precious")
    with pytest.raises(BadInput, match="exists already"):
        write(tmp_path / "c.mp4", moving(2, 16, 16))
    assert (tmp_path / "c.mp4").read_bytes() == b"precious"
    assert names(tmp_path) == ["c.mp4"]


def test_a_clip_that_appeared_during_the_render_is_left_alone(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match="exists already"),
        writer(tmp_path / "c.mp4", 2) as clip,
    ):
        clip.write(moving(2, 64, 64))
        (tmp_path / "c.mp4").write_bytes(b"precious")
        clip.finish()
    assert (tmp_path / "c.mp4").read_bytes() == b"precious"
    assert names(tmp_path) == ["c.mp4"]


def test_overwrite_replaces_only_when_the_new_clip_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.mp4"
    path.write_bytes(b"old")
    with writer(path, 2, overwrite=True) as clip:
        clip.write(moving(2, 64, 64))
        assert path.read_bytes() == b"old"
        clip.finish()
    assert len(decode(path)) == 2
    assert names(tmp_path) == ["c.mp4"]


@pytest.mark.parametrize("name", ["一个🔴.mp4", "a:b %d.mp4", "no suffix", "clip.avi", "-y.mp4"])
def test_any_name_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(name), moving(2, 16, 16))
    assert read_metadata(Path(name)) == "{}"
    assert names(tmp_path) == [name]


@root_only
@pytest.mark.parametrize("count", [4, 12, 40])
def test_a_full_disk_is_named_and_nothing_stays(small_disk: Path, count: int) -> None:
    (small_disk / "other").write_bytes(bytes(180_000))
    with (
        pytest.raises(DiskFull, match="no room left"),
        writer(small_disk / "c.mp4", count, quality=Quality.LOSSLESS) as clip,
    ):
        for frame in noise(count):
            clip.write(frame[None])
        clip.finish()
    assert names(small_disk) == ["other"]


def child(script: str, path: Path) -> list[str]:
    start = (
        "import sys, time; from pathlib import Path; import numpy as np\n"
        "from studio.core.errors import DiskFull; from studio.core.params import Quality\n"
        "from studio.engine.video import ClipWriter, write_poster\n"
        "frames = np.random.default_rng(7).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)\n"
        "path = Path(sys.argv[1])\n"
        "writer = ClipWriter(path, width=64, height=64, frame_rate=24, num_frames=40,\n"
        "    quality=Quality.BEST, metadata='{}', overwrite=False)\n"
    )
    return [sys.executable, "-c", start + script, str(path)]


@posix_only
def test_a_limit_on_the_file_size_is_a_full_disk(tmp_path: Path) -> None:
    script = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))\n"
        "try:\n"
        "    with writer:\n"
        "        writer.write(frames)\n"
        "        writer.finish()\n"
        "except DiskFull: print('full')\n"
        "try: write_poster(path, np.tile(frames[0], (20, 20, 1)), False)\n"
        "except DiskFull: print('full')\n"
    )
    done = subprocess.run(child(script, tmp_path / "c.mp4"), capture_output=True, text=True)
    assert done.stdout == "full\nfull\n", done.stderr
    assert names(tmp_path) == []


@posix_only
def test_a_killed_writer_leaves_no_clip_and_its_part_is_removed(tmp_path: Path) -> None:
    script = (
        "with writer:\n"
        "    writer.write(frames)\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(child(script, tmp_path / "c.mp4"), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    (part,) = names(tmp_path)
    assert part != "c.mp4"
    assert remove_leftovers(tmp_path) == [tmp_path / part]
    assert names(tmp_path) == []


@posix_only
def test_a_folder_that_vanishes_midway_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with (
        pytest.raises(StudioError, match="disappeared"),
        writer(folder / "c.mp4", 5) as clip,
    ):
        clip.write(moving(5, 64, 64))
        for part in folder.iterdir():
            part.unlink()
        folder.rmdir()
        clip.finish()
    assert names(tmp_path) == []


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        write(tmp_path / "no" / "c.mp4", moving(1, 16, 16))


@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
def test_no_file_stays_open(tmp_path: Path) -> None:
    def opened() -> list[str]:
        links = Path("/proc/self/fd").iterdir()
        return [str(link.readlink()) for link in links if link.is_symlink()]

    with writer(tmp_path / "early.mp4", 2) as clip:
        clip.write(moving(1, 64, 64))
    write(tmp_path / "c.mp4", moving(2, 16, 16))
    read_metadata(tmp_path / "c.mp4")
    assert not [link for link in opened() if str(tmp_path) in link]


def test_a_poster_is_a_jpeg_of_its_frame(tmp_path: Path) -> None:
    frame = np.full((48, 64, 3), (200, 60, 40), np.uint8)
    write_poster(tmp_path / "c.jpg", frame, overwrite=False)
    with Image.open(tmp_path / "c.jpg") as poster:
        assert (poster.format, poster.mode, poster.size) == ("JPEG", "RGB", (64, 48))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(poster.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
        assert np.abs(np.asarray(poster).astype(int) - frame).max() <= 3
    with pytest.raises(BadInput, match="exists already"):
        write_poster(tmp_path / "c.jpg", frame, overwrite=False)
    write_poster(tmp_path / "c.jpg", 255 - frame, overwrite=True)
    assert names(tmp_path) == ["c.jpg"]
