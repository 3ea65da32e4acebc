"""Moves clips to the system's trash, many of them little by little."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QFile, QObject, QTimer, Signal

from studio.core.library import Clip

AT_ONCE_MS = 15


@dataclass(frozen=True)
class Trashed:
    """Which clips are gone from their folder, and which could not be moved."""

    gone: tuple[Clip, ...]
    kept: tuple[Clip, ...]

    @property
    def complaint(self) -> str | None:
        """The sentence about what could not be moved, None where all went."""
        if not self.kept:
            return None
        first = self.kept[0].path
        if len(self.kept) == 1:
            what = f"{first} could not be moved to the trash"
        else:
            what = f"{len(self.kept)} clips could not be moved to the trash, {first} among them"
        return (
            f"{what}: another program may have it open, its folder may be read-only, or its disk "
            "may have no trash. Close what uses it and try again, or delete it in its folder."
        )


def move_to_trash(clips: Sequence[Clip]) -> Trashed:
    """Moves each clip's video and its poster; a clip whose file is missing counts as gone."""
    gone: list[Clip] = []
    kept: list[Clip] = []
    for clip in clips:
        if not _move(clip.path):
            kept.append(clip)
            continue
        gone.append(clip)
        if clip.poster is not None:
            _move(clip.poster)  # without its clip it is worth nothing: where it stays, it stays
    return Trashed(tuple(gone), tuple(kept))


class Trashing(QObject):
    """Moves clips between other events, so that a thousand of them do not stop the window."""

    gone = Signal(list)  # of Clip, as often as some are
    failed = Signal(str)  # once at the end: a sentence

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left: deque[Clip] = deque()
        self._kept: tuple[Clip, ...] = ()
        # A few are gone before this returns; the rest waits for its turn.
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._move_some)

    def start(self, clips: Sequence[Clip]) -> None:
        """Moves these too."""
        self._left.extend(clips)
        if not self._next.isActive():
            self._move_some()

    def _move_some(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        gone: list[Clip] = []
        while self._left and clock.elapsed() < AT_ONCE_MS:
            done = move_to_trash([self._left.popleft()])
            gone += done.gone
            self._kept += done.kept
        if gone:
            self.gone.emit(gone)
        if self._left:
            self._next.start()
            return
        complaint = Trashed((), self._kept).complaint
        self._kept = ()
        if complaint is not None:
            self.failed.emit(complaint)


def _move(path: Path) -> bool:
    # A link that leads nowhere is still there to be moved.
    return not os.path.lexists(path) or QFile(str(path)).moveToTrash()
