"""How much memory renders have on this machine, asked of the system without torch."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QStandardPaths, Signal

from studio.core.errors import StudioError
from studio.core.estimate import Work
from studio.core.fit import Device, Fit, PartSizes, judge
from studio.core.model_folder import find_model

_QUERY = ("--query-gpu=memory.total", "--format=csv,noheader,nounits")  # in MiB, a line a GPU
_AMD = Path("/dev/kfd")  # the Linux driver's door to AMD's GPUs


class DeviceMemory(QObject):
    """Looks for the device beside the event loop, and then judges whether renders fit.

    Nothing is found where a GPU may be there that cannot be asked: no word is better than a wrong
    one.
    """

    found = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device: Device | None = None
        self._sizes: dict[str, PartSizes] = {}
        self._asked = QProcess(self)
        self._asked.finished.connect(self._answered)

    def look(self) -> None:
        """Asks NVIDIA's driver, and where there is none takes the machine's own memory."""
        program = QStandardPaths.findExecutable("nvidia-smi")
        if program:
            self._asked.start(program, list(_QUERY))
        elif sys.platform != "win32" and not _AMD.exists():
            # psutil would take its time in the window's first moments.
            total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
            self._take(Device("memory", total))

    def leave(self) -> None:
        """Waits no longer for an answer."""
        self._asked.finished.disconnect(self._answered)
        self._asked.kill()
        self._asked.waitForFinished(1000)

    def judge(self, work: Work) -> Fit | None:
        """Whether a render fits; None while the device or the model is not known."""
        if self.device is None:
            return None
        try:
            if work.model not in self._sizes:
                self._sizes[work.model] = PartSizes.of(find_model(work.model))
        except StudioError:  # its own sentence is where the model is chosen
            return None
        return judge(self._sizes[work.model].need(work.width, work.height), self.device)

    def forget(self) -> None:
        """The models on the disk may be others now."""
        self._sizes.clear()

    def _answered(self) -> None:
        told = {line.strip() for line in bytes(self._asked.readAllStandardOutput().data()).split()}
        # Of several cards that differ nobody knows here which one CUDA takes first.
        if len(told) == 1 and (total := told.pop()).isdigit():
            self._take(Device("GPU memory", int(total) << 20))

    def _take(self, device: Device) -> None:
        self.device = device
        self.found.emit()
