"""The commands of the command line, and what becomes of the errors that end them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from studio import __version__
from studio.app.desk import QueueDesk
from studio.app.doctor import doctor
from studio.app.failure import complain, exit_status, failure_of
from studio.app.info import info
from studio.app.preset_commands import presets
from studio.app.queue_commands import COMMAND_NAMES, queue
from studio.app.render import render
from studio.app.stopping import Stopping
from studio.core.errors import StudioError
from studio.core.events import Failed, FailureKind

PROGRAM = "clipwright"
_COMMANDS = (render, info, doctor)
_QUEUE = "queue"


def run(words: Sequence[str], stopping: Stopping) -> int:
    """Runs one command line and returns its exit status; nothing leaves it as a traceback."""
    _speak_utf8()
    if words[:1] == [_QUEUE] and len(words) > 1 and "--help" not in words:
        return _run_as_owner(words, stopping)
    return _run(words, stopping, stopping)


def run_queue(words: Sequence[str], desk: QueueDesk) -> int:
    """Runs a queue command, given by the words after `queue`, on the desk of who owns the queue."""
    return _run([_QUEUE, *words], desk, Stopping())


def _run_as_owner(words: Sequence[str], stopping: Stopping) -> int:
    """A queue command: here, as the one writer of the queue, or by the program that is it."""
    from PySide6.QtCore import QCoreApplication

    from studio.app.owner import Answer, Ask, Message, claim_or_call
    from studio.app.queue_run import OwnedQueue

    app = QCoreApplication.instance() or QCoreApplication([PROGRAM])
    try:
        owner = claim_or_call(Message(ask=Ask.QUEUE, words=tuple(words[1:])))
    except StudioError as error:
        complain(str(error))
        return exit_status(failure_of(error))
    if isinstance(owner, Answer):
        print(owner.out, end="", flush=True)
        print(owner.err, end="", file=sys.stderr, flush=True)
        if words[1] == "run" and "--until-empty" in words and owner.status == 0:
            from studio.app.queue_follow import follow

            return follow(as_json="--json" in words)
        return owner.status
    try:
        return _run(words, OwnedQueue(owner, stopping), stopping)
    finally:
        owner.release()
        del app


def _run(words: Sequence[str], carried: object, stopping: Stopping) -> int:
    try:
        status = _invoke(words, carried)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _refuse(error, words)
    except KeyboardInterrupt:
        complain("Stopped.")
        return stopping.status
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 - the process's edge
        failure = failure_of(error)
        complain(failure.message)
        return exit_status(failure)
    return status


def _invoke(words: Sequence[str], carried: object) -> int:
    """Runs the command; typer's own `main` would end at Ctrl-C or a closed pipe without a word."""
    command = get_command(_program())
    try:
        with command.make_context(PROGRAM, list(words), obj=carried) as context:
            status = command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return status if isinstance(status, int) else 0


def _program() -> typer.Typer:
    program = typer.Typer(
        add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
    )
    program.callback()(_about)
    for command in _COMMANDS:
        program.command()(command)
    program.add_typer(queue, name=_QUEUE)
    program.add_typer(presets, name="presets")
    return program


def _version(wanted: bool) -> None:
    if wanted:
        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Clipwright: clips from a prompt or a photo, rendered on this machine."""


def _refuse(error: typer.TyperException, words: Sequence[str]) -> int:
    """A command line that cannot be read, as one sentence and, where events are read, as one."""
    command = " ".join([PROGRAM, *_named(words)])
    reason = " ".join(error.format_message().split()).rstrip(".?")
    message = f"{reason}; '{command} --help' shows what can be given."
    complain(message)
    if words[:1] == ["render"] and "--json" in words:
        print(Failed(kind=FailureKind.BAD_INPUT, message=message).model_dump_json(), flush=True)
    return error.exit_code


def _named(words: Sequence[str]) -> list[str]:
    """The words that name a command, as far as there is such a one."""
    names = {command.__name__ for command in _COMMANDS}
    if words[:1] == [_QUEUE]:
        return [_QUEUE, *(word for word in words[1:2] if word in COMMAND_NAMES)]
    return [word for word in words[:1] if word in names]


def _reader_left() -> int:
    # Python flushes standard output once more at its end, and would complain of the same again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


def _speak_utf8() -> None:
    """Chinese prompts and × have to pass, whatever the system's code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
