"""Puts the settings of a job or a clip into Compose, and offers what was there before."""

from __future__ import annotations

from studio.core.draft import Draft
from studio.core.params import GenerationParams
from studio.ui.compose.compose_view import ComposeView
from studio.ui.main_window import MainWindow


class Refill:
    """Gives Compose other contents, with a way back where the person had put something in."""

    def __init__(self, compose: ComposeView, window: MainWindow) -> None:
        self._compose, self._window = compose, window

    def put(self, params: GenerationParams, sentence: str, *, keep_seed: bool) -> bool:
        """Shows what made a clip; whether the window says so, with the offer of a way back."""
        before = self._compose.draft()
        self._compose.set_params(params, keep_seed=keep_seed)
        return self._offer(before, sentence)

    def _offer(self, before: Draft, sentence: str) -> bool:
        if not (before.params.prompt.strip() or before.photos) or before == self._compose.draft():
            return False
        self._window.show_problem(sentence, kind="info")
        self._window.problem.offer("Bring back what was there", lambda: self._bring_back(before))
        return True

    def _bring_back(self, before: Draft) -> None:
        now = self._compose.draft()
        self._compose.restore(before)
        self._compose.draft_changed.emit()
        self._offer(now, "Compose shows again what was there.")
