"""Where things are kept: one folder each for settings, caches, data, models and clips."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from studio.core.errors import BadInput

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
    """The user's folders; with CLIPWRIGHT_HOME set, all of them are inside that one folder.

    Raises BadInput where CLIPWRIGHT_HOME is in the home folder of a user that is not there.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        root = expanded(home).absolute()
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


def expanded(path: str | Path) -> Path:
    """A path as it was typed, with `~` for this user's home folder: shells leave it in `--out=~/a`.

    Only before a separator: "~draft.png" is a file's name. Raises BadInput where the system knows
    no home folder.
    """
    found = Path(path)
    if found.parts[:1] != ("~",):
        return found
    try:
        return found.expanduser()
    except RuntimeError as error:
        raise BadInput(f"This user has no home folder for {path}; give the whole path.") from error


def in_folder(path: Path, folder: Path | None) -> Path:
    """The whole path of one that begins in a folder, None for the current one."""
    return path.absolute() if folder is None else folder / path


def assets() -> Path:
    """The folder of files that ship with the program: the starter model, icons, style."""
    return Path(__file__).resolve().parents[2] / "assets"


def built_in_presets() -> Path:
    """The folder of presets that ship with the program."""
    return Path(__file__).resolve().parents[2] / "presets"
