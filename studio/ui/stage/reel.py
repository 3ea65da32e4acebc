"""Which frames of a clip are in memory: all of a short one, of a long one those around the
playhead.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import av

from studio.core.errors import StudioError
from studio.ui.stage.clip_file import ClipFacts, ClipFile
from studio.ui.stage.pictures import compact, frame_bytes

MEMORY_LIMIT = 400_000_000
"""Bytes of frames kept of all clips on the stage together. As 4:2:0 that is 295 frames of
1280 × 704, twelve seconds at 24 a second; a longer clip keeps as many around the playhead."""

_AHEAD = 0.8  # of the frames kept: those that will be shown next; the rest were shown just now


class Reel:
    """The frames of one clip. `fill` runs on a worker thread, all else on the main one.

    It runs in circles: what follows the last frame is the first, so that a loop has no seam.
    """

    def __init__(self, path: Path, memory_limit: int = MEMORY_LIMIT) -> None:
        self.path = path
        self.facts: ClipFacts | None = None
        self.problem: str | None = None
        self._limit = memory_limit
        self._lock = Lock()
        self._frames: dict[int, av.VideoFrame] = {}
        self._capacity = 1
        self._playhead, self._direction = 0, 1
        self._file: ClipFile | None = None
        self._run: Iterator[tuple[int, av.VideoFrame]] | None = None
        self._next = 0
        self._closed = False

    def frame(self, number: int) -> av.VideoFrame | None:
        """A frame, None while it is not in memory."""
        with self._lock:
            return self._frames.get(number)

    def want(self, number: int, *, backward: bool = False) -> bool:
        """Says where the playhead is and where it goes; True where frames have to be filled in."""
        with self._lock:
            self._playhead, self._direction = number, -1 if backward else 1
            return not self._closed and self.problem is None and self._missing() is not None

    def spans(self) -> list[tuple[int, int]]:
        """The runs of frames in memory, as first and last number."""
        with self._lock:
            numbers = sorted(self._frames)
        spans: list[tuple[int, int]] = []
        for number in numbers:
            if spans and number == spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], number)
            else:
                spans.append((number, number))
        return spans

    def close(self) -> None:
        """Forgets all; a `fill` that runs ends before its next frame."""
        with self._lock:
            self._closed = True
            self._frames.clear()

    def fill(self) -> None:
        """Decodes what is missing around the playhead, until nothing is or the reel is closed."""
        try:
            while not self._closed and (goal := self._goal()) is not None:
                self._decode_towards(goal)
        except StudioError as error:
            self.problem = str(error)
        except MemoryError:
            self.problem = f"{self.path} does not fit into the memory that is free."
        if self._file is not None and (self._closed or self._whole()):
            self._run = None
            self._file.close()

    def _goal(self) -> int | None:
        if self._file is None:
            self._file = ClipFile(self.path)
            self.facts = self._file.facts
        with self._lock:
            return self._missing()

    def _decode_towards(self, goal: int) -> None:
        file = self._file
        assert file is not None
        on_the_way = self._next <= goal and file.facts.key_before(goal) <= self._next
        if self._run is None or not on_the_way:
            self._run = file.frames_from(goal)
        number, frame = next(self._run)
        self._next = number + 1
        if self._next == file.facts.num_frames:
            self._run = None
        self._keep(number, compact(frame))

    def _keep(self, number: int, frame: av.VideoFrame) -> None:
        with self._lock:
            if self._closed:
                return
            self._capacity = max(2, self._limit // frame_bytes(frame))
            if self._is_near(number):
                self._frames[number] = frame
            if len(self._frames) > self._capacity:
                for far in [kept for kept in self._frames if not self._is_near(kept)]:
                    del self._frames[far]

    def _whole(self) -> bool:
        with self._lock:
            return self.facts is not None and len(self._frames) == self.facts.num_frames

    def _missing(self) -> int | None:
        """The first frame in the playhead's direction that is to be in memory and is not."""
        if self.facts is None:
            return 0
        count = self.facts.num_frames
        if len(self._frames) == count:
            return None
        for distance in range(min(self._ahead, count)):
            number = (self._playhead + self._direction * distance) % count
            if number not in self._frames:
                return number
        return None

    def _is_near(self, number: int) -> bool:
        assert self.facts is not None
        count = self.facts.num_frames
        if count <= self._capacity:
            return True
        distance = (number - self._playhead) * self._direction % count
        return distance < self._ahead or count - distance <= self._capacity - self._ahead

    @property
    def _ahead(self) -> int:
        count = self.facts.num_frames if self.facts else 1
        return count if count <= self._capacity else max(1, int(_AHEAD * self._capacity))
