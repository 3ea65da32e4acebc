"""What happens to preset files outside is picked up while the window is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.app.preset_watch import PresetWatch
from studio.core.preset_shelf import PresetShelf
from studio.core.preset_text import preset_text
from tests.core.preset_samples import sample


def test_files_that_come_change_and_go_are_noticed_also_in_a_new_folder(
    qtbot: QtBot, tmp_path: Path
) -> None:
    own = tmp_path / "presets"
    shelf = PresetShelf(tmp_path / "none", own, tmp_path / "presets.json", lambda _path: None)
    parent = QObject()
    watch = PresetWatch(shelf, parent)

    def names() -> list[str]:
        return [shelved.preset.name for shelved in shelf.all()]

    own.mkdir()
    qtbot.waitUntil(lambda: str(own) in watch._watcher.directories(), timeout=20_000)
    (own / "sea.toml").write_text(preset_text(sample(1)), encoding="utf-8")
    qtbot.waitUntil(lambda: names() == ["Preset 1"], timeout=20_000)
    qtbot.waitUntil(lambda: str(own / "sea.toml") in watch._watcher.files(), timeout=20_000)
    with (own / "sea.toml").open("r+", encoding="utf-8") as file:  # as some sync folders write
        file.write(preset_text(sample(1, name="Preset 7")))
    qtbot.waitUntil(lambda: names() == ["Preset 7"], timeout=20_000)
    other = own / ".sea.toml.new"
    other.write_text(preset_text(sample(1, name="Lake")), encoding="utf-8")
    other.replace(own / "sea.toml")  # as editors save
    qtbot.waitUntil(lambda: names() == ["Lake"], timeout=20_000)
    qtbot.waitUntil(lambda: str(own / "sea.toml") in watch._watcher.files(), timeout=20_000)
    with (own / "sea.toml").open("r+", encoding="utf-8") as file:
        file.write(preset_text(sample(1, name="Pond")))
    qtbot.waitUntil(lambda: names() == ["Pond"], timeout=20_000)
    (own / "sea.toml").unlink()
    qtbot.waitUntil(lambda: names() == [], timeout=20_000)
