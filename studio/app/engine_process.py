"""The engine as a child process: requests on its standard input, events on its standard output.

Needs a running Qt event loop and no window.
"""

from __future__ import annotations

import signal
import sys

from pydantic import ValidationError
from PySide6.QtCore import QCoreApplication, QProcess, QProcessEnvironment

from studio.core.engine_link import DEVICE_FAULT, Ending, EngineLink
from studio.core.events import EVENT, Event
from studio.core.request import RenderRequest, StopRequest

_LONGEST_LINE = 1 << 24  # bytes; an event has a few hundred, and the last one both prompts
_LOGGED_CHARACTERS = 2000  # of one line
_LAST_CHANCE = 1500  # ms from the end of input to the kill, where the program itself ends
_LAST_WAIT = 5000  # ms for the system to take a killed process and its gigabytes away
_FROM_NOBODY = {
    "HF_HUB_OFFLINE": "1",  # a render asks nobody for anything
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "PYTHONUTF8": "1",
}


class EngineProcess(EngineLink):
    """Starts the engine by name, and ends it with the program.

    Even where this process is killed the engine ends: the system then closes its standard input.
    `command` is for an engine that is started otherwise.
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or engine_command()
        self._process: QProcess | None = None
        self._over = False
        self._out = _Lines()
        self._err = _Lines()
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.end)

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The process's id, None where none runs."""
        process = self._process
        return None if process is None else process.processId() or None

    def start(self) -> None:
        if self._over or self._process is not None:
            return
        process = self._process = QProcess()
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in _FROM_NOBODY.items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read_events)
        process.readyReadStandardError.connect(self._read_log)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._went_wrong)
        process.start(self._command[0], self._command[1:])

    def send(self, request: RenderRequest) -> None:
        self._say(request.to_line())

    def ask_stop(self) -> None:
        self._say(StopRequest().model_dump_json())

    def close(self) -> None:
        if self._process is not None:
            self._process.closeWriteChannel()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """Ends the engine for good, with the program: waits for its end, some seconds at most,
        tells of nothing any more, and starts no other. What a running render did since its last
        kept state is lost; who minds stops it before.
        """
        self._over = True
        process = self._process
        if process is None:
            return
        self._process = None
        process.closeWriteChannel()
        if not process.waitForFinished(_LAST_CHANCE):
            process.kill()
            process.waitForFinished(_LAST_WAIT)
        process.deleteLater()

    def _say(self, line: str) -> None:
        process = self._process
        if process is not None and process.state() is not QProcess.ProcessState.NotRunning:
            process.write(line.encode() + b"\n")

    def _read_events(self) -> None:
        if self._process is not None:
            self._tell(self._out.add(bytes(self._process.readAllStandardOutput().data())))

    def _tell(self, lines: list[bytes]) -> None:
        for line in lines:
            event = _event(line)
            if isinstance(event, str):
                self._log(event)
            elif event is not None:
                self.event.emit(event)

    def _read_log(self) -> None:
        if self._process is not None:
            for line in self._err.add(bytes(self._process.readAllStandardError().data())):
                self._log(_text(line))

    def _log(self, line: str) -> None:
        line = line.rstrip()[:_LOGGED_CHARACTERS]
        if line:
            self.log.emit(line)

    def _went_wrong(self, error: QProcess.ProcessError) -> None:
        process = self._process
        if process is not None and error is QProcess.ProcessError.FailedToStart:
            self._forget(process)
            text = f"could not be started ({process.errorString()})"
            self.ended.emit(Ending(text))

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        process = self._process
        if process is None:
            return
        self._read_log()
        for line in self._err.rest():
            self._log(_text(line))
        self._read_events()
        self._tell(self._out.rest())
        self._forget(process)
        crashed = status is QProcess.ExitStatus.CrashExit
        self.ended.emit(_ending(code, crashed=crashed))

    def _forget(self, process: QProcess) -> None:
        """From here on another engine can be started, also by who is told of this one's end."""
        self._process = None
        process.deleteLater()


def engine_command() -> list[str]:
    """The words that start an engine: of a frozen program, the program itself with a switch."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--engine"]
    # -P: nothing is to be imported from the folder in which the program was started.
    return [sys.executable, "-P", "-m", "studio.engine"]


class _Lines:
    """Bytes as they come, cut into whole lines; a bar that is drawn anew ends one as well."""

    def __init__(self) -> None:
        self._partial = b""

    def add(self, data: bytes) -> list[bytes]:
        """The lines that are whole now; one that never ends is given in parts."""
        *lines, self._partial = (self._partial + data).replace(b"\r", b"\n").split(b"\n")
        return lines + self.rest() if len(self._partial) > _LONGEST_LINE else lines

    def rest(self) -> list[bytes]:
        """What came after the last line's end."""
        lines = [self._partial] if self._partial else []
        self._partial = b""
        return lines


def _event(line: bytes) -> Event | str | None:
    """The event of a line; the line as text where it is none, None where it tells nothing: it is
    empty, or an event that only a newer engine knows.
    """
    if not line.strip():
        return None
    try:
        return EVENT.validate_json(line)
    except ValidationError as error:
        unknown = error.errors()[0]["type"] == "union_tag_invalid"
        return None if unknown else _text(line)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _ending(code: int, *, crashed: bool) -> Ending:
    if code == DEVICE_FAULT and not crashed:
        text = "ended because the GPU or its driver failed"
        return Ending(text, "restarting the computer or a newer driver may help")
    return Ending(_how(code, crashed=crashed))


def _how(code: int, *, crashed: bool) -> str:
    if not crashed:
        return "ended by itself" if code == 0 else f"ended with status {code}"
    try:
        name = signal.Signals(code).name
    except ValueError:  # on Windows it is the exception's number
        return f"crashed ({code})"
    if name == "SIGKILL":
        return "was killed (SIGKILL; the system does that where the memory runs out)"
    return f"crashed ({name})"
