"""Takes the window's screenshots: `python packaging/screenshots.py [--out FOLDER]`.

A real window over a data folder of its own, with clips that the starter renders first; every state
in both schemes, two sizes and at twice the scale. Two are in the README.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

ROOT = Path(__file__).resolve().parents[1]
SIZES = {"1280x800": (1280, 800), "1920x1080": (1920, 1080)}
PROMPTS = (
    "a red circle moves left on a blue background",
    "a yellow star spins on a purple background",
    "a pink ring moves right on a green background",
    "a white heart grows on a black background",
    "a blue square bounces on an orange background",
    "一个绿色的圆形向下移动，白色背景",
    "a purple triangle stays still on a yellow background",
    "an orange circle circles around on a black background",
)
PATIENCE = 180.0  # seconds for one render


def main() -> None:
    """Renders the clips, then starts itself once for each scheme and scale."""
    options = _options()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if options.theme is not None:
        _take(options.out, options.theme, options.scale)
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLIPWRIGHT_HOME"] = home
        for prompt in PROMPTS:
            _command("queue", "add", prompt, "--seed", "3")
        _command("queue", "run", "--until-empty")
        for theme, scale in itertools.product(("dark", "light"), (1, 2)):
            words = [sys.executable, __file__, "--out", str(options.out), "--theme", theme]
            environment = os.environ | {"QT_SCALE_FACTOR": str(scale)}
            subprocess.run([*words, "--scale", str(scale)], check=True, env=environment)


def _command(*words: str) -> None:
    subprocess.run([sys.executable, "-P", "-m", "studio", *words], check=True, cwd=ROOT)


def _take(out: Path, theme: str, scale: int) -> None:
    sys.path.insert(0, str(ROOT))
    from studio.app.window import make_application

    out.mkdir(parents=True, exist_ok=True)
    sitting = _Sitting(make_application(), out, theme, scale)
    sitting.compose()
    sitting.history()
    sitting.presets()
    sitting.queue()
    sitting.end()


class _Sitting:
    """One window in one scheme, brought from state to state and shot in each."""

    def __init__(self, app: QApplication, out: Path, theme: str, scale: int) -> None:
        from studio.app.owner import Owner
        from studio.app.stopping import Stopping
        from studio.app.window import OpenWindow
        from studio.app.workshop import open_workshop
        from studio.core.folders import folders
        from studio.core.settings import Theme

        self._app, self._out, self._theme, self._scale = app, out, theme, scale
        self._workshop = open_workshop(folders())
        settings = self._workshop.settings
        settings.save(settings.settings.model_copy(update={"theme": Theme(theme)}))
        owner = Owner.claim()
        assert owner is not None
        self._owner = owner
        shown = OpenWindow(app, owner, self._workshop, Stopping())
        self._wiring, self._window = shown.wiring, shown.window
        self._data = folders().data
        shown.open([])

    def compose(self) -> None:
        """Empty, then with a photo."""
        compose = self._wiring.compose
        compose.well.clear()
        compose.prompt.clear()
        self._shoot("empty")
        compose.prompt.setPlainText("the camera zooms in slowly, soft evening light")
        photo = self._data / "evening.png"
        _draw_photo(photo)
        compose.add_photos([photo])
        self._wait(lambda: not compose.well.busy)
        self._shoot("photo")
        compose.well.clear()

    def history(self) -> None:
        """Clips, one of them on the stage."""
        from studio.core.library import ClipFilter

        self._window.show_history()
        (clip,) = self._workshop.library.page(ClipFilter(text="heart"), 0, 1)
        self._wiring.stage.open_clip(clip.path, clip.title)
        self._shoot("history")

    def presets(self) -> None:
        """The picker, a modified preset, the window of presets, an import, and a contact sheet."""
        from studio.core.preset_exchange import export_presets
        from studio.ui.presets.import_review import ImportReview
        from studio.ui.presets.sheet_dialog import SheetDialog

        wiring, shelf = self._wiring, self._workshop.presets
        named = {each.preset.name: each.preset for each in shelf.all()}
        bar = wiring.compose.presets.bar
        wiring.compose.prompt.setPlainText(PROMPTS[0])
        shelf.star(named["Starter 2 s"].id, True)
        bar.box.showPopup()
        self._shoot("preset-list", bar.list)
        bar.list.close()
        wiring.compose.presets.use(named["Starter 2 s"])
        wiring.compose.form.steps.setValue(12)
        self._shoot("preset-modified")
        wiring.compose.presets.use(named["Starter 2 s"])

        dialog = wiring.presets.show()
        dialog.show_preset(named["Best"].id)
        self._shoot("presets", dialog)
        files = export_presets(
            [named["Four starters"], named["Best"]], self._data / "shared", overwrite=True
        )
        friend = self._data / "friend.clipwright-preset"
        text = files[0].read_text(encoding="utf-8")
        text = text.replace(str(named["Four starters"].id), str(uuid4()))
        text = text.replace(str(named["Best"].id), str(uuid4()))
        friend.write_text(text.replace("steps = 50", "steps = 0"), encoding="utf-8")
        wiring.presets.review([friend, files[0]])
        self._wait(lambda: dialog.findChild(ImportReview) is not None, 5)
        self._shoot("preset-import", dialog.findChild(ImportReview))
        for window in (dialog.findChild(ImportReview), dialog):
            window.close()

        self._window.action("contact-sheet").trigger()
        sheet = self._window.findChild(SheetDialog)
        for tick, preset in sheet.ticks.items():
            tick.setChecked(preset.name.startswith(("Starter", "Four")))
        self._shoot("sheet", sheet)
        sheet.render_.click()
        self._wait(lambda: str(wiring.stage.state) == "compare")
        self._shoot("sheet-compared")

    def queue(self) -> None:
        """A job that runs among others, and one that failed."""
        from studio.core.job import JobState
        from studio.core.params import GenerationParams

        workshop, wiring, queue = self._workshop, self._wiring, self._workshop.queue
        queue.clear_finished()
        self._window.show_queue()
        params = [GenerationParams(prompt=prompt, seed=5) for prompt in PROMPTS[:5]]
        queue.set_paused(True)
        jobs = queue.add(params)
        failure = "The memory ran out during the render; make the clip smaller or shorter."
        queue.move_state(jobs[4].id, JobState.FAILED, failure=failure)
        workshop.files.note(jobs[4].id, "CUDA out of memory. Tried to allocate 3.41 GiB.")
        queue.pause_job(jobs[2].id)
        wiring.following.follow()
        queue.set_paused(False)
        self._wait(lambda: queue.job(jobs[0].id).step >= 12)
        self._shoot("rendering")
        wiring.following.show_job(jobs[4].id)
        self._shoot("failed")
        queue.set_paused(True)
        for job in jobs:
            if queue.job(job.id).state not in (JobState.DONE, JobState.FAILED):
                queue.cancel(job.id)
        self._wait(lambda: workshop.dispatcher.current is None)
        queue.clear_finished()
        queue.set_paused(False)

    def end(self) -> None:
        """Closes the window as a person would."""
        self._window.job_running = False
        self._window.close()
        engine = self._workshop.engine
        self._wait(lambda: not self._window.isVisible() and not engine.running, 15)
        self._workshop.close()
        self._owner.release()

    def _wait(self, until: Callable[[], object], patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not until() and time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.005)

    def _shoot(self, state: str, over: QWidget | None = None) -> None:
        """Saves the window in each size; `over` is one that lies over it."""
        from PySide6.QtGui import QPainter

        for name, (width, height) in SIZES.items():
            if self._scale > 1 and name != "1280x800":
                continue
            self._window.resize(width, height)
            begun = time.monotonic()
            self._wait(lambda begun=begun: time.monotonic() - begun > 0.6)
            scale = "@2x" if self._scale > 1 else ""
            file = self._out / f"{state}-{self._theme}-{name}{scale}.png"
            picture = self._window.grab()
            if over is not None:
                corner = self._window.mapFromGlobal(over.mapToGlobal(over.rect().topLeft()))
                with QPainter(picture) as painter:
                    painter.drawPixmap(corner, over.grab())
            picture.save(str(file))
            print(file, flush=True)


def _draw_photo(path: Path) -> None:
    """An evening over hills, drawn: nobody's photograph."""
    import numpy as np
    from PIL import Image

    height, width = 900, 1400
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1.556 : width * 1j]
    sky = np.stack([0.98 - 0.55 * (1 - y) ** 1.2, 0.55 + 0.05 * y, 0.42 + 0.35 * (1 - y)], -1)
    glow = np.exp(-((x - 1.05) ** 2 + (y - 0.52) ** 2) * 9)[..., None]
    sky = sky + glow * np.array([0.35, 0.3, 0.1])
    sun = np.clip((0.07 - np.hypot(x - 1.05, y - 0.52)) * 300, 0, 1)[..., None]
    sky = sky * (1 - sun) + sun * np.array([1.0, 0.93, 0.75])
    for depth, (base, shade) in enumerate([(0.6, 0.42), (0.72, 0.26), (0.85, 0.13)]):
        ridge = base + 0.045 * np.sin(x * (3.1 + depth) + depth) + 0.02 * np.sin(x * 11 + 2 * depth)
        cover = np.clip((y - ridge) * 400, 0, 1)[..., None]
        sky = sky * (1 - cover) + cover * np.array([shade * 1.1, shade * 0.9, shade * 1.3])
    picture = (np.clip(sky, 0, 1) * 255).astype("uint8")
    Image.fromarray(picture).save(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--theme", choices=("dark", "light"), help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
