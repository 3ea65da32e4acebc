"""The starter model as it ships: small, whole, and rendering what it is asked for."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import numpy as np

from studio.core.events import Done, Note, Progress
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams
from studio.core.request import RenderRequest
from studio.engine.renderer import Renderer
from tests.engine.conftest import small_request


def test_the_starter_is_whole_and_small_and_brings_its_own_defaults() -> None:
    folder = find_model("starter")

    assert folder.expand_timesteps
    assert folder.family.width >= 256
    assert folder.family.height >= 160
    assert folder.family.num_frames / folder.family.frame_rate >= 2
    files = [file for file in folder.path.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 40e6


def test_what_the_starter_can_do_is_said_once(tmp_path: Path, renderer: Renderer) -> None:
    about = find_model("starter").family.about
    events = renderer.render(small_request(Path("starter"), tmp_path / "a.mp4"))
    before = list(itertools.takewhile(lambda event: not isinstance(event, Progress), events))

    assert "simple coloured shapes" in about
    assert [event for event in before if isinstance(event, Note)].count(Note(text=about)) == 1


def test_a_red_circle_moves_left_on_a_blue_background(tmp_path: Path) -> None:
    request = RenderRequest(
        params=GenerationParams(prompt="a red circle moves left on a blue background", seed=0),
        out=tmp_path / "clip.mp4",
    )
    done = list(Renderer().render(request))[-1]

    assert isinstance(done, Done)
    with av.open(str(done.clip)) as clip:
        frames = np.stack([frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)])
    red, green, blue = np.median(frames, axis=(0, 1, 2))
    assert blue > 1.5 * max(red, green)
    shape = (frames[..., 0] > 150) & (frames[..., 1] < 90) & (frames[..., 2] < 90)
    assert 0.005 < shape.mean() < 0.5
    columns = [frame.nonzero()[1].mean() for frame in shape[[0, 12, 24]]]
    width = frames.shape[2]
    assert columns[0] > columns[1] + 0.15 * width
    assert columns[1] > columns[2] + 0.15 * width
