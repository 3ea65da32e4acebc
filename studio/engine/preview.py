"""Small previews of a running render: a linear map from latents to colours, fitted once a VAE."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from studio.core.errors import StudioError
from studio.core.events import Note, Preview
from studio.core.files import AtomicFile, remove_leftovers, storage_error
from studio.engine.spending import Spending
from studio.engine.vae import BLOCK, encode

SHOW_SECONDS = 0.3  # between two previews at least
SAMPLES = 10  # pictures for the fit; each gives over a hundred equations for z + 1 unknowns
SAMPLE_SIDE = 128


@dataclass(frozen=True)
class PreviewMap:
    """Colours from normalised latents: `rgb = weight · z + bias`, in [-1, 1]."""

    weight: torch.Tensor  # [3, z]
    bias: torch.Tensor  # [3]

    def strip(self, latents: torch.Tensor) -> Image.Image:
        """All frames of `[1, z, frames, h, w]` side by side, one pixel a latent."""
        z = latents[0].float().cpu()
        rgb = torch.einsum("cz,zfhw->hfwc", self.weight, z) + self.bias
        pixels = rgb.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).flatten(1, 2)
        return Image.frombytes("RGB", (pixels.shape[1], pixels.shape[0]), pixels.numpy().tobytes())


class Previews:
    """Shows a render on its way: one strip a step, as often as that is cheap, in files by step."""

    def __init__(self, folder: Path, colours: PreviewMap):
        self._folder, self._colours = folder, colours
        self._spending: Spending | None = None
        self._failed = False

    def show(self, step: int, estimate: torch.Tensor, *, last: bool) -> Iterator[Preview | Note]:
        """The estimated latents `[1, z, frames, h, w]` after a step, if a preview is due.

        That is after the first step shown, after the last, and every SHOW_SECONDS in between, less
        often where it would take more of the render's time than `spending.SHARE`. Where one cannot
        be written that is said, and none comes after it: the clip is as good without.
        """
        if self._failed or not (last or self._spending is None or self._spending.due):
            return
        path = self._folder / f"{step:04d}.png"
        try:
            if self._spending is None:
                _make_folder(self._folder)
                self._spending = Spending(SHOW_SECONDS)
            with self._spending.spend(estimate.device):
                strip = self._colours.strip(estimate)
                write_preview(path, strip)
        except StudioError as error:
            self._failed = True
            yield Note(text=f"The render goes on without previews: {error}")
            return
        frames = estimate.shape[2]
        yield Preview(
            path=path, step=step, frames=frames, width=strip.width // frames, height=strip.height
        )


def write_preview(path: Path, strip: Image.Image) -> None:
    """Writes a strip as PNG, whole or not at all.

    Unlike AtomicFile it does not wait for the disk: after a power cut nobody misses a preview.
    Raises DiskFull, BadInput or StudioError.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        strip.save(temporary, "PNG", compress_level=1)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):  # an error here would hide the one that led here
            temporary.unlink(missing_ok=True)
        raise storage_error(error, path) from error


def load_map(file: Path) -> PreviewMap | None:
    """A map that was fitted before, None where there is none or it is damaged."""
    try:
        found = load_file(file)
        return PreviewMap(found["weight"], found["bias"])
    except (OSError, SafetensorError, KeyError):
        return None


def save_map(file: Path, fitted: PreviewMap) -> None:
    """Keeps a fitted map; where it cannot be written, the next render fits it again."""
    with suppress(OSError, SafetensorError, StudioError):
        file.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(file.parent)
        with AtomicFile(file, overwrite=True) as temporary:
            save_file({"weight": fitted.weight, "bias": fitted.bias}, temporary)


@torch.no_grad()
def fit_map(vae: AutoencoderKLWan) -> PreviewMap:
    """Least squares from what the VAE itself makes of drawn pictures to the pictures, made small.

    A still of five frames gives two latent frames: the first, and one of the kind that follows it.
    """
    parameter = next(vae.encoder.parameters())
    stride = vae.config["scale_factor_spatial"]
    unknown: list[torch.Tensor] = []
    colours: list[torch.Tensor] = []
    for picture in _samples():
        still = picture.to(parameter.device, parameter.dtype)[None, :, None]
        z = encode(vae, [still, still.expand(-1, -1, BLOCK, -1, -1)])[0].cpu()
        small = F.avg_pool2d(picture[None], stride)[0]
        for frame in range(z.shape[1]):
            unknown.append(z[:, frame].flatten(1))
            colours.append(small.flatten(1))
    a = torch.cat(unknown, dim=1).T.double()
    a = torch.cat([a, torch.ones(len(a), 1, dtype=a.dtype)], dim=1)
    b = torch.cat(colours, dim=1).T.double()
    # A little ridge: a random or degenerate VAE must give a dull map, not an infinite one.
    normal = a.T @ a + 1e-4 * len(a) * torch.eye(a.shape[1], dtype=a.dtype)
    solution = torch.linalg.solve(normal, a.T @ b).float()
    return PreviewMap(solution[:-1].T.contiguous(), solution[-1].contiguous())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error


def _samples() -> list[torch.Tensor]:
    """Pictures `[3, side, side]` in [-1, 1]: soft colours with hard-edged patches over them."""
    generator = torch.Generator().manual_seed(0)
    pictures: list[torch.Tensor] = []
    for _ in range(SAMPLES):
        cells = int(torch.randint(2, 12, (1,), generator=generator))
        soft = torch.rand(1, 3, cells, cells, generator=generator) * 2 - 1
        picture = F.interpolate(soft, (SAMPLE_SIDE, SAMPLE_SIDE), mode="bicubic")[0].clamp(-1, 1)
        for _ in range(10):
            x, y, w, h = torch.randint(8, SAMPLE_SIDE // 2, (4,), generator=generator).tolist()
            colour = torch.rand(3, 1, 1, generator=generator) * 2 - 1
            picture[:, 2 * y - 16 : 2 * y - 16 + h, 2 * x - 16 : 2 * x - 16 + w] = colour
        pictures.append(picture)
    return pictures
