"""The photo as it is shown once it is there: crop box, facts, warnings and the strip of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.core.photo import CropBox, Fit
from studio.ui.compose.crop_box import CropView
from studio.ui.compose.crop_geometry import Framing, looks_soft
from studio.ui.compose.labels import Notice, QuietLabel
from studio.ui.compose.photo_loading import ShownPhoto
from studio.ui.compose.photo_strip import PhotoStrip
from studio.ui.icons import icon

Size = tuple[int, int]
CANVAS_SIDE = 1000  # pixels of the picture that shows a photo between bars


@dataclass(frozen=True)
class Frame:
    """What a photo is fitted into: the clip's size for a photo's, and how it is filled."""

    clip_size: Callable[[Size], Size]
    fit: Fit = Fit.COVER
    background: str = "white"

    def framing(self, photo: ShownPhoto) -> Framing:
        """The photo with the clip to cut from it."""
        return Framing(photo.size, self.clip_size(photo.size))

    def box(self, photo: ShownPhoto) -> CropBox | None:
        """The part of a photo that the clip starts from, None where all of it is shown."""
        if self.fit is Fit.PAD:
            return None
        framing = self.framing(photo)
        return framing.largest() if photo.crop is None else framing.fitted(photo.crop)


class PhotoView(QWidget):
    """One photo large with its box, what there is to say of it, and all photos as a strip."""

    cropped = Signal(object)  # CropBox, or None for the largest
    chosen = Signal(int)
    removal_wanted = Signal(int)
    more_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = 0
        self._told: object = None  # all that what is shown hangs on
        self.crop = CropView()
        self.facts = QuietLabel()
        self.facts.setWordWrap(False)
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reset = _button("crop", "Reset the crop box", "Home")
        self.more = _button("photo", "Add another photo", "Ctrl+Shift+O")
        self.remove = _button("remove", "Remove this photo", "Delete")
        self.soft = Notice("warning")
        self.count = QuietLabel()
        self.strip = PhotoStrip()
        self.crop.cropped.connect(self.cropped)
        self.crop.removal_wanted.connect(self._remove_current)
        self.reset.clicked.connect(self.crop.take_back)
        self.more.clicked.connect(self.more_wanted)
        self.remove.clicked.connect(self._remove_current)
        self.strip.chosen.connect(self.chosen)
        self.strip.removal_wanted.connect(self.removal_wanted)
        self._assemble()

    def show_photos(self, photos: Sequence[ShownPhoto], current: int, frame: Frame) -> None:
        """Shows these photos, one of them large."""
        photo, self._current = photos[current], current
        clip = frame.clip_size(photo.size)
        boxes = [(photo.picture.cacheKey(), photo.size, photo.crop) for photo in photos]
        told = (boxes, current, clip, frame.fit, frame.background)
        if told == self._told:  # each letter of the prompt comes by here
            return
        self._told = told
        if frame.fit is Fit.PAD:
            canvas = _between_bars(photo.picture, clip, frame.background)
            self.crop.show_photo(canvas, None, None)
        else:
            self.crop.show_photo(photo.picture, frame.framing(photo), frame.box(photo))
        several = len(photos) > 1
        self.strip.setVisible(several)
        self.count.setVisible(several)
        self.strip.show_photos(photos if several else (), current)
        self.count.setText(f"{len(photos)} photos make {len(photos)} clips")
        self.say(photo, frame)

    def say(self, photo: ShownPhoto, frame: Frame) -> None:
        """Tells the sizes of a photo and its box, and whether there are too few pixels."""
        box, (wide, high), clip = frame.box(photo), photo.size, frame.clip_size(photo.size)
        self.reset.setEnabled(box is not None and photo.crop is not None)
        if box is None:
            self.facts.setText(f"{wide}×{high}, whole")
            soft = min(clip[0] / wide, clip[1] / high) > 4 / 3
            what = f"The photo is {wide}×{high} pixels"
        else:
            self.facts.setText(f"{wide}×{high} · box {box.width}×{box.height}")
            soft = looks_soft(box, clip)
            what = f"The box is {box.width}×{box.height} pixels of the photo"
        sentence = f"{what}; the clip is {clip[0]}×{clip[1]}. It will look soft."
        self.soft.show_sentence(sentence if soft else "")

    def _assemble(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.facts, 1)
        for button in (self.reset, self.more, self.remove):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.crop)
        column.addLayout(row)
        for widget in (self.soft, self.count, self.strip):
            column.addWidget(widget)

    def _remove_current(self) -> None:
        self.removal_wanted.emit(self._current)


def _button(picture: str, what: str, key: str) -> QToolButton:
    button = QToolButton(autoRaise=True)
    button.setIcon(icon(picture))
    button.setAccessibleName(what)
    button.setToolTip(f"{what} ({key})")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _between_bars(picture: QImage, clip: Size, background: str) -> QImage:
    """The photo whole in a frame of the clip's shape."""
    frame = QSize(*clip).scaled(CANVAS_SIDE, CANVAS_SIDE, Qt.AspectRatioMode.KeepAspectRatio)
    canvas = QImage(frame, QImage.Format.Format_RGB888)
    canvas.fill(QColor(background))
    inner = picture.size().scaled(frame, Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(
        (frame.width() - inner.width()) / 2,
        (frame.height() - inner.height()) / 2,
        inner.width(),
        inner.height(),
    )
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, picture)
    painter.end()
    return canvas
