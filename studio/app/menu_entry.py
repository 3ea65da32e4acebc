"""Clipwright in the applications menu of a Linux desktop: its desktop file, written and removed.

A dock shows progress only on the icon of a program that has one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from studio.app.taskbar import DESKTOP_FILE
from studio.core.errors import StudioError
from studio.core.files import AtomicFile, storage_error
from studio.core.folders import assets


def is_shown() -> bool:
    """Whether this user's menu has it."""
    return _file().is_file()


def show(on: bool) -> None:
    """Puts it into this user's menu, or takes it out; raises DiskFull, BadInput or StudioError."""
    file = _file()
    try:
        if on:
            file.parent.mkdir(parents=True, exist_ok=True)
            with AtomicFile(file, overwrite=True) as temporary:
                temporary.write_text(entry(start_command()), encoding="utf-8")
        else:
            file.unlink(missing_ok=True)
    except StudioError:
        raise
    except OSError as error:
        raise storage_error(error, file) from error


def start_command() -> list[str]:
    """The words that start this program again, from any folder."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    # -P: a file of the folder that it starts in must not stand for a module of the same name.
    return [sys.executable, "-P", "-m", "studio"]


def entry(command: Sequence[str]) -> str:
    """The desktop file (freedesktop.org, Desktop Entry Specification 1.5)."""
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Name=Clipwright\n"
        "GenericName=Video generation\n"
        "Comment=Make clips from a photo or a prompt on your own machine\n"
        f"Exec={' '.join(map(_quoted, command))} %F\n"
        f"Icon={_escaped(str(assets() / 'icons' / 'app.svg'))}\n"
        "Terminal=false\n"
        "Categories=AudioVideo;Video;Graphics;\n"
        "MimeType=image/jpeg;image/png;image/webp;image/avif;image/heif;video/mp4;\n"
        "StartupWMClass=clipwright\n"
        "SingleMainWindow=true\n"
    )


def _file() -> Path:
    menu = QStandardPaths.StandardLocation.ApplicationsLocation
    return Path(QStandardPaths.writableLocation(menu)) / DESKTOP_FILE


def _quoted(word: str) -> str:
    """A word of Exec: quoted, with its own signs made harmless, and % doubled."""
    for sign in '\\"`$':
        word = word.replace(sign, f"\\{sign}")
    return _escaped(f'"{word}"').replace("%", "%%")


def _escaped(value: str) -> str:
    """A value of any key: a backslash is written twice."""
    return value.replace("\\", "\\\\")
