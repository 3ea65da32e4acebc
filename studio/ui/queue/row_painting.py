"""One row of the queue in the course of being painted."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from studio.core.job import RUNNING, WAITING, Job, JobState
from studio.ui.icons import icon
from studio.ui.queue.doings import Doing
from studio.ui.queue.job_words import left_words, prompt_of, state_words, summary
from studio.ui.queue.queue_model import JobRow
from studio.ui.queue.row_layout import RowLayout
from studio.ui.theme import RADIUS, XL, L, M, S, Tokens

_BAR = 6
_ICON = 18


class RowPainting:
    """Paints the parts of one row, each by a call, from the back to the front."""

    def __init__(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        layout: RowLayout,
        says: JobRow,
        colours: Tokens,
    ) -> None:
        self._painter = painter
        self._job = says.job
        self._says = says
        self._at = layout
        self._colours = colours
        self._font = option.font
        self._state = option.state

    def ground(self) -> None:
        """The background: the selection, the pointer, the line to the next row."""
        painter, colours = self._painter, self._colours
        body = self._at.body
        state = QStyle.StateFlag
        if self._state & state.State_Selected:
            painter.fillRect(body, _blend(colours.accent, colours.surface, 0.16))
            painter.fillRect(QRect(body.topLeft(), QSize(3, body.height())), colours.accent)
        elif self._state & state.State_MouseOver:
            painter.fillRect(body, _blend(colours.text, colours.surface, 0.04))
        painter.fillRect(
            QRect(body.left(), body.bottom(), body.width(), 1),
            _blend(colours.line, colours.surface, 0.6),
        )
        if self._state & state.State_HasFocus:
            painter.setPen(QPen(colours.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(body).adjusted(1.5, 1.5, -1.5, -2.5), 4, 4)
        if self._job.state in WAITING:
            faint = colours.quiet if self._state & state.State_MouseOver else colours.faint
            self._icon("drag", self._at.grip, faint, 14)

    def picture(self, picture: QPixmap | None) -> None:
        """The thumbnail, or a quiet place where there is none yet."""
        painter, colours, rect = self._painter, self._colours, self._at.thumb
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(rect), 4, 4)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(rect, colours.stage)
        if picture is None:
            text_only = self._job.params.image is None
            self._icon("render" if text_only else "photo", rect, colours.faint, 20)
        else:
            if self._job.state is JobState.CANCELLED:
                painter.setOpacity(0.5)
            painter.drawPixmap(rect, picture)
        painter.restore()

    def first_line(self) -> None:
        """The prompt, as much of it as fits beside the state and the time left."""
        colours, first = self._colours, self._at.first_line
        used = self._state_and_time()
        gone = self._job.state is JobState.CANCELLED
        rect = first.adjusted(0, 0, -used - XL, 0)
        self._text(prompt_of(self._job), rect, colours.quiet if gone else colours.text, bold=True)

    def second_line(self) -> None:
        """The progress, or the error, or what was set besides the prompt."""
        second = QRect(self._at.second_line)
        if self._job.state is JobState.FAILED and self._job.failure:
            second.setRight(self._at.words[0][1].left() - L)
            self._text(self._job.failure, second, self._colours.danger)
        elif _has_bar(self._job):
            self._bar()
        else:
            self._text(summary(self._job.params), second, self._colours.quiet)

    def buttons(self, hot: Doing | None, *, pressed: bool) -> None:
        """The buttons at the end, and those with words beside an error."""
        near = bool(
            self._state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected)
        )
        for doing, rect in self._at.buttons:
            is_hot = hot is doing
            self._button_ground(rect, hot=is_hot, pressed=pressed, outlined=False)
            colour = self._colours.text if is_hot or near else self._colours.quiet
            self._icon(doing.icon, rect, colour, _ICON)
        for doing, rect in self._at.words:
            is_hot = hot is doing
            self._button_ground(rect, hot=is_hot, pressed=pressed, outlined=True)
            self._text(doing.words, rect, self._colours.text, Qt.AlignmentFlag.AlignHCenter)

    def marker(self) -> None:
        """The line under a job after which the queue stops."""
        rect = self._at.marker
        if rect.isEmpty():
            return
        painter, colours = self._painter, self._colours
        words = "the queue stops here"
        metrics = QFontMetrics(self._font)
        left = self._at.thumb.left()
        self._icon("stop-here", QRect(left, rect.top(), 16, rect.height()), colours.warn, 16)
        place = QRect(
            left + 16 + S, rect.top(), metrics.horizontalAdvance(words) + 2, rect.height()
        )
        self._text(words, place, colours.warn)
        painter.setPen(QPen(colours.warn, 1, Qt.PenStyle.DashLine))
        middle = rect.center().y()
        painter.drawLine(place.right() + M, middle, rect.right() - L, middle)

    def _state_and_time(self) -> int:
        """Paints the state and the time left from the right; returns the width that it took."""
        first, metrics = self._at.first_line, QFontMetrics(self._font)
        right = first.right() + 1
        left = left_words(self._says.seconds_left)
        if left:
            # Room for the longest, so that nothing jumps while the time runs down.
            room = max(metrics.horizontalAdvance(left), metrics.horizontalAdvance("00:00 left"))
            rect = QRect(right - room, first.top(), room, first.height())
            self._text(left, rect, self._colours.quiet, Qt.AlignmentFlag.AlignRight)
            right -= room + L
        words = state_words(self._job, self._says.wish)
        room = metrics.horizontalAdvance(words) + 2
        rect = QRect(right - room, first.top(), room, first.height())
        colour = _state_colour(self._job, self._colours)
        self._text(words, rect, colour, Qt.AlignmentFlag.AlignRight)
        return first.right() + 1 - rect.left()

    def _bar(self) -> None:
        painter, colours, line = self._painter, self._colours, self._at.second_line
        groove = QRectF(line.left(), line.center().y() - _BAR / 2 + 1, line.width(), _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.line)
        painter.drawRoundedRect(groove, _BAR / 2, _BAR / 2)
        if self._job.fraction > 0:
            width = max(_BAR, groove.width() * min(1.0, self._job.fraction))
            painter.setBrush(colours.accent if self._job.state in RUNNING else colours.faint)
            painter.drawRoundedRect(
                QRectF(groove.left(), groove.top(), width, _BAR), _BAR / 2, _BAR / 2
            )

    def _button_ground(self, rect: QRect, *, hot: bool, pressed: bool, outlined: bool) -> None:
        if not hot and not outlined:
            return
        painter, colours = self._painter, self._colours
        fill = colours.raised
        if hot:
            fill = colours.pressed if pressed else colours.hover
        painter.setPen(QPen(colours.line, 1) if outlined else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _text(
        self,
        words: str,
        rect: QRect,
        colour: QColor,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        bold: bool = False,
    ) -> None:
        font = QFont(self._font)
        if bold:
            font.setWeight(QFont.Weight.Medium)
        self._painter.setFont(font)
        self._painter.setPen(colour)
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        self._painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, shown)

    def _icon(self, name: str, rect: QRect, colour: QColor, side: int) -> None:
        place = QRect(0, 0, side, side)
        place.moveCenter(rect.center())
        icon(name, None, colour).paint(self._painter, place)


def _has_bar(job: Job) -> bool:
    return job.state in RUNNING or (job.state in WAITING and 0 < job.fraction < 1)


def _state_colour(job: Job, colours: Tokens) -> QColor:
    match job.state:
        case JobState.FAILED:
            return colours.danger
        case JobState.DONE:
            return colours.ok
        case JobState.PAUSED | JobState.INTERRUPTED:
            return colours.warn
        case state if state in RUNNING:
            return colours.accent
        case _:
            return colours.quiet


def _blend(over: QColor, under: QColor, share: float) -> QColor:
    return QColor(
        round(over.red() * share + under.red() * (1 - share)),
        round(over.green() * share + under.green() * (1 - share)),
        round(over.blue() * share + under.blue() * (1 - share)),
    )
