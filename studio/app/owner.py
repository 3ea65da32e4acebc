"""One running Clipwright for each CLIPWRIGHT_HOME, and how other starts speak with it.

Messages and answers are lines of JSON over a local socket. To each message the owner first says
that it was taken, then, when the work is done, its answer: so a caller knows what was heard even
where the owner ends in between.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from studio.app.owner_lock import OwnerLock, address_of_owner, is_owned
from studio.core.errors import StudioError

# Seconds for an answer, unless told otherwise; a window that closes may take twelve of them.
PATIENCE = 20.0
_LONGEST_LINE = 16 * 2**20  # bytes; a queue of a thousand jobs is about one MB
_log = logging.getLogger(__name__)


class Ask(StrEnum):
    """What a message is about."""

    OPEN = "open"  # show the window; the words are files, or a prompt
    QUEUE = "queue"  # a queue command; the words are those of the command line after `queue`


class Message(BaseModel):
    """What another start asks of the owner; `folder` is where its relative paths begin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: Ask
    words: tuple[str, ...] = ()
    folder: Path = Field(default_factory=Path.cwd)
    id: str = Field(default_factory=lambda: uuid.uuid4().hex)


class Answer(BaseModel):
    """What the owner says to one message: an exit status, and the texts for both outputs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: int = 0
    out: str = ""
    err: str = ""


class NoOwner(StudioError):
    """No Clipwright runs that could be asked; whoever asked may become the owner."""


class OwnerSilent(StudioError):
    """A Clipwright runs and does not answer."""


class Owner(QObject):
    """The one process that may write the queue, while it lives; even kill -9 frees the place.

    Connect `message`, which carries a Message, and `reply` to each one, at once or later.
    """

    message = Signal(object)

    def __init__(self, lock: OwnerLock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = lock
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)
        self._callers: dict[str, QLocalSocket] = {}

    @classmethod
    def claim(cls, data: Path | None = None, parent: QObject | None = None) -> Owner | None:
        """Become the owner of a data folder, by default the user's; None where there is one.

        Messages are taken as soon as an event loop runs.
        """
        lock = OwnerLock.take(data)
        if lock is None:
            return None
        owner = cls(lock, parent)
        # Without messages the window works all the same; another start says that it got no answer.
        if not owner._server.listen(_new_address()):
            _log.warning("No messages can be taken: %s", owner._server.errorString())
            return owner
        try:
            lock.tell_address(owner._server.fullServerName())
        except OSError as error:
            _log.warning("No messages can be taken: %s", error)
        return owner

    def reply(self, message: Message, answer: Answer) -> None:
        """Answer a message; does nothing where its caller is gone."""
        caller = self._callers.pop(message.id, None)
        if caller is not None:
            _write_line(caller, {"answer": answer.model_dump()})

    def stop_listening(self) -> None:
        """Take no more messages and stay the owner: who calls now waits for the place itself."""
        for caller in self._server.findChildren(QLocalSocket):
            caller.disconnectFromServer()
        self._callers.clear()
        self._server.close()
        with suppress(OSError):  # without a listener the address leads nowhere
            self._lock.tell_address("")

    def release(self) -> None:
        """Take no more messages and let another process become the owner."""
        self.stop_listening()
        self._lock.release()

    def _welcome(self) -> None:
        while self._server.hasPendingConnections():
            caller = self._server.nextPendingConnection()
            caller.readyRead.connect(self._read)
            caller.disconnected.connect(self._part)
            # What was sent before the connection was taken up has had its signal already.
            self._read_from(caller)

    def _read(self) -> None:
        caller = self.sender()
        assert isinstance(caller, QLocalSocket)
        self._read_from(caller)

    def _read_from(self, caller: QLocalSocket) -> None:
        while caller.canReadLine():
            line = bytes(caller.readLine().data())
            try:
                message = Message.model_validate_json(line)
            except ValidationError:
                refusal = Answer(
                    status=1,
                    err="The Clipwright that runs is of another version: close it, then try again.",
                )
                _write_line(caller, {"answer": refusal.model_dump()})
                continue
            self._callers[message.id] = caller
            _write_line(caller, {"taken": message.id})
            self.message.emit(message)
        if caller.bytesAvailable() > _LONGEST_LINE:
            caller.abort()

    def _part(self) -> None:
        gone = self.sender()
        self._callers = {name: c for name, c in self._callers.items() if c is not gone}
        gone.deleteLater()


def claim_or_call(
    message: Message, data: Path | None = None, patience: float = PATIENCE
) -> Owner | Answer:
    """Become the owner, or else hand the message to the one there is and return its answer.

    Of any number of starts at the same moment exactly one becomes the owner. Raises OwnerSilent.
    """
    deadline = time.monotonic() + patience
    while True:
        owner = Owner.claim(data)
        if owner is not None:
            return owner
        try:
            return call_owner(message, data, max(0.1, deadline - time.monotonic()))
        except NoOwner:
            if time.monotonic() > deadline:
                raise


def call_owner(message: Message, data: Path | None = None, patience: float = PATIENCE) -> Answer:
    """Hand a message to the owner and wait up to `patience` seconds for its answer.

    Needs no event loop. Raises NoOwner where there is none or it ended before it took the message,
    OwnerSilent where it did not answer in time or ended at the message.
    """
    deadline = time.monotonic() + patience
    socket = _connected(data, deadline)
    try:
        _write_line(socket, message.model_dump(mode="json"))
        taken = False
        while True:
            line = _read_line(socket, deadline)
            if line is None:
                raise _unanswered(data, deadline, gone=not _is_connected(socket), taken=taken)
            said = json.loads(line)
            if "answer" in said:
                return Answer.model_validate(said["answer"])
            taken = True
    finally:
        socket.abort()


def _connected(data: Path | None, deadline: float) -> QLocalSocket:
    socket = QLocalSocket()
    while True:
        address = address_of_owner(data)
        if address:
            socket.connectToServer(address)
            if socket.waitForConnected(500):
                return socket
            socket.abort()
        if not is_owned(data):
            raise NoOwner("Clipwright is not running: start it, then try again.")
        if time.monotonic() > deadline:
            raise OwnerSilent(_SILENT)
        time.sleep(0.05)  # it has only just started, or has work of a moment to do


_SILENT = (
    "Clipwright is running and does not answer: look whether its window waits for something; "
    "if not, end it and try again."
)


def _unanswered(data: Path | None, deadline: float, *, gone: bool, taken: bool) -> StudioError:
    if not gone:
        return OwnerSilent(_SILENT)
    if not taken:
        return NoOwner("Clipwright ended just now: try again.")
    # A process that ends lets go of its socket a moment before its lock.
    end = min(deadline, time.monotonic() + 1)
    while is_owned(data) and time.monotonic() < end:
        time.sleep(0.02)
    if is_owned(data):
        return OwnerSilent(_SILENT)
    return OwnerSilent(
        "Clipwright ended before it answered: look in its queue whether this was done."
    )


def _read_line(socket: QLocalSocket, deadline: float) -> bytes | None:
    """The next line; None where the other end is gone or the time is over."""
    while not socket.canReadLine():
        left = math.ceil((deadline - time.monotonic()) * 1000)
        if left <= 0 or not (socket.waitForReadyRead(left) or _is_connected(socket)):
            break
    return bytes(socket.readLine().data()) if socket.canReadLine() else None


def _is_connected(socket: QLocalSocket) -> bool:
    return socket.state() == QLocalSocket.LocalSocketState.ConnectedState


def _write_line(socket: QLocalSocket, value: object) -> None:
    socket.write(json.dumps(value).encode() + b"\n")
    socket.flush()


def _new_address() -> str:
    """A name that no other process has: on Windows of a pipe, elsewhere the path of a socket."""
    name = f"clipwright-{uuid.uuid4().hex[:12]}"
    if sys.platform == "win32":
        return name
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return str((runtime if runtime.is_dir() else Path(tempfile.gettempdir())) / name)
