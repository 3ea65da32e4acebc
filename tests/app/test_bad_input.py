"""Bad input on the command line: one sentence, an event, status 2, and nothing written."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from studio.core.events import FailureKind
from tests.app.conftest import Command


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--width=65"], "use width 64 or 96 instead of 65"),
        (["--height=0"], "use height 32 instead of 0"),
        (["--width=1" + "0" * 400], "it has to be a whole number from 0 to 1000000."),
        (["--num-frames=1" + "0" * 400], "it has to be a whole number from 0 to 1000000."),
        (["--num-frames=10"], "use num_frames 9 or 13 instead of 10"),
        (
            ["--num-inference-steps=0"],
            "--num-inference-steps is 0; it has to be a whole number from 1 to 1000.",
        ),
        (["--seed=-1"], "--seed is -1; it has to be a whole number from 0 to 9223372036854775807."),
        (["--seed=9223372036854775808"], "--seed is 9223372036854775808; it has to be"),
        (
            ["--guidance-scale=nan"],
            "--guidance-scale is nan; it has to be a number from 0 to 100.",
        ),
        (["--guidance-scale=inf"], "--guidance-scale is inf;"),
        (["--guidance-scale-2=-1"], "--guidance-scale-2 is -1.0;"),
        (["--guidance-scale-2=3"], "takes no second guidance"),
        (
            ["--frame-rate=0"],
            "--frame-rate is 0.0; it has to be a number from 0.01 to 240.",
        ),
        (["--flow-shift=-inf"], "--flow-shift is -inf;"),
        (["--crop=1,2,3"], "'1,2,3' is not a box"),
        (["--crop=1,2,3,4"], "--crop says what to do with a photo, and there is none"),
        (["--fit=pad"], "--fit says what to do with a photo"),
        (["--model=nowhere"], "There is no model 'nowhere'"),
        (["--width=abc"], "'--width'"),
        (["--scheduler=ddim"], "'--scheduler'"),
        (["--widht=64"], "--widht"),
        (["--negative-prompt=\udcff"], "--negative-prompt \\udcff is not in UTF-8"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_what_is_allowed(
    refused: Refused, options: list[str], sentence: str
) -> None:
    assert sentence in refused("a star", *options)


def test_neither_a_prompt_nor_a_photo_is_refused(refused: Refused) -> None:
    assert "neither a prompt nor a photo" in refused()
    assert "neither a prompt nor a photo" in refused("  ")


PHOTOS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing.png": (lambda path: None, "There is no photo"),
    "folder.png": (lambda path: path.mkdir(), "is a folder or a device"),
    "empty.png": (lambda path: path.touch(), "is empty (0 bytes)"),
    "text.png": (lambda path: path.write_text("not a photo"), "is not a photo that can be read"),
    "cut.jpg": (lambda path: path.write_bytes(jpeg(path)[:3000]), "is cut off or damaged"),
    "bomb.png": (lambda path: path.write_bytes(png_header(60000, 60000)), "3600000000"),
    "bomb.gif": (lambda path: path.write_bytes(gif_header(65000, 65000)), "4225000000"),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_that_cannot_be_used_is_refused(
    refused: Refused, tmp_path: Path, name: str
) -> None:
    make, sentence = PHOTOS[name]
    make(tmp_path / name)
    message = refused("--image", tmp_path / name)

    assert sentence in message
    assert name in message


def test_a_crop_box_or_background_that_does_not_fit_is_refused(
    refused: Refused, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (80, 60)).save(photo)

    assert "80x60 pixels" in refused("--image", photo, "--crop=40,0,41,10")
    assert "mauvish" in refused("--image", photo, "--background=mauvish")


def test_a_model_folder_is_refused_with_the_part_that_is_wrong(
    refused: Refused, model: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "model"

    def broken(change: Callable[[Path], object]) -> str:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(model, copy)
        change(copy)
        return refused("a star", "--model", copy)

    weights = Path("vae") / "diffusion_pytorch_model.safetensors"
    assert "lacks its vae" in broken(lambda folder: shutil.rmtree(folder / "vae"))
    assert "lacks its tokenizer" in broken(lambda folder: shutil.rmtree(folder / "tokenizer"))
    assert "holds only pickled weights" in broken(
        lambda folder: (folder / weights).rename(folder / "vae" / "weights.bin")
    )
    assert "is damaged" in broken(lambda folder: os.truncate(folder / weights, 5000))
    assert "model_index.json cannot be read" in broken(
        lambda folder: (folder / "model_index.json").write_text("{")
    )


def test_a_clip_that_cannot_be_put_there_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "there.mp4").write_text("mine")
    (tmp_path / "photo.jpg").write_text("mine too")

    assert "does not exist" in refused("a", "--out", tmp_path / "no" / "a.mp4")
    assert "exists already" in refused("a", "--out", tmp_path / "there.mp4")
    assert "is a folder" in refused("a", "--out", tmp_path)
    assert "name it a.mp4" in refused("a", "--out", tmp_path / "a.gif")
    assert "exists already" in refused("a", "--out", tmp_path / "photo.mp4", "--poster")
    assert "leaves it alone" in refused("a", "--checkpoint", tmp_path / "photo.jpg")
    assert "two names" in refused("a", "--checkpoint", tmp_path / "out.mp4")
    assert "is a file, not a folder" in refused("a", "--previews", tmp_path / "photo.jpg")
    assert "'--out'" in refused("a", out=False)


@pytest.mark.parametrize(
    ("photo", "options"),
    [
        ("mine.mp4", ["--out=mine.mp4"]),
        ("mine.jpg", ["--out=mine.mp4", "--poster"]),
        ("mine.jpg", ["--checkpoint=mine.jpg"]),
    ],
)
def test_a_photo_is_not_replaced_by_what_is_made_of_it(
    refused: Refused,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    photo: str,
    options: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)  # the same file by a relative and by an absolute path
    Image.new("RGB", (64, 64)).save(tmp_path / photo, "PNG")

    message = refused("--image", tmp_path / photo, *options, "--overwrite")
    assert f"in the place of the photo {tmp_path / photo}" in message


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no folder is closed to root here")
def test_a_read_only_folder_is_refused(refused: Refused) -> None:
    # Even root cannot make files there; to root the permission bits of a folder say nothing.
    assert "cannot be written" in refused("a star", "--out", "/sys/kernel/a.mp4")
    assert "cannot be written" in refused("a star", "--checkpoint", "/sys/kernel/state")


def test_a_clip_for_which_the_disk_has_no_room_is_refused_before_the_start(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))

    message = refused("a star", "--width=64", "--height=64", kind=FailureKind.DISK_FULL)
    assert "are free" in message


def test_a_disk_that_fills_up_during_the_writing_fails_and_leaves_nothing(
    command: Command, small: list[str], tmp_path: Path
) -> None:
    clip = tmp_path / "clips" / "a.mp4"
    clip.parent.mkdir()
    resource = pytest.importorskip("resource")  # Windows has none
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # To a file of the clip's size this limit says what a full disk says (EFBIG).
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
    try:
        result = command("render", "a star", *small, "--quality=lossless", "--out", clip)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert result.status == 1
    assert "There is no room left" in result.err.splitlines()[-1]
    assert list(clip.parent.iterdir()) == []


def test_a_prompt_of_20000_characters_is_cut_and_said_so(
    command: Command, small: list[str], tmp_path: Path
) -> None:
    result = command("render", "star " * 4000, *small, "--out", tmp_path / "a.mp4")

    assert result.status == 0
    assert "the model reads its first 512" in result.err


def test_a_state_of_another_render_is_refused(
    refused: Refused, command: Command, small: list[str], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    first = tmp_path / "first.mp4"
    assert command("render", "a star", *small, "--out", first, "--checkpoint", state).status == 0
    (tmp_path / "foreign").write_text("not a state")

    bad = FailureKind.BAD_STATE
    assert "seed differ" in refused("--resume", state, "--seed=8", kind=bad)
    assert "prompt differ" in refused("a circle", "--resume", state, kind=bad)
    assert "There is no state" in refused("--resume", tmp_path / "nothing", kind=bad)
    assert "is damaged" in refused("--resume", tmp_path / "foreign", kind=bad)


Refused = Callable[..., str]


@pytest.fixture
def refused(command: Command, model: Path, tmp_path: Path) -> Refused:
    """Runs a render that is refused, checks all that holds for each, and returns the sentence."""

    def run(*words: str | Path, out: bool = True, kind: FailureKind | None = None) -> str:
        before = sorted(tmp_path.rglob("*"))
        # Given first, so that a case may give its own.
        options = [*(["--out", tmp_path / "out.mp4"] if out else []), *defaults(words, model)]
        result = command("render", *options, *words, "--json")
        told = [json.loads(line) for line in result.out.splitlines()]

        assert result.status == 2
        assert [event["event"] for event in told] == ["failed"]
        assert told[0]["kind"] in ([kind] if kind else ["bad_input", "model_missing"])
        assert result.err == told[0]["message"] + "\n"
        assert result.err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before
        return result.err

    return run


def defaults(words: tuple[str | Path, ...], model: Path) -> list[str]:
    """The tiny model, where it is not a state that says which."""
    return [] if "--resume" in words else [f"--model={model}"]


def jpeg(path: Path) -> bytes:
    """A JPEG of several kilobytes."""
    Image.effect_noise((128, 128), 80).save(path, "JPEG")
    return path.read_bytes()


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims a size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data = b"IDAT" + zlib.compress(b"")
    rest = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return b"\x89PNG\r\n\x1a\n" + chunk + rest


def gif_header(width: int, height: int) -> bytes:
    """The beginning of an animation that claims a size."""
    return (
        b"GIF89a"
        + struct.pack("<HH", width, height)
        + bytes((0, 0, 0))
        + (b"," + struct.pack("<HHHH", 0, 0, width, height) + bytes((0, 2, 0)))
    )
