"""Makes the README's picture from a real render: `.venv/bin/python packaging/pictures.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
from PIL import Image

from studio.core.events import Done
from studio.core.params import GenerationParams, Quality
from studio.core.request import RenderRequest
from studio.engine.renderer import Renderer

PICTURE = Path(__file__).resolve().parents[1] / "assets" / "readme" / "red-circle.png"
PROMPT = "a red circle moves left on a blue background"
SEED = 0
COLUMNS = 5
GAP = 4  # pixels between two frames


def main() -> None:
    """Renders the README's prompt and puts frames from all of its length side by side."""
    with tempfile.TemporaryDirectory() as folder:
        request = RenderRequest(
            params=GenerationParams(prompt=PROMPT, seed=SEED, quality=Quality.BEST),
            out=Path(folder) / "clip.mp4",
        )
        done = list(Renderer().render(request))[-1]
        assert isinstance(done, Done)
        with av.open(str(done.clip)) as clip:
            frames = [frame.to_image() for frame in clip.decode(video=0)]
    chosen = [frames[round(i * (len(frames) - 1) / (COLUMNS - 1))] for i in range(COLUMNS)]
    width, height = chosen[0].size
    strip = Image.new("RGB", (COLUMNS * (width + GAP) - GAP, height), "white")
    for place, frame in enumerate(chosen):
        strip.paste(frame, (place * (width + GAP), 0))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    strip.save(PICTURE, optimize=True)
    print(PICTURE)


if __name__ == "__main__":
    main()
