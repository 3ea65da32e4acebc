"""Clips as rows of the database, and rows as clips."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from studio.core.clip import ClipRecord
from studio.core.errors import BadInput


@dataclass(frozen=True)
class Clip:
    """A clip's row: where its files are, what it was made of, and what a person gave it.

    `width` and `height` are in pixels, `frame_rate` in frames a second; `created` has its zone.
    """

    id: int
    path: Path
    poster: Path | None
    created: datetime
    prompt: str
    name: str | None
    model_title: str
    width: int
    height: int
    num_frames: int
    frame_rate: float
    seed: int
    starred: bool
    preset: str | None
    job_id: int | None
    record_json: str

    @property
    def title(self) -> str:
        """What a person calls it: its name, else its prompt, else its file's name."""
        return self.name or " ".join(self.prompt.split()) or self.path.stem

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.num_frames / self.frame_rate if self.frame_rate > 0 else 0.0

    # Read when it is asked for: a page of a long list is shown without it.
    @cached_property
    def record(self) -> ClipRecord:
        """All that made it. Raises BadInput where the row holds no record of ours."""
        try:
            return ClipRecord.model_validate_json(self.record_json)
        except ValueError as error:
            raise BadInput(
                f"What made {self.path.name} cannot be read from the history; the clip's own file "
                "holds it too: drop it onto Compose."
            ) from error


def columns_of(
    record: ClipRecord, path: Path, poster: Path | None, job_id: int | None
) -> dict[str, object]:
    params = record.params
    return {
        "path": text_column(str(path)),
        "poster": None if poster is None else text_column(str(poster.absolute())),
        "created": record.created.astimezone(UTC).isoformat(timespec="microseconds"),
        "prompt": _told(params.prompt),
        "model_title": _told(record.model_title),
        "width": params.width,
        "height": params.height,
        "num_frames": params.num_frames,
        "frame_rate": params.frame_rate,
        "seed": params.seed,
        "preset": None if params.preset is None else _told(params.preset.name),
        "preset_id": None if params.preset is None else str(params.preset.id),
        "job_id": job_id,
        "record": _record_json(record, path),
    }


def insert_clip(connection: sqlite3.Connection, values: dict[str, object]) -> int:
    marks = ", ".join("?" * len(values))
    sql = f"INSERT INTO clips ({', '.join(values)}) VALUES ({marks})"
    clip_id = connection.execute(sql, tuple(values.values())).lastrowid
    assert clip_id is not None
    return clip_id


def write_clip(connection: sqlite3.Connection, clip_id: int, values: dict[str, object]) -> None:
    columns = ", ".join(f"{column} = ?" for column in values)
    connection.execute(f"UPDATE clips SET {columns} WHERE id = ?", (*values.values(), clip_id))


def _record_json(record: ClipRecord, path: Path) -> str:
    try:
        return record.model_dump_json()
    except ValueError as error:
        raise BadInput(
            f"What made {path.name!a} has characters that are not in UTF-8 (in the prompt or the "
            "name of its photo): the clip is in its folder, but History cannot list it."
        ) from error


def text_column(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{text!a} has characters that are not in UTF-8: choose another name."
        ) from error
    return text


def _told(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def clip_of(row: sqlite3.Row) -> Clip:
    return Clip(
        id=row["id"],
        path=Path(row["path"]),
        poster=None if row["poster"] is None else Path(row["poster"]),
        created=datetime.fromisoformat(row["created"]),
        prompt=row["prompt"],
        name=row["name"],
        model_title=row["model_title"],
        width=row["width"],
        height=row["height"],
        num_frames=row["num_frames"],
        frame_rate=row["frame_rate"],
        seed=row["seed"],
        starred=bool(row["starred"]),
        preset=row["preset"],
        job_id=row["job_id"],
        record_json=row["record"],
    )
