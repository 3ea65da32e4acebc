"""How one list of rows becomes another: in runs, or by moving a single row."""

from __future__ import annotations

from collections.abc import Sequence


def runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rising row numbers as first and last of each unbroken run."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found


def moved_row(before: Sequence[int], after: Sequence[int]) -> tuple[int, int] | None:
    """From where to where one row moved to make one order of the other; None if more moved."""
    differing = [
        row for row, pair in enumerate(zip(before, after, strict=True)) if len({*pair}) > 1
    ]
    if not differing:
        return None
    first, last = differing[0], differing[-1]
    if before[first] == after[last] and before[first + 1 : last + 1] == after[first:last]:
        return first, last
    if before[last] == after[first] and before[first:last] == after[first + 1 : last + 1]:
        return last, first
    return None
