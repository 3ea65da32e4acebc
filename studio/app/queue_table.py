"""The queue as a person reads it on a terminal, and as a program reads it in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from studio.app.desk import Listing
from studio.core.job import FINISHED, RUNNING, Job, JobState

_HEAD = ("ID", "PLACE", "STATE", "DONE", "WHAT")
_LONGEST = 60  # characters of a prompt


def json_of(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)


def job_content(job: Job) -> dict[str, Any]:
    """A job with the names of Job's fields and all params."""
    return job.model_dump(mode="json")


def change_text(job: Job, *, as_json: bool) -> str:
    """What became of a job just now, as `queue run` prints it."""
    if as_json:
        return json_of(job_content(job))
    more = f": {job.failure}" if job.failure else ""
    where = f" → {job.out}" if job.state is JobState.DONE else ""
    return _on_one_line(f"Job {job.id}: {job.state.value}{where}{more}")


def listing_content(listing: Listing) -> dict[str, Any]:
    return {
        "paused": listing.paused,
        "pause_reason": listing.pause_reason,
        "trouble": listing.trouble,
        "jobs": [job_content(job) for job in listing.jobs],
    }


def listing_text(listing: Listing) -> str:
    """A job a line in columns, what failed with its error below; first why nothing goes on."""
    lines: list[str] = []
    if listing.trouble is not None:
        lines.append(f"The queue cannot go on: {_on_one_line(listing.trouble)}")
    if listing.paused:
        reason = "" if listing.pause_reason is None else f" {_on_one_line(listing.pause_reason)}"
        lines.append(f"The queue is paused.{reason} Go on with: clipwright queue resume")
    if not listing.jobs:
        return "\n".join([*lines, "There are no jobs. Add one with: clipwright queue add PROMPT"])
    rows = [_HEAD, *map(_row, listing.jobs)]
    wide = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    for row, job in zip(rows, [None, *listing.jobs], strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], wide, strict=True)]
        lines.append("  ".join([*cells, row[-1]]))
        if job is not None and job.failure is not None:
            lines.append(f"    {_on_one_line(job.failure)}")
    return "\n".join(lines)


def told(jobs: Sequence[Job], asked: str) -> str:
    """A sentence a job on what became of it; `asked` says what a running one was asked to do."""
    return "\n".join(_sentence(job, asked) for job in jobs)


def _sentence(job: Job, asked: str) -> str:
    if job.state in RUNNING:
        return f"Job {job.id} is {job.state.value} and {asked}."
    place = "" if job.state in FINISHED else f", at place {job.position}"
    return f"Job {job.id} is {job.state.value}{place}."


def _row(job: Job) -> tuple[str, ...]:
    place = "–" if job.state in FINISHED else str(job.position)
    marked = " ■" if job.stop_after and job.state not in FINISHED else ""
    return (str(job.id), place, f"{job.state.value}{marked}", _progress(job), _what(job))


def _progress(job: Job) -> str:
    if job.state is JobState.DONE:
        return "100 %"
    return f"{job.fraction * 100:.0f} %" if job.fraction > 0 else "–"


def _what(job: Job) -> str:
    photo = None if job.params.image is None else job.params.image.name
    text = _on_one_line(job.params.prompt.strip() or photo or "")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _on_one_line(text: str) -> str:
    """A prompt from anywhere must not send commands to this terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
