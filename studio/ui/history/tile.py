"""Where things lie in a tile of the grid: picture, two lines of words, a quiet one, star."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QTextLayout

from studio.core.library import Clip
from studio.ui.theme import M, S

NARROWEST = 200  # logical pixels; wider by what is left over in a row
GAP = 6  # between two tiles
STAR = 26  # the side of the place where the star is pressed
WORD_LINES = 2
# A tile shows far less of a long prompt, and laying out takes its time by the letter.
_LONGEST = 160
_LITTLE = 0.06  # of a side


@dataclass(frozen=True)
class Tile:
    """The places in a tile: `frame` is all that is lit up, `picture` the most a clip may take."""

    frame: QRect
    picture: QRect
    words: QRect
    note: QRect
    star: QRect


def note_font(font: QFont) -> QFont:
    """The font of the quiet line."""
    smaller = QFont(font)
    if font.pixelSize() > 0:
        smaller.setPixelSize(round(font.pixelSize() * 0.9))
    else:
        smaller.setPointSizeF(font.pointSizeF() * 0.9)
    return smaller


def cell_size(width: int, font: QFont) -> QSize:
    """How large a cell is, with as many in a row of `width` as there is room for."""
    wide = width // max(1, width // NARROWEST)
    words = WORD_LINES * QFontMetrics(font).lineSpacing()
    note = QFontMetrics(note_font(font)).lineSpacing()
    return QSize(wide, GAP + 2 * M + _picture_height(wide - GAP - 2 * M) + M + words + S + note)


def tile_in(size: QSize, font: QFont) -> Tile:
    """The places in a cell of the grid, from its own corner."""
    cell = QRect(QPoint(0, 0), size)
    frame = cell.adjusted(GAP // 2, GAP // 2, -GAP // 2, -GAP // 2)
    left, wide = frame.left() + M, frame.width() - 2 * M
    picture = QRect(left, frame.top() + M, wide, _picture_height(wide))
    high = WORD_LINES * QFontMetrics(font).lineSpacing()
    words = QRect(left, picture.bottom() + 1 + M, wide, high)
    note_high = QFontMetrics(note_font(font)).lineSpacing()
    note = QRect(left, words.bottom() + 1 + S, wide, note_high)
    star = QRect(picture.right() - STAR - S + 1, picture.top() + S, STAR, STAR)
    return Tile(frame, picture, words, note, star)


def fitted(size: QSize, box: QRect) -> QRect:
    """Where a picture of that shape lies in a box that it has to fit into."""
    inside = shown_size(size, box.size())
    left = box.left() + (box.width() - inside.width()) // 2
    top = box.top() + (box.height() - inside.height()) // 2
    return QRect(left, top, inside.width(), inside.height())


def shown_size(size: QSize, box: QSize) -> QSize:
    """How large a picture shows in a box: whole, or filling the box where little is cut for it.

    1280 × 704 is not quite 16:9, and slivers beside it would look like a mistake.
    """
    if size.isEmpty():
        return QSize(box)
    across, down = box.width() / size.width(), box.height() / size.height()
    if abs(across - down) <= _LITTLE * max(across, down):
        return QSize(box)
    scale = min(across, down)
    return QSize(max(1, round(size.width() * scale)), max(1, round(size.height() * scale)))


def part_shown(size: QSize, shown: QSize) -> QRectF:
    """The part of a picture, in its own pixels, that is scaled to `shown`: from its middle."""
    scale = max(shown.width() / size.width(), shown.height() / size.height())
    wide, high = shown.width() / scale, shown.height() / scale
    return QRectF((size.width() - wide) / 2, (size.height() - high) / 2, wide, high)


def note_of(clip: Clip) -> str:
    """The quiet line: how long it plays and how large it is."""
    return f"{clip.seconds:.1f} s · {clip.width}×{clip.height}"


def lines_of(text: str, font: QFont, width: int) -> tuple[str, ...]:
    """At most two lines of a text, the last one cut where it does not fit."""
    text = " ".join(text[:_LONGEST].split())
    data = text.encode("utf-16-le")  # what the layout counts in
    layout = QTextLayout(text, font)
    layout.beginLayout()
    start = 0
    lines: list[str] = []
    while len(lines) < WORD_LINES - 1 and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        end = line.textStart() + line.textLength()
        lines.append(data[2 * start : 2 * end].decode("utf-16-le").rstrip())
        start = end
    layout.endLayout()
    rest = data[2 * start :].decode("utf-16-le")
    if rest:
        lines.append(QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width))
    return tuple(lines)


def _picture_height(width: int) -> int:
    return round(width * 9 / 16)
