"""A tiny render whose frames are compared with those that a model is known to make.

The reference lies in the model's folder and holds the mean colours of a coarse grid over each
frame: small enough to read, and hardly touched by what number formats and processors change in
single pixels.
"""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from studio.app.quiet import quiet_renderer
from studio.core.errors import ModelMissing
from studio.core.family import Start
from studio.core.files import AtomicFile
from studio.core.model_folder import ModelFolder
from studio.core.params import GenerationParams, Quality
from studio.core.request import RenderRequest

REFERENCE_FILE = "reference.json"
ROWS, COLUMNS = 6, 8
TRIAL = GenerationParams(
    prompt="a red circle moves left on a blue background",
    width=128,  # both a multiple of 32, which fits every family
    height=96,
    num_frames=5,
    num_inference_steps=8,
    seed=1,
    quality=Quality.LOSSLESS,
)
# dB of PSNR: cells that are off by 16 of 255 levels on average. Rounding in another number format
# moves a cell's mean by less; a picture of something else is off by more.
ENOUGH = 24.0

Grid = NDArray[np.float64]  # [frames, rows, columns, 3], 0 to 255


class Reference(BaseModel):
    """The frames that a model makes of the trial's params, as rows of "#rrggbb" for each frame."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    params: GenerationParams
    weights: str
    frames: tuple[tuple[str, ...], ...]


def compare(folder: ModelFolder, reference: Reference) -> float:
    """Renders the reference's params and returns the PSNR in dB of the frames' mean colours.

    0 where the number of frames differs. Raises what a render raises.
    """
    known, seen = _colours(reference.frames), grid_of(folder, reference.params)
    if known.shape != seen.shape:
        return 0.0
    error = float(np.mean((known - seen) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def read_reference(folder: ModelFolder) -> Reference | None:
    """The reference in a model's folder, None without one; raises ModelMissing for a bad one."""
    file = folder.path / REFERENCE_FILE
    if not file.is_file():
        return None
    try:
        reference = Reference.model_validate_json(file.read_bytes())
        _colours(reference.frames)
    except (ValidationError, ValueError) as error:
        raise ModelMissing(f"{file} is damaged; copy the model again.") from error
    if reference.weights != weights_of(folder):
        raise ModelMissing(
            f"The weights in {folder.path} are not those that {REFERENCE_FILE} was made with; "
            "copy the model again."
        )
    return reference


def write_reference(folder: ModelFolder) -> Path:
    """Renders the trial, and keeps its frames' mean colours in the model's folder as right."""
    grid = np.rint(grid_of(folder, TRIAL)).astype(int)
    frames = tuple(
        tuple(" ".join("#{:02x}{:02x}{:02x}".format(*cell) for cell in row) for row in frame)
        for frame in grid.tolist()
    )
    reference = Reference(params=TRIAL, weights=weights_of(folder), frames=frames)
    file = folder.path / REFERENCE_FILE
    with AtomicFile(file, overwrite=True) as temporary:
        json = reference.model_dump_json(indent=2, exclude_unset=True)
        temporary.write_text(json + "\n", encoding="utf-8")
    return file


def grid_of(folder: ModelFolder, params: GenerationParams) -> Grid:
    """Renders params with a model and returns the mean colours of each frame's grid."""
    with TemporaryDirectory(prefix="clipwright-") as name:
        out = Path(name) / "trial.mp4"
        changes: dict[str, object] = {"model": str(folder.path)}
        if folder.family.start is Start.PHOTO:
            changes["image"] = Path(name) / "photo.png"
            Image.radial_gradient("L").convert("RGB").save(Path(name) / "photo.png")
        request = RenderRequest(params=params.model_copy(update=changes), out=out)
        for _ in quiet_renderer().render(request):
            pass
        with av.open(str(out)) as clip:
            frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    return np.stack([_means(frame) for frame in frames])


def weights_of(folder: ModelFolder) -> str:
    """A hash that tells one set of a model's weights from another."""
    parts = ["transformer", "vae", "text_encoder", *(["transformer_2"] * folder.two_experts)]
    return "-".join(folder.fingerprint(part)[:16] for part in parts)


def _means(frame: NDArray[Any]) -> Grid:
    height, width, _ = frame.shape
    cells = frame.reshape(ROWS, height // ROWS, COLUMNS, width // COLUMNS, 3)
    return cells.mean(axis=(1, 3))


def _colours(frames: tuple[tuple[str, ...], ...]) -> Grid:
    return np.array(
        [
            [[list(bytes.fromhex(cell.removeprefix("#"))) for cell in row.split()] for row in frame]
            for frame in frames
        ],
        dtype=np.float64,
    )
