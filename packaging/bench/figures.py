"""What a bench found: figures with their limits, and how they follow from samples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Unit(StrEnum):
    """What a figure counts, which decides how it is shown."""

    COUNT = "count"
    RATIO = "ratio"
    SHARE = "share"
    SECONDS = "seconds"
    BYTES = "bytes"
    DECIBEL = "dB"
    ERROR = "relative error"


class Side(StrEnum):
    """On which side of its limit a figure has to be."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


class Verdict(StrEnum):
    """Whether a figure keeps its limit."""

    MET = "met"
    NOT_MET = "not met"
    REPORTED = "reported"


@dataclass(frozen=True)
class Bound:
    """The limit of a figure, in the figure's own unit."""

    side: Side
    limit: float

    def holds(self, value: float) -> bool:
        """Whether a value keeps the limit; one that is no number does not."""
        return value <= self.limit if self.side is Side.AT_MOST else value >= self.limit


@dataclass(frozen=True)
class Figure:
    """One measured value, with the samples that it is the outcome of."""

    name: str
    value: float
    unit: Unit
    bound: Bound | None = None
    detail: str = ""
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])

    @property
    def verdict(self) -> Verdict:
        """Met or not met; without a limit the figure is only reported."""
        if self.bound is None:
            return Verdict.REPORTED
        return Verdict.MET if self.bound.holds(self.value) else Verdict.NOT_MET


class BenchFailed(Exception):
    """A bench could not measure; the message is a sentence that says why."""


def at_most(limit: float) -> Bound:
    return Bound(Side.AT_MOST, limit)


def at_least(limit: float) -> Bound:
    return Bound(Side.AT_LEAST, limit)


def ratio(
    name: str,
    ours: Sequence[float],
    plain: Sequence[float],
    unit: Unit,
    bound: Bound | None = None,
    note: str = "",
) -> Figure:
    """Our median divided by the plain way's; `unit` is that of the samples."""
    a, b = statistics.median(ours), statistics.median(plain)
    return Figure(
        name=name,
        value=a / b if b else float("nan"),
        unit=Unit.RATIO,
        bound=bound,
        detail=f"{show(a, unit)} ÷ {show(b, unit)}{note and '; '}{note}",
        samples={"ours": list(ours), "plain": list(plain)},
    )


def middle(
    name: str, samples: Sequence[float], unit: Unit, bound: Bound | None = None, detail: str = ""
) -> Figure:
    """The median of some samples."""
    value = statistics.median(samples)
    return Figure(name, value, unit, bound, detail, {"samples": list(samples)})


def growth(name: str, first: float, last: float, unit: Unit, bound: Bound | None = None) -> Figure:
    """By which share a value grew."""
    value = (last - first) / first if first else float("nan")
    detail = f"{show(first, unit)} → {show(last, unit)}"
    return Figure(name, value, Unit.SHARE, bound, detail)


def in_turns(runs: int, *ways: Callable[[int], float]) -> list[list[float]]:
    """Samples of each way, taken A B A B …, so that a slow minute of the machine hits them all."""
    samples: list[list[float]] = [[] for _ in ways]
    for run in range(runs):
        for taken, way in zip(samples, ways, strict=True):
            taken.append(way(run))
    return samples


def show(value: float, unit: Unit) -> str:
    """A value as a person reads it."""
    if math.isnan(value):
        return "–"
    match unit:
        case Unit.COUNT:
            return f"{value:.0f}"
        case Unit.RATIO:
            return f"{value:.3f}"
        case Unit.SHARE:
            return f"{100 * value:.1f} %"
        case Unit.SECONDS:
            return f"{value:.2f} s" if abs(value) >= 1 else f"{1000 * value:.1f} ms"
        case Unit.BYTES:
            return f"{value / 2**20:.1f} MiB"
        case Unit.DECIBEL:
            return f"{value:.1f} dB"
        case Unit.ERROR:
            return f"{value:.1e}"
