"""Tests of the settings dialog: each change is kept at once, and what is wrong is said in place."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.core.folders import folders
from studio.core.settings import Settings, SettingsFile, Theme
from studio.ui.about import AboutDialog
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.theme import tokens

PATIENCE = 20_000  # milliseconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


@pytest.fixture
def file(path: Path) -> SettingsFile:
    return SettingsFile(path)


@pytest.fixture
def dialog(qtbot: QtBot, file: SettingsFile) -> SettingsDialog:
    return shown(qtbot, file)


def shown(qtbot: QtBot, file: SettingsFile) -> SettingsDialog:
    made = SettingsDialog(file, folders())
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)  # qtbot deletes it
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_shows_what_was_chosen(qtbot: QtBot, file: SettingsFile, tmp_path: Path) -> None:
    chosen = Settings(
        clips_folder=tmp_path / "clips",
        name_template="{words}",
        theme=Theme.LIGHT,
        idle_minutes=0,
        notify=False,
    )
    file.save(chosen)
    dialog = shown(qtbot, file)
    assert dialog.clips.folder == tmp_path / "clips"
    assert dialog.models.folder is None
    assert dialog.template.text() == "{words}"
    assert dialog.theme.currentText() == "Light"
    assert dialog.idle.text() == "At once"
    assert not dialog.notify.isChecked()
    assert dialog.previews.isChecked()


def test_opening_it_changes_nothing(dialog: SettingsDialog, path: Path) -> None:
    dialog.close()
    assert not path.exists()


def test_it_stands_in_nobodys_way(dialog: SettingsDialog) -> None:
    assert not dialog.isModal()


def test_every_change_is_kept_at_once(
    dialog: SettingsDialog, file: SettingsFile, path: Path
) -> None:
    told: list[Settings] = []
    file.changed.connect(told.append)
    dialog.notify.setChecked(False)
    dialog.awake.setChecked(False)
    dialog.previews.setChecked(False)
    dialog.idle.setValue(25)
    dialog.theme.setCurrentIndex(dialog.theme.findText("Dark"))
    assert json.loads(path.read_text()) == {
        "clips_folder": None,
        "models_folder": None,
        "name_template": "{date} {number} {words}",
        "theme": "dark",
        "idle_minutes": 25,
        "notify": False,
        "keep_awake": False,
        "previews": False,
    }
    assert told[-1] == file.settings == SettingsFile(path).settings


def test_a_typed_folder_is_kept_and_an_empty_one_is_the_programs_own(
    dialog: SettingsDialog, file: SettingsFile, qtbot: QtBot, tmp_path: Path
) -> None:
    assert dialog.clips.text.placeholderText() == str(folders().clips)
    dialog.clips.text.setText(str(tmp_path / "films"))
    qtbot.keyClick(dialog.clips.text, Qt.Key.Key_Return)
    assert file.settings.clips_folder == tmp_path / "films"
    dialog.clips.text.setText("  ")
    qtbot.keyClick(dialog.clips.text, Qt.Key.Key_Return)
    assert file.settings.clips_folder is None


def test_return_in_a_field_does_not_close_the_dialog(dialog: SettingsDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(dialog.clips.text, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_a_folder_is_browsed_for(
    dialog: SettingsDialog, file: SettingsFile, qtbot: QtBot, tmp_path: Path
) -> None:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    qtbot.mouseClick(dialog.models.browse, Qt.MouseButton.LeftButton)
    browser = dialog.findChild(QFileDialog)
    assert browser is not None
    browser.fileSelected.emit(str(tmp_path))
    browser.reject()
    assert file.settings.models_folder == tmp_path
    assert dialog.models.text.text() == str(tmp_path)


def test_the_example_follows_the_template_as_it_is_typed(
    dialog: SettingsDialog, file: SettingsFile, qtbot: QtBot
) -> None:
    dialog.template.clear()
    qtbot.keyClicks(dialog.template, "{number} {words}")
    assert file.settings.name_template == "{date} {number} {words}"
    assert dialog.example.text() == "For example: 0001 a cat flicks its tail, soft light.mp4"
    qtbot.keyClick(dialog.template, Qt.Key.Key_Return)
    assert file.settings.name_template == "{number} {words}"


def test_closing_keeps_what_was_typed_last(
    dialog: SettingsDialog, file: SettingsFile, qtbot: QtBot
) -> None:
    dialog.template.clear()
    qtbot.keyClicks(dialog.template, "{words}")
    qtbot.keyClick(dialog.template, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert file.settings.name_template == "{words}"


def test_a_template_that_cannot_be_used_is_explained_and_not_kept(
    dialog: SettingsDialog, file: SettingsFile, qtbot: QtBot
) -> None:
    dialog.template.clear()
    qtbot.keyClicks(dialog.template, "{nobody}")
    assert dialog.example.text().startswith("There is no {nobody}")
    assert dialog.example.property("role") == "error"
    dialog.idle.setValue(3)
    assert file.settings.name_template == "{date} {number} {words}"
    assert file.settings.idle_minutes == 3


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be made unwritable like this")
def test_what_cannot_be_saved_is_said_in_place(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where a folder should be")
    dialog = shown(qtbot, SettingsFile(tmp_path / "config" / "settings.json"))
    dialog.notify.setChecked(False)
    assert dialog.complaint.isVisible()
    assert dialog.complaint.text().startswith("This could not be saved.")


def test_escape_closes_it(dialog: SettingsDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_it_is_deleted_when_it_is_closed(qtbot: QtBot, file: SettingsFile) -> None:
    dialog = SettingsDialog(file, folders())
    dialog.show()
    with qtbot.waitSignal(dialog.destroyed, timeout=PATIENCE):
        dialog.close()


def test_every_field_is_reached_with_tab_and_has_a_name(
    dialog: SettingsDialog, qtbot: QtBot
) -> None:
    fields = [
        dialog.clips.text, dialog.models.text, dialog.template, dialog.theme, dialog.idle,
        dialog.notify, dialog.awake, dialog.previews,
    ]  # fmt: skip
    reached: list[QWidget] = []
    here: QWidget | None = fields[0]
    for _ in range(40):
        if here is not None:
            reached.append(here)
            here = here.nextInFocusChain()
    assert [field for field in fields if field not in reached] == []
    order = [reached.index(field) for field in fields]
    assert order == sorted(order)
    for field in fields:
        assert field.accessibleName() or field.text()
        assert field.toolTip()


def test_it_is_painted_in_both_schemes(dialog: SettingsDialog, themed: Theme, qtbot: QtBot) -> None:
    assert dialog.grab().toImage().pixelColor(4, 4) == tokens().window


def test_about_says_which_version_this_is(qtbot: QtBot, themed: Theme) -> None:
    about = AboutDialog()
    about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(about)
    about.show()
    texts = " ".join(label.text() for label in about.findChildren(QLabel))
    assert "Version" in texts
    assert "Apache License 2.0" in texts
    qtbot.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()
