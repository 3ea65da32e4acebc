"""What the stage's actions and its bar do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from studio.core.errors import StudioError
from studio.ui.background import Background
from studio.ui.stage.canvas import Canvas
from studio.ui.stage.compare_view import Layout
from studio.ui.stage.frame_export import frame_png, save_frame
from studio.ui.stage.pictures import to_exact_picture
from studio.ui.stage.playhead import Repeat

if TYPE_CHECKING:
    from studio.ui.stage.stage_view import StageView

_NEXT_REPEAT = {
    Repeat.LOOP: Repeat.PING_PONG,
    Repeat.PING_PONG: Repeat.ONCE,
    Repeat.ONCE: Repeat.LOOP,
}
_PLAYING = (
    "play", "step-back", "step-forward", "jump-back", "jump-forward", "first", "last",
    "shuttle-back", "shuttle-stop", "shuttle-on", "slower", "faster", "own-speed", "repeat",
    "mark-a", "mark-b", "unmark", "save-frame", "copy-frame", "use-frame", "details",
)  # fmt: skip
_ZOOMING = ("zoom-in", "zoom-out", "fit", "pixels")


class StageCommands(QObject):
    """Carries out what is asked of a stage by key, button, menu or mouse."""

    def __init__(self, stage: StageView) -> None:
        super().__init__(stage)
        self.is_full = False
        self._stage = stage
        self._actions = stage.actions_by_name
        self._background = Background(self)
        self._connect_playing()
        self._connect_bar()
        self._connect_rest()

    @property
    def canvas(self) -> Canvas:
        """The canvas with the picture, the first one of several."""
        stage = self._stage
        return stage.comparison.canvas if len(stage.player.paths) > 1 else stage.canvas

    def refresh(self) -> None:
        """Makes possible what is possible now."""
        stage, actions = self._stage, self._actions
        # From the first moment on: a button that goes dim for a blink would lose the focus.
        plays = bool(stage.player.paths)
        comparing = len(stage.player.paths) > 1
        actions.enable(_PLAYING, plays)
        stage.transport.scrubber.setEnabled(plays)
        actions.enable(_ZOOMING, plays or stage.state in ("preview", "photo"))
        actions.enable(("compare",), comparing or stage.can_compare)
        told = stage.problem.isVisibleTo(stage) or stage.notice.isVisibleTo(stage)
        # With a message to dismiss, Esc is the message's.
        actions.enable(("leave",), (self.is_full or comparing) and not told)
        if not comparing:
            title = "Compare with the clip shown before"
        elif self._can_wipe():
            title = "Compare with a wipe"
        else:
            title = "Stop comparing"
        actions.rename("compare", title)
        self._show_zoom()

    def set_full_screen(self, on: bool) -> None:
        """Takes note that the stage fills the screen."""
        self.is_full = on
        self._actions.rename("full-screen", "Leave full screen" if on else "Full screen")
        self.refresh()

    def _connect_playing(self) -> None:
        player = self._stage.player
        actions = self._actions
        for name, do in {
            "step-back": lambda: player.step(-1),
            "step-forward": lambda: player.step(1),
            "jump-back": lambda: player.seek(player.frame - self._second()),
            "jump-forward": lambda: player.seek(player.frame + self._second()),
            "first": lambda: player.seek(0),
            "last": lambda: player.seek(player.playhead.num_frames - 1),
            "shuttle-back": lambda: player.shuttle(backward=True),
            "shuttle-stop": player.pause,
            "shuttle-on": lambda: player.shuttle(backward=False),
            "mark-a": lambda: player.mark(a=player.frame),
            "mark-b": lambda: player.mark(b=player.frame),
            "unmark": player.unmark,
        }.items():
            actions[name].triggered.connect(do)
            actions[name].triggered.connect(self._stage.taken_hold)
        # Who only lets it play on does not look closer.
        for name, do in {
            "play": self._toggle,
            "slower": player.slower,
            "faster": player.faster,
            "own-speed": lambda: player.set_speed(1.0),
            "repeat": lambda: player.set_repeat(_NEXT_REPEAT[player.playhead.repeat]),
        }.items():
            actions[name].triggered.connect(do)

    def _connect_bar(self) -> None:
        player, bar = self._stage.player, self._stage.transport
        bar.scrubber.held.connect(player.hold)
        bar.scrubber.held.connect(self._stage.taken_hold)
        bar.scrubber.sought.connect(player.seek)
        bar.scrubber.sought.connect(self._stage.taken_hold)
        bar.scrubber.marked.connect(lambda mark, frame: player.mark(**{mark.lower(): frame}))
        bar.scrubber.released.connect(player.release)
        bar.speed_chosen.connect(player.set_speed)
        bar.zoom_chosen.connect(self._zoom)
        player.moved.connect(lambda frame: bar.show_frame(frame, player.playhead))
        player.changed.connect(lambda: bar.show_playhead(player.playhead))
        player.opened.connect(lambda: bar.show_playhead(player.playhead))
        player.filled.connect(lambda: bar.scrubber.show_spans(player.spans))

    def _connect_rest(self) -> None:
        stage = self._stage
        for name, do in {
            "zoom-in": lambda: self._look_closer(self.canvas.zoom_by, 1),
            "zoom-out": lambda: self._look_closer(self.canvas.zoom_by, -1),
            "fit": lambda: self.canvas.fit(),
            "pixels": lambda: self._zoom(1.0),
            "save-frame": self._save_frame,
            "copy-frame": self._copy_frame,
            "use-frame": self._use_frame,
            "compare": self._compare,
            "details": stage.details_asked.emit,
            "full-screen": self._toggle_full_screen,
            "leave": self._leave,
        }.items():
            self._actions[name].triggered.connect(do)
        stage.canvas.view_changed.connect(self._show_zoom)
        stage.comparison.view_changed.connect(self._show_zoom)

    def _toggle(self) -> None:
        player = self._stage.player
        player.toggle()
        if not player.playhead.playing:
            self._stage.taken_hold.emit()

    def _look_closer(self, zoom: Callable[[float], object], by: float) -> None:
        zoom(by)
        if self._stage.player.paths:
            self._stage.taken_hold.emit()

    def _second(self) -> int:
        return max(1, round(self._stage.player.playhead.frame_rate))

    def _zoom(self, zoom: float | None) -> None:
        if zoom is None:
            self.canvas.fit()
        else:
            self._look_closer(self.canvas.zoom_to, zoom)

    def _show_zoom(self) -> None:
        view = self.canvas.view
        self._stage.transport.show_zoom(view.scale, fitted=view.zoom is None)

    def _save_frame(self) -> None:
        player = self._stage.player
        if frames := player.frames():
            frame, clip, number = frames[-1], player.paths[-1], player.number
            self._background.start(lambda: save_frame(frame, clip, number), self._saved)

    def _saved(self, result: Path | StudioError) -> None:
        if isinstance(result, StudioError):
            self._stage.show_notice(str(result))
        else:
            self._stage.header.show_note(f"Saved as {result.name}")
            self._stage.frame_saved.emit(result)

    def _copy_frame(self) -> None:
        if frames := self._stage.player.frames():
            QGuiApplication.clipboard().setImage(to_exact_picture(frames[-1]))
            self._stage.header.show_note(f"Copied frame {self._stage.player.number}")

    def _use_frame(self) -> None:
        if frames := self._stage.player.frames():
            frame, number = frames[-1], self._stage.player.number
            self._background.start(lambda: frame_png(frame), partial(self._hand_over, number))

    def _hand_over(self, number: int, result: bytes | StudioError) -> None:
        if isinstance(result, StudioError):
            self._stage.show_notice(str(result))
        else:
            self._stage.use_frame.emit(result)
            self._stage.header.show_note(f"Frame {number} is in Compose now")

    def _compare(self) -> None:
        stage = self._stage
        stage.taken_hold.emit()
        if len(stage.player.paths) < 2:
            stage.comparison.set_layout(Layout.SIDE_BY_SIDE)
            stage.compare_with_before()
        elif self._can_wipe():
            stage.comparison.set_layout(Layout.WIPE)
            stage.player.show_again()
            self.refresh()
        else:
            stage.stop_comparing()

    def _can_wipe(self) -> bool:
        view = self._stage.comparison
        return view.can_wipe and view.layout_shown is Layout.SIDE_BY_SIDE

    def _toggle_full_screen(self) -> None:
        on = not self.is_full
        self._stage.set_full_screen(on)
        self._stage.full_screen.emit(on)

    def _leave(self) -> None:
        if self.is_full:
            self._toggle_full_screen()
        else:
            self._stage.stop_comparing()
