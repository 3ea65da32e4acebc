"""Photos on their way into the window: put on the shelf and read beside the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.core.errors import BadInput, StudioError
from studio.core.photo import CropBox, read_photo
from studio.core.photo_shelf import PhotoShelf
from studio.ui.background import Background
from studio.ui.qt_picture import as_qimage

SHOWN_SIDE = 1600  # pixels: more than the well shows even on a screen of three times the density


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
        self._background = Background(self)

    @property
    def pending(self) -> tuple[Source, ...]:
        """What is still to be read."""
        reading = () if self._reading is None else (self._reading,)
        return (*reading, *(source for source, _ in self._waiting))

    @property
    def busy(self) -> bool:
        """Whether photos are still to come."""
        return self._reading is not None

    def load(self, sources: Sequence[Source], background: str) -> None:
        """Reads the photos, flattened on `background`; each is told by loaded or failed."""
        self._waiting.extend((source, background) for source in sources)
        if self._waiting and not self.busy:
            self._next()

    def forget(self) -> None:
        """Drops what has not been read yet; a photo being read is dropped when it comes."""
        self._waiting.clear()
        self._reading = None
        self._background.forget()

    def _next(self) -> None:
        source, background = self._waiting.popleft()
        self._reading = source
        read = partial(_read, self._shelf, source, background)
        self._background.start(read, partial(self._take, source))

    def _take(self, source: Source, result: ShownPhoto | StudioError) -> None:
        self._reading = None
        if self._waiting:
            self._next()
        if isinstance(result, ShownPhoto):
            self.loaded.emit(result, source)
        else:
            self.failed.emit(str(result))
        if not self.busy:
            self.finished.emit()


def _read(shelf: PhotoShelf, source: Source, background: str) -> ShownPhoto:
    data = source.data
    try:
        kept = shelf.keep(data) if isinstance(data, Path) else shelf.keep_bytes(data)
        photo = read_photo(kept, background)
        photo.size_within(source.crop)
        picture = to_picture(photo.image, SHOWN_SIDE)
    except MemoryError as error:
        raise BadInput(
            "This photo is too large for the memory that is free; make it smaller first."
        ) from error
    return ShownPhoto(kept, photo.original_size, picture, source.crop)


def to_picture(image: Image.Image, side: int) -> QImage:
    """An RGB picture as Qt's, at most `side` pixels wide and high."""
    if max(image.size) > side:
        image = image.copy()
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return as_qimage(image)
