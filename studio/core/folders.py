"""Where things are kept: one folder each for settings, caches, data, models and clips."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "clipwright"
HOME_VARIABLE = "CLIPWRIGHT_HOME"


@dataclass(frozen=True)
class Folders:
    """The folders of one user; none of them is made before something is written to it."""

    config: Path
    cache: Path
    data: Path
    models: Path
    clips: Path


def folders() -> Folders:
    """The user's folders; with CLIPWRIGHT_HOME set, all of them are inside that one folder."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        root = Path(home).expanduser().absolute()
        return Folders(
            root / "config", root / "cache", root / "data", root / "models", root / "clips"
        )
    data = platformdirs.user_data_path(APP, appauthor=False)
    return Folders(
        config=platformdirs.user_config_path(APP, appauthor=False),
        cache=platformdirs.user_cache_path(APP, appauthor=False),
        data=data,
        models=data / "models",
        clips=platformdirs.user_videos_path() / "Clipwright",
    )


def assets() -> Path:
    """The folder of files that ship with the program: the starter model, icons, style."""
    return Path(__file__).resolve().parents[2] / "assets"


def built_in_presets() -> Path:
    """The folder of presets that ship with the program."""
    return Path(__file__).resolve().parents[2] / "presets"
