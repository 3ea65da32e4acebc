"""Where the parts of a job's row lie."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QFontMetrics

from studio.core.job import Job
from studio.core.queue import Wish
from studio.ui.queue.doings import Doing, row_buttons, sentence_buttons
from studio.ui.theme import XL, L, M, S

THUMB = QSize(80, 48)
BUTTON = 28
GRIP = 14
_MOST_BUTTONS = 3


@dataclass(frozen=True)
class RowLayout:
    """The rectangles of one row, in the list's own pixels."""

    body: QRect  # all but the stop-here marker
    grip: QRect
    thumb: QRect
    first_line: QRect
    second_line: QRect
    buttons: tuple[tuple[Doing, QRect], ...]
    words: tuple[tuple[Doing, QRect], ...]  # buttons with words, at the end of the second line
    marker: QRect  # empty where the queue goes on

    def button_at(self, place: QPoint) -> tuple[Doing, QRect] | None:
        """The button under a point."""
        for doing, rect in (*self.buttons, *self.words):
            if rect.contains(place):
                return doing, rect
        return None


def row_height(job: Job, metrics: QFontMetrics) -> int:
    """Logical pixels from the top of the row to that of the next."""
    return _body_height(metrics) + (_marker_height(metrics) if job.stop_after else 0)


def lay_out(job: Job, wish: Wish | None, row: QRect, metrics: QFontMetrics) -> RowLayout:
    """The places of the parts in `row`, whose height is `row_height`."""
    body = QRect(row.topLeft(), QSize(row.width(), _body_height(metrics)))
    marker = QRect(body.bottomLeft() + QPoint(0, 1), row.bottomRight())
    grip = QRect(body.left() + S, body.top(), GRIP, body.height())
    thumb = QRect(QPoint(grip.right() + S, 0), THUMB)
    thumb.moveTop(body.top() + (body.height() - THUMB.height()) // 2)
    right = body.right() - M - _MOST_BUTTONS * BUTTON
    left = thumb.right() + L
    line = metrics.height() + S
    top = body.top() + (body.height() - 2 * line - S) // 2
    second = QRect(left, top + line + S, right - left - M, line)
    return RowLayout(
        body=body,
        grip=grip,
        thumb=thumb,
        first_line=QRect(left, top, right - left - M, line),
        second_line=second,
        buttons=_at_the_end(row_buttons(job, wish), body),
        words=_with_words(sentence_buttons(job), second, metrics),
        marker=marker if job.stop_after else QRect(),
    )


def _at_the_end(doings: tuple[Doing, ...], body: QRect) -> tuple[tuple[Doing, QRect], ...]:
    top = body.top() + (body.height() - BUTTON) // 2
    right = body.right() - M
    places: list[tuple[Doing, QRect]] = []
    for number, doing in enumerate(reversed(doings), start=1):
        places.append((doing, QRect(right - number * BUTTON, top, BUTTON, BUTTON)))
    return tuple(reversed(places))


def _with_words(
    doings: tuple[Doing, ...], line: QRect, metrics: QFontMetrics
) -> tuple[tuple[Doing, QRect], ...]:
    places: list[tuple[Doing, QRect]] = []
    right = line.right()
    for doing in reversed(doings):
        width = metrics.horizontalAdvance(doing.words) + 2 * M
        places.append((doing, QRect(right - width + 1, line.top(), width, line.height())))
        right -= width + S
    return tuple(reversed(places))


def _body_height(metrics: QFontMetrics) -> int:
    return max(THUMB.height(), 2 * (metrics.height() + S) + S) + XL


def _marker_height(metrics: QFontMetrics) -> int:
    return metrics.height() + M
