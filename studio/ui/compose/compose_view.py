"""Compose as a whole: photo, prompt and settings in one column, and the card that renders them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.core.draft import Draft
from studio.core.estimate import Estimate, Work
from studio.core.fit import Fit
from studio.core.params import GenerationParams
from studio.core.photo_shelf import PhotoShelf
from studio.core.preset import Preset
from studio.core.preset_shelf import PresetShelf
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.compose.order import Shot, orders, photo_note, refusal, total, work
from studio.ui.compose.photo_empty import BROWSE_KEY, PASTE_KEY
from studio.ui.compose.photo_intake import may_hold_media
from studio.ui.compose.photo_loading import Source
from studio.ui.compose.photo_view import Frame
from studio.ui.compose.photo_well import PhotoWell
from studio.ui.compose.preset_control import PresetControl
from studio.ui.compose.prompt_box import PromptBox, sample_for
from studio.ui.compose.render_card import RenderCard
from studio.ui.compose.settings_form import SettingsForm
from studio.ui.theme import L, M

EstimateSource = Callable[[Work], Estimate]
FitSource = Callable[[Work], Fit | None]
MORE_KEY = "Ctrl+Shift+O"
SETTLE_MS = 400
NARROWEST, WIDEST = 340, 420  # pixels


class ComposeView(QWidget):
    """What the next clips should be; it tells of renders, drafts and dropped clips by signals."""

    render_wanted = Signal(list, bool)  # list[GenerationParams], whether to the front of the queue
    draft_changed = Signal()
    files_dropped = Signal(list)  # of Path: clips with the photos beside them, and presets

    def __init__(
        self, shelf: PhotoShelf, presets: PresetShelf, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._estimate: EstimateSource | None = None
        self._fit: FitSource | None = None
        self._shown = False
        self._had_photo = False
        self.well = PhotoWell(shelf)
        self.prompt = PromptBox("Prompt", "", (4, 9))
        self.form = SettingsForm()
        self.presets = PresetControl(presets, self.form, self._set_now, self)
        self.card = RenderCard()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.draft_changed)
        self._assemble()
        self._connect()
        self._follow()

    def set_models(self, choices: Sequence[ModelChoice]) -> None:
        """Offers these models."""
        self.form.set_models(choices)
        self._follow()

    def set_estimate_source(self, source: EstimateSource | None) -> None:
        """Takes what says how long a render takes and how large its clip gets."""
        self._estimate = source
        self._follow()

    def set_fit_source(self, source: FitSource | None) -> None:
        """Takes what says whether a render fits in the device's memory."""
        self._fit = source
        self._follow()

    def params(self) -> list[GenerationParams]:
        """The params of all clips that Render would make now; open seeds are drawn anew."""
        self.form.commit()
        form = self.form
        return orders(
            self.presets.choice.finished(self._set_now()),
            form.family,
            form.size_picker.own,
            self._shots(),
            form.seed.series,
            form.seed.clips.value(),
        )

    def sheet(self, presets: Sequence[Preset]) -> list[GenerationParams]:
        """The params of a contact sheet: a clip with each preset, of the same words and seed, from
        the photo that is shown.
        """
        self.form.commit()
        (seed,) = self.form.seed.series(1)
        shown = self.well.current
        crop = None if shown is None else shown.crop
        made = self.presets.sheet(presets, seed)
        return [params.model_copy(update={"crop": crop}) for params in made]

    def problem(self) -> str:
        """Why nothing can be rendered now, empty where it can."""
        photos = len(self.well.photos)
        return refusal(self.form.model.choice, self.prompt.toPlainText(), photos, self.well.busy)

    def set_params(self, params: GenerationParams, *, keep_seed: bool) -> None:
        """Shows what made a clip; its seed is locked if it is to be kept, else left alone."""
        self._quietly_show(self.presets.choice.take(params), keep_seed)
        self._had_photo = params.image is not None  # no default may take its place
        self.well.clear()
        if params.image is not None:
            self.well.add([Source(params.image, params.crop)], keep=False)
        self._changed()

    def keep_seed(self, seed: int) -> None:
        """Locks a seed, and leaves all else as it is."""
        self.form.seed.set_kept(seed)
        self._changed()

    def add_photos(self, paths: Sequence[Path], *, keep: bool | None = None) -> None:
        """Takes photos from files; see PhotoWell.add for what becomes of those there."""
        self.well.add([Source(path) for path in paths], keep=keep)

    def add_image(self, data: bytes, *, keep: bool | None = None) -> None:
        """Takes a photo from the bytes of a picture file."""
        self.well.add([Source(data)], keep=keep)

    def take_in(self, mime: QMimeData) -> bool:
        """Takes what was dropped anywhere in the window; False where there is nothing in it."""
        return self.well.take_in(mime)

    def draft(self) -> Draft:
        """All that is set, to be kept until the next start; its params name the photo shown."""
        shown, photos = self.well.current, self.well.kept
        seed = self.form.seed.kept
        preset = self.presets.choice.preset
        changes = {
            "seed": seed,
            "preset": None if preset is None else preset.mark,
            "crop": None if shown is None else shown.crop,
        }
        return Draft(
            params=self._set_now().model_copy(update=changes),
            photos=tuple(path for path, _ in photos),
            crops=tuple(crop for _, crop in photos),
            seed_locked=seed is not None,
            count=self.form.seed.clips.value(),
            open_sections=("more",) if self.form.fold.isChecked() else (),
        )

    def restore(self, draft: Draft) -> None:
        """Shows what was set before, without telling of it as a change."""
        taken = self.presets.choice.take(draft.params, typed=True)
        self._quietly_show(taken, keep_seed=True)
        self._had_photo = bool(draft.photos)
        self.form.seed.clips.setValue(draft.count)
        self.form.fold_more("more" in draft.open_sections)
        self.well.clear()
        # Without a box for each, the boxes belong to other photos.
        crops = draft.crops if len(draft.crops) == len(draft.photos) else [None] * len(draft.photos)
        sources = [
            Source(path, crop, shown=path == draft.params.image)
            for path, crop in zip(draft.photos, crops, strict=True)
        ]
        self.well.add(sources, keep=True)
        params = draft.params
        if params.preset is None and not params.prompt.strip() and not draft.photos:
            chosen = params.model != GenerationParams().model
            self.presets.begin_with(photo=False, keep_model=chosen)
        self._follow()
        self._settle.stop()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.prompt.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if may_hold_media(event.mimeData()):
            event.acceptProposedAction()
            self.well.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        self.well.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        self.well.set_hot(False)
        keep = True if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else None
        self.well.take_in(event.mimeData(), keep=keep)
        event.acceptProposedAction()

    def _assemble(self) -> None:
        self.setAcceptDrops(True)
        self.setMinimumWidth(NARROWEST)
        page = QWidget()
        page.setObjectName("page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(L, L, L, M)
        inside.setSpacing(M)
        # The prompt comes in first: who looks for a place to give the focus to finds it first.
        for at, part in ((0, self.prompt), (0, self.well), (2, self.form)):
            inside.insertWidget(at, part)
        bar = self.presets.bar
        self.form.preset_slot.addWidget(bar)
        in_order = (self.form.model, *bar.stops, self.form.size_picker.list)
        for one, after in pairwise(in_order):
            QWidget.setTabOrder(one, after)
        inside.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        foot = QVBoxLayout()
        foot.setContentsMargins(L, 0, L, L)
        foot.addWidget(self.card)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.well.changed.connect(self._changed)
        self.well.files_dropped.connect(self.files_dropped)
        self.prompt.textChanged.connect(self._changed)
        self.prompt.media_pasted.connect(self.well.take_in)
        self.form.edited.connect(self._changed)
        self.form.fold.toggled.connect(self._settle_soon)
        self.card.render_wanted.connect(self._render)
        self.presets.applied.connect(self._changed)
        paste, browse, more = (
            QShortcut(QKeySequence(key), self) for key in (PASTE_KEY, BROWSE_KEY, MORE_KEY)
        )
        paste.activated.connect(self.well.paste)
        browse.activated.connect(self.well.browse)
        more.activated.connect(self.well.browse_more)

    def _set_now(self) -> GenerationParams:
        """All that is set but the seed and the photo's box."""
        width, height = self.form.size_picker.own or (None, None)
        shown = self.well.current
        changes = {
            "prompt": self.prompt.toPlainText(),
            "width": width,
            "height": height,
            "image": None if shown is None else shown.path,
        }
        return self.form.params().model_copy(update=changes)

    def _render(self, front: bool) -> None:
        self.form.commit()
        self._follow()
        if self.problem():
            return
        made = self.params()
        self.form.seed.show_used(made[-1].seed or 0)
        self.render_wanted.emit(made, front)

    def _quietly_show(self, params: GenerationParams, keep_seed: bool) -> None:
        self.prompt.blockSignals(True)
        self.prompt.setPlainText(params.prompt)
        self.prompt.blockSignals(False)
        self.form.show_params(params, keep_seed=keep_seed)

    def _changed(self) -> None:
        if bool(self.well.kept) is not self._had_photo:
            self._had_photo = not self._had_photo
            self.presets.begin_with(photo=self._had_photo)
        self._follow()
        self._settle_soon()

    def _settle_soon(self) -> None:
        self._settle.start()

    def _follow(self) -> None:
        """Brings all that hangs on another value up to date."""
        self.form.set_photos([photo.size for photo in self.well.photos])
        more = self.form.more
        self.well.set_frame(Frame(self.form.clip_size, more.fit.value, more.background.value))
        self.well.empty.set_note(photo_note(self.form.family))
        self.prompt.setPlaceholderText(sample_for(self.form.family))
        self.presets.show()
        problem = self.problem()
        clips = self.form.seed.clips.value() * len(self._shots())
        works = [] if problem else self._works()
        self.card.show_state(clips, self._estimated(works), problem)
        largest = max(works, key=lambda work: work.width * work.height, default=None)
        self.card.show_fit(None if largest is None or self._fit is None else self._fit(largest))

    def _estimated(self, works: Sequence[Work]) -> str:
        """What all clips together will take, in words."""
        if self._estimate is None or not works:
            return ""
        return str(total([self._estimate(one) for one in works], self.form.seed.clips.value()))

    def _works(self) -> list[Work]:
        params, family = self.form.params(), self.form.family
        return [work(params, family, shot) for shot in self._shots()]

    def _shots(self) -> list[Shot]:
        return [
            Shot(photo.path, photo.size, self.well.box_of(photo), self.form.clip_size(photo.size))
            for photo in self.well.photos
        ] or [Shot(None, None, None, self.form.clip_size(None))]
