"""The frames of a clip for the window: decoded on a worker thread, told on the main one."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import av
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from studio.ui.stage.clip_file import ClipFacts
from studio.ui.stage.reel import MEMORY_LIMIT, Reel

_LOOK_MS = 15


class ClipFrames(QObject):
    """One clip on its way into memory. `close` it before it is let go."""

    opened = Signal(ClipFacts)
    failed = Signal(str)
    filled = Signal()  # more frames are there

    def __init__(self, path: Path, parent: QObject, *, memory_limit: int = MEMORY_LIMIT) -> None:
        super().__init__(parent)
        self.facts: ClipFacts | None = None
        self._reel = Reel(path, memory_limit)
        self._at_rest = Event()
        self._at_rest.set()
        # A timer that looks, and no signal out of the thread: the window may be gone by then.
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._tell)
        self.destroyed.connect(self._reel.close)
        self.want(0)

    @property
    def path(self) -> Path:
        return self._reel.path

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The runs of frames in memory, as first and last number."""
        return self._reel.spans()

    def want(self, number: int, *, backward: bool = False) -> None:
        """Says where the playhead is, so that the frames around it come into memory."""
        if self._reel.want(number, backward=backward) and self._at_rest.is_set():
            self._at_rest.clear()
            self._look.start()
            reel, at_rest = self._reel, self._at_rest

            def fill() -> None:
                try:
                    reel.fill()
                finally:
                    at_rest.set()

            QThreadPool.globalInstance().start(fill)

    def frame(self, number: int) -> av.VideoFrame | None:
        """A frame, None while it is not in memory."""
        return self._reel.frame(number)

    def close(self) -> None:
        """Stops decoding and gives the memory back."""
        self._look.stop()
        self._reel.close()

    def _tell(self) -> None:
        if self._at_rest.is_set():  # asked first: all that was done by then is told below
            self._look.stop()
        if self.facts is None and self._reel.facts is not None:
            self.facts = self._reel.facts
            self.opened.emit(self.facts)
        if self._reel.problem is not None:
            self._look.stop()
            self.failed.emit(self._reel.problem)
        elif self.facts is not None:
            self.filled.emit()
