"""What Compose holds before Render is pressed, kept from start to start and over a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from studio.core.json_file import JsonFile
from studio.core.params import GenerationParams
from studio.core.photo import CropBox

MAX_COUNT = 999  # clips that one press of Render may ask for


class Draft(BaseModel):
    """Compose's content: `params` as set so far, and all `photos`; `params.image` is the shown one.

    `crops` are the photos' crop boxes in their order, None where the person moved none;
    `seed_locked` keeps the seed from clip to clip, `count` is how many seeds are asked for, and
    `open_sections` names the parts of Compose that are unfolded.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    params: GenerationParams = GenerationParams()
    photos: tuple[Path, ...] = ()
    crops: tuple[CropBox | None, ...] = ()
    seed_locked: bool = False
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    open_sections: tuple[str, ...] = ()


class DraftFile:
    """The draft on the disk; a damaged one is moved aside, `complaint` says so, and it is empty."""

    def __init__(self, path: Path):
        self._file = JsonFile(path, Draft(), "settings of the next clip")

    @property
    def draft(self) -> Draft:
        """The draft as it was last read or saved."""
        return self._file.value

    @property
    def complaint(self) -> str | None:
        """What was wrong with the file, as a sentence; None where all is well."""
        return self._file.complaint

    def save(self, draft: Draft) -> None:
        """Keeps the draft, quickly enough to do it while somebody types; StudioError if it
        cannot.
        """
        if draft != self._file.value:
            self._file.write(draft, wait_for_disk=False)
