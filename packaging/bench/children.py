"""Child processes as samples: a whole process has its own imports, memory and caches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures import BenchFailed

HERE = Path(__file__).resolve().parent
LAST_LINES = 3  # of what a failed child said


@dataclass(frozen=True)
class Finished:
    """A child that went well: how long it took from its start to its end, and what it printed."""

    seconds: float
    output: str


def run(
    command: Sequence[str], home: Path | None = None, extra: Mapping[str, str] | None = None
) -> Finished:
    """Runs a command to its end; raises BenchFailed with its last words where it fails."""
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment(home, extra),
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise BenchFailed(
            f"`{shorten(command)}` failed ({done.returncode}): {last_words(done.stderr)}"
        )
    return Finished(seconds, done.stdout)


def sample(
    script: str,
    settings: Mapping[str, Any],
    home: Path | None = None,
    extra: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Runs a script of this folder with settings as JSON; its last line of output is JSON too."""
    done = run([sys.executable, str(HERE / script), json.dumps(settings)], home, extra)
    lines = done.output.strip().splitlines()
    try:
        found = json.loads(lines[-1] if lines else "")
    except ValueError as error:
        raise BenchFailed(f"{script} printed no figures.") from error
    assert isinstance(found, dict)
    return found


def samples(
    script: str,
    settings: Mapping[str, Any],
    home: Path | None = None,
    extra: Mapping[str, str] | None = None,
    limit: float | None = None,
) -> Iterator[dict[str, Any]]:
    """Runs a script of this folder that prints samples, each a line of JSON, and gives each as it
    comes; raises BenchFailed after the last where it fails or takes more than `limit` seconds.
    """
    command = [sys.executable, str(HERE / script), json.dumps(settings)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            encoding="utf-8",
            errors="replace",
            env=environment(home, extra),
        )
        late = threading.Event()
        alarm = threading.Timer(limit or 0, lambda: (late.set(), child.kill()))
        try:
            if limit is not None:
                alarm.start()
            assert child.stdout is not None
            for line in child.stdout:
                found = _object(line)
                if found is not None:
                    yield found
            child.wait()
        finally:
            alarm.cancel()
            child.kill()  # whoever wants no more samples leaves it at work
            child.communicate()
        if late.is_set():
            raise BenchFailed(f"{script} was not done after {limit:.0f} s.")
        if child.returncode:
            said.seek(0)
            raise BenchFailed(f"{script} failed ({child.returncode}): {last_words(said.read())}")


def _object(line: str) -> dict[str, Any] | None:
    """A line's JSON object; None for what a library prints."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def environment(home: Path | None, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A child's environment: its own home, no network for the libraries, and the CPU alone."""
    found = {**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", **(extra or {})}
    if home is not None:
        found["CLIPWRIGHT_HOME"] = str(home)
    return found


def shorten(command: Sequence[str]) -> str:
    """A command's first words, for a sentence."""
    words = [Path(command[0]).name, *command[1:4]]
    return " ".join(word if len(word) < 40 else word[:37] + "…" for word in words)


def last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-LAST_LINES:]) or "it said nothing"
