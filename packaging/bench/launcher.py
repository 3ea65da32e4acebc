"""The bench of launch.py: what it adds to a start that has nothing to install."""

from __future__ import annotations

import importlib.util
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from children import run
from figures import BenchFailed, Figure, Unit, at_most, in_turns, show
from options import Options

LAUNCH = Path(__file__).resolve().parents[2] / "launch.py"
MOST_SECONDS = 0.3


def launcher(options: Options) -> list[Figure]:
    """The help of the program, through launch.py and from the venv's own Python, in turns."""
    python = _installed_python()
    # launch.py is started with the Python that made the venv, as a person would.
    launched_with = os.path.realpath(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def launched(_run: int) -> float:
            return run([launched_with, str(LAUNCH), "--help"], home).seconds

        def direct(_run: int) -> float:
            return run([python, "-P", "-m", "studio", "--help"], home).seconds

        in_turns(1, launched, direct)  # the first ones fill the file cache
        return launcher_figures(*in_turns(options.runs, launched, direct))


def launcher_figures(launched: Sequence[float], direct: Sequence[float]) -> list[Figure]:
    """What the launcher adds, from samples of both ways."""
    a, b = statistics.median(launched), statistics.median(direct)
    return [
        Figure(
            "launch.py --help − the same without it",
            a - b,
            Unit.SECONDS,
            at_most(MOST_SECONDS),
            f"{show(a, Unit.SECONDS)} − {show(b, Unit.SECONDS)}",
            {"launched": list(launched), "direct": list(direct)},
        )
    ]


def _installed_python() -> str:
    """The venv's Python by launch.py's own rules; a bench must not set off an install."""
    spec = importlib.util.spec_from_file_location("launch", LAUNCH)
    assert spec is not None
    assert spec.loader is not None
    launch = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(launch)
    if not launch.is_marked("program"):
        raise BenchFailed("launch.py still has packages to install; run it once, then this bench.")
    return str(launch.PYTHON)
