"""Posters for the tiles: read and scaled beside the event loop when a tile is painted, and kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QImage, QPainter, QPixmap

from studio.core.errors import StudioError
from studio.core.library import Clip
from studio.ui.background import Background
from studio.ui.history.frames import first_frame
from studio.ui.history.tile import part_shown, shown_size
from studio.ui.qt_picture import as_qimage
from studio.ui.theme import RADIUS

MOST_BYTES = 96 * 1024 * 1024  # of pixels kept; a tile of 240 × 135 takes 130 kB
MOST_WAITING = 400  # more than a large screen shows
AT_ONCE = 2


@dataclass(frozen=True)
class Fit:
    """The box that a poster is scaled into, in pixels of the screen, of which `scale` are one."""

    box: QSize
    scale: float


@dataclass(frozen=True)
class _Kept:
    """A poster in memory, None where there is none, and what it was made for."""

    picture: QPixmap | None
    made_for: object


@dataclass(frozen=True)
class _Loaded:
    """What a worker brings back: a poster, None where it cannot be read."""

    picture: QImage | None
    missing: bool  # the clip's file


class Posters(QObject):
    """The posters of clips by id, the latest shown kept; what is asked for last is read first."""

    ready = Signal(int)
    looked = Signal(int, bool)  # a clip's id, and whether its file is missing

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fit = Fit(QSize(1, 1), 1.0)
        self._look_number = 0
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._bytes = 0
        self._waiting: dict[int, Clip] = {}
        self._reading: set[int] = set()
        self._background = Background(self)

    def set_fit(self, fit: Fit) -> None:
        """Scales posters into another box; until they have come the old ones are given."""
        self._fit = fit

    def look_again(self) -> None:
        """Reads everything anew as it is asked for: files may have gone or come back."""
        self._look_number += 1

    def picture(self, clip: Clip) -> QPixmap | None:
        """The poster as far as it is there; one that is not will be told by `ready`."""
        kept = self._kept.get(clip.id)
        if kept is None or kept.made_for != self._wanted(clip):
            self._ask(clip)
        if kept is None:
            return None
        self._kept.move_to_end(clip.id)
        return kept.picture

    @property
    def busy(self) -> bool:
        """Whether posters are still to come."""
        return self._background.busy

    def _wanted(self, clip: Clip) -> object:
        return self._fit, self._look_number, clip.path, clip.poster, clip.created

    def _ask(self, clip: Clip) -> None:
        if clip.id in self._reading:
            return
        self._waiting.pop(clip.id, None)
        self._waiting[clip.id] = clip
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._start()

    def _start(self) -> None:
        while self._waiting and len(self._reading) < AT_ONCE:
            clip_id, clip = self._waiting.popitem()
            self._reading.add(clip_id)
            take = partial(self._take, clip_id, self._wanted(clip))
            self._background.start(partial(_read, clip, self._fit), take)

    def _take(self, clip_id: int, made_for: object, loaded: _Loaded | StudioError) -> None:
        self._reading.discard(clip_id)
        self._start()
        if isinstance(loaded, StudioError):
            loaded = _Loaded(None, missing=False)
        self._keep(clip_id, loaded.picture, made_for)
        self.looked.emit(clip_id, loaded.missing)
        self.ready.emit(clip_id)

    def _keep(self, clip_id: int, image: QImage | None, made_for: object) -> None:
        self._drop(clip_id)
        picture = None if image is None else QPixmap.fromImage(image)
        self._kept[clip_id] = _Kept(picture, made_for)
        self._bytes += _bytes(picture)
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, clip_id: int) -> None:
        kept = self._kept.pop(clip_id, None)
        if kept is not None:
            self._bytes -= _bytes(kept.picture)


def read_poster(clip: Clip, fit: Fit) -> QImage | None:
    """A clip's poster, or else its first frame, scaled into the box with its corners rounded."""
    picture = None if clip.poster is None else _from_file(clip.poster, fit.box)
    if picture is None:
        picture = first_frame(clip.path, fit.box)
    return None if picture is None else rounded(picture, fit.scale)


def _read(clip: Clip, fit: Fit) -> _Loaded:
    missing = not clip.path.is_file()
    return _Loaded(read_poster(clip, fit), missing)


def rounded(picture: QImage, scale: float) -> QImage:
    """A picture with round corners, for a screen with `scale` pixels to the logical one."""
    made = QImage(picture.size(), QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(picture))
    radius = RADIUS * scale
    painter.drawRoundedRect(QRectF(picture.rect()), radius, radius)
    painter.end()
    made.setDevicePixelRatio(scale)
    return made


def _from_file(path: Path, room: QSize) -> QImage | None:
    try:
        with Image.open(path) as image:
            size = shown_size(QSize(*image.size), room)
            wide, high = size.width(), size.height()
            # Less is decoded of a JPEG that is to be small.
            image.draft("RGB", (wide, high))
            part = part_shown(QSize(*image.size), size)
            box = (part.left(), part.top(), part.right(), part.bottom())
            small = image.convert("RGB").resize(
                (wide, high), Image.Resampling.LANCZOS, box, reducing_gap=2.0
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError):
        return None  # a poster can be made again from its clip; how it is damaged matters to nobody
    return as_qimage(small)


def _bytes(picture: QPixmap | None) -> int:
    return 0 if picture is None else picture.width() * picture.height() * 4
