"""Connects clips with the rest: those in History, and those that come as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.app.following import Following
from studio.app.record import record_of
from studio.app.refill import Refill
from studio.core.clip_table import Clip
from studio.core.errors import StudioError
from studio.core.params import GenerationParams, ResolvedParams
from studio.ui.background import Background
from studio.ui.compose.compose_view import ComposeView
from studio.ui.history.history_view import HistoryView
from studio.ui.history.reveal import reveal
from studio.ui.main_window import MainWindow
from studio.ui.stage.clip_file import last_frame
from studio.ui.stage.stage_view import StageView


class ClipWiring:
    """Fulfils what is wished for clips: on the stage, in Compose, and in their folder."""

    def __init__(
        self,
        history: HistoryView,
        window: MainWindow,
        compose: ComposeView,
        stage: StageView,
        following: Following,
        refill: Refill,
    ) -> None:
        self._window, self._compose, self._refill = window, compose, refill
        self._stage, self._following = stage, following
        self._background = Background(window)
        history.opened.connect(self._open)
        history.compare.connect(self._compare)
        history.use_settings.connect(self._use_settings)
        history.use_settings_and_seed.connect(self._use_settings_and_seed)
        history.use_last_frame.connect(self._use_last_frame)
        history.reveal.connect(self._reveal)

    def take_file(self, path: Path, photos: Sequence[Path] = ()) -> None:
        """Brings back what made a clip, and plays it; its seed is there to be asked for.

        Photos that come along take the place of the clip's own.
        """
        try:
            made = record_of(path).params
        except StudioError as error:
            self._window.show_problem(str(error))
            self._compose.add_photos(photos)
            return
        params = _params_of(made)
        if photos:
            params = params.model_copy(update={"image": photos[0], "crop": None})
        sentence = f"Compose shows the settings of {path.name}, without its seed."
        told = self._refill.put(params, sentence, keep_seed=False)
        self._compose.add_photos(photos[1:], keep=True)
        self._following.look_away()
        self._stage.open_clip(path)
        if not told:
            self._window.show_problem(sentence, kind="info")
        self._window.problem.offer(
            f"Use its seed {made.seed} too", lambda: self._compose.keep_seed(made.seed)
        )

    def leave(self) -> None:
        """What is still being read comes to nothing."""
        self._background.forget()

    def _open(self, clip: Clip) -> None:
        self._following.look_away()
        self._stage.open_clip(clip.path, clip.title)

    def _compare(self, clips: list[Clip]) -> None:
        self._following.look_away()
        self._stage.compare([clip.path for clip in clips], [clip.title for clip in clips])

    def _use_settings(self, clip: Clip) -> None:
        self._use(clip, keep_seed=False)
        self._window.action("go-compose").trigger()

    def _use_settings_and_seed(self, clip: Clip) -> None:
        self._use(clip, keep_seed=True)
        self._window.action("go-compose").trigger()

    def _use(self, clip: Clip, *, keep_seed: bool) -> None:
        params = _params_of(clip.record.params)
        sentence = f"Compose shows the settings of {clip.path.name}."
        self._refill.put(params, sentence, keep_seed=keep_seed)

    def _use_last_frame(self, clip: Clip) -> None:
        # A long clip has seconds of frames to decode before its last one.
        self._background.start(lambda: last_frame(clip.path), self._take_frame)

    def _take_frame(self, frame: bytes | StudioError) -> None:
        if isinstance(frame, StudioError):
            self._window.show_problem(str(frame))
        else:
            self._compose.add_image(frame)

    def _reveal(self, clip: Clip) -> None:
        reveal(clip.path)


def _params_of(made: ResolvedParams) -> GenerationParams:
    return GenerationParams.model_validate(made.model_dump())
