"""Plays one clip, or several in step: asks the clock which frames are due and hands them on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

import av
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio.ui.stage.clip_file import ClipFacts
from studio.ui.stage.frames import ClipFrames
from studio.ui.stage.pictures import to_exact_picture, to_picture
from studio.ui.stage.playhead import Playhead, Repeat
from studio.ui.stage.reel import MEMORY_LIMIT

_LATE_MS = 10  # until a frame that is not there yet is asked for again
_TO_BE_SEEN = 60.0  # frames a second; played faster, a screen shows only some of them


@dataclass
class Played:
    """Frames shown since the clip was opened; dropped are those that came due and were not."""

    shown: int = 0
    dropped: int = 0
    waits: int = 0  # times that a due frame was not decoded yet


class Player(QObject):
    """The clip on the stage. Frames count from 0; with several clips, in the frames of the fastest.

    `pictures` brings one picture a clip, `changed` tells that anything but the frame is different.
    """

    pictures = Signal(object)  # tuple[QImage, ...]
    moved = Signal(int)
    changed = Signal()
    filled = Signal()  # more frames are in memory
    opened = Signal()
    failed = Signal(str)

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self.playhead = Playhead(1, 1.0)
        self.played = Played()
        self.is_open = False
        self._clock = clock
        self._clips: list[ClipFrames] = []
        self._shown: int | None = None
        self._shown_quickly = False
        self._counted = (self.playhead, 0)
        self._held = False  # by a hand on the scrubber
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the clips that are open or on their way."""
        return tuple(clip.path for clip in self._clips)

    @property
    def facts(self) -> tuple[ClipFacts, ...]:
        """What the clips hold, empty until all are open."""
        found = [clip.facts for clip in self._clips if clip.facts is not None]
        return tuple(found) if len(found) == len(self._clips) else ()

    @property
    def frame(self) -> int:
        """The frame on the screen."""
        return self._shown or 0

    @property
    def number(self) -> int:
        """The frame of the last clip that is on the screen, counted from 1 in its own frames."""
        return self._number_in(self._clips[-1], self.frame) + 1

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The runs of frames of the first clip that are in memory."""
        return self._clips[0].spans if self._clips else []

    def open(self, *paths: Path) -> None:
        """Takes one clip, or several to compare, and plays as soon as the first frame is there."""
        self.close()
        self.played = Played()
        limit = MEMORY_LIMIT // max(1, len(paths))
        self._clips = [ClipFrames(path, self, memory_limit=limit) for path in paths]
        for clip in self._clips:
            clip.opened.connect(self._clip_opened)
            clip.failed.connect(self._clip_failed)
            clip.filled.connect(self.filled)

    def close(self) -> None:
        """Lets the clips go; speed and repeating stay for the next."""
        self._timer.stop()
        for clip in self._clips:
            clip.close()
            clip.deleteLater()
        self._clips, self._shown, self.is_open, self._held = [], None, False, False

    def frames(self) -> tuple[av.VideoFrame, ...]:
        """The frames on the screen as they were decoded, one a clip; empty while there are none."""
        return (self._frames_at(self.frame) or ()) if self.facts else ()

    def show_again(self) -> None:
        """Hands on the pictures once more, for a widget that has none yet."""
        if frames := self.frames():
            self.pictures.emit(tuple(map(to_exact_picture, frames)))

    def toggle(self) -> None:
        """Plays or pauses; playing goes forward again after J."""
        now = self._clock()
        if self.playhead.playing:
            self._go(self.playhead.pause(now))
        else:
            back = self.playhead.repeat is Repeat.PING_PONG and self.playhead.backward
            self._go(self.playhead.play(now, backward=back))

    def pause(self) -> None:
        """Stops, and takes a speed from J or L back."""
        now = self._clock()
        self._go(self.playhead.at_speed(now, min(1.0, self.playhead.speed)).pause(now))

    def shuttle(self, *, backward: bool) -> None:
        """J or L."""
        self._go(self.playhead.shuttle(self._clock(), backward=backward))

    def step(self, frames: int) -> None:
        """Stops some frames on or back."""
        self._go(self.playhead.step(self._clock(), frames))

    def seek(self, frame: int) -> None:
        """Shows a frame and goes on as before."""
        self._go(self.playhead.seek(self._clock(), frame))

    def hold(self) -> None:
        """Stops for as long as a hand is on the scrubber."""
        self._held = self.playhead.playing
        self._go(self.playhead.pause(self._clock()))

    def release(self) -> None:
        """Plays on if it was playing when it was held."""
        if self._held:
            self._held = False
            self._go(self.playhead.play(self._clock()))

    def set_speed(self, speed: float) -> None:
        """Plays at that speed, 1 being the clip's own."""
        self._go(self.playhead.at_speed(self._clock(), speed))

    def faster(self) -> None:
        self._go(self.playhead.faster(self._clock()))

    def slower(self) -> None:
        self._go(self.playhead.slower(self._clock()))

    def set_repeat(self, repeat: Repeat) -> None:
        """Chooses what comes after the last frame."""
        self._go(self.playhead.repeated(self._clock(), repeat))

    def mark(self, *, a: int | None = None, b: int | None = None) -> None:
        """Plays only from frame `a` to frame `b`."""
        self._go(self.playhead.marked(self._clock(), a=a, b=b))

    def unmark(self) -> None:
        """Plays all of the clip again."""
        self._go(self.playhead.unmarked(self._clock()))

    def _go(self, playhead: Playhead) -> None:
        if self.is_open:
            self.playhead = playhead
            self.changed.emit()
            self._tick()

    def _tick(self) -> None:
        now = self._clock()
        if self.playhead.ended(now):
            self.playhead = self.playhead.pause(now)
            self.changed.emit()
        due = self.playhead.at(now)
        self._ask_for(due, backward=self.playhead.goes_back(now))
        frames = self._frames_at(due)
        if frames is None:
            self._wait(now)
            return
        self._count(now, due)
        self._show(due, frames)
        if self.playhead.playing:
            self._timer.start(ceil(self.playhead.seconds_to_next(self._clock()) * 1000))

    def _wait(self, now: float) -> None:
        # The clock stands until the frame is there, so that none is left out.
        if self.playhead.playing:
            self.playhead = self.playhead.seek(now, self.playhead.at(now))
        self.played.waits += 1
        self._timer.start(_LATE_MS)

    def _show(self, due: int, frames: Sequence[av.VideoFrame]) -> None:
        playing = self.playhead.playing
        if due == self._shown and (playing or not self._shown_quickly):
            return
        convert = to_picture if playing else to_exact_picture
        moved = due != self._shown
        self._shown, self._shown_quickly = due, playing
        self.pictures.emit(tuple(map(convert, frames)))
        if moved:
            self.moved.emit(due)

    def _count(self, now: float, due: int) -> None:
        playhead, before = self._counted
        count = self.playhead.count(now)
        if due != self._shown:
            self.played.shown += 1
        seen = self.playhead.speed * self.playhead.frame_rate <= _TO_BE_SEEN
        if playhead is self.playhead and seen and not self.playhead.ended(now):
            self.played.dropped += max(0, count - before - 1)
        self._counted = (self.playhead, count)

    def _ask_for(self, due: int, *, backward: bool) -> None:
        for clip in self._clips:
            clip.want(self._number_in(clip, due), backward=backward)

    def _frames_at(self, due: int) -> tuple[av.VideoFrame, ...] | None:
        frames = [clip.frame(self._number_in(clip, due)) for clip in self._clips]
        there = tuple(frame for frame in frames if frame is not None)
        return there if there and len(there) == len(frames) else None

    def _number_in(self, clip: ClipFrames, due: int) -> int:
        facts = clip.facts
        if facts is None:
            return 0
        if len(self._clips) == 1:
            return due
        seconds = due / self._rate()
        return min(facts.num_frames - 1, int(seconds * facts.frame_rate))

    def _rate(self) -> Fraction:
        return max(facts.frame_rate for facts in self.facts)

    def _clip_opened(self) -> None:
        if not self.facts:
            return
        rate = self._rate()
        seconds = max(facts.num_frames / facts.frame_rate for facts in self.facts)
        self.playhead = Playhead(
            num_frames=ceil(seconds * rate),
            frame_rate=float(rate),
            repeat=self.playhead.repeat,
            speed=self.playhead.speed,
        ).play(self._clock())
        self.is_open = True
        self.opened.emit()
        self._tick()

    def _clip_failed(self, sentence: str) -> None:
        self.close()
        self.failed.emit(sentence)
