"""What a person asked of the benches, and the render that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.core.family import resolve
from studio.core.model_folder import STARTER, ModelFolder, find_model
from studio.core.params import GenerationParams, ResolvedParams

PROMPTS = 200  # as many as the starter's figures are stated for
PROMPT = "a red circle moves left on a blue background"


@dataclass(frozen=True)
class Options:
    """The model, how many samples a way, and the params that differ from the model's own.

    `prompts` and `sheet` are for the bench that judges clips: how many, and a picture of some.
    `parts`, `shrunken` and `minutes` are for that of a GPU: which of its parts (none: all), whether
    on the CPU with a tiny model, and how long it may take.
    """

    model: str = STARTER
    runs: int = 3
    prompts: int = PROMPTS
    sheet: Path | None = None
    parts: Sequence[str] = ()
    shrunken: bool = False
    minutes: float | None = None
    changes: Mapping[str, int] = field(default_factory=dict[str, int])

    def folder(self) -> ModelFolder:
        """The model, checked; raises ModelMissing."""
        return find_model(self.model)

    def params(self, seed: int) -> ResolvedParams:
        """The render that is measured, every value decided."""
        wanted = {"prompt": PROMPT, "model": self.model, "seed": seed, **self.changes}
        return resolve(GenerationParams.model_validate(wanted), self.folder().family, None)
