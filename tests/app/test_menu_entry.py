"""The desktop file that puts Clipwright into the applications menu."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.app import menu_entry
from studio.core.errors import StudioError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file")


@pytest.fixture(autouse=True)
def menu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A menu of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share" / "applications" / "clipwright.desktop"


def read(text: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser["Desktop Entry"]


def test_it_starts_this_program_and_has_its_icon(menu: Path) -> None:
    assert not menu_entry.is_shown()
    menu_entry.show(True)
    assert menu_entry.is_shown()
    found = read(menu.read_text(encoding="utf-8"))

    assert shlex.split(found["Exec"]) == [sys.executable, "-P", "-m", "studio", "%F"]
    assert Path(found["Icon"]).is_file()
    assert (found["Name"], found["StartupWMClass"]) == ("Clipwright", "clipwright")
    if checker := shutil.which("desktop-file-validate"):
        subprocess.run([checker, menu], check=True)
    menu_entry.show(True)  # once more does no harm
    menu_entry.show(False)
    assert list(menu.parent.iterdir()) == []
    menu_entry.show(False)


def test_any_path_is_quoted_as_the_desktop_wants_it() -> None:
    odd = r'/opt/50% "new" $HOME `x` \y/python'
    line = read(menu_entry.entry([odd]))["Exec"].replace("\\\\", "\\")  # any value's own escape

    quoted = line.removesuffix(" %F").replace("%%", "%")
    # Its rules for quotes are the shell's.
    said = subprocess.run(["sh", "-c", f"printf %s {quoted}"], capture_output=True, check=True)
    assert said.stdout.decode() == odd


def test_a_frozen_program_is_started_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert menu_entry.start_command() == [sys.executable]


def test_a_menu_that_cannot_be_written_is_a_sentence(menu: Path) -> None:
    menu.parent.parent.parent.mkdir(parents=True, exist_ok=True)
    menu.parent.parent.write_bytes(b"a file in the folder's place")
    with pytest.raises(StudioError, match="share"):
        menu_entry.show(True)
