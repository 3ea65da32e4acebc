"""What a clip remembers of its making: enough to make it again from the clip alone."""

from __future__ import annotations

import json
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.core.params import ResolvedParams

KIND = "clipwright clip"
SCHEMA = 1


class ClipRecord(BaseModel):
    """The JSON in a clip's container metadata.

    `model_title` and `model_fingerprint` say which weights made it, `photo_sha256` which photo (a
    hash of the file's bytes, None without one), `created` when (with its time zone).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = KIND
    schema_version: int = SCHEMA
    version: str
    params: ResolvedParams
    model_title: str
    model_fingerprint: str
    photo_sha256: str | None
    created: datetime


def read_record(metadata: str | None) -> ClipRecord | None:
    """The record in a container's metadata, None where another program wrote it or nobody did."""
    if metadata is None:
        return None
    try:
        if json.loads(metadata).get("kind") != KIND:
            return None
        return ClipRecord.model_validate_json(metadata)
    except (ValueError, AttributeError, ValidationError):
        return None
