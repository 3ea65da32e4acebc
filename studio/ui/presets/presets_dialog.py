"""The window of all presets: their order on the left, one of them on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from studio.core.errors import StudioError
from studio.core.preset import Preset
from studio.core.preset_exchange import (
    Incoming,
    export_presets,
    review_files,
    review_text,
)
from studio.core.preset_file import ENDING, SHARED_ENDING
from studio.core.preset_shelf import Deleted, PresetShelf, Shelved
from studio.ui.presets.import_review import ImportReview
from studio.ui.presets.preset_editor import Made, PresetEditor
from studio.ui.presets.preset_tree import PresetTree
from studio.ui.theme import XL, L, M, indent_numbers

FILES = f"Presets (*{SHARED_ENDING} *{ENDING})"
NEW = "New preset"
MOST_PROBLEMS = 3  # files that are named; the folder shows the others


class PresetsDialog(QDialog):
    """Changes the shelf at once; what cannot be is told in place, and a deletion can be undone."""

    def __init__(
        self,
        shelf: PresetShelf,
        families: Sequence[str],
        made_by: Callable[[Preset], Made],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf, self._families, self._made_by = shelf, families, made_by
        self._deleted: Deleted | None = None
        self.setWindowTitle("Presets")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.tree = PresetTree()
        self.editor = PresetEditor(families)
        self.new = _button("New", "A preset that sets nothing yet (Ctrl+N)", "Ctrl+N")
        self.duplicate = _button("Duplicate", "A copy of your own (Ctrl+D)", "Ctrl+D")
        self.delete = _button("Delete", "Move it to the trash (Del)", "")
        self.export = _button("Export", "Write presets into a file, to keep or to give away", "")
        self.import_ = _button("Import…", "Take presets in from files (Ctrl+I)", "Ctrl+I")
        self.reset = _button("Reset order", "Order, stars and defaults as at first", "")
        self.told = QLabel(wordWrap=True)
        self.problems = QLabel(wordWrap=True)
        self.problems.setProperty("role", "error")
        self.problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.undo = _button("Undo", "Bring it back (Ctrl+Z)", "Ctrl+Z")
        self._arrange()
        indent_numbers(self)
        self._connect()
        self._fill(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if preset_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        event.acceptProposedAction()
        self.review(review_files(preset_files(event.mimeData()), self._shelf))

    def review(self, incoming: Sequence[Incoming]) -> None:
        """Shows what would come in, for the person to choose."""
        if incoming:
            review = ImportReview(self._shelf, incoming, self)
            review.taken.connect(self._tell_taken)
            review.open()

    def show_preset(self, preset_id: UUID | None) -> None:
        """Chooses a preset."""
        self._fill(preset_id)

    def _arrange(self) -> None:
        menu = QMenu(self.export)
        self.export.setMenu(menu)
        for words, which in (
            ("This preset…", self._this),
            ("This category…", self._category),
            ("All of my own…", self._own),
        ):
            menu.addAction(words).triggered.connect(lambda _=False, w=which: self._export(w()))
        self.told.setProperty("role", "quiet")
        left = QVBoxLayout()
        left.setSpacing(M)
        left.addWidget(self.tree, 1)
        for some in ((self.new, self.duplicate, self.delete), (self.import_, self.export)):
            row = QHBoxLayout()
            row.setSpacing(M)
            for button in some:
                row.addWidget(button)
            row.addStretch()
            left.addLayout(row)
        left.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)
        both = QHBoxLayout()
        both.setSpacing(XL)
        both.addLayout(left, 2)
        both.addWidget(self.editor, 3)
        foot = QHBoxLayout()
        foot.addWidget(self.told, 1)
        foot.addWidget(self.undo)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(L)
        column.addLayout(both, 1)
        column.addWidget(self.problems)
        column.addLayout(foot)
        self.undo.hide()
        self.resize(920, 640)

    def _connect(self) -> None:
        self.tree.chosen.connect(self._show)
        self.tree.arranged.connect(self._arranged)
        self.editor.saved.connect(lambda preset: self._do(lambda: self._shelf.save(preset)))
        self.editor.default_wanted.connect(self._set_default)
        self.new.clicked.connect(self._new)
        self.duplicate.clicked.connect(self._duplicate)
        self.delete.clicked.connect(self._delete)
        self.import_.clicked.connect(self._import)
        self.reset.clicked.connect(lambda: self._do(self._shelf.reset))
        self.undo.clicked.connect(self._undo)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.tree)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self.tree)
        for key in (delete, paste):
            key.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete)
        paste.activated.connect(self._paste)
        self._shelf.changed.connect(self._changed)

    def _changed(self) -> None:
        if isValid(self):  # the shelf lives longer than this window
            self._fill(self.tree.current)

    def _fill(self, current: UUID | None) -> None:
        presets = self._shelf.all()
        self.problems.setText(_some(self._shelf.problems))
        self.problems.setVisible(bool(self._shelf.problems))
        ids = [shelved.preset.id for shelved in presets]
        if current not in ids:
            current = ids[0] if ids else None
        self.editor.set_categories(list(dict.fromkeys(s.preset.category for s in presets)))
        self.tree.show_presets(presets, current)

    def _show(self, preset_id: UUID | None) -> None:
        shelved = None if preset_id is None else self._shelf.get(preset_id)
        arrangement = self._shelf.arrangement
        preset = None if shelved is None else shelved.preset
        built_in = shelved is not None and shelved.built_in
        self.editor.show_preset(
            preset,
            built_in=built_in,
            defaults=(preset_id == arrangement.for_text, preset_id == arrangement.for_photo),
            made=Made(0) if preset is None else self._made_by(preset),
        )
        self.delete.setEnabled(preset is not None and not built_in)
        self.duplicate.setEnabled(preset is not None)

    def _arranged(self, order: list[UUID], categories: dict[UUID, str]) -> None:
        def keep() -> None:
            self._shelf.arrange(order)
            for shelved in self._shelf.all():
                category = categories.get(shelved.preset.id, shelved.preset.category)
                if category != shelved.preset.category:
                    self._shelf.save(shelved.preset.model_copy(update={"category": category}))

        if not self._do(keep):
            self._fill(self.tree.current)

    def _new(self) -> None:
        current = self._current()
        category = "" if current is None or current.built_in else current.preset.category
        wanted = Preset(id=uuid4(), name=NEW, category=category, family=self._families[0])
        self._add(wanted)
        self.editor.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.editor.name.selectAll()

    def _duplicate(self) -> None:
        current = self._current()
        if current is not None:
            self._add(current.preset.model_copy(update={"name": self._free_name(current)}))

    def _free_name(self, of: Shelved) -> str:
        names = {shelved.preset.name for shelved in self._shelf.all()}
        name, number = f"{of.preset.name} (mine)", 1
        while name in names:
            number += 1
            name = f"{of.preset.name} (mine {number})"
        return name

    def _add(self, preset: Preset) -> None:
        added: list[UUID] = []
        if self._do(lambda: added.append(self._shelf.add(preset).id)):
            self._fill(added[0])

    def _delete(self) -> None:
        current = self._current()
        if current is None:
            return
        deleted: list[Deleted] = []
        if self._do(lambda: deleted.append(self._shelf.delete(current.preset.id))):
            self._deleted = deleted[0]
            self._say(f"'{self._deleted.name}' is in the trash.")
            self.undo.show()

    def _undo(self) -> None:
        deleted = self._deleted
        if deleted is not None and self._do(lambda: self._shelf.bring_back(deleted)):
            self._deleted = None

    def _set_default(self, photo: bool, on: bool) -> None:
        current = self._current()
        if current is not None:
            wanted = current.preset.id if on else None
            self._do(lambda: self._shelf.set_default(wanted, photo=photo))

    def _import(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Take presets in", "", FILES)
        self.review(review_files([Path(name) for name in names], self._shelf))

    def _paste(self) -> None:
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.review(review_text(text, "The clipboard", self._shelf))

    def _this(self) -> list[Shelved]:
        current = self._current()
        return [] if current is None else [current]

    def _category(self) -> list[Shelved]:
        current = self._current()
        category = None if current is None else current.preset.category
        return [shelved for shelved in self._shelf.all() if shelved.preset.category == category]

    def _own(self) -> list[Shelved]:
        return [shelved for shelved in self._shelf.all() if not shelved.built_in]

    def _export(self, chosen: Sequence[Shelved]) -> None:
        presets = [shelved.preset for shelved in chosen]
        if not presets:
            self._say("There is no preset of your own yet.")
            return
        name = presets[0].name if len(presets) == 1 else "Presets"
        path, _ = QFileDialog.getSaveFileName(self, "Export presets", name + SHARED_ENDING, FILES)
        if path:
            # The system's dialog has asked already whether to replace it.
            self._do(lambda: export_presets(presets, Path(path), overwrite=True))

    def _current(self) -> Shelved | None:
        return None if self.tree.current is None else self._shelf.get(self.tree.current)

    def _tell_taken(self, count: int) -> None:
        self._say("1 preset came in." if count == 1 else f"{count} presets came in.")

    def _say(self, sentence: str) -> None:
        self.undo.hide()
        self.told.setText(sentence)

    def _do(self, work: Callable[[], object]) -> bool:
        """Whether it went; where not, it is said why."""
        try:
            work()
        except StudioError as error:
            self._say(str(error))
            return False
        self._say("")
        return True


def preset_files(mime: QMimeData) -> list[Path]:
    """The preset files in a drop, and folders, which may hold some."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix in (SHARED_ENDING, ENDING) or path.is_dir()]


def _some(problems: Sequence[str]) -> str:
    """The first problems, a line each, and how many more there are."""
    lines = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"… and {len(problems) - MOST_PROBLEMS} more.")
    return "\n".join(lines)


def _button(text: str, tip: str, key: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    if key:
        button.setShortcut(key)
    return button
