"""What the tests of the command line share: a tiny model, and commands run here or in a child."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.app.main import main
from tests.tiny_models import make_ti2v


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def application(qapp: QApplication) -> QApplication:
    """The application of all tests, before a command makes one without windows."""
    return qapp


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model in the layout of TI2V-5B."""
    return make_ti2v(tmp_path_factory.mktemp("models") / "ti2v")


@pytest.fixture
def small(model: Path) -> list[str]:
    """The options of a render that takes a moment."""
    return [
        f"--model={model}",
        "--width=64",
        "--height=64",
        "--num-frames=9",
        "--num-inference-steps=4",
        "--seed=7",
    ]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Runs a command line in this process; what it sets for the whole process is put back."""

    def run(*words: str | Path) -> Result:
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return Result(status, said.out, said.err)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    handlers = logging.getLogger().handlers[:]
    with warnings.catch_warnings():
        yield run
    logging.getLogger().handlers[:] = handlers
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the real command in a child process, which the end of the test kills."""
    children: list[subprocess.Popen[str]] = []

    def run(*words: str | Path) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "studio", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=Path(__file__).parents[2],
        )
        children.append(child)
        return child

    yield run
    for child in children:
        child.kill()
        child.communicate()
