"""The stage: shows a clip, several in step, a running job's preview, or what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from studio.core.events import Preview
from studio.ui.problem import ProblemBar
from studio.ui.stage.actions import StageActions
from studio.ui.stage.canvas import Canvas
from studio.ui.stage.clip_file import ClipFacts
from studio.ui.stage.clip_time import seconds_text
from studio.ui.stage.commands import StageCommands
from studio.ui.stage.compare_view import CompareView
from studio.ui.stage.header import Header
from studio.ui.stage.placard import Placard
from studio.ui.stage.player import Player
from studio.ui.stage.preview_strip import PreviewStrip
from studio.ui.stage.transport import Transport
from studio.ui.theme import tokens

_PATIENCE_MS = 250  # until the picture of the clip before makes room for the word "Opening"


class StageState(StrEnum):
    """What is on the stage."""

    EMPTY = "empty"
    LOADING = "loading"
    CLIP = "clip"
    COMPARE = "compare"
    PREVIEW = "preview"
    PHOTO = "photo"
    PROBLEM = "problem"


class StageView(QWidget):
    """The zone where pictures are; the widget that shows is told what by its methods."""

    use_frame = Signal(object)  # bytes, a PNG
    frame_saved = Signal(Path)
    details_asked = Signal()
    full_screen = Signal(bool)
    state_changed = Signal(StageState)
    taken_hold = Signal()  # the person does something with the clip: it has to stay

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Stage")
        self.state = StageState.EMPTY
        self.actions_by_name = StageActions(self)
        self.player = Player(self)
        self.strip = PreviewStrip(self)
        self.header = Header()
        self.canvas = Canvas("Picture")
        self.comparison = CompareView()
        self.transport = Transport(self.actions_by_name)
        self.problem = ProblemBar()
        self.notice = ProblemBar()
        self._titles: dict[Path, str] = {}
        self._last: Path | None = None  # the clip played last, also once it has left the stage
        self._before: Path | None = None
        self._opening = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._opening.timeout.connect(self.canvas.clear)
        self._assemble()
        self.commands = StageCommands(self)
        self._connect()
        self._enter(StageState.EMPTY)

    @property
    def path(self) -> Path | None:
        """The clip on the stage, the last one of several; None while there is none."""
        return self.player.paths[-1] if self.player.paths else None

    def open_clip(self, path: Path, title: str = "") -> None:
        """Plays a clip from its file."""
        if self._last not in (None, path):
            self._before = self._last
        self._titles[path] = title or path.stem
        self._load(path)

    def compare(self, paths: Sequence[Path], titles: Sequence[str] = ()) -> None:
        """Plays clips in step, side by side, or two of them with a wipe."""
        for path, title in zip(paths, titles or [""] * len(paths), strict=True):
            self._titles[path] = title or self._titles.get(path, path.stem)
        self._load(*paths)

    def compare_with_before(self) -> None:
        """Plays the clip on the stage in step with the one shown before it."""
        if self.path is not None and self._before is not None:
            self.compare((self._before, self.path))

    def stop_comparing(self) -> None:
        """Plays only the last of the clips."""
        if self.state is StageState.COMPARE and self.path is not None:
            self._load(self.path)

    @property
    def can_compare(self) -> bool:
        """Whether a clip was shown before this one."""
        return self._before is not None and self.path not in (None, self._before)

    def show_preview(
        self,
        preview: Preview,
        title: str,
        *,
        steps: int | None = None,
        frame_rate: float = 24.0,
    ) -> None:
        """Loops a running job's preview; a newer one of the same job takes over in flight.

        `steps` and `frame_rate` are those of the job.
        """
        if self.state is not StageState.PREVIEW:
            self._leave()
            self.canvas.soft = True
            self.canvas.caption = "The first preview is on its way …"
            self._enter(StageState.PREVIEW)
        of = "" if steps is None else f" of {steps}"
        self.header.show_title(title, "preview", f"step {preview.step}{of}")
        self.strip.show(preview, frame_rate)

    def show_photo(self, photo: QImage | None, title: str, badge: str) -> None:
        """Shows what a job will start from, and in the badge why it does not yet; None while the
        photo is read.
        """
        self._leave()
        self.canvas.clear()
        self.canvas.caption = "Reading the photo …"
        self.header.show_title(title, "the photo", badge)
        if photo is not None:
            self.canvas.show_picture(photo)
        self._enter(StageState.PHOTO)

    def show_problem(
        self, sentence: str, details: str = "", heading: str = "This cannot be shown"
    ) -> None:
        """Says what went wrong in place of a picture."""
        self._leave()
        self._failed.title.setText(heading)
        self.header.show_title("")
        self.problem.show_problem(sentence, details)
        self._enter(StageState.PROBLEM)

    def show_notice(self, sentence: str, details: str = "") -> None:
        """Says what went wrong over a picture that stays."""
        self.notice.show_problem(sentence, details)
        self.commands.refresh()

    def clear(self) -> None:
        """Shows nothing but a hint."""
        self._leave()
        self.header.show_title("")
        self._enter(StageState.EMPTY)

    def set_full_screen(self, on: bool) -> None:
        """Tells the stage that it fills the screen, or no longer does; nothing is emitted."""
        self.commands.set_full_screen(on)
        self.header.setVisible(not on and bool(self.header.title.text()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(event.rect(), tokens(self).window)
        painter.fillRect(self._pages.geometry(), tokens(self).stage)
        painter.end()

    def _load(self, *paths: Path) -> None:
        self._leave()
        self.canvas.caption = "Opening …"
        titles = [self._titles[path] for path in paths]
        if len(paths) > 1:
            self.comparison.set_titles(titles)
        self.header.show_title("  ·  ".join(titles))
        self.player.open(*paths)
        self._enter(StageState.LOADING)
        self._opening.start()

    def _leave(self) -> None:
        was_other = self.state in (StageState.PREVIEW, StageState.PHOTO)
        self.player.close()
        self.strip.clear()
        self.notice.hide()
        self.canvas.soft = False
        if was_other:  # than a clip, whose last picture stays until the next one's first
            self.canvas.clear()

    def _enter(self, state: StageState) -> None:
        self._opening.stop()
        self.state = state
        focused = self._focused()
        if focused is not None:  # what is hidden below would pass the focus on to another zone
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        match state:
            case StageState.EMPTY:
                self._pages.setCurrentWidget(self._empty)
            case StageState.PROBLEM:
                self._pages.setCurrentWidget(self._failed)
            case StageState.COMPARE:
                self._pages.setCurrentWidget(self.comparison)
            case StageState.LOADING | StageState.CLIP | StageState.PREVIEW | StageState.PHOTO:
                self._pages.setCurrentWidget(self.canvas)
        if state in (StageState.EMPTY, StageState.PROBLEM):
            self.canvas.clear()
            self.comparison.clear()
        playing = state in (StageState.LOADING, StageState.CLIP, StageState.COMPARE)
        self.transport.setVisible(playing)
        self.header.setVisible(bool(self.header.title.text()) and not self.commands.is_full)
        self.commands.refresh()
        if focused is not None:
            self._give_focus(focused)
        self.state_changed.emit(state)

    def _focused(self) -> QWidget | None:
        focused = QApplication.focusWidget()
        return focused if focused is not None and self.isAncestorOf(focused) else None

    def _give_focus(self, widget: QWidget) -> None:
        if not (widget.isVisibleTo(self) and widget.isEnabled()):
            match self.state:
                case StageState.COMPARE:
                    widget = self.comparison.canvas
                case StageState.LOADING | StageState.CLIP | StageState.PREVIEW | StageState.PHOTO:
                    widget = self.canvas
                case StageState.EMPTY | StageState.PROBLEM:
                    widget = self
        widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def _opened(self) -> None:
        facts, self._last = self.player.facts, self.path
        self.header.show_title(
            "  ·  ".join(self._titles[path] for path in self.player.paths),
            _facts_text(facts[0]) if len(facts) == 1 else "",
        )
        playhead = self.player.playhead
        self.transport.show_clip(playhead.num_frames, playhead.frame_rate)
        self._enter(StageState.CLIP if len(facts) == 1 else StageState.COMPARE)

    def _show_pictures(self, pictures: Sequence[QImage]) -> None:
        if len(pictures) == 1:
            self.canvas.show_picture(pictures[0])
        else:
            self.comparison.show_pictures(pictures)

    def _show_preview_picture(self, picture: QImage) -> None:
        if self.state is StageState.PREVIEW:
            self.canvas.show_picture(picture)

    def _assemble(self) -> None:
        self._empty = Placard(
            "photo",
            "Nothing on the stage yet",
            "Type a prompt or drop a photo, and press Render: the clip plays here. "
            "A clip from History plays here too.",
        )
        self._failed = Placard("warning", "", self.problem)
        self._pages = QStackedWidget()
        for page in (self._empty, self.canvas, self.comparison, self._failed):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.notice)
        column.addWidget(self._pages, 1)
        column.addWidget(self.transport)
        self.setMinimumSize(480, 240)

    def _connect(self) -> None:
        self.player.opened.connect(self._opened)
        self.player.failed.connect(lambda sentence: self.show_problem(sentence))
        self.player.pictures.connect(self._show_pictures)
        self.strip.picture.connect(self._show_preview_picture)
        self.problem.dismissed.connect(self.clear)
        self.notice.dismissed.connect(self.commands.refresh)


def _facts_text(facts: ClipFacts) -> str:
    rate = f"{float(facts.frame_rate):.4g}"
    return f"{facts.width} × {facts.height}   ·   {rate} fps   ·   {seconds_text(facts.seconds)} s"
