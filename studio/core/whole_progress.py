"""How far a whole render is, from how far its stages are."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core.events import Progress, Stage

# Of the time of denoising and decoding together, until a render was timed. It only has to be near:
# the renders that are done correct it.
_FIRST_GUESS = 0.85


class WholeProgress:
    """Puts the stages in proportion, and learns the proportion from renders that are done."""

    def __init__(self) -> None:
        self._denoise = _FIRST_GUESS

    def fraction(self, progress: Progress, before: float = 0.0) -> float:
        """0 to 1 for the whole render, `before` it was; loading and reading the prompt add
        nothing.
        """
        match progress.stage:
            case Stage.LOAD | Stage.ENCODE:
                return before
            case Stage.DENOISE:
                return self._denoise * progress.fraction
            case Stage.DECODE:
                return self._denoise + (1 - self._denoise) * progress.fraction
            case Stage.WRITE:
                return 1.0

    def learn(self, seconds: Mapping[Stage, float], whole: bool) -> None:
        """Takes in what a render's stages took; `whole` where it was not one that went on."""
        denoise = seconds.get(Stage.DENOISE, 0.0)
        rest = seconds.get(Stage.DECODE, 0.0) + seconds.get(Stage.WRITE, 0.0)
        if whole and denoise > 0:
            share = denoise / (denoise + rest)
            self._denoise = min(max(share, 0.05), 0.98)
