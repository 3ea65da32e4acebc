"""Plays the clip under the pointer, small and looping, decoded beside the event loop."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from threading import Event

from av.error import FFmpegError
from PySide6.QtCore import QElapsedTimer, QObject, QSize, Qt, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage

from studio.core.library import Clip
from studio.ui.history.frames import small_frames
from studio.ui.history.posters import Fit, rounded

REST_MS = 180  # the pointer rests before a clip plays: one that only passes over starts nothing
MOST_BYTES = 96 * 1024 * 1024  # of frames; a longer clip loops over what fits
FASTEST_MS = 16
LONGEST_WAIT = 0.3  # seconds; decoding one frame takes some milliseconds


class HoverPlayer(QObject):
    """One clip at a time; what it shows now is asked for with `picture`."""

    frame_changed = Signal(int)  # the clip's id; also when it stops

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clip: Clip | None = None
        self._fit = Fit(QSize(1, 1), 1.0)
        self._reel: _Reel | None = None
        self._shown = -1
        self._late = 0.0  # seconds that the decoder kept us waiting
        self._clock = QElapsedTimer()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._start)
        self._beat = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._show)

    def play(self, clip: Clip, fit: Fit) -> None:
        """Plays a clip after a short rest, instead of the one before."""
        if self._clip is not None and self._clip.id == clip.id:
            return
        self.stop()
        self._clip, self._fit = clip, fit
        self._rest.start()

    def stop(self) -> None:
        """Shows nothing any more."""
        self._rest.stop()
        self._beat.stop()
        if self._reel is not None:
            self._reel.stop()
        was, self._clip, self._reel, self._shown = self._clip, None, None, -1
        if was is not None:
            self.frame_changed.emit(was.id)

    def let_go(self) -> None:
        """Stops, and returns when the file is closed: some systems do not move one that is open."""
        reel = self._reel
        self.stop()
        if reel is not None:
            reel.whole.wait(LONGEST_WAIT)

    def picture(self, clip_id: int) -> QImage | None:
        """The frame to show for a clip, None for one that does not play (yet)."""
        if self._reel is None or self._clip is None or self._clip.id != clip_id or self._shown < 0:
            return None
        return self._reel.frames[self._shown]

    def place(self) -> float:
        """How far it is through the clip, from 0 to 1."""
        if self._clip is None or self._shown < 0:
            return 0.0
        return min(1.0, (self._shown + 1) / max(1, self._clip.num_frames))

    def _start(self) -> None:
        if self._clip is None:
            return
        self._reel = _Reel(self._clip.path, self._fit)
        QThreadPool.globalInstance().start(self._reel.fill)
        self._late = 0.0
        self._clock.start()
        self._beat.start(max(FASTEST_MS, round(1000 / max(1.0, self._clip.frame_rate))))

    def _show(self) -> None:
        if self._reel is None or self._clip is None:
            return
        whole = self._reel.whole.is_set()  # before the frames are counted: then none can come
        there = len(self._reel.frames)
        if there == 0:
            self._clock.restart()
            if whole:
                self._beat.stop()
            return
        rate = self._clip.frame_rate
        place = (self._clock.elapsed() / 1000 - self._late) * rate
        if whole:
            place %= there
        elif place >= there:
            # The decoder is behind: wait at the last frame, and go on from there.
            self._late += (place - (there - 1)) / rate
            place = there - 1
        if int(place) != self._shown:
            self._shown = int(place)
            self.frame_changed.emit(self._clip.id)


class _Reel:
    """The frames of one clip as they come out of a thread; it may outlive the window."""

    def __init__(self, path: Path, fit: Fit) -> None:
        self.frames: list[QImage] = []
        self.whole = Event()  # no more will come
        self._path, self._fit = path, fit
        self._stopped = Event()

    def stop(self) -> None:
        self._stopped.set()

    def fill(self) -> None:
        """Decodes until all is there, there is no more room, or nobody wants it."""
        most = max(1, MOST_BYTES // (4 * self._fit.box.width() * self._fit.box.height()))
        try:
            with closing(small_frames(self._path, self._fit.box)) as frames:
                for frame in frames:
                    if self._stopped.is_set() or len(self.frames) >= most:
                        break
                    self.frames.append(rounded(frame, self._fit.scale))
        except (FFmpegError, OSError, ValueError, MemoryError):
            pass  # a clip that is gone or damaged shows its poster, or as far as it goes
        finally:
            self.whole.set()
