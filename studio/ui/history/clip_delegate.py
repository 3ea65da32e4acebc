"""Paints a tile of the grid, and edits a clip's name in its place."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.library import Clip
from studio.ui.history.clip_model import ClipModel
from studio.ui.history.hover_player import HoverPlayer
from studio.ui.history.posters import Posters
from studio.ui.history.tile import Tile, fitted, lines_of, note_font, note_of, tile_in
from studio.ui.icons import icon
from studio.ui.theme import DARK, RADIUS, M, S, Tokens, tokens

AnyIndex = QModelIndex | QPersistentModelIndex
FRAME_RADIUS = RADIUS + 2
MOST_LINES = 2000
# What lies on a picture is light on dark in both schemes: it has to show on any picture.
_SHADE = QColor(0, 0, 0, 140)
_STARRED = DARK.warn
_UNSTARRED = QColor(255, 255, 255)
_FADED = 0.3


class ClipDelegate(QStyledItemDelegate):
    """Paints what the model, the posters and the player have; asks the posters for the rest."""

    def __init__(
        self, model: ClipModel, posters: Posters, player: HoverPlayer, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._model, self._posters, self._player = model, posters, player
        self._lines: dict[str, tuple[str, ...]] = {}
        self.set_cell(QSize(1, 1), parent.font())

    def set_cell(self, cell: QSize, font: QFont) -> None:
        """How large each tile is with its gap, and the font that it is written in."""
        self._cell, self._font, self._small = cell, font, note_font(font)
        self._tile = tile_in(cell, font)
        self._lines.clear()

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: AnyIndex
    ) -> QSize:
        return self._cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        clip = self._model.clip_at(index.row())
        if clip is None:
            return
        cell, state = _parts(option)
        tile, colours = self._tile, tokens(self._view())
        painter.save()
        painter.translate(cell.topLeft())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        _paint_frame(painter, tile, colours, state)
        self._paint_picture(painter, tile, colours, clip)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if clip.starred or hovered:
            _paint_star(painter, tile.star, clip.starred)
        self._paint_words(painter, tile, colours, clip)
        painter.restore()

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName("Name of the clip")
        editor.setToolTip("A name for this clip (Enter keeps it, Esc does not)")
        editor.setPlaceholderText("Name")
        return editor

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        cell, _ = _parts(option)
        words = self._tile.words.translated(cell.topLeft())
        high = editor.sizeHint().height()
        top = words.top() + (words.height() - high) // 2
        editor.setGeometry(words.left() - S, top, words.width() + 2 * S, high)

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:  # noqa: N802 - Qt's name
        # Anew at each change of the row, which a poster that comes must not do to what is typed.
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(  # noqa: N802 - Qt's name
        self, editor: QWidget, model: QAbstractItemModel, index: AnyIndex
    ) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def _view(self) -> QWidget | None:
        parent = self.parent()
        return parent if isinstance(parent, QWidget) else None

    def _paint_picture(self, painter: QPainter, tile: Tile, colours: Tokens, clip: Clip) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.stage)
        painter.drawRoundedRect(QRectF(tile.picture), RADIUS, RADIUS)
        place = fitted(QSize(clip.width, clip.height), tile.picture)
        missing = self._model.is_missing(clip.id)
        poster = self._posters.picture(clip)
        frame = self._player.picture(clip.id)
        if missing:
            painter.setOpacity(_FADED)
        if frame is not None:
            painter.drawImage(place, frame)
            _paint_progress(painter, tile.picture, self._player.place())
        elif poster is not None:
            painter.drawPixmap(place, poster)
        painter.setOpacity(1)
        if missing:
            _paint_missing(painter, tile.picture, colours, self._small)

    def _paint_words(self, painter: QPainter, tile: Tile, colours: Tokens, clip: Clip) -> None:
        painter.setFont(self._font)
        painter.setPen(colours.text)
        metrics = QFontMetrics(self._font)
        base = tile.words.top() + metrics.ascent()
        for line in self._lines_of(clip.title):
            painter.drawText(QPointF(tile.words.left(), base), line)
            base += metrics.lineSpacing()
        painter.setFont(self._small)
        painter.setPen(colours.quiet)
        # The narrowest tile has room for the longest note.
        painter.drawText(tile.note, Qt.AlignmentFlag.AlignLeft, note_of(clip))

    def _lines_of(self, text: str) -> tuple[str, ...]:
        if text not in self._lines:
            if len(self._lines) >= MOST_LINES:
                self._lines.clear()
            self._lines[text] = lines_of(text, self._font, self._tile.words.width())
        return self._lines[text]


def _parts(option: QStyleOptionViewItem) -> tuple[QRect, QStyle.StateFlag]:
    # The stubs lack the fields of an option.
    rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
    state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
    return rect, state


def _paint_frame(painter: QPainter, tile: Tile, colours: Tokens, state: QStyle.StateFlag) -> None:
    selected = bool(state & QStyle.StateFlag.State_Selected)
    focused = bool(state & QStyle.StateFlag.State_HasFocus)
    area = QRectF(tile.frame)
    painter.setPen(Qt.PenStyle.NoPen)
    if selected:
        tint = QColor(colours.accent)
        tint.setAlpha(46 if colours.dark else 30)
        painter.setBrush(tint)
        painter.drawRoundedRect(area, FRAME_RADIUS, FRAME_RADIUS)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(colours.hover)
        painter.drawRoundedRect(area, FRAME_RADIUS, FRAME_RADIUS)
    if selected or focused:
        wide = 2.0 if focused else 1.0
        painter.setPen(QPen(colours.accent, wide))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = wide / 2
        painter.drawRoundedRect(
            area.adjusted(inset, inset, -inset, -inset), FRAME_RADIUS, FRAME_RADIUS
        )


def _paint_star(painter: QPainter, place: QRect, starred: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADE)
    painter.drawEllipse(QRectF(place))
    picture = icon("star-filled", None, _STARRED) if starred else icon("star", None, _UNSTARRED)
    picture.paint(painter, place.adjusted(5, 5, -5, -5))


def _paint_progress(painter: QPainter, picture: QRect, place: float) -> None:
    bar = QRectF(picture.left() + M, picture.bottom() - 2 * S, picture.width() - 2 * M, 3)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADE)
    painter.drawRoundedRect(bar, 1.5, 1.5)
    bar.setWidth(max(3.0, bar.width() * place))
    painter.setBrush(_UNSTARRED)
    painter.drawRoundedRect(bar, 1.5, 1.5)


def _paint_missing(painter: QPainter, picture: QRect, colours: Tokens, font: QFont) -> None:
    middle = picture.center()
    mark = QRect(middle.x() - 12, middle.y() - 24, 24, 24)
    icon("warning", None, colours.warn).paint(painter, mark)
    painter.setFont(font)
    painter.setPen(colours.text)
    words = QRect(picture.left(), mark.bottom() + S, picture.width(), picture.height())
    painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, "File is missing")
