"""Jobs as rows of the database, and rows as jobs."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from studio.core.errors import BadInput
from studio.core.job import FINISHED, RUNNING, Job, JobState
from studio.core.params import GenerationParams

FIELDS = tuple(Job.model_fields)
FINISHED_STATES = ", ".join(f"'{state.value}'" for state in sorted(FINISHED))
RUNNING_STATES = ", ".join(f"'{state.value}'" for state in sorted(RUNNING))


def job_of(row: sqlite3.Row) -> Job:
    """The job of a row; raises ValueError where the row makes none."""
    values = {name: row[name] for name in FIELDS}
    return Job.model_validate(values | {"params": _params(values["params"])})


def insert_job(
    connection: sqlite3.Connection, params: GenerationParams, position: int, created: datetime
) -> int:
    """Adds a queued job and returns its id. Raises BadInput for text that is no text."""
    cursor = connection.execute(
        "INSERT INTO jobs (position, state, params, created) VALUES (?, ?, ?, ?)",
        (position, JobState.QUEUED.value, _column(params), _column(created)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def write_job(connection: sqlite3.Connection, job_id: int, changes: Mapping[str, object]) -> None:
    """Writes columns of one job, named as the fields of Job, and `wish`."""
    if not changes:
        return
    columns = ", ".join(f"{name} = ?" for name in changes)
    values = [_column(value) for value in changes.values()]
    connection.execute(f"UPDATE jobs SET {columns} WHERE id = ?", (*values, job_id))


# Jobs are read again and again, and reading their params takes the most of it. They are frozen, so
# that jobs may share them.
@lru_cache(maxsize=4096)
def _params(text: str) -> GenerationParams:
    return GenerationParams.model_validate_json(text)


def _column(value: object) -> Any:
    match value:
        case BaseModel():
            return _json(value)
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case PurePath():
            return str(value)
        case bool():
            return int(value)
        case _:
            return value


def _json(params: BaseModel) -> str:
    """Only what was set: what was not is decided when the job runs, perhaps by its checkpoint."""
    try:
        return params.model_dump_json(exclude_unset=True)
    except ValueError as error:
        raise BadInput(
            "The prompt or a file's name has characters that are not in UTF-8: give it another "
            "text or name."
        ) from error
