"""What is refused before torch is loaded: places of files, and what a model cannot count."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from studio.app.checks import check_request
from studio.app.failure import exit_status, failure_of
from studio.app.options import request_from
from studio.app.record import record_of
from studio.core.errors import BadInput, BadState, StudioError
from studio.core.folders import assets, folders
from studio.core.model_folder import find_model
from studio.core.request import RenderRequest
from studio.engine.model import Model
from studio.engine.state import read_state
from studio.engine.targets import STATE_KIND
from studio.engine.task import plan

VAE = assets() / "starter" / "vae" / "diffusion_pytorch_model.safetensors"
LONG = "a" * 300


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the commands are typed in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tensors(path: Path, metadata: dict[str, str] | None = None) -> None:
    save_file({"a": np.zeros(4, np.float32)}, path, metadata)


@pytest.mark.parametrize(
    "make",
    [
        tensors,
        lambda path: tensors(path, {"format": "pt"}),
        lambda path: shutil.copy(VAE, path),
        lambda path: path.write_bytes(b"\xff" * 8 + b"{"),
        lambda path: path.write_bytes(b"{"),
    ],
    ids=["tensors", "metadata", "vae", "claim", "short"],
)
def test_a_state_replaces_no_weights(folder: Path, make: Callable[[Path], object]) -> None:
    make(folder / "kept.safetensors")
    before = (folder / "kept.safetensors").read_bytes()

    for refuse in (refused, refused_by_engine):
        message = refuse(checkpoint="kept.safetensors", overwrite=True)
        assert "is no state of a render, so --checkpoint leaves it alone" in message
    assert (folder / "kept.safetensors").read_bytes() == before


def test_a_state_replaces_an_earlier_one_and_an_empty_file(folder: Path) -> None:
    tensors(folder / "state", {"kind": STATE_KIND})
    (folder / "empty").touch()

    check_request(request(checkpoint="state"))
    check_request(request(checkpoint="empty"))


def test_previews_replace_no_pictures(folder: Path) -> None:
    shots = folder / "shots"
    shots.mkdir()
    Image.new("RGB", (64, 64)).save(shots / "0007.png")

    assert f"{shots / '0007.png'} exists already" in refused(previews=shots)
    check_request(request(previews=shots, overwrite=True))
    (shots / "0007.png").rename(shots / "seven.png")
    check_request(request(previews=shots))


def test_previews_of_a_render_that_goes_on_lie_beside_those_from_before(folder: Path) -> None:
    (folder / "shots").mkdir()
    (folder / "shots" / "0007.png").touch()

    check_request(request(previews="shots", resume="state"))


def test_a_preview_never_takes_the_photo_s_place(folder: Path) -> None:
    Image.new("RGB", (64, 64)).save(folder / "0001.png")
    (folder / "link.png").symlink_to(folder / "0001.png")

    for photo in ("0001.png", "link.png"):
        for refuse in (refused, refused_by_engine):
            message = refuse(image=photo, previews=".", overwrite=True)
            assert "A preview would be put in the place of the photo" in message


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"out": "a.mp4", "checkpoint": "sub/../a.mp4"}, "The clip and the state cannot both be"),
        ({"out": "a", "checkpoint": "a.jpg", "poster": True}, "The poster and the state"),
        ({"out": "a", "previews": "a"}, "The clip and the previews cannot both be a;"),
        ({"out": "a", "checkpoint": "b", "previews": "b"}, "The state and the previews"),
    ],
)
def test_nothing_takes_the_place_of_the_finished_clip(
    folder: Path, given: dict[str, Any], sentence: str
) -> None:
    (folder / "sub").mkdir()

    assert sentence in refused(**given, overwrite=True)
    assert sentence in refused_by_engine(**given, overwrite=True)


def test_the_engine_gives_a_poster_no_clip_s_name() -> None:
    message = refused_by_engine(out="c.jpg", poster=True, overwrite=True)

    assert "The clip and the poster cannot both be c.jpg" in message


@pytest.mark.parametrize("out", [".", "/", ".."])
def test_a_folder_as_the_clip_s_name_is_named_as_one(out: str) -> None:
    assert "is a folder: name a file in it." in refused(out=out, poster=True)
    assert "is a folder: name a file in it." in refused(out=out, checkpoint="s")


@pytest.mark.parametrize("name", ["a.mov", "a.GIF", "a.mp4.gz", "a.txt", "a.safetensors"])
def test_a_clip_under_the_name_of_another_kind_is_refused(name: str) -> None:
    assert "name it a.mp4." in refused(out=name)


@pytest.mark.parametrize("name", ["a.mp4", "a.M4V", "a", "shot.v2", "a.xyz"])
def test_a_clip_may_have_any_other_name(name: str) -> None:
    check_request(request(out=name))


def test_a_clip_longer_than_the_model_counts_is_refused() -> None:
    message = refused(num_frames=1025)

    assert "use num_frames 1021 instead of 1025." in message
    check_request(request(num_frames=1021))


LOOKS: dict[str, Callable[[Path], object]] = {
    "out": lambda path: check_request(request(out=path / "a.mp4")),
    "checkpoint": lambda path: check_request(request(checkpoint=path)),
    "previews": lambda path: check_request(request(previews=path / "b")),
    "image": lambda path: check_request(request(image=path)),
    "model": lambda path: find_model(str(path)),
    "model named": lambda path: find_model(path.name),
    "resume": read_state,
    "info": record_of,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_path_that_is_closed_or_too_long_is_refused_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, look: Callable[[Path], object]
) -> None:
    refusal(lambda: look(folder / LONG))

    closed, stat = folder / "closed", os.stat

    def denied(path: Any, *given: Any, **options: Any) -> os.stat_result:
        if str(path).startswith((str(closed), str(folders().models / "closed"))):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *given, **options)

    monkeypatch.setattr(os, "stat", denied)
    refusal(lambda: look(closed))


def test_a_state_that_cannot_be_opened_is_not_told_as_damaged(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors(folder / "state", {"kind": STATE_KIND})
    opened = Path.open

    def closed(path: Path, *given: Any, **options: Any) -> Any:
        if path.name == "state":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *given, **options)

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(BadInput, match=r"state cannot be read \(Permission denied\)") as refused:
        read_state(folder / "state")
    assert not isinstance(refused.value, BadState)  # at which the queue would begin anew


def test_paths_mean_the_same_from_any_folder(folder: Path, home: Path) -> None:
    (folder / "wan").mkdir()
    made = request_from({"image": Path("a.png"), "model": "wan", "out": Path("c.mp4")})
    assert made.params.image == folder / "a.png"
    assert made.params.model == str(folder / "wan")

    other = home / "other"
    (other / "mine").mkdir(parents=True)
    made = request_from({"image": Path("a.png"), "model": "mine", "out": Path("c.mp4")}, other)
    assert made.params.image == other / "a.png"
    assert made.params.model == str(other / "mine")
    for name in ("starter", "nowhere"):
        assert request_from({"model": name, "out": Path("c.mp4")}).params.model == name


def test_every_path_may_begin_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    names = ("out", "checkpoint", "resume", "previews")
    made = request_from({name: Path("~", name) for name in names} | {"image": Path("~/a.png")})

    assert [getattr(made, name) for name in names] == [folder / name for name in names]
    assert made.params.image == folder / "a.png"


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)


@pytest.mark.parametrize("name", ["out", "checkpoint", "resume", "previews", "image", "model"])
def test_a_home_that_the_system_does_not_know_is_refused(name: str, homeless: None) -> None:
    given = "~/x" if name == "model" else Path("~/x")

    message = refusal(lambda: request_from({"out": Path("a.mp4")} | {name: given}))
    assert "no home folder for ~/x; give the whole path" in message


def test_a_name_that_only_begins_like_a_home_is_a_name(folder: Path, homeless: None) -> None:
    made = request_from({"out": Path("~a.mp4"), "image": Path("~draft.png")})

    assert made.out == Path("~a.mp4")
    assert made.params.image == Path.cwd() / "~draft.png"


def test_a_home_that_is_not_known_for_all_folders_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, homeless: None
) -> None:
    monkeypatch.setenv("CLIPWRIGHT_HOME", "~/x")
    with pytest.raises(BadInput, match="give the whole path"):
        folders()
    assert "no log could be written" in failure_of(ValueError("odd")).message


def request(**given: Any) -> RenderRequest:
    """A request for a small clip of the starter, as the command line makes it."""
    paths = ("out", "checkpoint", "previews", "resume", "image")
    given = {"prompt": "a", "width": 64, "height": 64, "out": "out.mp4"} | given
    return request_from(
        {name: Path(value) if name in paths else value for name, value in given.items()}
    )


def refused(**given: Any) -> str:
    return refusal(lambda: check_request(request(**given)))


def refused_by_engine(**given: Any) -> str:
    # It looks at the places of files before it looks at the model.
    return refusal(lambda: plan(request(**given), cast("Model", None), None))


def refusal(act: Callable[[], object]) -> str:
    """The sentence of an act that is refused with status 2."""
    with pytest.raises(StudioError) as caught:
        act()
    failure = failure_of(caught.value)
    assert exit_status(failure) == 2
    return failure.message
