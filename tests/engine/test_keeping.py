"""A render keeps its state on the way, for a small share of its time, and survives a full disk."""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from studio.core.errors import DiskFull
from studio.core.events import Checkpoint, Done
from studio.core.request import RenderRequest
from studio.engine import keeping, spending
from studio.engine.renderer import Renderer
from studio.engine.spending import SHARE, Spending
from studio.engine.state import DenoiseState, Origin, read_state, write_state
from tests.engine.conftest import small_request

CPU = torch.device("cpu")


@pytest.fixture
def request_(models: dict[str, Path], tmp_path: Path) -> RenderRequest:
    """A render that keeps its state after every step."""
    (tmp_path / "kept").mkdir()
    return small_request(
        models["ti2v"],
        tmp_path / "a.mp4",
        checkpoint=tmp_path / "kept" / "state",
        checkpoint_seconds=0,
    )


def test_after_each_step_a_state_is_kept_from_which_the_render_goes_on(
    request_: RenderRequest, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spending, "SHARE", math.inf)
    events = renderer.render(request_)
    steps = [event.step for event in events if isinstance(event, Checkpoint)]
    whole = read_state(kept(request_))[0]

    assert steps == [1, 2, 3, 4]  # the last one before decoding
    events = renderer.render(request_.model_copy(update={"overwrite": True}))
    list(until_step(events, 2))
    events.close()  # type: ignore[attr-defined]
    again = request_.model_copy(update={"resume": request_.checkpoint, "overwrite": True})
    assert isinstance(list(renderer.render(again))[-1], Done)
    assert torch.equal(read_state(kept(request_))[0].latents, whole.latents)


def test_without_a_number_of_seconds_only_the_last_state_is_kept(
    request_: RenderRequest, renderer: Renderer
) -> None:
    events = renderer.render(request_.model_copy(update={"checkpoint_seconds": None}))

    assert [event.step for event in events if isinstance(event, Checkpoint)] == [4]


def test_a_state_that_is_dear_to_keep_is_kept_less_often(
    request_: RenderRequest, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(path: Path, state: DenoiseState, origin: Origin) -> None:
        write_state(path, state, origin)
        time.sleep(1)  # so that the next is due in 100 s

    monkeypatch.setattr(keeping, "write_state", slowly)
    events = renderer.render(request_)

    assert [event.step for event in events if isinstance(event, Checkpoint)] == [1, 4]


def test_a_disk_that_fills_up_leaves_the_last_good_state(
    request_: RenderRequest, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spending, "SHARE", math.inf)
    from safetensors.torch import save_file

    def save(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
        if metadata["step"] == "3":
            path.write_bytes(b"as far as it went")
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        save_file(tensors, path, metadata)

    monkeypatch.setattr("studio.engine.state.save_file", save)
    with pytest.raises(DiskFull, match="no room left"):
        list(renderer.render(request_))

    assert list(kept(request_).parent.iterdir()) == [kept(request_)]
    assert read_state(kept(request_))[0].step == 2
    assert not request_.out.exists()


def test_spending_is_due_after_its_seconds_and_after_what_it_costs() -> None:
    now = Spending(0.0)
    assert now.due
    assert not Spending(3600.0).due
    with now.spend(CPU):
        time.sleep(0.05)
    assert now.cost >= 0.05
    assert not now.due
    assert now._next >= time.perf_counter() + 0.05 / SHARE - 1


def until_step(events: Iterator[object], step: int) -> Iterator[object]:
    """The events up to the one that says that a step's state is kept."""
    for event in events:
        yield event
        if isinstance(event, Checkpoint) and event.step == step:
            return


def kept(request: RenderRequest) -> Path:
    """The path of the request's state."""
    assert request.checkpoint is not None
    return request.checkpoint
