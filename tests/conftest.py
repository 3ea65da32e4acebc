"""What every test stands on: a home of its own, no network, no window on the screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Libraries read these when they are imported, which is before any fixture runs. One thread for each
# of the two workers is both quicker and the same on every machine.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Puts the environment back, also where a library changed it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def home(environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The test's own CLIPWRIGHT_HOME; it does not exist yet, as on a fresh machine."""
    for name in list(os.environ):
        if name.startswith("CLIPWRIGHT_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CLIPWRIGHT_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny models by name: "ti2v", "t2v" and "i2v"."""
    from tests.tiny_models import make_a14b, make_ti2v  # torch, which most tests do without

    root = tmp_path_factory.mktemp("models")
    return {
        "ti2v": make_ti2v(root / "ti2v"),
        "t2v": make_a14b(root / "t2v", photo=False),
        "i2v": make_a14b(root / "i2v", photo=True),
    }
