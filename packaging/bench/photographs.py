"""Real photographs that come with packages: only measured on, never trained on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from figures import BenchFailed

PLACES = (
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
)


def photographs() -> list[Path]:
    """The files; raises BenchFailed where a package or its photograph is not there."""
    return [_photograph(package, place) for package, place in PLACES]


def _photograph(package: str, place: str) -> Path:
    found = find_spec(package)
    file = Path((found and found.origin) or "").parent / place
    if found is None or not file.is_file():
        raise BenchFailed(f"{package} with its {place} is missing; install the dev requirements.")
    return file
