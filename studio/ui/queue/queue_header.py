"""The line over the list: how many jobs, when all is done, and what can be done to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.core.job import FINISHED, Job, JobState
from studio.ui.icons import icon
from studio.ui.queue.job_words import clock
from studio.ui.shortcuts import keys_text, shortcut
from studio.ui.theme import L, M, S


class QueueHeader(QWidget):
    """Count and clock on the left, the buttons for the whole queue on the right."""

    pause_toggled = Signal()
    retry_all = Signal()
    clear_finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self.count = QLabel()
        self.count.setProperty("role", "quiet")
        self.clock = QLabel()
        self.clock.setProperty("role", "heading")
        self.retry = _button("Retry all failed", "Put all failed jobs back into the queue")
        self.clear = _button(
            "Clear finished", "Take done, failed and cancelled jobs off this list; clips are kept"
        )
        self.pause = _button("Pause queue", "")
        row = QHBoxLayout(self)
        row.setContentsMargins(L, S, M, S)
        row.setSpacing(M)
        # In a narrow window the count gives way first.
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.count, 1)
        row.addWidget(self.clock)
        row.addSpacing(S)
        for button in (self.retry, self.clear, self.pause):
            row.addWidget(button)
        self.retry.clicked.connect(self.retry_all)
        self.clear.clicked.connect(self.clear_finished)
        self.pause.clicked.connect(self.pause_toggled)
        self._dress()

    def show_jobs(self, jobs: Sequence[Job], *, paused: bool) -> None:
        """Take in how the queue is now."""
        finished = sum(job.state in FINISHED for job in jobs)
        failed = sum(job.state is JobState.FAILED for job in jobs)
        self.count.setText(_count_words(jobs))
        self.retry.setVisible(failed > 0)
        self.clear.setVisible(finished > 0)
        self.pause.setVisible(paused or finished < len(jobs))
        if paused != self._paused:
            self._paused = paused
            self._dress()

    def show_clock(self, seconds_left: float | None) -> None:
        """Say when the queue will be done; nothing where that is not known."""
        if seconds_left is None:
            self.clock.setText("")
            return
        now = datetime.now().astimezone()
        self.clock.setText(f"done by {clock(seconds_left, now)}")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._dress()

    def _dress(self) -> None:
        words = "Resume queue" if self._paused else "Pause queue"
        tip = (
            "Let the queue go on"
            if self._paused
            else "Start no further job; the one that runs is finished"
        )
        self.pause.setText(words)
        self.pause.setAccessibleName(words)
        self.pause.setToolTip(f"{tip} ({keys_text(shortcut('pause-queue'))})")
        for button, name in (
            (self.pause, "play" if self._paused else "pause"),
            (self.retry, "retry"),
        ):
            button.setIcon(icon(name, self))
            button.setIconSize(QSize(16, 16))


def _button(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(words)
    button.setToolTip(tip)
    return button


def _count_words(jobs: Sequence[Job]) -> str:
    """3 to render · 1 paused · 2 failed."""
    states = [job.state for job in jobs]
    aside = {JobState.PAUSED: "paused", JobState.INTERRUPTED: "interrupted"}
    ready = sum(state not in FINISHED and state not in aside for state in states)
    parts = [f"{ready} to render"] if ready else []
    for state, word in (*aside.items(), (JobState.FAILED, "failed"), (JobState.DONE, "done")):
        if count := states.count(state):
            parts.append(f"{count} {word}")
    return " · ".join(parts)
