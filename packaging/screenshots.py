"""Takes the window's screenshots: `python packaging/screenshots.py [--out FOLDER]`.

A real window over a data folder of its own, with clips that the starter renders first; every state
in both schemes and two sizes, the dark one also at twice the scale. Two are in the README.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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
        for theme, scale in (("dark", 1), ("light", 1), ("dark", 2)):
            words = [sys.executable, __file__, "--out", str(options.out), "--theme", theme]
            environment = os.environ | {"QT_SCALE_FACTOR": str(scale)}
            subprocess.run([*words, "--scale", str(scale)], check=True, env=environment)


def _command(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "studio", *words], check=True, cwd=ROOT)


def _take(out: Path, theme: str, scale: int) -> None:
    sys.path.insert(0, str(ROOT))
    from studio.app.owner import Owner
    from studio.app.stopping import Stopping
    from studio.app.window import OpenWindow, make_application
    from studio.app.workshop import open_workshop
    from studio.core.folders import folders
    from studio.core.job import JobState
    from studio.core.library import ClipFilter
    from studio.core.params import GenerationParams
    from studio.core.settings import Theme

    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    workshop = open_workshop(folders())
    workshop.settings.save(workshop.settings.settings.model_copy(update={"theme": Theme(theme)}))
    owner = Owner.claim()
    assert owner is not None
    shown = OpenWindow(app, owner, workshop, Stopping())
    wiring, window, queue = shown.wiring, shown.window, workshop.queue

    def wait(until: Callable[[], object], patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not until() and time.monotonic() < end:
            app.processEvents()
            time.sleep(0.005)

    def shoot(state: str) -> None:
        for name, (width, height) in SIZES.items():
            if scale > 1 and name != "1280x800":
                continue
            window.resize(width, height)
            begun = time.monotonic()
            wait(lambda begun=begun: time.monotonic() - begun > 0.6)
            file = out / f"{state}-{theme}-{name}{'@2x' if scale > 1 else ''}.png"
            window.grab().save(str(file))
            print(file, flush=True)

    shown.open([])
    wiring.compose.well.clear()
    wiring.compose.prompt.clear()
    shoot("empty")

    wiring.compose.prompt.setPlainText("the camera zooms in slowly, soft evening light")
    photo = folders().data / "evening.png"
    _draw_photo(photo)
    wiring.compose.add_photos([photo])
    wait(lambda: not wiring.compose.well.busy)
    shoot("photo")

    window.show_history()
    (clip,) = workshop.library.page(ClipFilter(text="heart"), 0, 1)
    wiring.stage.open_clip(clip.path, clip.title)
    shoot("history")

    window.show_queue()
    params = [GenerationParams(prompt=prompt, seed=5) for prompt in PROMPTS[:5]]
    queue.set_paused(True)
    jobs = queue.add(params)
    queue.move_state(jobs[4].id, JobState.FAILED, failure="The memory ran out during the render; "
                     "make the clip smaller or shorter.")  # fmt: skip
    workshop.files.note(jobs[4].id, "CUDA out of memory. Tried to allocate 3.41 GiB.")
    queue.pause_job(jobs[2].id)
    wiring.following.follow()
    queue.set_paused(False)
    wait(lambda: queue.job(jobs[0].id).step >= 12)
    shoot("rendering")
    wiring.following.show_job(jobs[4].id)
    shoot("failed")
    queue.set_paused(True)
    for job in jobs:
        if queue.job(job.id).state not in (JobState.DONE, JobState.FAILED):
            queue.cancel(job.id)
    wait(lambda: workshop.dispatcher.current is None)
    queue.clear_finished()
    queue.set_paused(False)

    window.job_running = False
    window.close()
    wait(lambda: not window.isVisible() and not workshop.engine.running, 15)
    workshop.close()
    owner.release()


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
