"""The map from latents to colours is fitted from the VAE itself, and kept."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from studio.core.events import Done, Event, Note, Preview
from studio.core.folders import folders
from studio.core.model_folder import find_model
from studio.engine import preview, spending, vae
from studio.engine.model import Model
from studio.engine.preview import PreviewMap, fit_map, load_map, save_map
from studio.engine.renderer import Renderer
from tests.engine.conftest import PRECISE, left_half_written, small_request


def test_a_strip_is_the_linear_map_of_each_latent() -> None:
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    strip = PreviewMap(weight, torch.tensor([0.0, 0.0, 1.0])).strip(
        torch.tensor([[-1.0, 1.0], [0.0, 0.0]]).view(1, 2, 2, 1, 1)
    )

    assert strip.size == (2, 1)
    assert strip.getpixel((0, 0)) == (0, 128, 255)
    assert strip.getpixel((1, 0)) == (255, 128, 255)


def test_a_kept_map_is_read_back_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    fitted = PreviewMap(torch.randn(3, 4), torch.randn(3))
    save_map(tmp_path / "maps" / "a.safetensors", fitted)
    found = load_map(tmp_path / "maps" / "a.safetensors")
    assert found is not None
    assert torch.equal(found.weight, fitted.weight)

    (tmp_path / "maps" / "a.safetensors").write_bytes(b"rubbish")
    assert load_map(tmp_path / "maps" / "a.safetensors") is None
    assert load_map(tmp_path / "none") is None


def test_a_fitted_map_gives_the_colours_of_the_decoded_picture_made_small() -> None:
    coder = Model(find_model("starter"), PRECISE).vae()
    ramp = torch.linspace(-1, 1, 128).expand(128, 128)
    picture = torch.stack([ramp, ramp.T, -ramp])[None, :, None]
    z = vae.encode(coder, [picture])
    decoded = next(vae.decode(coder, z))[0].permute(2, 0, 1).float()
    small = F.avg_pool2d(decoded[None], 8)[0]
    strip = fit_map(coder).strip(z)

    assert strip.size == (16, 16)
    shown = torch.tensor(list(strip.tobytes())).view(16, 16, 3).permute(2, 0, 1)
    # Of 255; with these weights it is 9, and a picture of one grey would be 62 away.
    assert (shown - small).abs().mean() < 20


def test_a_map_that_cannot_be_kept_does_not_end_the_render(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    folders().cache.mkdir(parents=True)
    (folders().cache / "previews").write_bytes(b"a file where the folder belongs")
    request = small_request(models["ti2v"], tmp_path / "a.mp4", previews=tmp_path / "previews")
    events = list(renderer.render(request))

    assert isinstance(events[-1], Done)
    assert any(isinstance(event, Preview) for event in events)


@pytest.mark.parametrize("trouble", ["from the first on", "half way"])
def test_previews_that_cannot_be_written_are_told_once_and_the_render_goes_on(
    models: dict[str, Path],
    tmp_path: Path,
    renderer: Renderer,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    monkeypatch.setattr(preview, "SHOW_SECONDS", 0.0)
    monkeypatch.setattr(spending, "SHARE", math.inf)
    folder = tmp_path / "previews"
    if trouble == "from the first on":
        folder.write_bytes(b"a file where the folder belongs")
    events: list[Event] = []
    for event in renderer.render(
        small_request(models["ti2v"], tmp_path / "a.mp4", previews=folder)
    ):
        events.append(event)
        if isinstance(event, Preview):
            shutil.rmtree(folder)

    assert isinstance(events[-1], Done)
    shown = sum(isinstance(event, Preview) for event in events)
    assert shown == (1 if trouble == "half way" else 0)
    told = [event.text for event in events if isinstance(event, Note)]
    assert sum("without previews" in text for text in told) == 1


def test_what_a_killed_engine_left_beside_the_maps_goes(tmp_path: Path) -> None:
    left = left_half_written(tmp_path)
    save_map(tmp_path / "a.safetensors", PreviewMap(torch.randn(3, 4), torch.randn(3)))

    assert not left.exists()


def test_the_next_render_reads_the_map_that_was_kept(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", previews=tmp_path / "first")
    list(renderer.render(request))
    (kept,) = (folders().cache / "previews").iterdir()
    found = load_map(kept)
    assert found is not None
    save_map(kept, PreviewMap(found.weight * 0, torch.tensor([1.0, -1.0, -1.0])))
    again = small_request(models["ti2v"], tmp_path / "b.mp4", previews=tmp_path / "second")
    shown = [event for event in renderer.render(again) if isinstance(event, Preview)]

    with Image.open(shown[-1].path) as strip:
        assert strip.getcolors() == [(strip.width * strip.height, (255, 0, 0))]
