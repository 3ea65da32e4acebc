"""Queue commands of the command line, carried out by the program that owns the queue."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

from studio.app.desk import QueueDesk
from studio.app.owner import Answer, Message
from studio.app.workshop import Workshop


def answer_queue(message: Message, workshop: Workshop) -> Answer:
    """Runs the command that a message brings, on the queue, and returns what it said."""
    # Only now: most windows are never asked, and typer takes a while to be imported.
    from studio.app.commands import run_queue

    trouble = workshop.dispatcher.why_stuck or None
    desk = QueueDesk(workshop.queue, message.folder, trouble=trouble)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run_queue(message.words, desk)
    return Answer(status=status, out=out.getvalue(), err=err.getvalue())
