"""Opens the window: one of them for each data folder, usable before any engine is there."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from studio import __version__
from studio.app import quick_start
from studio.app.failure import FAILED, complain, failure_of
from studio.app.faults import Faults
from studio.app.owner import Answer, Ask, Message, Owner, claim_or_call
from studio.app.queue_answer import answer_queue
from studio.app.stopping import Manner, Stopping
from studio.app.wiring import Wiring
from studio.app.workshop import Workshop, open_workshop
from studio.core.errors import StudioError
from studio.core.files import AtomicFile
from studio.core.folders import folders
from studio.ui import theme
from studio.ui.closing import Leaving
from studio.ui.main_window import MainWindow

# One of these says where windows go; without any Qt would end the program.
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
# Of Qt's platforms those that paint nowhere: a box there would wait for ever.
UNSEEN = ("offscreen", "minimal")
SIGNAL_MS = 200  # Python hears of Ctrl-C only when it gets a turn
GOODBYE_MS = 12_000  # for the engine to keep its state; after that it is ended


def open_window(words: Sequence[str], stopping: Stopping) -> int:
    """Opens the window with some files in it, or hands them to the one that is open.

    Returns the exit status.
    """
    if sys.platform == "linux" and not any(map(os.environ.get, SCREENS)):
        complain("There is no screen to open a window on; 'clipwright --help' shows the commands.")
        return FAILED
    app = make_application()
    paths = [Path(word).absolute() for word in words]
    try:
        owner = claim_or_call(Message(ask=Ask.OPEN, words=tuple(map(str, paths))))
        if isinstance(owner, Answer):
            return _pass_on(owner)
        try:
            return _live(app, owner, stopping, paths)
        finally:
            owner.release()
    except Exception as error:  # noqa: BLE001 - the edge of the process
        sentence = failure_of(error).message
        complain(sentence)
        say_in_a_box(sentence)
        return FAILED


def say_in_a_box(sentence: str) -> None:
    """Says a sentence in a box of its own: from a desktop nobody sees what a start prints."""
    if QGuiApplication.platformName() not in UNSEEN:
        QMessageBox.warning(None, "Clipwright", sentence)


def _pass_on(answer: Answer) -> int:
    """What the Clipwright that was there already said, and its exit status."""
    print(answer.err, end="", file=sys.stderr, flush=True)
    if answer.err.strip():
        say_in_a_box(answer.err.strip())
    return answer.status


def _live(app: QApplication, owner: Owner, stopping: Stopping, files: Sequence[Path]) -> int:
    workshop = open_workshop(folders())
    try:
        shown = OpenWindow(app, owner, workshop, stopping)
        with Faults(shown.window):
            shown.open(files)
            app.exec()
        with suppress(StudioError):  # else at the next end; nobody waits for it here
            workshop.sweep_photos()
        return stopping.status
    finally:
        workshop.close()


def make_application() -> QApplication:
    """Qt's application object under our name."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Clipwright")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("clipwright")
    app.setQuitOnLastWindowClosed(False)  # the engine has to keep its state first
    return app


class OpenWindow(QObject):
    """The window from its opening to its end."""

    gone = Signal()  # the window is closed, and the engine has kept what it had

    def __init__(
        self, app: QApplication, owner: Owner, workshop: Workshop, stopping: Stopping
    ) -> None:
        super().__init__()
        theme.apply(app, workshop.settings.settings.theme)
        self.app, self.owner, self.workshop, self.stopping = app, owner, workshop, stopping
        self.wiring = Wiring(workshop)
        self._layout = workshop.own.data / "window.layout"
        owner.message.connect(self._answer)
        self.wiring.window.leaving.connect(self._leave)
        workshop.dispatcher.left.connect(self._quit)
        self._leaving = False
        self._timer: QTimer | None = None  # while it lives, the queue is worked at
        self._goodbye = QTimer(self, interval=GOODBYE_MS, singleShot=True)
        self._goodbye.timeout.connect(self._quit)
        self._signals = QTimer(self, interval=SIGNAL_MS)
        self._signals.timeout.connect(self._look_for_signals)

    @property
    def window(self) -> MainWindow:
        """The window itself."""
        return self.wiring.window

    def open(self, files: Sequence[Path]) -> None:
        """Shows the window as it was left, and takes the queue up."""
        if self._layout.is_file():
            self.window.restore_layout(self._layout.read_bytes())
        self.wiring.show_models()
        self.wiring.compose.restore(self.workshop.draft.draft)
        self.window.show()
        self.stopping.manner = Manner.ASK
        self._signals.start()
        # The window is painted first; the queue is taken up in the moment after.
        self._beginning = QTimer(self, interval=0, singleShot=True)
        self._beginning.timeout.connect(lambda: self._begin(files))
        self._beginning.start()

    def _begin(self, files: Sequence[Path]) -> None:
        quick_start.end()
        workshop = self.workshop
        if workshop.complaints:  # in one, or the last would hide the others
            self.window.show_problem("\n".join(workshop.complaints), kind="warning")
        died = workshop.died
        self._timer = workshop.begin(go_on=not died)
        if died and workshop.asks:
            self.window.tabs.setCurrentWidget(self.wiring.queue)
            self.wiring.ask_to_go_on()
        self.window.set_queue_paused(workshop.queue.paused)
        self.window.set_queue_count(self.wiring.queue.model.unfinished())
        self.wiring.presets.show_finished_sheet()  # perhaps it was rendered without a window
        self.wiring.take_files(files)
        self.wiring.awake.prepare()
        self.wiring.memory.look()

    def _answer(self, message: Message) -> None:
        match message.ask:
            case Ask.OPEN:
                self.owner.reply(message, Answer())
                minimized = Qt.WindowState.WindowMinimized
                self.window.setWindowState(self.window.windowState() & ~minimized)
                self.window.show()
                self.window.raise_()
                self.window.activateWindow()
                self.wiring.take_files([message.folder / word for word in message.words])
            case Ask.QUEUE:
                self.owner.reply(message, answer_queue(message, self.workshop))

    def _look_for_signals(self) -> None:
        if self.stopping.asked.is_set():
            self.stopping.asked.clear()
            self.window.job_running = False  # a signal is no moment for questions
            self.window.close()

    def _leave(self, answer: Leaving) -> None:
        if self._leaving:
            return
        self._leaving = True
        self._goodbye.start()  # first: whatever fails below, the program ends
        self.owner.stop_listening()  # another start waits, and opens a window of its own
        self._beginning.stop()  # a window can be closed before the queue is taken up
        self._signals.stop()
        self.window.hide()
        try:
            with AtomicFile(self._layout, overwrite=True) as temporary:
                temporary.write_bytes(self.window.layout_state())
        except StudioError:
            pass  # the next window opens where the system puts it
        current = self.workshop.dispatcher.current
        if answer is Leaving.CANCEL and current is not None:
            with suppress(StudioError):  # where it cannot be written the job is kept instead
                self.workshop.queue.cancel(current)
        self.wiring.leave()
        self.workshop.dispatcher.leave()

    def _quit(self) -> None:
        self._goodbye.stop()
        if self._timer is not None:
            self._timer.stop()
        self.gone.emit()
        self.app.quit()
