"""The list that opens under the preset button: search, headings, stars."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.preset import Preset
from studio.core.preset_shelf import PresetShelf
from studio.ui.compose.preset_rows import ROW, LeaveRow, PresetRow, PresetRows, Unfit
from studio.ui.icons import icon
from studio.ui.theme import RADIUS, L, M, S, tokens

WIDTH, HEIGHT = 420, 440  # pixels
STAR = 16


class PresetList(QFrame):
    """Floats over the window until a preset is chosen, or Esc is pressed or somewhere else."""

    chosen = Signal(Preset)
    left = Signal()  # the row for no preset was chosen

    def __init__(self, shelf: PresetShelf, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._shelf = shelf
        self._unfit: Unfit = lambda _shelved: ""
        self._in_use = False
        self.setProperty("role", "card")
        self.setAccessibleName("Presets")
        self.rows = PresetRows(shelf, self)
        self.search = QLineEdit(placeholderText="Search presets", clearButtonEnabled=True)
        self.search.setAccessibleName("Search presets")
        self.search.setToolTip(
            "↑ ↓ choose, Enter uses it, Ctrl+D gives or takes its star, "
            "a right click makes it a default"
        )
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.installEventFilter(self)
        self.view = _View(self.rows)
        self.nothing = QLabel("No preset has all of these words.")
        self.nothing.setProperty("role", "quiet")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(M, M, M, M)
        column.setSpacing(M)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        column.addWidget(self.nothing, 1)
        self.search.textChanged.connect(self._search)
        self.view.picked.connect(self._pick)
        self.view.star_pressed.connect(self._star)
        self.view.customContextMenuRequested.connect(self._offer)

    def open_under(self, button: QWidget, unfit: Unfit, current: UUID | None) -> None:
        """Shows the presets as they are now, the current one marked."""
        self._unfit, self._in_use = unfit, current is not None
        self.search.clear()
        self.rows.fill(unfit, can_leave=self._in_use)
        self._settle(current)
        place = button.mapToGlobal(QPoint(0, button.height() + 2))
        room = button.screen().availableGeometry()
        height = min(HEIGHT, room.height())
        place.setY(max(room.top(), min(place.y(), room.bottom() - height)))
        self.setGeometry(QRect(place, QSize(max(WIDTH, button.width()), height)))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: object, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is self.search and isinstance(event, QKeyEvent) and _is_press(event):
            match event.key():
                case Qt.Key.Key_Down | Qt.Key.Key_Up:
                    self.view.step(1 if event.key() == Qt.Key.Key_Down else -1)
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._pick(self.view.currentIndex().row())
                    return True
                case Qt.Key.Key_D if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                    self._star(self.view.currentIndex().row())
                    return True
                case _:
                    pass
        return False

    def _search(self, text: str) -> None:
        self.rows.search(text)
        self._settle(None)

    def _settle(self, current: UUID | None) -> None:
        """Marks the current preset, else the first that can be chosen."""
        count = self.rows.rowCount()
        self.view.setVisible(count > 0)
        self.nothing.setVisible(count == 0)
        at = self.rows.first()
        if self.rows.leaves(at):  # the first preset rather than none, where a search leaves one
            at = max(at, self.rows.first(at + 1))
        for number in range(count if current is not None else 0):
            row = self.rows.at(number)
            if row is not None and row.shelved.preset.id == current:
                at = number
                break
        self.view.setCurrentIndex(self.rows.index(at) if at >= 0 else QModelIndex())

    def _pick(self, number: int) -> None:
        if self.rows.leaves(number):
            self.hide()
            self.left.emit()
        row = self.rows.at(number)
        if row is not None and not row.unfit:
            self.hide()
            self.chosen.emit(row.shelved.preset)

    def _star(self, number: int) -> None:
        row = self.rows.at(number)
        if row is not None:
            preset = row.shelved.preset
            self._shelf.star(preset.id, not row.starred)
            self.rows.fill(self._unfit, can_leave=self._in_use)
            self._settle(preset.id)

    def menu_of(self, row: PresetRow) -> QMenu:
        """What can be done with a preset besides using it; what is ticked is so now."""
        preset_id, arrangement = row.shelved.preset.id, self._shelf.arrangement
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, photo, default in (
            ("Default for text", False, arrangement.for_text),
            ("Default for photos", True, arrangement.for_photo),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(default == preset_id)
            action.setEnabled(action.isChecked() or not row.unfit)
            action.toggled.connect(partial(self._begin_with, preset_id, photo))
        return menu

    def _offer(self, place: QPoint) -> None:
        row = self.rows.at(self.view.indexAt(place).row())
        if row is not None:
            self.menu_of(row).popup(self.view.viewport().mapToGlobal(place))

    def _begin_with(self, preset_id: UUID, photo: bool, on: bool) -> None:
        self._shelf.set_default(preset_id if on else None, photo=photo)
        self.rows.fill(self._unfit, can_leave=self._in_use)
        self._settle(preset_id)


class _View(QListView):
    """The rows; one press picks a preset, one on its star gives or takes that."""

    picked = Signal(int)
    star_pressed = Signal(int)

    def __init__(self, rows: PresetRows) -> None:
        super().__init__()
        self._rows = rows
        self.setModel(rows)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName("Presets")
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def step(self, way: int) -> None:
        """Marks the next preset that can be chosen."""
        at = self._rows.first(self.currentIndex().row() + way, way)
        if at >= 0:
            self.setCurrentIndex(self._rows.index(at))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            star = star_place(self.visualRect(index)).adjusted(-S, -S, S, S)
            on_star = star.contains(place) and not self._rows.leaves(index.row())
            (self.star_pressed if on_star else self.picked).emit(index.row())


class _Painter(QStyledItemDelegate):
    """Draws headings, and presets in two lines with their star."""

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        line = QFontMetrics(self._view.font()).height()
        heading = isinstance(index.data(ROW), str)
        return QSize(100, line + L + S if heading else 2 * line + L)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect: QRect = QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue] - a field
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        row = index.data(ROW)
        painter.save()
        if isinstance(row, str):
            self._paint_heading(painter, rect, row)
        elif isinstance(row, PresetRow | LeaveRow):
            self._paint_preset(painter, rect, row, bool(state & QStyle.StateFlag.State_Selected))
        painter.restore()

    @property
    def _view(self) -> QListView:
        view = self.parent()
        assert isinstance(view, QListView)
        return view

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        painter.setPen(tokens().quiet)
        font = QFont(self._view.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        where = rect.adjusted(M, 0, -M, -S)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)

    def _paint_preset(
        self, painter: QPainter, rect: QRect, row: PresetRow | LeaveRow, marked: bool
    ) -> None:
        colours = tokens()
        unfit = isinstance(row, PresetRow) and bool(row.unfit)
        if marked:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.pressed)
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), RADIUS, RADIUS)
        star = star_place(rect)
        place = QRect(rect.left() + M, rect.top() + S, star.left() - rect.left() - 2 * M, 0)
        font = QFont(self._view.font())
        line = QFontMetrics(font).height()
        name = QFont(font)
        name.setWeight(QFont.Weight.Medium)
        for number, (text, own, colour) in enumerate(
            (
                (row.name, name, colours.faint if unfit else colours.text),
                (row.note, font, colours.faint if unfit else colours.quiet),
            )
        ):
            where = QRect(place.left(), place.top() + 1 + number * line, place.width(), line)
            painter.setFont(own)
            painter.setPen(colour)
            shown = QFontMetrics(own).elidedText(text, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)
        if isinstance(row, PresetRow):
            full = icon("star-filled", self._view, colours.warn) if row.starred else None
            (full or icon("star")).paint(painter, star)


def star_place(rect: QRect) -> QRect:
    """Where the star of a row is."""
    return QRect(rect.right() - M - STAR, rect.center().y() - STAR // 2, STAR, STAR)


def _is_press(event: QKeyEvent) -> bool:
    return event.type() is QEvent.Type.KeyPress
