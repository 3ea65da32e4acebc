"""Whether a render fits is judged by the weights, the size and the device."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from studio.core import fit
from studio.core.fit import Device, PartSizes, decoder_room, judge
from studio.core.model_folder import ModelFolder, find_model, open_folder

GIB = 1 << 30
Memory = namedtuple("Memory", "total")
# Values of the 5B's parts (diffusers' configs of Wan2.2-TI2V-5B and UMT5-XXL).
REAL = {"transformer": 4_999_787_712, "text_encoder": 5_680_910_336, "vae": 704_700_000}


@pytest.fixture
def real(models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    """A folder that says of itself what the 5B's would."""
    monkeypatch.setattr(ModelFolder, "weights_of", lambda self, part: REAL[part])
    return open_folder(models["ti2v"])


@pytest.mark.parametrize(
    ("gigabytes", "size", "says", "doubt"),
    [
        (48, (1280, 704), "fits: 35.1 of 48 GB GPU memory", False),
        (24, (1280, 704), "fits, its parts taking turns: 15.2 of 24 GB GPU memory", False),
        (12, (832, 480), "fits, its parts taking turns: 11.3 of 12 GB GPU memory", False),
        (12, (1280, 704), "May not fit: it takes about 15.2 GB even with its parts taking", True),
        (8, (832, 480), "there are 8 GB GPU memory. A smaller size needs less.", True),
    ],
)
def test_the_5b_on_cards_of_several_sizes(
    real: ModelFolder, gigabytes: int, size: tuple[int, int], says: str, doubt: bool
) -> None:
    found = judge(PartSizes.of(real).need(*size), Device("GPU memory", gigabytes * GIB))

    assert says in found.text
    assert found.doubt is doubt


def test_two_experts_take_turns_too(models: dict[str, Path]) -> None:
    one = PartSizes.of(open_folder(models["ti2v"])).need(64, 64)
    two = PartSizes.of(open_folder(models["t2v"])).need(64, 64)

    assert one.turns < one.whole
    assert two.turns < two.whole


def test_the_starter_fits_anywhere() -> None:
    assert PartSizes.of(find_model("starter")).need(256, 160).whole < GIB


def test_the_decoder_takes_as_much_as_its_estimate_says() -> None:
    assert decoder_room(1280, 704, 24 * GIB) / GIB == pytest.approx(13.4, abs=0.05)
    assert decoder_room(1280, 704, GIB) == 4 * GIB  # a small model's decoder is small


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a thousand bytes of memory and as much swap."""
    monkeypatch.setattr(fit, "_ANYBODY_HAS", 0)
    for name in ("virtual_memory", "swap_memory"):
        monkeypatch.setattr(psutil, name, lambda: Memory(1000))


def test_a_model_whose_largest_part_is_larger_than_the_memory_is_told(
    models: dict[str, Path], memory: None
) -> None:
    part, needed = open_folder(models["ti2v"]).largest_part()
    reason = fit.why_too_large(open_folder(models["ti2v"])) or ""

    assert needed > 2000
    assert part.replace("_", " ") in reason
    assert "choose a smaller model" in reason


def test_a_model_that_fits_has_no_such_reason(
    models: dict[str, Path], memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(10**12))

    assert fit.why_too_large(open_folder(models["ti2v"])) is None
