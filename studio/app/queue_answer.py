"""Queue commands of the command line, carried out by the program that owns the queue."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

from studio.app.desk import QueueDesk
from studio.app.owner import Answer, Message
from studio.core.queue import JobQueue


def answer_queue(message: Message, queue: JobQueue) -> Answer:
    """Runs the command that a message brings, on this queue, and returns what it said."""
    # Only now: most windows are never asked, and typer takes a while to be imported.
    from studio.app.commands import run_queue

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run_queue(message.words, QueueDesk(queue, message.folder))
    return Answer(status=status, out=out.getvalue(), err=err.getvalue())
