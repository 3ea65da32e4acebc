"""Which frame is due at which moment: speed, direction, repeating, and a part between two marks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import floor

SLOWEST, FASTEST = 0.1, 4.0
SPEEDS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


class Repeat(StrEnum):
    """What comes after the last frame."""

    LOOP = "loop"
    PING_PONG = "ping-pong"
    ONCE = "once"


@dataclass(frozen=True)
class Playhead:
    """A clip's playhead; moments are seconds of one clock that never runs back.

    Frames count from 0. `a` and `b` are the first and the last frame of the part that is played;
    None is the clip's own. Each change gives a new playhead that goes on from where this one is.
    """

    num_frames: int
    frame_rate: float
    repeat: Repeat = Repeat.LOOP
    speed: float = 1.0
    playing: bool = False
    backward: bool = False
    a: int | None = None
    b: int | None = None
    _start: int = 0
    _part: float = 0.0  # of the start frame's time that is over already
    _since: float = 0.0

    @property
    def first(self) -> int:
        return 0 if self.a is None else self.a

    @property
    def last(self) -> int:
        return self.num_frames - 1 if self.b is None else self.b

    def at(self, now: float) -> int:
        """The frame that is due now."""
        return self._wrapped(self._way(self.count(now)))

    def count(self, now: float) -> int:
        """How many frames were due since the last change."""
        return floor(self._passed(now)) if self.playing else 0

    def seconds_to_next(self, now: float) -> float:
        """How long the frame that is due now stays so."""
        return (self.count(now) + 1 - self._passed(now)) / (self.speed * self.frame_rate)

    def ended(self, now: float) -> bool:
        """Whether it played to the end and nothing comes after."""
        way = self._way(self.count(now))
        return self.playing and self.repeat is Repeat.ONCE and not self.first <= way <= self.last

    def goes_back(self, now: float) -> bool:
        """Whether the frames run backward just now."""
        way = self._way(self.count(now))
        onward = self._wrapped(way + (-1 if self.backward else 1)) - self._wrapped(way)
        if self.repeat is Repeat.PING_PONG and onward:
            return onward < 0
        return self.backward

    def play(self, now: float, *, backward: bool | None = None) -> Playhead:
        """Plays on, from the part's beginning where the playhead is outside it or at its end."""
        back = self.backward if backward is None else backward
        frame = self.at(now)
        at_end = self.repeat is Repeat.ONCE and frame == (self.first if back else self.last)
        if at_end or not self.first <= frame <= self.last:
            frame = self.last if back else self.first
        if self.playing:
            return replace(self._moved(now), backward=back, _start=frame)
        return replace(self, playing=True, backward=back, _start=frame, _part=0.0, _since=now)

    def pause(self, now: float) -> Playhead:
        """Stops at the frame that is due."""
        return replace(self._moved(now), playing=False, _part=0.0)

    def seek(self, now: float, frame: int) -> Playhead:
        """Goes to a frame: any of the clip, while playing one of the part that is played."""
        low, high = (self.first, self.last) if self.playing else (0, self.num_frames - 1)
        moved = self._moved(now)
        return replace(moved, _start=min(max(frame, low), high), _part=0.0)

    def step(self, now: float, frames: int) -> Playhead:
        """Stops, some frames on or back from the one that is due."""
        return self.pause(now).seek(now, self.at(now) + frames)

    def at_speed(self, now: float, speed: float) -> Playhead:
        """Goes on at another speed, 1 being the clip's own."""
        return replace(self._moved(now), speed=min(max(speed, SLOWEST), FASTEST))

    def faster(self, now: float) -> Playhead:
        """The next speed of SPEEDS."""
        return self.at_speed(now, next((s for s in SPEEDS if s > self.speed), FASTEST))

    def slower(self, now: float) -> Playhead:
        """The speed of SPEEDS before this one."""
        return self.at_speed(now, next((s for s in SPEEDS[::-1] if s < self.speed), SLOWEST))

    def shuttle(self, now: float, *, backward: bool) -> Playhead:
        """J or L: plays that way, and where it does so already, twice as fast."""
        if self.playing and self.goes_back(now) is backward:
            faster = (speed for speed in (1.0, 2.0) if speed > self.speed)
            return self.at_speed(now, next(faster, FASTEST))
        return self.at_speed(now, min(self.speed, 1.0)).play(now, backward=backward)

    def repeated(self, now: float, repeat: Repeat) -> Playhead:
        """Goes on with something else after the last frame."""
        return replace(self._moved(now), repeat=repeat)

    def marked(self, now: float, *, a: int | None = None, b: int | None = None) -> Playhead:
        """Sets one end of the part that is played, or both; takes away one that would lie wrong."""
        new_a = self.a if a is None else a
        new_b = self.b if b is None else b
        if new_a is not None and new_b is not None and new_a > new_b:
            new_a, new_b = (new_a, None) if a is not None else (None, new_b)
        return self._in_part(replace(self._moved(now), a=new_a, b=new_b))

    def unmarked(self, now: float) -> Playhead:
        """Plays all of the clip again."""
        return replace(self._moved(now), a=None, b=None)

    def _in_part(self, moved: Playhead) -> Playhead:
        if not moved.playing:
            return moved
        return replace(moved, _start=min(max(moved._start, moved.first), moved.last))

    def _moved(self, now: float) -> Playhead:
        """The same, counted from now on."""
        return replace(
            self,
            backward=self.goes_back(now),
            _start=self.at(now),
            _part=self._passed(now) - self.count(now),
            _since=now,
        )

    def _passed(self, now: float) -> float:
        if not self.playing:
            return self._part
        return self._part + max(0.0, now - self._since) * self.speed * self.frame_rate

    def _way(self, count: int) -> int:
        return self._start - count if self.backward else self._start + count

    def _wrapped(self, way: int) -> int:
        if not self.playing:
            return min(max(way, 0), self.num_frames - 1)
        length = self.last - self.first + 1
        match self.repeat:
            case Repeat.ONCE:
                return min(max(way, self.first), self.last)
            case Repeat.LOOP:
                return self.first + (way - self.first) % length
            case Repeat.PING_PONG:
                turn = (way - self.first) % max(1, 2 * length - 2)
                return self.first + min(turn, 2 * length - 2 - turn) if length > 1 else self.first
