"""What a person, or a program, sees of a render: a bar, plain lines, or the events themselves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as ProgressBar

from studio.app.failure import complain
from studio.core.events import (
    Checkpoint,
    Done,
    Event,
    Failed,
    Note,
    Progress,
    Stage,
    Stopped,
)

_STAGES = {
    Stage.LOAD: "Loading the model",
    Stage.ENCODE: "Reading the prompt",
    Stage.DENOISE: "Denoising",
    Stage.DECODE: "Decoding",
    Stage.WRITE: "Writing the clip",
}
_COUNTED = {Stage.DENOISE: "steps", Stage.DECODE: "frames"}


class Listener(Protocol):
    """Whoever is told the events of one render."""

    def show(self, event: Event) -> None:
        """Takes the next event."""
        ...

    def close(self) -> None:
        """Leaves the screen as it was found; harmless when it is clean."""
        ...


def screen(out: Path, again: Sequence[str]) -> Listener:
    """A bar where standard error is a terminal, else a plain line a stage.

    `out` is the clip; `again` are the options that a render which goes on has to be given again.
    """
    console = Console(stderr=True)
    return Bar(out, again, console) if console.is_interactive else Lines(out, again)


class JsonLines:
    """Prints the events, one JSON object a line, and nothing else on standard output."""

    def show(self, event: Event) -> None:
        print(event.model_dump_json(), flush=True)
        if isinstance(event, Failed):
            complain(event.message)

    def show_origins(self, origins: Mapping[str, str]) -> None:
        """Prints where each value comes from, as a line of its own before the events."""
        print(json.dumps({"event": "origins", "origins": dict(origins)}), flush=True)

    def close(self) -> None:
        pass


class Lines:
    """Says each stage and note once on standard error, and the result on standard output."""

    def __init__(self, out: Path, again: Sequence[str] = ()):
        self._out, self._again = out, again
        self._before = _identity(out)
        self._said: set[Stage] = set()

    def show(self, event: Event) -> None:
        match event:
            case Progress():
                self.progress(event)
            case Note(text=text):
                self.note(text)
            case Checkpoint(path=path, step=step):
                self.note(f"The state after step {step} is kept in {path}.")
            case Done():
                self.close()
                print(summary(event), flush=True)
            case Stopped():
                self.close()
                if _identity(self._out) == self._before:
                    complain(farewell(event, self._out, self._again))
                else:
                    complain(f"Stopped; the clip {self._out} is whole.")
            case Failed(message=message):
                self.close()
                complain(message)
            case _:
                pass

    def progress(self, event: Progress) -> None:
        """One line when a stage begins for the first time; each part of a model is loaded when it
        is needed.
        """
        if event.stage not in self._said:
            self._said.add(event.stage)
            unit = _COUNTED.get(event.stage)
            complain(_STAGES[event.stage] + (f", {event.steps} {unit}" if unit else ""))

    def note(self, text: str) -> None:
        complain(text)

    def close(self) -> None:
        pass


class Bar(Lines):
    """Moves a bar on a terminal: stage, step of steps, time left; notes pass above it, dimmed."""

    def __init__(self, out: Path, again: Sequence[str], console: Console):
        super().__init__(out, again)
        self._bar = ProgressBar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[left]}", style="dim"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("Starting", total=None, count="", left="")
        self._bar.start()

    def progress(self, event: Progress) -> None:
        unit = _COUNTED.get(event.stage)
        self._bar.update(
            self._task,
            description=_STAGES[event.stage],
            total=1.0 if unit or event.stage is Stage.LOAD else None,
            completed=event.fraction,
            count=f"{event.step}/{event.steps} {unit}" if unit else "",
            left=_left(event.seconds_left),
        )

    def note(self, text: str) -> None:
        self._bar.console.print(text, style="dim", markup=False, highlight=False)

    def close(self) -> None:
        self._bar.stop()


def summary(done: Done) -> str:
    """One line on a finished clip: what it is, how long each stage took, the most memory held."""
    params = done.params
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in done.seconds.items())
    memory = f"peak memory {_gigabytes(done.peak_memory)}"
    if done.peak_gpu_memory is not None:
        memory += f", {_gigabytes(done.peak_gpu_memory)} on the GPU"
    poster = "" if done.poster is None else f"; poster {done.poster}"
    return (
        f"{done.clip}: {params.width} × {params.height}, {params.num_frames} frames at "
        f"{params.frame_rate:g} a second; {done.total_seconds:.1f} s ({stages}); {memory}{poster}"
    )


def farewell(stopped: Stopped, out: Path, again: Sequence[str] = ()) -> str:
    """What is left of a stopped render, and the command that goes on with it."""
    if stopped.checkpoint is not None:
        done = f"Stopped after step {stopped.step}; the state is in {stopped.checkpoint}."
        if not stopped.step:
            done = f"Stopped before anything new was done; {stopped.checkpoint} is as it was."
        words = ["clipwright", "render", "--resume", str(stopped.checkpoint), "--out", str(out)]
        return f"{done} Go on with: {shlex.join([*words, *again])}"
    if stopped.step == 0:
        return "Stopped before the first step was done; there is nothing to keep."
    return (
        f"Stopped after step {stopped.step}; its state was not kept, which takes --checkpoint FILE."
    )


def _identity(path: Path) -> tuple[int, int] | None:
    """Tells a file from another one that took its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{clock} left"


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
