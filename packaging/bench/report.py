"""The outcome of the benches: a table each on the terminal, and all of them as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures import Figure, Verdict, show
from rich.console import Console
from rich.table import Table
from rich.text import Text

HEAD = """# Benchmarks

Written by `python3 launch.py bench {} --markdown BENCHMARKS.md`: each figure is a median, and a
ratio is ours divided by the plain way in the same run."""
STYLES = {Verdict.MET: "green", Verdict.NOT_MET: "bold red", Verdict.REPORTED: "dim"}


@dataclass(frozen=True)
class Result:
    """One bench's figures, and the sentence that says why some or all are missing.

    `broke` tells a bench that failed from one that this machine cannot run.
    """

    name: str
    about: str
    seconds: float = 0.0
    figures: Sequence[Figure] = ()
    failure: str | None = None
    broke: bool = False


def print_machine(console: Console, facts: Mapping[str, object]) -> None:
    console.print(_machine(facts), highlight=False)


def _machine(facts: Mapping[str, object]) -> str:
    ram = int(str(facts["ram_bytes"])) / 2**30
    gpu = "no CUDA GPU" if facts["gpu"] is None else facts["gpu"]
    return (
        f"{facts['cpu']}, {facts['cores']} cores, {ram:.1f} GiB RAM, {gpu}, load {facts['load']}; "
        f"torch {facts['torch']}, diffusers {facts['diffusers']}, "
        f"transformers {facts['transformers']}, {facts['date']}"
    )


def print_result(console: Console, result: Result) -> None:
    title = Text(f"{result.name}: {result.about} ({result.seconds:.0f} s)")
    table = Table(title=title, title_justify="left", title_style="bold", expand=False)
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("must be", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("from")
    if result.failure is not None:
        table.add_row(Text(result.failure), "–", "–", Text("not measured", "yellow"), "")
    for figure in result.figures:
        table.add_row(
            Text(figure.name),
            show(figure.value, figure.unit),
            limit(figure),
            Text(figure.verdict, STYLES[figure.verdict]),
            Text(figure.detail),
        )
    console.print(table)


def limit(figure: Figure) -> str:
    if figure.bound is None:
        return "–"
    return f"{figure.bound.side} {show(figure.bound.limit, figure.unit)}"


def write_json(path: Path, facts: Mapping[str, object], results: Sequence[Result]) -> None:
    """Writes machine, figures, limits, verdicts, samples; what is no finite number becomes null."""
    data = {"machine": dict(facts), "benches": [_result(result) for result in results]}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_markdown(path: Path, facts: Mapping[str, object], results: Sequence[Result]) -> None:
    """Writes the same tables as a document."""
    names = " ".join(result.name for result in results)
    lines = [HEAD.format(names), "", _machine(facts) + "."]
    for result in results:
        lines += ["", f"## {result.name}", "", f"{result.about[0].upper()}{result.about[1:]}.", ""]
        if result.failure is not None:
            lines += [f"**Not measured.** {result.failure}", ""]
        if not result.figures:
            continue
        lines += ["| figure | value | must be | | from |", "|---|---:|---:|---|---|"]
        for figure in result.figures:
            value, bound = show(figure.value, figure.unit), limit(figure)
            cells = (figure.name, value, bound, figure.verdict, figure.detail)
            lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _result(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "about": result.about,
        "seconds": round(result.seconds, 2),
        "failure": result.failure,
        "figures": [_figure(figure) for figure in result.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    bound = figure.bound
    return {
        "name": figure.name,
        "value": figure.value if math.isfinite(figure.value) else None,
        "unit": figure.unit.value,
        "must_be": None if bound is None else {"side": bound.side.value, "limit": bound.limit},
        "verdict": figure.verdict.value,
        "detail": figure.detail,
        "samples": {name: list(values) for name, values in figure.samples.items()},
    }
