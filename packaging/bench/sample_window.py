"""One sample of the window: a whole process with a real window, which prints what it measured."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from studio.app import quick_start

quick_start.begin()  # as the program does
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from studio.app.owner import Owner
from studio.app.stopping import Stopping
from studio.app.window import OpenWindow, make_application
from studio.app.workshop import open_workshop
from studio.core.clip import ClipRecord
from studio.core.folders import folders
from studio.core.job import Job, JobState
from studio.core.library import ClipFilter
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.preset import Preset, PresetSettings

BEAT_MS = 4
JOBS, CLIPS, PRESETS = 1000, 10_000, 1000


def main() -> None:
    """Opens the window and does what the first argument asks for."""
    settings = json.loads(sys.argv[1])
    cpus = _keep_two_cpus() if settings.get("two_cpus") else 0
    imported = time.time()
    app = make_application()
    owner = Owner.claim()
    assert owner is not None
    workshop = open_workshop(folders())
    shown = OpenWindow(app, owner, workshop, Stopping())
    painted = _FirstPaint(shown.window)
    shown.open([])
    _wait(lambda: painted.at is not None)
    assert painted.at is not None
    found = {
        "opened": painted.at - imported,
        "painted": painted.at - settings.get("begun", painted.at),
        "torch": "torch" in sys.modules,
        "cpus": cpus,
    }
    found |= MEASURES[settings["what"]](shown, settings)
    workshop.close()
    owner.release()
    print(json.dumps(found), flush=True)
    os._exit(0)


def _keep_two_cpus() -> int:
    """Stays on two CPUs, as the threads do that are yet to begin; how many, 0 for any."""
    if not hasattr(os, "sched_setaffinity"):
        return 0
    cpus = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cpus)
    return len(cpus)


class _FirstPaint(QObject):
    """Notes when a window has been painted for the first time, by the clock of the system."""

    def __init__(self, window: QObject) -> None:
        super().__init__()
        self.at: float | None = None
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint and self.at is None:
            QTimer.singleShot(0, self._painted)
        return super().eventFilter(watched, event)

    def _painted(self) -> None:
        self.at = self.at or time.time()


class _Beat:
    """A timer that should come every few milliseconds; how late it comes is how long the loop
    stood.
    """

    def __init__(self) -> None:
        self.late: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, now - self._last - BEAT_MS / 1000))
        self._last = now

    def found(self) -> dict[str, float]:
        self._timer.stop()
        late = sorted(self.late)
        return {"longest": late[-1], "p99": late[int(0.99 * (len(late) - 1))]}


def _opened(_shown: OpenWindow, _settings: dict[str, object]) -> dict[str, float]:
    return {}


def _render(shown: OpenWindow, settings: dict[str, object]) -> dict[str, float]:
    """A render in a fresh engine, from the order to its clip on the stage's way; with `beat` the
    window's stalls are noted, which takes a little of the render's time itself.
    """
    queue = shown.workshop.queue
    params = GenerationParams.model_validate(settings["params"])
    beat = _Beat() if settings["beat"] else None
    begun, busy = time.perf_counter(), time.process_time()
    found: dict[str, float] = {}

    def note(_job: Job) -> None:
        seconds = time.perf_counter() - begun
        share = (time.process_time() - busy) / seconds
        found.update({"seconds": seconds, "share": share, **(beat.found() if beat else {})})

    shown.workshop.dispatcher.finished.connect(note)
    job = queue.add([params])[0].id
    _wait(lambda: found, 300, 20)
    if queue.job(job).state is not JobState.DONE:
        raise SystemExit(f"the render failed: {queue.job(job).failure}")
    return found


def _jobs(shown: OpenWindow, _settings: dict[str, object]) -> dict[str, float]:
    queue = shown.workshop.queue
    queue.set_paused(True)
    params = [GenerationParams(prompt=f"waves at dusk, {n}", seed=n) for n in range(JOBS)]
    begun = time.perf_counter()
    jobs = queue.add(params)
    added = time.perf_counter()
    queue.move(jobs[-1].id, 1)
    return {"add": added - begun, "move": time.perf_counter() - added}


def _fill_history(shown: OpenWindow, _settings: dict[str, object]) -> dict[str, float]:
    from PIL import Image

    library, now = shown.workshop.library, datetime.now(UTC)
    poster = folders().clips / "poster.jpg"
    poster.parent.mkdir(parents=True, exist_ok=True)
    Image.radial_gradient("L").resize((640, 352)).save(poster)
    for number in range(CLIPS):
        made = ResolvedParams(
            prompt=f"waves at dusk, number {number}", negative_prompt="", model="starter",
            image=None, crop=None, fit="cover", background="white", width=1280, height=704,
            num_frames=121, frame_rate=24, num_inference_steps=50, guidance_scale=5,
            guidance_scale_2=None, flow_shift=5, seed=number, scheduler="unipc", quality="good",
        )  # fmt: skip
        record = ClipRecord(
            version="0.1.0", params=made, model_title="Wan 2.2 TI2V-5B", model_fingerprint="0",
            photo_sha256=None, created=now - timedelta(minutes=number),
        )  # fmt: skip
        library.add(record, folders().clips / f"{number:05d}.mp4", poster, None)
    return {}


def _history(shown: OpenWindow, _settings: dict[str, object]) -> dict[str, float]:
    window, history = shown.window, shown.wiring.history
    begun = time.perf_counter()
    window.show_history()
    QApplication.processEvents()
    first = time.perf_counter() - begun
    beat, bar = _Beat(), history.grid.verticalScrollBar()
    for turn in range(200):
        bar.setValue(bar.maximum() * turn // 200)
        _rest(0.01)
    stalls = beat.found()
    begun = time.perf_counter()
    history.clips.set_filter(ClipFilter(text="number 4321"))
    _wait(lambda: history.clips.rowCount() == 1)
    return {"first": first, "search": time.perf_counter() - begun, **stalls}


def _memory(shown: OpenWindow, settings: dict[str, object]) -> dict[str, float]:
    import psutil

    player = shown.wiring.stage.player
    shown.wiring.stage.open_clip(Path(str(settings["clip"])))
    _wait(lambda: bool(player.facts) and player.frame > 60)
    return {"memory": float(psutil.Process().memory_info().rss)}


def _play(shown: OpenWindow, settings: dict[str, object]) -> dict[str, float]:
    """A clip plays over and over; what counts begins with its first frame on the screen."""
    player = shown.wiring.stage.player
    shown.wiring.stage.open_clip(Path(str(settings["clip"])))
    _wait(lambda: player.played.shown > 0)
    begun, before = time.perf_counter(), asdict(player.played)
    _rest(float(str(settings["seconds"])), every=20)  # looking takes time from the player
    seconds, after = time.perf_counter() - begun, asdict(player.played)
    return {"seconds": seconds} | {name: after[name] - count for name, count in before.items()}


def _presets(shown: OpenWindow, _settings: dict[str, object]) -> dict[str, float]:
    """A shelf of many presets: read, opened in the list, and searched letter by letter."""
    from PySide6.QtTest import QTest

    from studio.core.preset_text import preset_text

    shelf = shown.workshop.presets
    shelf.own.mkdir(parents=True, exist_ok=True)
    for number in range(PRESETS):
        preset = Preset(
            id=uuid5(NAMESPACE_OID, str(number)),
            name=f"Preset {number} of the sea",
            description="Slow water under a low sun, for a screen.",
            category=f"Category {number % 20}",
            family=shown.wiring.compose.form.family.title,
            settings=PresetSettings(num_inference_steps=20, flow_shift=3.0, seeds=2),
        )
        text = preset_text(preset)
        (shelf.own / f"{number:04d}.toml").write_text(text, encoding="utf-8")
    begun = time.perf_counter()
    shelf.refresh()
    read = time.perf_counter() - begun
    bar = shown.wiring.compose.presets.bar
    begun = time.perf_counter()
    bar.box.showPopup()
    QApplication.processEvents()
    opened = time.perf_counter() - begun
    keys: list[float] = []
    for letter in "sea 42 ":
        begun = time.perf_counter()
        QTest.keyClick(bar.list.search, letter)
        QApplication.processEvents()
        keys.append(time.perf_counter() - begun)
    bar.list.hide()
    return {"read": read, "list": opened, "key": max(keys)}


MEASURES = {
    "presets": _presets,
    "open": _opened,
    "render": _render,
    "jobs": _jobs,
    "fill": _fill_history,
    "history": _history,
    "memory": _memory,
    "play": _play,
}


def _rest(seconds: float, every: int = 1) -> None:
    end = time.perf_counter() + seconds
    _wait(lambda: time.perf_counter() > end, every=every)


def _wait(until: Callable[[], object], patience: float = 60, every: int = 1) -> None:
    """Lets the window live, and looks every so many milliseconds whether something is so."""
    loop, end = QEventLoop(), time.monotonic() + patience
    timer = QTimer(interval=every, timerType=Qt.TimerType.PreciseTimer)

    def look() -> None:
        if until() or time.monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
    if time.monotonic() > end:
        raise SystemExit("waited in vain")


if __name__ == "__main__":
    main()
