"""A preset is dragged to another category by a real mouse, where there is an X server to try."""

from __future__ import annotations

import ctypes.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("Xvfb") or not ctypes.util.find_library("Xtst"),
    reason="needs Xvfb and the XTEST library",
)


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of the test's own, on a number that it finds free."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x1024x24"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as told:
            yield f":{told.readline().strip()}"
        server.terminate()


def test_a_preset_is_dragged_into_another_category(display: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.mouse_on_x", str(tmp_path)],
        env=os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said = json.loads(done.stdout)
    before, after = said["before"], said["after"]
    left, entered = list(before)[:2]

    moved = before[left][0]
    assert said["told"] == 1
    assert after[left] == before[left][1:]
    assert after[entered] == [before[entered][0], moved, *before[entered][1:]]
