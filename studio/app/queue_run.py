"""`clipwright queue run`: works the queue off without a window, with the same engine process."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QTimer

from studio.app.awake import Awake
from studio.app.failure import FAILED, complain
from studio.app.owner import Answer, Ask, Message, Owner
from studio.app.queue_answer import answer_queue
from studio.app.queue_table import change_text
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
        self._leaving = self._stuck = False
        self._awake = Awake(enabled=workshop.settings.settings.keep_awake)
        dispatcher = workshop.dispatcher
        dispatcher.started.connect(self._started)
        dispatcher.stalled.connect(self._stalled)
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
        self._awake.release()
        return self._owned.stopping.status or (FAILED if self._failed or self._stuck else 0)

    def _started(self, _job: Job) -> None:
        self._awake.hold()

    def _stalled(self, job: Job) -> None:
        """Nobody is there to be asked: what was kept is worth more than an engine that hangs. A
        job at which a second one hangs is set aside, or the queue would never come to its end.
        """
        complain(
            f"The engine does not come further at job {job.id} and is ended. A new one goes on "
            "from the last kept step, or, where it was the second, with the next job."
        )
        self._workshop.dispatcher.restart_engine(blame=True)

    def _finished(self, job: Job) -> None:
        self._failed += job.state is JobState.FAILED

    def _idle(self) -> None:
        queue = self._workshop.queue
        waiting = any(job.state is JobState.QUEUED for job in queue.jobs())
        self._stuck = queue.paused and waiting
        self._awake.release()
        if self._stuck:
            complain(queue.pause_reason or "The queue is paused: 'queue resume' lets it go on.")
        if self._until_empty and not (self._stuck and self._workshop.dispatcher.waits_for_room):
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
        print(change_text(job, as_json=self._as_json), flush=True)

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
