"""Small pictures for the rows: read beside the event loop, kept while they may be seen again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, QThreadPool, Signal
from PySide6.QtGui import QImage, QPixmap

from studio.core.errors import StudioError
from studio.core.events import Preview
from studio.core.job import RUNNING, Job
from studio.core.photo import CropBox, Fit, prepare, read_photo
from studio.core.photo_file import DAMAGE
from studio.ui.background import Background
from studio.ui.qt_picture import as_qimage
from studio.ui.queue.row_layout import THUMB

PosterOf = Callable[[Job], Path | None]
_KEPT = 300  # pictures of 80 × 48, twice as fine: some 60 kB each


@dataclass(frozen=True)
class Source:
    """What a thumbnail is made of: a photo and the part used of it, or one frame of a strip."""

    path: Path
    width: int  # pixels to make
    height: int
    crop: CropBox | None = None
    fit: Fit = Fit.COVER
    frames: int = 1  # side by side in the file; the middle one is shown


class Thumbnails(QObject):
    """Gives each job its picture: what the render looks like so far, else its poster or photo.

    A picture that is not there yet comes a moment after it was first asked for, and `ready` says so
    with the job's id.
    """

    ready = Signal(int)

    def __init__(self, poster_of: PosterOf, parent: QObject) -> None:
        super().__init__(parent)
        self._poster_of = poster_of
        self._previews: dict[int, Preview] = {}
        self._posters: dict[int, Path | None] = {}
        self._last: dict[int, QPixmap] = {}  # shown until the next preview has been read
        self._kept: OrderedDict[Source, QPixmap | None] = OrderedDict()
        self._wanted: OrderedDict[Source, int] = OrderedDict()  # for which job
        self._pool = QThreadPool(self, maxThreadCount=1)
        self._background = Background(self, self._pool)

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come."""
        return self._background.busy

    def picture(self, job: Job, scale: float) -> QPixmap | None:
        """The job's picture at `scale` pixels for each of Qt's; None while there is none."""
        source = self._source(job, scale)
        if source is None:
            return None
        if source in self._kept:
            self._kept.move_to_end(source)
            picture = self._kept[source]
            if picture is not None:
                self._last[job.id] = picture
                return picture
        else:
            self._want(source, job.id)
        return self._last.get(job.id)

    def show_preview(self, job_id: int, preview: Preview) -> None:
        """From now on the job is shown by this preview."""
        before = self._previews.get(job_id)
        # A job that began anew writes its previews under the same names.
        gone = {preview.path, before.path if before else preview.path}
        for source in [source for source in self._kept if source.path in gone]:
            del self._kept[source]
        self._previews[job_id] = preview
        self.ready.emit(job_id)

    def forget(self, ids: Iterable[int]) -> None:
        """Drop what was kept for jobs that are gone or begin anew."""
        for job_id in ids:
            self._previews.pop(job_id, None)
            self._posters.pop(job_id, None)
            self._last.pop(job_id, None)

    def finish(self) -> None:
        """Wait for the picture that is being read, and read no more."""
        self._wanted.clear()
        self._background.forget()
        self._pool.waitForDone()

    def _source(self, job: Job, scale: float) -> Source | None:
        width, height = round(THUMB.width() * scale), round(THUMB.height() * scale)
        if job.clip_id is not None:
            if job.id not in self._posters:
                self._posters[job.id] = self._poster_of(job)
            poster = self._posters[job.id]
            if poster is not None:
                return Source(poster, width, height)
        preview = self._previews.get(job.id)
        if preview is not None and (job.state in RUNNING or job.step):
            return Source(preview.path, width, height, frames=preview.frames)
        photo = job.params.image
        return None if photo is None else Source(photo, width, height, job.params.crop)

    def _want(self, source: Source, job_id: int) -> None:
        self._wanted[source] = job_id
        self._wanted.move_to_end(source)
        if not self._background.busy:
            self._next()

    def _next(self) -> None:
        # The newest wish first: what was scrolled past can wait.
        source, _ = next(reversed(self._wanted.items()))
        self._background.start(partial(read_thumbnail, source), partial(self._take, source))

    def _take(self, source: Source, image: QImage | StudioError | None) -> None:
        self._kept[source] = QPixmap.fromImage(image) if isinstance(image, QImage) else None
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        job_id = self._wanted.pop(source, None)
        if self._wanted:
            self._next()
        if job_id is not None:
            self.ready.emit(job_id)


def read_thumbnail(source: Source) -> QImage | None:
    """The picture of a source, in its size; None where its file cannot be read."""
    try:
        return as_qimage(_read(source))
    except (StudioError, *DAMAGE):
        return None


def _read(source: Source) -> Image.Image:
    photo = read_photo(source.path)
    crop = source.crop
    if source.frames > 1:
        width, height = photo.original_size[0] // source.frames, photo.original_size[1]
        crop = CropBox(x=source.frames // 2 * width, y=0, width=width, height=height)
    return prepare(photo, source.width, source.height, crop=crop, fit=source.fit)
