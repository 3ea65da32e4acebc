"""One thing that the doctor found."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Topic(StrEnum):
    """What a finding is about."""

    MACHINE = "machine"
    PACKAGES = "packages"
    FOLDERS = "folders"
    MODEL = "model"
    TRIAL = "trial"


class Finding(BaseModel):
    """A fact with its name; `good` is False where it keeps clips from being made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Topic
    name: str
    text: str
    good: bool = True
