"""`clipwright queue run`: works the queue off without a window, with the same engine process."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QTimer

from studio.app.failure import FAILED, complain
from studio.app.owner import Answer, Ask, Message, Owner
from studio.app.queue_answer import answer_queue
from studio.app.queue_table import as_json as json_of
from studio.app.queue_table import job_content
from studio.app.stopping import Manner, Stopping
from studio.app.workshop import Workshop, open_workshop
from studio.core.folders import folders
from studio.core.job import Job, JobState

SIGNAL_MS = 100  # Python hears of Ctrl-C only when it gets a turn


@dataclass(frozen=True)
class OwnedQueue:
    """What a queue command may use when this process owns the queue while it runs."""

    owner: Owner
    stopping: Stopping


def work_off(owned: OwnedQueue, *, until_empty: bool, as_json: bool) -> int:
    """Renders what is in the queue, until it is empty or a signal comes; the exit status."""
    workshop = open_workshop(folders())
    try:
        return _Shift(workshop, owned, until_empty, as_json).work()
    finally:
        workshop.close()


class _Shift:
    """One run, from its start until the queue is empty or a signal comes."""

    def __init__(
        self, workshop: Workshop, owned: OwnedQueue, until_empty: bool, as_json: bool
    ) -> None:
        self._workshop, self._owned = workshop, owned
        self._until_empty, self._as_json = until_empty, as_json
        self._failed, self._told = 0, dict[int, JobState]()
        self._leaving = False
        dispatcher = workshop.dispatcher
        dispatcher.finished.connect(self._finished)
        dispatcher.idle.connect(self._idle)
        dispatcher.trouble.connect(self._trouble)
        dispatcher.left.connect(self._quit)
        workshop.queue.changed.connect(self._tell)
        owned.owner.message.connect(self._answer)

    def work(self) -> int:
        """Renders; returns the exit status."""
        for sentence in self._workshop.complaints:
            complain(sentence)
        self._owned.stopping.manner = Manner.ASK
        signals = QTimer(interval=SIGNAL_MS)
        signals.timeout.connect(self._look_for_signals)
        signals.start()
        # To run the queue is the answer to the question that a crash leaves.
        ticking = self._workshop.begin(go_on=True)
        QCoreApplication.exec()
        ticking.stop()
        return self._owned.stopping.status or (FAILED if self._failed else 0)

    def _finished(self, job: Job) -> None:
        self._failed += job.state is JobState.FAILED

    def _idle(self) -> None:
        queue = self._workshop.queue
        waiting = any(job.state is JobState.QUEUED for job in queue.jobs())
        stuck = queue.paused and waiting
        if stuck:
            complain(queue.pause_reason or "The queue is paused: 'queue resume' lets it go on.")
        # With a reason it goes on by itself, when there is room again.
        if self._until_empty and not (stuck and queue.pause_reason):
            self._leave()

    def _leave(self) -> None:
        if not self._leaving:
            self._leaving = True
            self._workshop.dispatcher.leave()

    def _quit(self) -> None:
        QTimer.singleShot(0, QCoreApplication.quit)

    def _trouble(self, sentence: str) -> None:
        if sentence:
            complain(sentence)

    def _tell(self, job: Job) -> None:
        if self._told.get(job.id) is job.state:
            return
        self._told[job.id] = job.state
        if self._as_json:
            print(json_of(job_content(job)), flush=True)
            return
        more = f": {job.failure}" if job.failure else ""
        where = f" → {job.out}" if job.state is JobState.DONE else ""
        print(f"Job {job.id}: {job.state.value}{where}{more}", flush=True)

    def _look_for_signals(self) -> None:
        if self._owned.stopping.asked.is_set():
            self._leave()

    def _answer(self, message: Message) -> None:
        match message.ask:
            case Ask.QUEUE:
                answer = answer_queue(message, self._workshop)
            case Ask.OPEN:
                answer = Answer(
                    status=FAILED,
                    err="Clipwright renders without a window now ('clipwright queue run'); end "
                    "that first, then open the window.\n",
                )
        self._owned.owner.reply(message, answer)
        sys.stdout.flush()
