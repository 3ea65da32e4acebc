"""Clips as latents on the disk, encoded once: what the transformer is trained on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import draw
import torch
from diffusers import AutoencoderKLWan
from safetensors import safe_open
from safetensors.torch import save_file
from scenes import ATTRIBUTES, CAMERAS, Scene, draw_scene

SHARD = 64  # clips in one file
PHOTO_SHARE = 0.22  # camera moves over textures, for image-to-video of any photo
_FIELDS = ("shape", "color", "motion", "camera", "backdrop", "ground")


@dataclass(frozen=True)
class Size:
    """The size of training clips, in pixels and frames."""

    width: int
    height: int
    frames: int

    @property
    def name(self) -> str:
        """What the size's folder is called."""
        return f"{self.width}x{self.height}x{self.frames}"


def make_shards(
    vae: AutoencoderKLWan, folder: Path, size: Size, numbers: range, device: str
) -> None:
    """Draws and encodes a size's shards of these numbers; what is there already is kept.

    A number says what is drawn: the same clips each time.
    """
    place = folder / size.name
    place.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        file = place / f"{number:05d}.safetensors"
        if file.exists():
            continue
        rng = random.Random(f"{size.name}/{number}")
        generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
        clips, scenes = [], []
        for _ in range(SHARD // 8):
            eight, said = _clips(size, rng, generator)
            clips.append(_encode(vae, eight, device))
            scenes += said
        data = {"latents": torch.cat(clips).half(), "scenes": torch.tensor(scenes)}
        save_file(data, file.with_suffix(".tmp"))
        file.with_suffix(".tmp").rename(file)
        print(f"latents {size.name} {number} of {numbers}", flush=True)


class Latents:
    """The shards of one size in memory; new ones on the disk are taken in now and then."""

    def __init__(self, folder: Path, size: Size):
        self._place = folder / size.name
        self._seen: set[str] = set()
        self.latents: list[torch.Tensor] = []
        self.scenes: list[Scene] = []
        # Indices of the textures (False) and the scenes with a subject, and their turns summed up.
        self._kinds: dict[bool, list[int]] = {False: [], True: []}
        self._turns: dict[bool, list[float]] = {False: [], True: []}
        self.refresh()

    def refresh(self) -> None:
        """Reads the shards that came since."""
        for file in sorted(self._place.glob("*.safetensors")):
            if file.name in self._seen:
                continue
            self._seen.add(file.name)
            with safe_open(file, framework="pt") as shard:
                self.latents += list(shard.get_tensor("latents"))
                self.scenes += [_scene(row) for row in shard.get_tensor("scenes").tolist()]
        for index in range(sum(map(len, self._kinds.values())), len(self.scenes)):
            scene = self.scenes[index]
            turns = self._turns[scene.subject]
            self._kinds[scene.subject].append(index)
            turns.append((turns[-1] if turns else 0) + _turns(scene))

    def batch(
        self, rng: random.Random, count: int, textures: float
    ) -> tuple[torch.Tensor, list[Scene]]:
        """Random clips `[count, z, frames, h, w]` with their scenes; a share of them `textures`."""
        kinds = [rng.random() >= textures for _ in range(count)]
        chosen = [rng.choices(self._kinds[k], cum_weights=self._turns[k])[0] for k in kinds]
        latents = torch.stack([self.latents[i] for i in chosen]).float()
        return latents, [self.scenes[i] for i in chosen]


def _clips(
    size: Size, rng: random.Random, generator: torch.Generator
) -> tuple[torch.Tensor, list[list[int]]]:
    out, said = [], []
    for _ in range(8):
        if size.frames > 1 and rng.random() < PHOTO_SHARE:
            camera = rng.choice(CAMERAS)
            scene = Scene("any", "any", "any", camera, "any", "any", subject=False)
            canvas = draw.textures(1, 2 * size.width, 2 * size.height, generator)
            clip = draw.camera_clip(canvas, camera, size.width, size.height, size.frames)[0]
        else:
            scene = draw_scene(rng)
            clip = draw.clip(scene, size.width, size.height, size.frames, rng)
        out.append(clip)
        said.append(_numbers(scene))
    return torch.stack(out), said


def _turns(scene: Scene) -> float:
    """How often a scene has its turn against others: what is hard to learn, more often."""
    turns = 1.0
    if scene.shape in ("star", "cross", "triangle"):
        turns *= 1.5
    if scene.motion == "spin" and scene.shape not in ("circle", "ring"):
        turns *= 2.5
    if scene.motion == "bounce":
        turns *= 1.5
    if scene.camera in ("zoom_in", "zoom_out"):
        turns *= 1.5
    return turns


def _numbers(scene: Scene) -> list[int]:
    row = [ATTRIBUTES[name].index(getattr(scene, name)) for name in _FIELDS]
    return [*row, int(scene.subject)]


def _scene(row: list[int]) -> Scene:
    values = [ATTRIBUTES[name][i] for name, i in zip(_FIELDS, row[:-1], strict=True)]
    return Scene(*values, subject=bool(row[-1]))


@torch.no_grad()
def _encode(vae: AutoencoderKLWan, clips: torch.Tensor, device: str) -> torch.Tensor:
    shape = (1, -1, 1, 1, 1)
    mean = torch.tensor(vae.config.latents_mean).view(shape)
    std = torch.tensor(vae.config.latents_std).view(shape)
    out = []
    for clip in clips.split(2):
        with torch.autocast(device, torch.bfloat16):
            out.append(vae.encode(clip.to(device)).latent_dist.mode().float().cpu())
    return (torch.cat(out) - mean) / std
