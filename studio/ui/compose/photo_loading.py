"""Photos on their way into the window: put on the shelf and read beside the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from PIL import Image
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.photo import CropBox, read_photo
from studio.core.photo_shelf import PhotoShelf

SHOWN_SIDE = 1600  # pixels: more than the well shows even on a screen of three times the density
LOOK_MS = 20


@dataclass(frozen=True)
class ShownPhoto:
    """A photo in the well: its file on the shelf, its real size, and a picture to show of it.

    `crop` is None until the person moves the box.
    """

    path: Path
    size: tuple[int, int]  # width and height in pixels, upright
    picture: QImage
    crop: CropBox | None = None


@dataclass(frozen=True)
class Source:
    """What to read: a file or the bytes of one, its box, whether it is there already, and whether
    it is the one of several to show.
    """

    data: Path | bytes
    crop: CropBox | None = None
    again: bool = False
    shown: bool = False


class PhotoLoader(QObject):
    """Reads photos one after the other on a worker thread and hands them over in order."""

    loaded = Signal(object, object)  # ShownPhoto, the Source that it is of
    failed = Signal(str)
    finished = Signal()  # nothing is left to read

    def __init__(self, shelf: PhotoShelf, parent: QObject) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._waiting: deque[tuple[Source, str]] = deque()
        self._reading: Source | None = None
        self._results: SimpleQueue[ShownPhoto | str] = SimpleQueue()
        # A timer that looks, and no signal out of the thread: the window may be gone by then.
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._collect)

    @property
    def pending(self) -> tuple[Source, ...]:
        """What is still to be read."""
        reading = () if self._reading is None else (self._reading,)
        return (*reading, *(source for source, _ in self._waiting))

    @property
    def busy(self) -> bool:
        """Whether photos are still to come."""
        return self._look.isActive()

    def load(self, sources: Sequence[Source], background: str) -> None:
        """Reads the photos, flattened on `background`; each is told by loaded or failed."""
        self._waiting.extend((source, background) for source in sources)
        if self._waiting and not self.busy:
            self._look.start()
            self._next()

    def forget(self) -> None:
        """Drops what has not been read yet; a photo being read is dropped when it comes."""
        self._waiting.clear()
        self._reading = None
        self._results = SimpleQueue()
        self._look.stop()

    def _next(self) -> None:
        source, background = self._waiting.popleft()
        self._reading = source
        shelf, results = self._shelf, self._results

        def read() -> None:
            results.put(_read(shelf, source, background))

        QThreadPool.globalInstance().start(read)

    def _collect(self) -> None:
        try:
            result = self._results.get_nowait()
        except Empty:
            return
        source, self._reading = self._reading, None
        if self._waiting:
            self._next()
        else:
            self._look.stop()
        if isinstance(result, ShownPhoto):
            self.loaded.emit(result, source)
        else:
            self.failed.emit(result)
        if not self.busy:
            self.finished.emit()


def _read(shelf: PhotoShelf, source: Source, background: str) -> ShownPhoto | str:
    try:
        data = source.data
        kept = shelf.keep(data) if isinstance(data, Path) else shelf.keep_bytes(data)
        photo = read_photo(kept, background)
        photo.size_within(source.crop)
    except StudioError as error:
        return str(error)
    except MemoryError:
        return "This photo is too large for the memory that is free; make it smaller first."
    return ShownPhoto(kept, photo.original_size, to_picture(photo.image, SHOWN_SIDE), source.crop)


def to_picture(image: Image.Image, side: int) -> QImage:
    """An RGB picture as Qt's, at most `side` pixels wide and high."""
    if max(image.size) > side:
        image = image.copy()
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    data = image.tobytes()
    wide, high = image.size
    # A copy, because QImage does not hold on to the bytes that it was made of.
    return QImage(data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()
