"""Breaks things on purpose while the queue is worked off, and counts what became of the clips."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from pathlib import Path

from faulty_home import Home, SmallDisk, frames_hash, read_only
from figures import BenchFailed, Figure, Unit, at_least, at_most
from options import Options
from PIL import Image

from studio.app.record import record_of

ENGINE_KILLS, APP_KILLS = 50, 20
STEPS = 24
# Long enough to be hit in the middle, short enough for seventy of them.
RENDER = ("--width=128", "--height=80", "--num-frames=9", f"--num-inference-steps={STEPS}")
PROMPT = "a red circle moves left on a blue background"
ENDS_WITHIN = 1.0  # seconds that an engine may outlive its parent


def faults(options: Options) -> list[Figure]:
    """Engine kills, kills of the whole app, a full disk, a read-only folder, and damaged files."""
    rng = random.Random(options.runs)
    with Home() as home:
        undisturbed = _undisturbed(home, 5)
    figures: list[Figure] = []
    for part in (
        lambda: _engine_kills(rng, undisturbed),
        lambda: _app_kills(rng, undisturbed),
        lambda: _full_disk(undisturbed),
        lambda: _read_only(undisturbed),
        lambda: _damaged_photo(undisturbed),
        lambda: _damage(undisturbed),
    ):
        found = part()
        for figure in found:  # at once: what was counted stays when a later part fails
            print(f"{figure.name}: {figure.value:g} {figure.detail}", flush=True)
        figures += found
    return figures


def _undisturbed(home: Home, seeds: int) -> list[str]:
    """What the frames of a clip with each seed have to be, as hashes."""
    _add(home, range(seeds))
    home.run_to_the_end()
    hashes = [frames_hash(clip) for clip in home.clips()]
    if len(hashes) != seeds:
        raise BenchFailed(f"The undisturbed run made {len(hashes)} clips instead of {seeds}.")
    return hashes


def _add(home: Home, seeds: Sequence[int] | range) -> None:
    for seed in seeds:
        home.queue("add", PROMPT, *RENDER, f"--seed={seed}")


def _engine_kills(rng: random.Random, undisturbed: Sequence[str]) -> list[Figure]:
    with Home() as home:
        seeds = itertools.cycle(range(len(undisturbed)))
        _add(home, list(itertools.islice(seeds, ENGINE_KILLS)))
        run = home.start_run()
        kills, jobs = 0, ENGINE_KILLS
        while kills < ENGINE_KILLS:
            waiting = home.job_ids()
            if len(waiting) < 2:  # some were done before they were hit; a run ends with its jobs
                _add(home, [next(seeds)])
                jobs += 1
            job = waiting[0]
            # Half while it denoises, the rest from the first import on and while it decodes.
            state = rng.choice(("denoising", "denoising", "preparing", "decoding"))
            if not home.wait_for(run, job, state):
                continue
            time.sleep(rng.uniform(0, 0.1 if state == "decoding" else 1.5))
            if home.state(job) not in ("done", "failed") and home.kill_engine(run):
                kills += 1
            home.wait_until_finished(run, job)
        run.wait()
        return [
            Figure("engine kills", kills, Unit.COUNT, detail=f"one at most at each of {jobs} jobs"),
            *_verdicts("after engine kills", home, jobs, undisturbed),
        ]


def _app_kills(rng: random.Random, undisturbed: Sequence[str]) -> list[Figure]:
    outlived: list[float] = []
    with Home() as home:
        jobs = 2 * len(undisturbed)
        _add(home, [number % len(undisturbed) for number in range(jobs)])
        for _ in range(APP_KILLS):
            if home.unfinished() < 2:
                _add(home, [jobs % len(undisturbed)])
                jobs += 1
            run = home.start_run()
            time.sleep(rng.uniform(0.3, 9.0))
            outlived.append(home.kill_app(run))
        home.run_to_the_end()
        return [
            Figure("app kills", APP_KILLS, Unit.COUNT),
            Figure(
                "longest time that an engine outlived the app",
                max(outlived),
                Unit.SECONDS,
                at_most(ENDS_WITHIN),
            ),
            *_verdicts("after app kills", home, jobs, undisturbed),
        ]


def _full_disk(undisturbed: Sequence[str]) -> list[Figure]:
    try:
        disk = SmallDisk()
    except OSError as error:
        raise BenchFailed(f"No small disk could be made for the full disk ({error}).") from error
    with disk, Home(disk.path) as home:
        home.queue("add", PROMPT, *RENDER, "--seed=0")
        disk.fill()  # before the start: the database cannot be opened, and the run says so
        told = int("no room left" in home.queue("run", "--until-empty", expected=2))
        disk.empty()
        home.run_to_the_end()
        for filled_at in ("preparing", "denoising", "decoding"):
            home.queue("add", PROMPT, *RENDER, "--seed=0")
            job = home.job_ids()[0]
            run = home.start_run()
            if home.wait_for(run, job, filled_at):
                disk.fill()
            told += home.wait_until_told(run, "room")
            disk.empty()
            home.wait_until_finished(run, job)
            run.wait()
        return [
            Figure("times that a full disk was told", told, Unit.COUNT, at_least(4), "of 4"),
            *_verdicts("after a full disk", home, 4, undisturbed),
        ]


def _read_only(undisturbed: Sequence[str]) -> list[Figure]:
    with Home() as home:
        _add(home, [0])
        try:
            with read_only(home.path / "clips"):
                home.run_to_the_end()
        except OSError as error:
            raise BenchFailed(f"No folder could be made read-only ({error}).") from error
        told = home.failures()
        home.queue("retry", "--failed")
        home.run_to_the_end()
        return [
            _told("jobs that a read-only folder fails with a sentence", told, "read-only"),
            *_verdicts("after a read-only folder", home, 1, undisturbed),
        ]


def _damaged_photo(undisturbed: Sequence[str]) -> list[Figure]:
    """The photo is whole when its job is ordered, and damaged when its turn comes."""
    with Home() as home:
        photo = home.path / "photo.png"
        Image.radial_gradient("L").convert("RGB").save(photo)
        home.queue("add", PROMPT, *RENDER, "--seed=0", f"--image={photo}")
        photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
        _add(home, [1])
        home.run_to_the_end()
        return [
            _told("jobs that a damaged photo fails with a sentence", home.failures(), "photo.png"),
            *_verdicts("after a damaged photo", home, 1, undisturbed),
        ]


def _told(name: str, failures: Sequence[str], word: str) -> Figure:
    told = [sentence for sentence in failures if word in sentence]
    return Figure(name, len(told), Unit.COUNT, at_least(1), " ".join(failures) or "none failed")


def _damage(undisturbed: Sequence[str]) -> list[Figure]:
    with Home() as home:
        _add(home, [0])
        run = home.start_run()
        job = home.job_ids()[0]
        home.wait_for(run, job, "denoising")
        time.sleep(0.6)
        home.kill_app(run)
        checkpoint = home.path / "data" / "jobs" / str(job) / "state.safetensors"
        _spoil(checkpoint)
        home.run_to_the_end()
        figures = _verdicts("after a damaged checkpoint", home, 1, undisturbed)
        _spoil(home.path / "data" / "clipwright.db")
        said = home.queue("list")
        kept = len(list((home.path / "data").glob("clipwright.db.damaged-*")))
        clips = home.clip_rows()
        return [
            *figures,
            Figure(
                "damaged databases kept aside", kept, Unit.COUNT, at_least(1), _first_line(said)
            ),
            Figure("clips in the recovered history", clips, Unit.COUNT, at_least(1), "of 1"),
        ]


def _verdicts(when: str, home: Home, wanted: int, undisturbed: Sequence[str]) -> list[Figure]:
    clips = home.clips()
    same = sum(frames_hash(clip) == undisturbed[record_of(clip).params.seed] for clip in clips)
    lost, doubled = max(0, wanted - len(clips)), max(0, len(clips) - wanted)
    return [
        Figure(f"{when}: clips that differ", len(clips) - same, Unit.COUNT, at_most(0)),
        Figure(f"{when}: clips lost", lost, Unit.COUNT, at_most(0), f"{len(clips)} of {wanted}"),
        Figure(f"{when}: clips doubled", doubled, Unit.COUNT, at_most(0)),
        Figure(f"{when}: half files", len(home.leftovers()), Unit.COUNT, at_most(0)),
    ]


def _spoil(file: Path) -> None:
    if file.is_file():
        data = bytearray(file.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 4096] = bytes(min(4096, len(data) - middle))
        data[:16] = bytes(16)
        file.write_bytes(data)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
