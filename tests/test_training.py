"""The starter's training goes on where it was stopped."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "packaging" / "starter"))

from training import Training


def module() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(2, 1)


def test_a_training_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    first = Training("line", module(), tmp_path, lr=1e-2)
    first.run(lambda _share: first.module(torch.ones(1, 2)).square().mean(), minutes=0.002)
    again = Training("line", module(), tmp_path, lr=1e-2)

    assert again.step == first.step > 0
    assert again.seconds == first.seconds
    for name, weight in first.module.state_dict().items():
        assert torch.equal(again.module.state_dict()[name], weight)
        assert torch.equal(again.average[name], first.average[name])


@pytest.mark.filterwarnings("ignore:for .* copying from a non-meta parameter")
def test_an_average_stays_on_the_device_of_its_module(tmp_path: Path) -> None:
    line = module()
    Training("line", line, tmp_path, lr=1e-2).run(
        lambda _share: line(torch.ones(1, 2)).square().mean(), minutes=0.001
    )
    # No weights are there, but a device that is not the one a checkpoint is read to.
    again = Training("line", module().to("meta"), tmp_path, lr=1e-2)

    assert {value.device.type for value in again.average.values()} == {"meta"}
