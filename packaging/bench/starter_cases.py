"""What the starter is asked to show: held-out scenes, and camera moves over photographs."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

from photographs import photographs

sys.path.append(str(Path(__file__).parents[1] / "starter"))

from scenes import CAMERAS, Language, Scene, describe, draw_scene

SEED = 2026  # of the scenes and their sentences; the renders' own seeds are 0, 1, 2 …
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True)
class Case:
    """One clip to render: what is said, the words for it, the seed, and the photograph if any."""

    scene: Scene
    language: Language
    prompt: str
    seed: int
    photo: Path | None = None


def subject_cases(count: int) -> list[Case]:
    """Held-out scenes before a resting camera, the two languages in turns."""
    rng, cases = random.Random(SEED), []
    while len(cases) < count:
        scene = draw_scene(rng, held=True, camera_share=0)
        if scene.motion == "spin" and scene.shape in ("circle", "ring"):
            continue  # what is round cannot be seen to turn
        language = LANGUAGES[len(cases) % 2]
        cases.append(Case(scene, language, describe(scene, rng, language), len(cases)))
    return cases


def camera_cases(count: int) -> list[Case]:
    """Held-out scenes with a resting shape before a moving camera."""
    rng, cases = random.Random(SEED + 1), []
    while len(cases) < count:
        scene = draw_scene(rng, held=True, camera_share=1)
        if scene.motion != "still":
            continue  # on a plain background its own motion could not be told from the camera's
        language = LANGUAGES[len(cases) % 2]
        cases.append(Case(scene, language, describe(scene, rng, language), len(cases)))
    return cases


def photo_cases(seeds: int) -> list[Case]:
    """Every photograph with every camera move in both languages."""
    rng = random.Random(SEED + 2)
    scenes = [Scene("any", "any", "any", c, "any", "any", subject=False) for c in CAMERAS[1:]]
    return [
        Case(scene, language, describe(scene, rng, language), seed, photo)
        for photo in photographs()
        for scene in scenes
        for language in LANGUAGES
        for seed in range(seeds)
    ]
