"""The window of presets, by real clicks and keys on a real shelf."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.core.family import TI2V_5B
from studio.core.preset import Preset, PresetSettings, Shape
from studio.core.preset_exchange import bundle_text, review_files, review_text
from studio.core.preset_shelf import PresetShelf, Shelved
from studio.core.preset_text import preset_text
from studio.ui.presets.import_review import ImportReview
from studio.ui.presets.preset_editor import Made
from studio.ui.presets.presets_dialog import PresetsDialog
from tests.core.preset_samples import sample
from tests.ui.composing import drop, files, photo, preset_shelf

FAMILIES = [TI2V_5B.title, "Clipwright starter"]


@pytest.fixture
def shelf(tmp_path: Path) -> PresetShelf:
    shelf = preset_shelf(tmp_path)
    for number in (1, 2, 3):
        shelf.add(sample(number))
    return shelf


@pytest.fixture
def dialog(qtbot: QtBot, shelf: PresetShelf) -> PresetsDialog:
    shown = PresetsDialog(shelf, FAMILIES, lambda preset: Made(3 if preset.id.int == 1 else 0))
    qtbot.addWidget(shown)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    choose(shown, 1)
    return shown


def choose(dialog: PresetsDialog, number: int) -> None:
    dialog.show_preset(sample(number).id)


def press(button: QAbstractButton) -> None:
    # A check box takes a press on its box and its words alone.
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(10, button.height() // 2))


def own(shelf: PresetShelf) -> list[str]:
    return [each.preset.name for each in shelf.all() if not each.built_in]


def review_in(dialog: PresetsDialog) -> ImportReview:
    review = dialog.findChild(ImportReview)
    assert review is not None
    return review


def test_a_preset_is_renamed_described_and_set(dialog: PresetsDialog, shelf: PresetShelf) -> None:
    editor = dialog.editor
    assert not editor.save.isEnabled()
    editor.name.selectAll()
    QTest.keyClicks(editor.name, "Sea")
    editor.about.selectAll()
    QTest.keyClicks(editor.about, "For water.")
    press(editor.rows.rows["quality"].switch)
    press(editor.save)
    kept = shelf.find("Sea").preset
    assert (kept.id, kept.description) == (sample(1).id, "For water.")
    assert kept.settings.quality == "draft"
    assert not editor.save.isEnabled()
    assert "3 clips" in editor.made.text()


def test_what_is_changed_can_be_reverted(dialog: PresetsDialog, shelf: PresetShelf) -> None:
    QTest.keyClicks(dialog.editor.name, "!")
    press(dialog.editor.revert)
    assert dialog.editor.name.text() == "Preset 1"
    assert not dialog.editor.modified


def test_a_groups_switch_turns_it_on_and_off(dialog: PresetsDialog) -> None:
    rows = dialog.editor.rows
    press(rows.groups["Guidance"])
    assert rows.settings().guidance_scale == 5.0
    assert rows.settings().guidance_scale_2 is None  # most families take none
    press(rows.groups["Guidance"])
    assert rows.settings().guidance_scale is None
    press(rows.groups["Size"])
    assert (rows.settings().shape, rows.settings().width) == (Shape.WIDE, None)
    press(rows.rows["width"].switch)  # pixels instead of a shape, both sides of them
    assert (rows.settings().shape, rows.settings().width, rows.settings().height) == (
        None,
        1280,
        704,
    )


def test_every_setting_comes_back_as_it_was(dialog: PresetsDialog) -> None:
    whole = PresetSettings(
        width=64, height=96, fit="pad", num_frames=9, frame_rate=12.5, num_inference_steps=7,
        scheduler="dpm++", flow_shift=0.5, guidance_scale=1, guidance_scale_2=2, seeds=5,
        negative_prompt="fog", prompt_before="a", prompt_after="b", quality="lossless",
    )  # fmt: skip
    for settings in (whole, PresetSettings(shape="tall"), PresetSettings()):
        dialog.editor.rows.show_settings(settings)
        assert dialog.editor.rows.settings() == settings


def test_a_built_in_preset_is_only_looked_at_and_copied(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    built_in = shelf.find("Draft").preset
    dialog.show_preset(built_in.id)
    assert dialog.editor.built_in.isVisible()
    assert not dialog.editor.name.isEnabled()
    assert not dialog.delete.isEnabled()
    press(dialog.duplicate)
    assert dialog.editor.name.text() == "Draft (mine)"
    assert dialog.editor.name.isEnabled()
    assert "Draft (mine)" in own(shelf)


def test_a_new_preset_waits_for_its_name(
    dialog: PresetsDialog, shelf: PresetShelf, qtbot: QtBot
) -> None:
    press(dialog.new)
    QTest.keyClicks(dialog.editor.name, "Fog")
    QTest.keyClick(dialog.editor.name, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "Fog" in own(shelf), timeout=20_000)  # a button shows its press
    kept = shelf.find("Fog").preset
    assert (kept.settings, kept.category) == (PresetSettings(), "Mine")


def test_a_deletion_is_told_and_undone(dialog: PresetsDialog, shelf: PresetShelf) -> None:
    QTest.keyClick(dialog.tree, Qt.Key.Key_Delete)
    assert own(shelf) == ["Preset 2", "Preset 3"]
    assert "in the trash" in dialog.told.text()
    press(dialog.undo)
    assert own(shelf) == ["Preset 1", "Preset 2", "Preset 3"]
    assert not dialog.undo.isVisible()


def test_after_a_deletion_the_neighbour_is_chosen(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    choose(dialog, 2)
    for chosen in (sample(3), sample(1)):
        QTest.keyClick(dialog.tree, Qt.Key.Key_Delete)
        assert dialog.tree.current == chosen.id
    assert own(shelf) == ["Preset 1"]


def test_what_cannot_be_deleted_does_not_take_the_undo_away(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    QTest.keyClick(dialog.tree, Qt.Key.Key_Delete)
    dialog.show_preset(shelf.find("Draft").preset.id)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Delete)
    assert "built in" in dialog.told.text()
    press(dialog.undo)
    assert own(shelf) == ["Preset 1", "Preset 2", "Preset 3"]


def test_what_compose_begins_with_is_chosen_and_cannot_be_deleted(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    press(dialog.editor.for_text)
    assert shelf.arrangement.for_text == sample(1).id
    press(dialog.delete)
    assert "another default first" in dialog.told.text()
    press(dialog.editor.for_text)
    press(dialog.delete)
    assert "Preset 1" not in own(shelf)


def test_keys_move_a_preset_and_the_order_can_be_reset(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    QTest.keyClick(dialog.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert own(shelf) == ["Preset 2", "Preset 1", "Preset 3"]
    assert dialog.tree.current == sample(1).id
    shelf.star(sample(3).id, True)
    before = shelf.arrangement
    press(dialog.reset)
    assert own(shelf) == ["Preset 1", "Preset 2", "Preset 3"]
    press(dialog.undo)
    assert shelf.arrangement == before


def test_a_move_to_another_category_is_kept_but_not_of_a_built_in(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    order = [each.preset.id for each in shelf.all()]
    built_in = shelf.find("Draft").preset
    dialog.tree.arranged.emit(order, {sample(1).id: "Sea"})
    assert shelf.find("Preset 1").preset.category == "Sea"
    dialog.tree.arranged.emit(order, {built_in.id: "Sea"})
    assert "built in" in dialog.told.text()
    assert shelf.find("Draft").preset == built_in


def test_files_dropped_are_looked_through_before_they_come_in(
    dialog: PresetsDialog, shelf: PresetShelf, tmp_path: Path
) -> None:
    changed = sample(1, settings=PresetSettings(seeds=9))
    file = tmp_path / "some.clipwright-preset"
    text = bundle_text([sample(2), changed, sample(8), sample(9)])
    file.write_text(text.replace("num_frames = 49", "num_frames = 0", 1), encoding="utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    assert drop(dialog, mime)
    review = review_in(dialog)
    assert [tick.text() for tick in review.ticks.values()] == ["Preset 1", "Preset 8", "Preset 9"]
    assert review.accept_.text() == "Take in 3"
    press(review.ticks[3])
    assert "Clips, each with its seed: 9" in review.abouts[1].text()
    QTest.keyClick(review.ways[1], Qt.Key.Key_Down)
    assert "Clips, each with its seed: not set → 9" in review.abouts[1].text().splitlines()
    assert "Frames: 49 → not set" in review.abouts[1].text().splitlines()
    press(review.accept_)
    assert shelf.find("Preset 1").preset == changed
    assert own(shelf) == ["Preset 1", "Preset 2", "Preset 3", "Preset 8"]
    assert "2 presets came in" in dialog.told.text()


def test_a_preset_is_pasted_as_text(dialog: PresetsDialog, shelf: PresetShelf) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(preset_text(sample(5)))
    QTest.keyClick(dialog.tree, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    press(review_in(dialog).accept_)
    clipboard.clear()
    assert "Preset 5" in own(shelf)


def test_the_paste_button_takes_a_copied_file_and_says_where_there_is_nothing(
    dialog: PresetsDialog, shelf: PresetShelf, tmp_path: Path
) -> None:
    file = tmp_path / "sea.toml"
    file.write_text(preset_text(sample(5)), encoding="utf-8")
    clipboard = QGuiApplication.clipboard()
    clipboard.setMimeData(files(file))
    press(dialog.exchange.paste_)
    press(review_in(dialog).accept_)
    assert "Preset 5" in own(shelf)
    for nothing in (files(tmp_path / "photo.png"), QMimeData()):
        dialog.foot.say("")
        clipboard.setMimeData(nothing)
        press(dialog.exchange.paste_)
        assert "no preset in the clipboard" in dialog.told.text()
    clipboard.clear()


def test_a_switched_off_setting_shows_its_usual_value(dialog: PresetsDialog) -> None:
    rows = dialog.editor.rows
    rows.show_settings(PresetSettings(num_inference_steps=7, negative_prompt="fog"))
    rows.show_settings(PresetSettings())
    assert rows.rows["num_inference_steps"].read() == 40
    assert rows.rows["negative_prompt"].read() == ""
    press(rows.rows["negative_prompt"].switch)
    assert rows.settings().negative_prompt == ""


def test_what_comes_from_elsewhere_is_no_markup_and_leaves_room_for_the_choices(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    odd = sample(1, name="<b>loud</b> " + "x" * 300, description="<i>Sea</i>")
    dialog.review(review_text(preset_text(odd), "x", shelf))
    review = review_in(dialog)
    assert review.ticks[0].width() < review.width() / 2
    assert review.ways[0].mapTo(review, review.ways[0].rect().topRight()).x() < review.width()
    assert "&lt;i&gt;Sea" in review.ticks[0].toolTip()
    labels = [dialog.told, dialog.problems, review.complaint, review.abouts[0]]
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    shelf.save(odd)
    item = dialog.tree.currentItem()
    assert item is not None
    assert item.toolTip(0) == "<span>&lt;i&gt;Sea&lt;/i&gt;</span>"


def choose_in_menu(qtbot: QtBot, dialog: PresetsDialog, row: int) -> None:
    menu = dialog.exchange.export.menu()
    assert menu is not None
    menu.popup(dialog.mapToGlobal(QPoint(0, 0)))
    qtbot.waitExposed(menu)
    for _ in range(row + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction() is menu.actions()[row]
    QTest.keyClick(menu, Qt.Key.Key_Return)


@pytest.mark.parametrize(("row", "count"), [(0, 1), (1, 3)])
def test_an_export_has_a_good_name_and_replaces_only_what_was_asked_about(
    dialog: PresetsDialog,
    shelf: PresetShelf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    row: int,
    count: int,
) -> None:
    shelf.save(sample(1, name="a/b: c?"))
    proposed: list[str] = []

    def answer(_parent: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        proposed.append(name)
        return str(tmp_path / "given"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    choose_in_menu(qtbot, dialog, row)
    file = tmp_path / "given.clipwright-preset"
    assert proposed == [f"{'a b c' if row == 0 else 'Presets'}.clipwright-preset"]
    assert len(review_files([file], shelf)) == count
    file.write_text("mine", encoding="utf-8")
    choose_in_menu(qtbot, dialog, row)  # the dialog was asked about 'given' alone
    assert file.read_text(encoding="utf-8") == "mine"
    assert "exists already" in dialog.told.text()


def test_folders_are_exported_and_taken_in(
    dialog: PresetsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    choose_in_menu(qtbot, dialog, 3)
    assert len(list(tmp_path.glob("*.clipwright-preset"))) == 3
    press(dialog.exchange.folder)
    assert len(review_in(dialog).ticks) == 3


def test_what_is_exported_can_be_taken_in(
    dialog: PresetsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = tmp_path / "mine.clipwright-preset"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    choose_in_menu(qtbot, dialog, 2)
    other = preset_shelf(tmp_path / "other")
    taking = PresetsDialog(other, FAMILIES, lambda _: Made(0))
    qtbot.addWidget(taking)
    taking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    taking.show()
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(file)], ""))
    press(taking.exchange.import_)
    press(review_in(taking).accept_)
    assert own(other) == ["Preset 1", "Preset 2", "Preset 3"]


def test_every_control_has_a_name_and_a_tip(dialog: PresetsDialog) -> None:
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox)
    controls = [
        widget
        for widget in dialog.findChildren(QWidget)
        if isinstance(widget, kinds)
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox))
        and not widget.objectName().startswith("qt_")
    ]
    silent = [w for w in controls if not (w.accessibleName() or getattr(w, "text", str)())]
    assert silent == []
    assert [w for w in controls if not w.toolTip()] == []


def test_a_preset_changed_outside_is_shown_as_it_is_now(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    edited: Preset = sample(1, name="Edited")
    (shelf.own / "Preset 1.toml").write_text(preset_text(edited), encoding="utf-8")
    shelf.refresh()
    assert dialog.editor.name.text() == "Edited"


def test_files_that_cannot_be_read_are_named(dialog: PresetsDialog, shelf: PresetShelf) -> None:
    for number in range(5):
        (shelf.own / f"bad {number}.toml").write_text("name = ", encoding="utf-8")
    shelf.refresh()
    assert "bad 0.toml, line 1" in dialog.problems.text()
    assert "2 more" in dialog.problems.text()
    assert dialog.problems.isVisible()
    assert "Preset 1" in own(shelf)


def test_edits_outlive_a_look_at_another_preset_and_a_change_on_the_disk(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    QTest.keyClicks(dialog.editor.name, "!")
    press(dialog.editor.for_photo)
    assert shelf.arrangement.for_photo == sample(1).id
    assert dialog.editor.name.text() == "Preset 1!"
    QTest.keyClick(dialog.tree, Qt.Key.Key_Down)
    assert dialog.editor.name.text() == "Preset 2"
    other = sample(1, description="From elsewhere.")
    (shelf.own / "Preset 1.toml").write_text(preset_text(other), encoding="utf-8")
    shelf.refresh()
    QTest.keyClick(dialog.tree, Qt.Key.Key_Up)
    assert dialog.editor.name.text() == "Preset 1!"
    press(dialog.editor.save)
    kept = shelf.find("Preset 1!").preset
    assert (kept.description, kept.id) == ("From elsewhere.", sample(1).id)


def test_a_window_with_edits_asks_before_it_closes(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    QTest.keyClicks(dialog.editor.name, "!")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert "'Preset 1!' is not saved" in dialog.told.text()
    press(dialog.foot.stay)
    assert dialog.isVisible()
    assert not dialog.close()
    press(dialog.foot.save)
    assert not dialog.isVisible()
    assert "Preset 1!" in own(shelf)
    dialog.show()
    QTest.keyClicks(dialog.editor.name, "?")
    dialog.close()
    press(dialog.foot.discard)
    assert not dialog.isVisible()
    assert "Preset 1!" in own(shelf)


def test_return_in_a_name_presses_nothing(dialog: PresetsDialog, shelf: PresetShelf) -> None:
    QTest.keyClicks(dialog.editor.name, "!")
    QTest.keyClick(dialog.editor.name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert own(shelf) == ["Preset 1", "Preset 2", "Preset 3"]
    assert dialog.editor.modified


def test_a_number_stays_as_exact_as_it_is_until_it_is_changed(
    dialog: PresetsDialog, shelf: PresetShelf, qtbot: QtBot
) -> None:
    shelf.save(sample(1, settings=PresetSettings(frame_rate=23.97602, prompt_before="a\nb")))
    editor = dialog.editor
    assert not editor.modified
    steps = editor.rows.rows["num_inference_steps"]
    steps.switch.click()
    steps.field.setFocus()
    steps.field.selectAll()
    QTest.keyClicks(steps.field, "33")  # and no Return
    QTest.keyClick(steps.field, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wanted = PresetSettings(frame_rate=23.97602, prompt_before="a\nb", num_inference_steps=33)
    qtbot.waitUntil(lambda: shelf.find("Preset 1").preset.settings == wanted, timeout=20_000)


def test_a_preset_that_cannot_be_used_is_grey_and_says_why(
    qtbot: QtBot, shelf: PresetShelf
) -> None:
    def unfit(shelved: Shelved) -> str:
        return "Needs a model." if shelved.preset.id == sample(1).id else ""

    dialog = PresetsDialog(shelf, FAMILIES, lambda _: Made(0), unfit=unfit)
    qtbot.addWidget(dialog)
    dialog.show()
    colours = set[str]()
    for number, reason in ((1, "Needs a model."), (2, "")):
        choose(dialog, number)
        item = dialog.tree.currentItem()
        assert item is not None
        assert item.toolTip(0) == reason
        assert (dialog.editor.unfit.isVisible(), dialog.editor.unfit.text()) == (
            bool(reason),
            reason,
        )
        colours.add(item.foreground(0).color().name() if reason else "")
    assert len(colours) == 2


def test_keys_move_on_into_the_next_category_and_what_is_folded_stays_so(
    dialog: PresetsDialog, shelf: PresetShelf
) -> None:
    shelf.save(sample(3, category="Sea"))
    folders = dialog.tree.findItems("*", Qt.MatchFlag.MatchWildcard)
    folders[0].setExpanded(False)
    choose(dialog, 2)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert shelf.find("Preset 2").preset.category == "Sea"
    assert dialog.tree.current == sample(2).id
    assert own(shelf) == ["Preset 1", "Preset 2", "Preset 3"]
    QTest.keyClick(dialog.tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert shelf.find("Preset 2").preset.category == "Mine"
    folders = dialog.tree.findItems("*", Qt.MatchFlag.MatchWildcard)
    assert [folder.isExpanded() for folder in folders] == [False] + [True] * (len(folders) - 1)


def test_a_category_is_typed_and_posters_are_shown(
    dialog: PresetsDialog, shelf: PresetShelf, tmp_path: Path
) -> None:
    dialog.editor.category.setFocus()
    line = dialog.editor.category.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "Sea")
    press(dialog.editor.save)
    assert shelf.find("Preset 1").preset.category == "Sea"
    dialog._made_by = lambda _: Made(2, [photo(tmp_path / "1.png"), tmp_path / "gone.png"])
    choose(dialog, 2)
    shown = [label for label in dialog.editor.findChildren(QLabel) if not label.pixmap().isNull()]
    assert [label.accessibleName() for label in shown] == ["1"]
