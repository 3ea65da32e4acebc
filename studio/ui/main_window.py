"""The window: Compose, stage, and queue and History in their places, with the menu over them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import QMainWindow, QSplitter, QTabWidget, QVBoxLayout, QWidget

from studio.ui import layout_state, menus
from studio.ui.closing import ClosingQuestion, Leaving
from studio.ui.compose.photo_intake import take_in
from studio.ui.drop_overlay import DropOverlay, promise
from studio.ui.icons import app_icon
from studio.ui.problem import Kind, ProblemBar
from studio.ui.theme import M, S, indent_numbers

NARROWEST_COMPOSE, WIDEST_COMPOSE = 340, 420  # pixels
QUEUE_TAB, HISTORY_TAB = 0, 1


class MainWindow(QMainWindow):
    """Four ready-made zones and what concerns all of them: drops, layout, problems, closing.

    Commands are QActions by name, see `action`; the window carries out those about itself.
    """

    files_dropped = Signal(list)  # of Path: photos, clips and presets
    image_dropped = Signal(bytes)  # the bytes of a picture file
    leaving = Signal(Leaving)  # the window closes now
    stage_alone = Signal(bool)  # the stage fills the screen, or no longer does

    def __init__(self, compose: QWidget, stage: QWidget, queue: QWidget, history: QWidget) -> None:
        super().__init__()
        self.compose, self.stage, self.queue, self.history = compose, stage, queue, history
        self.job_running = False
        self.problem = ProblemBar()
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.tabs = QTabWidget()
        self.question: ClosingQuestion | None = None
        self._answer: Leaving | None = None
        self._alone = False
        self._actions = menus.fill(self)
        self._arrange()
        self._name_zones()
        self.overlay = DropOverlay(self)
        self.setAcceptDrops(True)
        self._connect()

    def action(self, name: str) -> QAction:
        """The command of that name in `studio.ui.menus`; raises KeyError for an unknown one."""
        return self._actions[name]

    def set_queue_count(self, waiting: int) -> None:
        """Shows how many jobs are not finished."""
        self.tabs.setTabText(QUEUE_TAB, f"QUEUE ({waiting})" if waiting else "QUEUE")

    def set_queue_paused(self, paused: bool) -> None:
        """Shows the queue's state in the menu, without telling of it as a wish."""
        self.action("pause-queue").setChecked(paused)

    def show_problem(self, sentence: str, details: str = "", kind: Kind = "error") -> None:
        """Says what is wrong, over all zones."""
        self.problem.show_problem(sentence, details, kind)

    def show_history(self) -> None:
        """Brings History to the front, with the focus in it."""
        self._go_to_tab(self.history)

    def show_queue(self) -> None:
        """Brings the queue to the front, with the focus in it."""
        self._go_to_tab(self.queue)

    def show_stage_alone(self, alone: bool) -> None:
        """Fills the screen with the stage, or brings everything back."""
        if alone != self._alone:
            self._alone = alone
            self.menuBar().setVisible(not alone)
            self.compose.setVisible(not alone and self.action("show-compose").isChecked())
            self.tabs.setVisible(not alone and self.action("show-lists").isChecked())
            self._fill_screen(alone)
            self.stage_alone.emit(alone)

    def layout_state(self) -> bytes:
        """Where the window is and how it is divided, for `restore_layout` at the next start; a
        stage that fills the screen goes back into its place for it.
        """
        self.show_stage_alone(False)
        return layout_state.keep(self, self.columns, self.rows, self.tabs.currentIndex())

    def restore_layout(self, kept: bytes) -> None:
        """Brings a layout back; bytes that are none leave the window as it is."""
        tab = layout_state.bring_back(kept, self, self.columns, self.rows)
        if tab is not None:
            self.tabs.setCurrentIndex(tab)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1280, 800)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        sentence = None if self._comes_from_history(event) else promise(event.mimeData())
        if sentence is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.overlay.announce(sentence)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        self.overlay.hide()
        if self._comes_from_history(event):
            event.ignore()
            return
        event.acceptProposedAction()
        found = take_in(event.mimeData())
        files = [photo for photo in found.photos if isinstance(photo, Path)]
        if files or found.clips or found.presets:
            self.files_dropped.emit([*files, *found.clips, *found.presets])
        for photo in found.photos:
            if isinstance(photo, bytes):
                self.image_dropped.emit(photo)
        if found.complaint:
            self.show_problem(found.complaint, kind="warning")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self.action("full-screen").setChecked(self.isFullScreen())
            if not self.isFullScreen():
                self.show_stage_alone(False)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if self.job_running and self._answer is None:
            event.ignore()
            self._ask()
            return
        event.accept()
        self.leaving.emit(self._answer or Leaving.KEEP)

    def _comes_from_history(self, event: QDropEvent) -> bool:
        """Whether it is a clip of History's; only Compose takes those, and does so itself.

        A hand that slips over the tiles would else replace all that is set.
        """
        source = event.source()
        return isinstance(source, QWidget) and self.history.isAncestorOf(source)

    def _arrange(self) -> None:
        self.setWindowTitle("Clipwright")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(960, 600)
        self.compose.setMinimumWidth(NARROWEST_COMPOSE)
        self.compose.setMaximumWidth(WIDEST_COMPOSE)
        indent_numbers(self.compose)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.queue, "QUEUE")
        self.tabs.addTab(self.history, "HISTORY")
        for splitter, parts, sizes in (
            (self.rows, (self.stage, self.tabs), [520, 240]),
            (self.columns, (self.compose, self.rows), [376, 904]),
        ):
            for part in parts:
                splitter.addWidget(part)
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
            splitter.setSizes(sizes)
        self.rows.setStretchFactor(0, 3)
        self.rows.setStretchFactor(1, 1)
        self.columns.setStretchFactor(0, 0)
        self.columns.setStretchFactor(1, 1)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        over = QVBoxLayout()
        over.setContentsMargins(M, S, M, 0)
        over.addWidget(self.problem)
        column.addLayout(over)
        column.addWidget(self.columns, 1)
        self.setCentralWidget(central)

    def _name_zones(self) -> None:
        for zone, name in (
            (self.compose, "Compose"),
            (self.stage, "Stage"),
            (self.tabs, "Queue and History"),
            (self.queue, "Queue"),
            (self.history, "History"),
        ):
            zone.setAccessibleName(zone.accessibleName() or name)
        self.tabs.setTabToolTip(QUEUE_TAB, "The jobs that wait and run (Ctrl+3)")
        self.tabs.setTabToolTip(HISTORY_TAB, "All clips (Ctrl+4)")

    def _connect(self) -> None:
        act = self.action
        act("quit").triggered.connect(self.close)
        act("go-compose").triggered.connect(self._go_to_compose)
        act("go-stage").triggered.connect(self._go_to_stage)
        act("go-queue").triggered.connect(self.show_queue)
        act("go-history").triggered.connect(self.show_history)
        act("copy-report").triggered.connect(self._copy_report)
        for name, part in (("show-compose", self.compose), ("show-lists", self.tabs)):
            act(name).setChecked(True)
            act(name).toggled.connect(part.setVisible)
        act("full-screen").triggered.connect(self._fill_screen)

    def _go_to_compose(self) -> None:
        self.action("show-compose").setChecked(True)
        _focus(self.compose)

    def _go_to_stage(self) -> None:
        _focus(self.stage)

    def _go_to_tab(self, zone: QWidget) -> None:
        self.action("show-lists").setChecked(True)
        self.tabs.setCurrentWidget(zone)
        _focus(zone)

    def _fill_screen(self, on: bool) -> None:
        full = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | full if on else self.windowState() & ~full)

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self.problem.report())

    def _ask(self) -> None:
        if self.question is None:
            self.question = ClosingQuestion(self, self._close_for)
        self.question.open()

    def _close_for(self, answer: Leaving) -> None:
        self._answer = answer
        self.close()


def _focus(zone: QWidget) -> None:
    """Gives the focus to a zone, or to the first widget in it that takes it."""
    inside = [zone, *zone.findChildren(QWidget)]
    for widget in inside:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(zone):
            widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
