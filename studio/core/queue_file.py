"""The queue as one JSON file, to be kept or to be worked off on another machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio import __version__
from studio.core.errors import BadInput
from studio.core.files import AtomicFile
from studio.core.job import FINISHED, Job
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue

KIND = "clipwright queue"
SCHEMA = 1
LARGEST = 100_000_000  # bytes; a thousand jobs with long prompts are one million


@dataclass(frozen=True)
class Imported:
    """The jobs that came in, and a sentence for each entry that could not."""

    jobs: list[Job]
    complaints: list[str]


def export_queue(queue: JobQueue, path: Path, *, overwrite: bool = False) -> int:
    """Writes the params of all unfinished jobs, in their order, and returns how many there are.

    Photos stay where they are: the file has their paths. Raises what AtomicFile raises.
    """
    jobs = [job for job in queue.jobs() if job.state not in FINISHED]
    content = {
        "kind": KIND,
        "schema_version": SCHEMA,
        "version": __version__,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "jobs": [
            {"params": job.params.model_dump(mode="json", exclude_unset=True)} for job in jobs
        ],
    }
    with AtomicFile(path, overwrite=overwrite) as temporary:
        text = json.dumps(content, ensure_ascii=False, indent=2)
        temporary.write_text(text + "\n", encoding="utf-8")
    return len(jobs)


def import_queue(queue: JobQueue, path: Path) -> Imported:
    """Adds a file's jobs at the end of the queue, all that can be read in one commit.

    The path of a photo that is not absolute starts at the file's folder. Raises BadInput for a file
    that is none of ours or of a newer Clipwright; then nothing is added.
    """
    params_list: list[GenerationParams] = []
    complaints: list[str] = []
    for number, entry in enumerate(_entries(path), start=1):
        try:
            params_list.append(_params(entry, path.absolute().parent))
        except (ValidationError, ValueError) as error:
            complaints.append(f"Job {number} of {path} was left out: {_reason(error)}.")
    return Imported(queue.add(params_list), complaints)


def _entries(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{path} is far too large to be an exported queue; name another file.")
        content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"{path} cannot be read ({reason}): name an exported queue.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{path} is damaged or no JSON ({error}): export the queue again, or name another file."
        ) from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise BadInput(f"{path} is no exported queue of Clipwright; name another file.")
    schema, jobs = content.get("schema_version"), content.get("jobs")
    if isinstance(schema, int) and schema > SCHEMA:
        raise BadInput(
            f"{path} was written by a newer Clipwright (its version is {schema}, this one reads up "
            f"to {SCHEMA}): update Clipwright, or export it again with this version."
        )
    if schema != SCHEMA or not isinstance(jobs, list):
        raise BadInput(f"{path} is damaged: it has no list of jobs; export the queue again.")
    return jobs


def _params(entry: Any, folder: Path) -> GenerationParams:
    if not isinstance(entry, dict) or not isinstance(entry.get("params"), dict):
        raise ValueError("it has no params")
    params = GenerationParams.model_validate_json(json.dumps(entry["params"]))
    if params.image is None:
        return params
    return params.model_copy(update={"image": folder / params.image})


def _reason(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"])) or "its params"
    return f"{name} is not right ({first['msg'].rstrip('.').lower()})"
