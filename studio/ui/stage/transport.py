"""The bar under the picture: the scrubber over it all, the buttons below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.ui.stage.actions import StageActions
from studio.ui.stage.clip_time import seconds_text, speed_text, zoom_text
from studio.ui.stage.playhead import SPEEDS, Playhead, Repeat
from studio.ui.stage.scrubber import Scrubber
from studio.ui.theme import L, M, S

_ICON = 20
_REPEATS = {
    Repeat.LOOP: ("Looping; press for back and forth", "loop"),
    Repeat.PING_PONG: ("Back and forth; press for once", "ping-pong"),
    Repeat.ONCE: ("Playing once; press for looping", "loop"),
}
_ZOOMS = (0.5, 1.0, 2.0, 4.0, 8.0)


class Transport(QWidget):
    """Shows where the clip is and takes what a hand wants of it."""

    speed_chosen = Signal(float)
    zoom_chosen = Signal(object)  # float, or None for fit

    def __init__(self, actions: StageActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.scrubber = Scrubber()
        self.play = BarButton(actions["play"])
        self.repeat = BarButton(actions["repeat"])
        self.speed = _menu_button("Speed", "Playing speed ([ slower, ] faster, \\ the clip’s own)")
        self.zoom = _menu_button("Zoom", "Zoom (+, –, 0 fit, 1 pixels; or turn the wheel)")
        self.frame = _figures("Frame")
        self.time = _figures("Time", quiet=True)
        self._fill_menus()
        self._arrange()
        self.show_speed(1.0, backward=False)
        self.show_zoom(1.0, fitted=True)

    def show_clip(self, num_frames: int, frame_rate: float) -> None:
        """Takes another clip's length."""
        self.scrubber.set_clip(num_frames, frame_rate)
        most = f"frame {num_frames}/{num_frames}"
        self.frame.setMinimumWidth(self.frame.fontMetrics().horizontalAdvance(most) + S)
        long = seconds_text(num_frames / frame_rate)
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance(f"{long} / {long} s"))

    def show_frame(self, frame: int, playhead: Playhead) -> None:
        """Shows where the clip is; frames count from 0 here and from 1 on the screen."""
        self.scrubber.follow(frame)
        self.frame.setText(f"frame {frame + 1}/{playhead.num_frames}")
        seconds = seconds_text(frame / playhead.frame_rate)
        self.time.setText(
            f"{seconds} / {seconds_text(playhead.num_frames / playhead.frame_rate)} s"
        )

    def show_playhead(self, playhead: Playhead) -> None:
        """Shows whether and how it plays."""
        if playhead.playing:
            self._actions.rename("play", "Pause", "pause")
        else:
            self._actions.rename("play", "Play", "play")
        title, drawing = _REPEATS[playhead.repeat]
        self._actions.rename("repeat", title, drawing)
        self.repeat.setDown(playhead.repeat is not Repeat.ONCE)
        self.scrubber.show_marks(playhead.a, playhead.b)
        backward = playhead.backward and playhead.repeat is not Repeat.PING_PONG
        self.show_speed(playhead.speed, backward=backward)

    def show_speed(self, speed: float, *, backward: bool) -> None:
        """Shows the speed."""
        self.speed.setText(speed_text(speed, backward=backward))
        self.speed.setAccessibleName(f"Speed {speed:.4g} times{', backward' if backward else ''}")

    def show_zoom(self, scale: float, *, fitted: bool) -> None:
        """Shows the zoom."""
        self.zoom.setText(zoom_text(scale, fitted=fitted))
        self.zoom.setAccessibleName(f"Zoom {zoom_text(scale, fitted=fitted)}")

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._make_room()
        return done

    def _make_room(self) -> None:
        """In a narrow window the seconds give way: the frame says where the clip is as well."""
        own = self.time.minimumWidth() + self._row.spacing()
        rest = self._row.minimumSize().width() - (0 if self.time.isHidden() else own)
        self.time.setVisible(rest + own <= self.width() - 2 * M)

    def _fill_menus(self) -> None:
        speeds = self.speed.menu()
        for speed in reversed(SPEEDS):
            entry = speeds.addAction(speed_text(speed))
            entry.triggered.connect(lambda _=False, chosen=speed: self.speed_chosen.emit(chosen))
        zooms = self.zoom.menu()
        fit = zooms.addAction("Fit into the stage")
        fit.triggered.connect(lambda: self.zoom_chosen.emit(None))
        for zoom in _ZOOMS:
            entry = zooms.addAction(zoom_text(zoom, fitted=False))
            entry.triggered.connect(lambda _=False, chosen=zoom: self.zoom_chosen.emit(chosen))

    def _arrange(self) -> None:
        row = self._row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(BarButton(self._actions["step-back"]))
        row.addWidget(self.play)
        row.addWidget(BarButton(self._actions["step-forward"]))
        row.addSpacing(M)
        row.addWidget(self.repeat)
        row.addWidget(self.speed)
        row.addSpacing(L)
        row.addWidget(self.frame)
        row.addSpacing(M)
        row.addWidget(self.time)
        row.addStretch(1)
        row.addWidget(self.zoom)
        for name in ("save-frame", "copy-frame", "use-frame", "compare", "details", "full-screen"):
            row.addWidget(BarButton(self._actions[name]))
        column = QVBoxLayout(self)
        column.setContentsMargins(M, S, M, S)
        column.setSpacing(0)
        column.addWidget(self.scrubber)
        column.addLayout(row)


class BarButton(QToolButton):
    """A button for an action; with the focus on it, Space presses it and does not play."""

    def __init__(self, action: QAction | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoRaise(True)
        if action is not None:
            self.setDefaultAction(action)
            self._take_name()
            action.changed.connect(self._take_name)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            event.accept()
            return True
        return super().event(event)

    def _take_name(self) -> None:
        self.setAccessibleName(self.defaultAction().text())


def _menu_button(name: str, tip: str) -> BarButton:
    button = BarButton()
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setMenu(QMenu(button))
    button.setMinimumWidth(48)
    return button


def _figures(name: str, *, quiet: bool = False) -> QLabel:
    """A label whose digits are all as wide, so that it stands still while they run."""
    label = QLabel()
    label.setAccessibleName(name)
    font = QFont(label.font())
    font.setFeature(QFont.Tag("tnum"), 1)
    label.setFont(font)
    if quiet:
        label.setProperty("role", "quiet")
    return label
