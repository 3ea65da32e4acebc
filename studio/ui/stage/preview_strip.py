"""The live preview of a running job: its small frames in a loop, newer ones in their place."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

from PIL import Image
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from studio.core.errors import BadInput, StudioError
from studio.core.events import Preview
from studio.ui.background import Background
from studio.ui.qt_picture import as_qimage
from studio.ui.stage.playhead import Playhead

_STRIDE = 4  # frames of the clip for one latent frame of Wan's VAE
_SIDE = 320  # pixels; frames are made about this large by a soft curve, the rest is the canvas's


class PreviewStrip(QObject):
    """Loops the frames of the newest preview at the pace of the clip that is to come."""

    picture = Signal(QImage)
    loaded = Signal(object)  # Preview, as soon as its frames are shown

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._background = Background(self)
        self._frames: list[QImage] = []
        self._playhead = Playhead(1, 1.0)
        self._waiting: Preview | None = None
        self._rate = 1.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tick)

    @property
    def frames(self) -> int:
        """How many frames are in the loop."""
        return len(self._frames)

    def show(self, preview: Preview, frame_rate: float) -> None:
        """Takes a newer preview; it is shown once it is read, from the moment of the loop on.

        `frame_rate` is that of the clip to come. Of those that come while one is read, only the
        last is read.
        """
        self._rate = frame_rate / _STRIDE
        self._waiting = preview
        if not self._background.busy:
            self._read_next()

    def clear(self) -> None:
        """Shows nothing more."""
        self._timer.stop()
        self._background.forget()
        self._frames, self._waiting = [], None

    def _read_next(self) -> None:
        preview, self._waiting = self._waiting, None
        if preview is not None:
            self._background.start(lambda: (preview, _read(preview)), self._take)

    def _take(self, result: tuple[Preview, list[QImage]] | StudioError) -> None:
        # One that cannot be read is left out: the next comes soon, and it is a preview only.
        if not isinstance(result, StudioError):
            preview, self._frames = result
            self._keep_pace()
            self.loaded.emit(preview)
            self._tick()
        self._read_next()

    def _keep_pace(self) -> None:
        count, now = len(self._frames), self._clock()
        if (self._playhead.num_frames, self._playhead.frame_rate) != (count, self._rate):
            self._playhead = Playhead(count, self._rate).play(now)

    def _tick(self) -> None:
        now = self._clock()
        self.picture.emit(self._frames[self._playhead.at(now)])
        if len(self._frames) > 1:
            self._timer.start(ceil(self._playhead.seconds_to_next(now) * 1000))


def _read(preview: Preview) -> list[QImage]:
    try:
        with Image.open(preview.path) as file:
            strip = file.convert("RGB")
    except (OSError, ValueError) as error:
        raise BadInput(f"The preview {preview.path} cannot be read.") from error
    wide, high = preview.width, preview.height
    if strip.size != (wide * preview.frames, high):
        raise BadInput(f"The preview {preview.path} is not of the size that was told.")
    factor = max(1, round(_SIDE / max(wide, high)))
    return [
        _softened(strip.crop((wide * number, 0, wide * (number + 1), high)), factor)
        for number in range(preview.frames)
    ]


def _softened(frame: Image.Image, factor: int) -> QImage:
    size = (frame.width * factor, frame.height * factor)
    return as_qimage(frame.resize(size, Image.Resampling.BICUBIC))
