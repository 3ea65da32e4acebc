"""Settings come back as they were saved, and a damaged file is neither used nor lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.core.settings import Settings, SettingsFile, Theme

CHOSEN = Settings(clips_folder=Path("/clips"), theme=Theme.DARK, idle_minutes=0, notify=False)


def test_without_a_file_the_usual_settings_are_used_and_nothing_is_written(tmp_path: Path) -> None:
    kept = SettingsFile(tmp_path / "config" / "settings.json")

    assert kept.settings == Settings()
    assert kept.complaint is None
    assert list(tmp_path.iterdir()) == [tmp_path / "home"] or list(tmp_path.iterdir()) == []


def test_what_was_saved_is_there_at_the_next_start(tmp_path: Path) -> None:
    SettingsFile(tmp_path / "config" / "settings.json").save(CHOSEN)

    assert SettingsFile(tmp_path / "config" / "settings.json").settings == CHOSEN


def test_a_change_is_told_and_saving_the_same_is_not(tmp_path: Path) -> None:
    kept = SettingsFile(tmp_path / "settings.json")
    told: list[Settings] = []
    kept.changed.connect(told.append)
    kept.save(CHOSEN)
    kept.save(CHOSEN)

    assert told == [CHOSEN]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"idle_minutes": -1}', b"[]"])
def test_a_damaged_file_is_moved_aside_and_told(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(damage)
    kept = SettingsFile(file)

    assert kept.settings == Settings()
    (aside,) = tmp_path.glob("settings.damaged-*.json")
    assert aside.read_bytes() == damage
    assert str(aside) in str(kept.complaint)
    kept.save(CHOSEN)
    assert SettingsFile(file).settings == CHOSEN


def test_a_setting_of_a_newer_version_does_not_cost_the_others(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"theme": "dark", "hologram": True}), encoding="utf-8")

    assert SettingsFile(file).settings == Settings(theme=Theme.DARK)


def test_a_folder_in_the_way_is_a_sentence_and_the_settings_stay(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be", encoding="utf-8")
    kept = SettingsFile(tmp_path / "config" / "settings.json")
    with pytest.raises(StudioError, match=r"settings\.json"):
        kept.save(CHOSEN)

    assert kept.settings == Settings()
