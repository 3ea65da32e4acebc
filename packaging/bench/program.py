"""The benches by name, and the program that runs them."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import machine
from figures import BenchFailed, Figure
from options import PROMPTS, Options
from report import Result, print_machine, print_result, write_json, write_markdown
from rich.console import Console

from studio.core.errors import StudioError
from studio.core.model_folder import STARTER

JSON = Path(__file__).resolve().parents[2] / "build" / "bench.json"
CHANGES = ("width", "height", "num_frames", "num_inference_steps")

Measure = Callable[[Options], Iterable[Figure]]


@dataclass(frozen=True)
class Bench:
    """A bench by name; its module is imported when it is its turn."""

    name: str
    about: str
    module: str

    def measure(self, options: Options) -> Iterable[Figure]:
        """Runs it, and gives what it measured, some benches figure by figure; raises BenchFailed or
        StudioError where it cannot be measured.
        """
        measure: Measure = getattr(importlib.import_module(self.module), self.name)
        return measure(options)


BENCHES = (
    Bench(
        "render",
        "a whole first render, nothing cached, against a plain diffusers script",
        "renders",
    ),
    Bench("warm", "a further seed in the running engine, against the plain script", "renders"),
    Bench("memory", "peak memory of decoding and writing, by the clip's length", "parts"),
    Bench("start", "from the start of the process to the first denoising step", "renders"),
    Bench("launcher", "what launch.py adds to a start that has nothing to install", "launcher"),
    Bench("dtype", "bf16 against fp32 on this CPU", "parts"),
    Bench(
        "rows", "a photo's two noise levels as two rows, against a table over all tokens", "parts"
    ),
    Bench("preview", "the cost of a preview at every step", "renders"),
    Bench("checkpoint", "the cost of keeping the state of a render", "checkpoint"),
    Bench("window", "the window's start, stalls, long lists, memory and playing", "window"),
    Bench("presets", "a thousand presets in the list", "window"),
    Bench("faults", "kills, a full disk and damaged files while the queue is worked off", "faults"),
    Bench("gpu", "the true TI2V-5B with random weights, beside plain diffusers", "gpu"),
    Bench("starter", "what the starter model makes of prompts that it never saw", "starter"),
)


def main(arguments: Sequence[str], console: Console | None = None) -> int:
    """Runs the benches that were named and returns the exit status: 1 where one broke, else 0.

    A figure past its limit is no failure, nor is a model that is not there: the tables say so.
    """
    asked = parse(arguments)
    changes = {name: getattr(asked, name) for name in CHANGES if getattr(asked, name) is not None}
    options = Options(
        model=asked.model,
        runs=asked.runs,
        prompts=asked.prompts,
        sheet=asked.sheet,
        parts=asked.parts,
        shrunken=asked.shrunken,
        minutes=asked.minutes,
        changes=changes,
    )
    console = console or Console()
    facts = machine.facts()
    print_machine(console, facts)
    results: list[Result] = []
    for bench in BENCHES:
        if asked.names and bench.name not in asked.names:
            continue
        results.append(Result(bench.name, bench.about))
        for result in measured(bench, options):
            results[-1] = result
            # Figure by figure: what was measured stays when the rest is stopped.
            write_json(asked.json, facts, results)
            if asked.markdown is not None:
                write_markdown(asked.markdown, facts, results)
        print_result(console, results[-1])
    console.print(f"All of it as JSON: {asked.json}", highlight=False)
    return 1 if any(result.broke for result in results) else 0


def measured(bench: Bench, options: Options) -> Iterator[Result]:
    """A bench's result so far after each of its figures, at last the whole one."""
    begun = time.perf_counter()
    figures: list[Figure] = []
    failure: Exception | None = None

    def result() -> Result:
        seconds, words = time.perf_counter() - begun, None if failure is None else str(failure)
        broke = isinstance(failure, BenchFailed)
        return Result(bench.name, bench.about, seconds, tuple(figures), words, broke)

    try:
        for figure in bench.measure(options):
            figures.append(figure)
            yield result()
    except (BenchFailed, StudioError) as error:
        failure = error
    yield result()


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for; ends the program with a sentence where it makes no sense."""
    names = [bench.name for bench in BENCHES]
    parser = argparse.ArgumentParser("bench", description="Measures Clipwright on this machine.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(names)}; none: all")
    parser.add_argument("--json", type=Path, default=JSON, help="where the figures go as JSON")
    parser.add_argument("--markdown", type=Path, help="where they also go as tables of a document")
    parser.add_argument("--runs", type=int, default=3, help="samples of each way (3)")
    parser.add_argument("--prompts", type=int, default=PROMPTS, help="clips to judge (200)")
    parser.add_argument("--sheet", type=Path, help="a PNG for some of the judged clips' frames")
    parser.add_argument("--parts", nargs="+", default=[], help="only these of gpu")
    parser.add_argument("--shrunken", action="store_true", help="gpu on the CPU with a tiny model")
    parser.add_argument("--minutes", type=float, help="gpu ends what is not done by then")
    parser.add_argument("--model", default=STARTER, help="a model's name or folder (starter)")
    for name in CHANGES:
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=int, help="another value than the model's own")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in names]
    if unknown:
        parser.error(f"there is no bench {unknown[0]}; there are {', '.join(names)}")
    if min(asked.runs, asked.prompts) < 1:
        parser.error(f"--runs {asked.runs} --prompts {asked.prompts}: at least 1 of each is needed")
    return asked
