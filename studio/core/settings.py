"""What a person chose once for the whole program, and its file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field

from studio.core.json_file import JsonFile


class Theme(StrEnum):
    """Which colours the window has."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Settings(BaseModel):
    """The person's choices.

    A folder that is None is the program's own (`studio.core.folders`). `name_template` is read by
    `studio.core.naming`. After `idle_minutes` without a render the engine frees the GPU's memory;
    0 does so at once.
    """

    # What a newer version wrote beside these is no reason to lose them.
    model_config = ConfigDict(frozen=True, extra="ignore")

    clips_folder: Path | None = None
    models_folder: Path | None = None
    name_template: str = "{date} {number} {words}"
    theme: Theme = Theme.SYSTEM
    idle_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 10
    notify: bool = True
    keep_awake: bool = True
    previews: bool = True


class SettingsFile:
    """The settings on the disk: read once at the start, written whole at every change.

    A damaged file is moved aside, the usual settings are used, and `complaint` says so.
    """

    changed = Signal(Settings)

    def __init__(self, path: Path):
        self._file = JsonFile(path, Settings(), "settings")

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._file.value

    @property
    def complaint(self) -> str | None:
        """What was wrong with the file, as a sentence; None where all is well."""
        return self._file.complaint

    def save(self, settings: Settings) -> None:
        """Keeps the settings and tells of a change; raises DiskFull, BadInput or StudioError."""
        before = self._file.value
        self._file.write(settings)
        if settings != before:
            self.changed.emit(settings)
