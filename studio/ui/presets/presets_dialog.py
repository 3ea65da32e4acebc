"""The window of all presets: their order on the left, one of them on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID, uuid4

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from studio.core.errors import StudioError
from studio.core.preset import Preset
from studio.core.preset_exchange import Incoming
from studio.core.preset_shelf import Arrangement, PresetShelf, Shelved
from studio.ui.compose.preset_rows import Unfit
from studio.ui.presets.edits import Edits
from studio.ui.presets.exchange import Exchange, preset_files
from studio.ui.presets.foot import Foot, button
from studio.ui.presets.import_review import ImportReview
from studio.ui.presets.preset_editor import Made, PresetEditor
from studio.ui.presets.preset_tree import PresetTree
from studio.ui.theme import XL, L, M, indent_numbers

NEW = "New preset"
MOST_PROBLEMS = 3  # files that are named; the folder shows the others


class PresetsDialog(QDialog):
    """Changes the shelf at once; what cannot be is told in place, and a deletion can be undone.

    What is typed in the editor waits for Save: it is still there after a look at another preset,
    and asked about before the window closes.
    """

    def __init__(
        self,
        shelf: PresetShelf,
        families: Sequence[str],
        made_by: Callable[[Preset], Made],
        parent: QWidget | None = None,
        *,
        unfit: Unfit = lambda _: "",
    ) -> None:
        super().__init__(parent)
        self._shelf, self._families, self._made_by = shelf, families, made_by
        self._unfit = unfit
        self._edits = Edits(shelf)
        self.setWindowTitle("Presets")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.tree = PresetTree()
        self.editor = PresetEditor(families)
        self.new = button("New", "A preset that sets nothing yet (Ctrl+N)", "Ctrl+N")
        self.duplicate = button("Duplicate", "A copy of your own (Ctrl+D)", "Ctrl+D")
        self.delete = button("Delete", "Move it to the trash (Del)", "")
        self.reset = button("Reset order", "Order, stars and defaults as at first", "")
        self.foot = Foot(self._save_all, self._discard)
        self.exchange = Exchange(shelf, self._current, self.foot.say)
        self.told, self.undo = self.foot.told, self.foot.undo
        self.problems = QLabel(wordWrap=True)
        self.problems.setTextFormat(Qt.TextFormat.PlainText)
        self.problems.setProperty("role", "error")
        self.problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._arrange()
        indent_numbers(self)
        self._connect()
        self._fill(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if preset_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        event.acceptProposedAction()
        self.exchange.drop(event.mimeData())

    def review(self, incoming: Sequence[Incoming]) -> None:
        """Shows what would come in, for the person to choose."""
        if incoming:
            review = ImportReview(self._shelf, incoming, self)
            review.taken.connect(self._tell_taken)
            review.open()

    def reject(self) -> None:
        """Closes, after a question where something is not saved yet."""
        if self.foot.asks:  # Esc once more is Cancel
            self.foot.say("")
            return
        parent = self.parentWidget()
        if parent is not None and parent.isHidden():  # the program ends, and must not wait
            self.leave()
            return
        names = [f"'{preset.name}'" for preset in self._waiting()]
        if not names:
            super().reject()
            return
        which = names[0] if len(names) == 1 else f"{len(names)} presets"
        self.foot.ask(f"What you changed in {which} is not saved yet.")

    def leave(self) -> None:
        """Closes with the program, when nobody can be asked: what can be saved is."""
        for preset in self._waiting():
            self._do(partial(self._shelf.save, preset))
        self._discard()

    def show_preset(self, preset_id: UUID | None) -> None:
        """Chooses a preset."""
        self._fill(preset_id)

    def _arrange(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(M)
        left.addWidget(self.tree, 1)
        row = QHBoxLayout()
        row.setSpacing(M)
        for each in (self.new, self.duplicate, self.delete):
            row.addWidget(each)
        row.addStretch()
        left.addLayout(row)
        left.addWidget(self.exchange)
        left.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)
        both = QHBoxLayout()
        both.setSpacing(XL)
        both.addLayout(left, 2)
        both.addWidget(self.editor, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(L)
        column.addLayout(both, 1)
        column.addWidget(self.problems)
        column.addWidget(self.foot)
        self.resize(920, 640)

    def _connect(self) -> None:
        self.tree.chosen.connect(self._show)
        self.tree.arranged.connect(self._arranged)
        self.editor.saved.connect(lambda preset: self._do(lambda: self._shelf.save(preset)))
        self.editor.default_wanted.connect(self._set_default)
        self.new.clicked.connect(self._new)
        self.duplicate.clicked.connect(self._duplicate)
        self.delete.clicked.connect(self._delete)
        self.exchange.found.connect(self.review)
        self.reset.clicked.connect(self._reset)
        self.undo.clicked.connect(self._undo)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.tree)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self.tree)
        for key in (delete, paste):
            key.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete)
        paste.activated.connect(self.exchange.paste)
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
        self.tree.show_presets(presets, current, self._unfit)

    def _waiting(self) -> list[Preset]:
        """The presets that are not saved, as they are to be."""
        now = self.editor.now()
        if now is not None:
            self._edits.note(*now)
        return self._edits.waiting()

    def _save_all(self) -> None:
        for preset in self._waiting():
            if not self._do(partial(self._shelf.save, preset)):
                return
        self._discard()

    def _discard(self) -> None:
        self._edits.forget()
        super().reject()

    def _show(self, preset_id: UUID | None) -> None:
        now = self.editor.now()
        if now is not None:
            self._edits.note(*now)
        shelved = None if preset_id is None else self._shelf.get(preset_id)
        arrangement = self._shelf.arrangement
        preset = None if shelved is None else shelved.preset
        built_in = shelved is not None and shelved.built_in
        self.editor.show_preset(
            preset,
            built_in=built_in,
            defaults=(preset_id == arrangement.for_text, preset_id == arrangement.for_photo),
            made=Made(0) if preset is None else self._made_by(preset),
            edited=None if preset is None else self._edits.of(preset),
            unfit="" if shelved is None else self._unfit(shelved),
        )
        self.delete.setEnabled(preset is not None and not built_in)
        self.duplicate.setEnabled(preset is not None)

    def _arranged(self, order: list[UUID], categories: dict[UUID, str]) -> None:
        def keep() -> None:
            # First: a built-in one stays in its category, and then in its place too.
            for shelved in self._shelf.all():
                category = categories.get(shelved.preset.id, shelved.preset.category)
                if category != shelved.preset.category:
                    self._shelf.save(shelved.preset.model_copy(update={"category": category}))
            self._shelf.arrange(order)

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
        current, neighbour = self._current(), self.tree.neighbour
        if current is None:
            return
        try:
            deleted = self._shelf.delete(current.preset.id)
        except StudioError as error:
            self.foot.say(str(error), self.foot.take_undo())  # what went before can still come back
            return
        self._fill(neighbour)
        bring_back = partial(self._shelf.bring_back, deleted)
        self.foot.say(f"'{deleted.name}' is in the trash.", bring_back)

    def _reset(self) -> None:
        before = self._shelf.arrangement
        if self._do(self._shelf.reset) and self._shelf.arrangement != before:
            put_back = partial(self._put_back, before)
            self.foot.say("Order, stars and defaults are as at first.", put_back)

    def _put_back(self, before: Arrangement) -> None:
        self._shelf.arrange(before.order)
        for preset_id in before.starred:
            self._shelf.star(preset_id, True)
        for preset_id in reversed(before.recent):
            self._shelf.note_used(preset_id)
        self._shelf.set_default(before.for_text, photo=False)
        self._shelf.set_default(before.for_photo, photo=True)

    def _undo(self) -> None:
        undo = self.foot.take_undo()
        if undo is not None:
            self._do(undo)

    def _set_default(self, photo: bool, on: bool) -> None:
        current = self._current()
        if current is not None:
            wanted = current.preset.id if on else None
            self._do(lambda: self._shelf.set_default(wanted, photo=photo))

    def _current(self) -> Shelved | None:
        return None if self.tree.current is None else self._shelf.get(self.tree.current)

    def _tell_taken(self, count: int) -> None:
        self.foot.say("1 preset came in." if count == 1 else f"{count} presets came in.")

    def _do(self, work: Callable[[], object]) -> bool:
        """Whether it went; where not, it is said why."""
        try:
            work()
        except StudioError as error:
            self.foot.say(str(error))
            return False
        self.foot.say("")
        return True


def _some(problems: Sequence[str]) -> str:
    """The first problems, a line each, and how many more there are."""
    lines = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"… and {len(problems) - MOST_PROBLEMS} more.")
    return "\n".join(lines)
