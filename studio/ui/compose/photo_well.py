"""The photo well: photos come in here, and each gets its crop box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QStandardPaths, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.core.photo import CropBox
from studio.core.photo_shelf import PhotoShelf
from studio.ui.compose.labels import Notice, QuietLabel
from studio.ui.compose.photo_empty import EmptyWell
from studio.ui.compose.photo_intake import take_in
from studio.ui.compose.photo_loading import PhotoLoader, ShownPhoto, Source
from studio.ui.compose.photo_view import Frame, PhotoView

PHOTO_FILES = "Photos (*.jpg *.jpeg *.png *.webp *.avif *.heic *.heif *.tif *.tiff *.bmp *.gif)"


class PhotoWell(QWidget):
    """Nothing, a photo with its crop box, or several of them with one chosen."""

    changed = Signal()
    files_dropped = Signal(list)  # of Path: clips with the photos beside them, and presets

    def __init__(self, shelf: PhotoShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos: list[ShownPhoto] = []
        self._current = 0
        self._replacing = False
        self._fresh = False  # the first photo of several that come is the one to show
        self._frame = Frame(lambda photo: photo)
        self._loader = PhotoLoader(shelf, self)
        self._loader.loaded.connect(self._take)
        self._loader.failed.connect(self._complain)
        self._loader.finished.connect(self._finished)
        self.empty = EmptyWell()
        self.empty.browse_wanted.connect(self.browse)
        self.empty.paste_wanted.connect(self.paste)
        self.view = PhotoView()
        self.view.cropped.connect(self._cropped)
        self.view.chosen.connect(self._choose)
        self.view.removal_wanted.connect(self.remove)
        self.view.more_wanted.connect(self.browse_more)
        self.reading = QuietLabel("Reading the photo …")
        self.complaint = Notice("error", closable=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.empty, self.view, self.reading, self.complaint):
            column.addWidget(widget)
        self._show()

    @property
    def photos(self) -> Sequence[ShownPhoto]:
        """All photos in order."""
        return tuple(self._photos)

    @property
    def current(self) -> ShownPhoto | None:
        """The photo that is shown large."""
        return self._photos[self._current] if self._photos else None

    @property
    def busy(self) -> bool:
        """Whether photos are still being read."""
        return self._loader.busy

    @property
    def kept(self) -> list[tuple[Path, CropBox | None]]:
        """The files of all photos with their boxes in order, also of those that are still being
        read.
        """
        sources = [source for source in self._loader.pending if not source.again]
        pending = [(s.data, s.crop) for s in sources if isinstance(s.data, Path)]
        return [*((photo.path, photo.crop) for photo in self._photos), *pending]

    def box_of(self, photo: ShownPhoto) -> CropBox | None:
        """The part of a photo that the clip starts from, None where all of it is shown."""
        return self._frame.box(photo)

    def add(self, sources: Sequence[Source], *, keep: bool | None = None) -> None:
        """Reads photos and shows them; they take the place of those there unless `keep`.

        Left open, several photos are kept and a single one is replaced. Nothing is replaced until
        a new photo has been read whole.
        """
        if not sources:
            return
        self.complaint.clear()
        kept = len(self._photos) > 1 if keep is None else keep
        self._replacing = self._replacing or not kept
        self._fresh = True
        self._loader.load(sources, self._frame.background)
        self._show()
        self.changed.emit()

    def take_in(self, mime: QMimeData, *, keep: bool | None = None) -> bool:
        """Takes photos out of a drop or the clipboard and tells of clips and presets in it."""
        intake = take_in(mime)
        # A clip brings settings and a photo with it: photos beside it go along, and come after.
        beside = intake.photos if intake.clips else ()
        files = [*beside, *intake.clips, *intake.presets]
        if files:
            self.files_dropped.emit(files)
        if intake.complaint is not None:
            self._complain(intake.complaint)
        if not intake.clips:
            self.add([Source(photo) for photo in intake.photos], keep=keep)
        return intake.complaint is None

    def paste(self) -> bool:
        """Takes what is in the clipboard; says so where that is no photo."""
        return self.take_in(QGuiApplication.clipboard().mimeData())

    def browse(self) -> None:
        """Asks for photo files."""
        self._ask(keep=None)

    def browse_more(self) -> None:
        """Asks for photo files to add to those there."""
        self._ask(keep=True)

    def remove(self, at: int) -> None:
        """Takes a photo out."""
        if 0 <= at < len(self._photos):
            del self._photos[at]
            self._current = max(0, min(self._current, len(self._photos) - 1))
            self._show()
            self.changed.emit()

    def clear(self) -> None:
        """Takes all photos out, also those that are still being read."""
        self._loader.forget()
        self._photos, self._current, self._replacing = [], 0, False
        self.complaint.clear()
        self._show()

    def set_frame(self, frame: Frame) -> None:
        """Says how large a clip of a photo will be, and what becomes of what does not fit."""
        other = frame.background != self._frame.background
        self._frame = frame
        if other and self._photos:
            # A new background shows through a photo only once it is read with it.
            sources = [Source(photo.path, again=True) for photo in self._photos]
            self._loader.load(sources, frame.background)
        self._show()

    def set_hot(self, hot: bool) -> None:
        """Shows that what is dragged over the window may be dropped."""
        self.empty.set_hot(hot)
        self.view.crop.set_hot(hot)

    def _show(self) -> None:
        self.empty.setVisible(not self._photos)
        self.view.setVisible(bool(self._photos))
        self.reading.setVisible(self.busy)
        if self._photos:
            self.view.show_photos(self._photos, self._current, self._frame)

    def _take(self, photo: ShownPhoto, source: Source) -> None:
        if source.again:
            for at, old in enumerate(self._photos):
                if old.path == photo.path:
                    self._photos[at] = replace(old, picture=photo.picture)
        else:
            if self._replacing:
                self._photos, self._replacing = [], False
            self._photos.append(photo)
            if self._fresh or source.shown:
                self._current, self._fresh = len(self._photos) - 1, False
        self._show()
        self.changed.emit()

    def _complain(self, sentence: str) -> None:
        before = self.complaint.text
        self.complaint.show_sentence(f"{before}\n{sentence}" if before else sentence)

    def _finished(self) -> None:
        self._replacing = False
        self._show()
        self.changed.emit()

    def _choose(self, at: int) -> None:
        self._current = at
        self._show()

    def _cropped(self, box: CropBox | None) -> None:
        photo = self.current
        if photo is not None:
            self._photos[self._current] = replace(photo, crop=box)
            self.view.say(self._photos[self._current], self._frame)
            self.changed.emit()

    def _ask(self, keep: bool | None) -> None:
        start = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self, "Choose photos", start, f"{PHOTO_FILES};;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(
            lambda names: self.add([Source(Path(name)) for name in names], keep=keep)
        )
        dialog.finished.connect(dialog.deleteLater)
        # Not exec, which would hold up the queue's news until a file is chosen.
        dialog.open()
