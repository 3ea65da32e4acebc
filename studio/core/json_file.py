"""One value in one JSON file: read once, written whole, and moved aside where it is damaged."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from studio.core.files import AtomicFile, storage_error

Value = TypeVar("Value", bound=BaseModel)


class JsonFile(Generic[Value]):
    """The file of a value; `empty` stands for it where there is no file or a damaged one.

    `name` is what a sentence calls it ("settings"). A damaged file is never lost: it is moved
    aside, and `complaint` says so in a sentence; None where all is well.
    """

    def __init__(self, path: Path, empty: Value, name: str):
        self.path = path
        self.complaint: str | None = None
        self._empty, self._name = empty, name
        self.value = self._read()

    def write(self, value: Value, *, wait_for_disk: bool = True) -> None:
        """Keeps a value, whole or not at all; raises DiskFull, BadInput or StudioError.

        Without `wait_for_disk` a crash of the program loses nothing either, a power cut may. That
        is for what is written while somebody types, where a flush of the disk would be felt.
        """
        text = value.model_dump_json(indent=2) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, self.path) from error
        if wait_for_disk:
            with AtomicFile(self.path, overwrite=True) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="\n")
        else:
            self._write_lightly(text)
        self.value = value

    def _write_lightly(self, text: str) -> None:
        temporary = self.path.with_name(f".{self.path.name}.part")
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            temporary.replace(self.path)
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _read(self) -> Value:
        try:
            return type(self._empty).model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return self._empty
        except (OSError, ValidationError):
            # One that cannot be read is put aside too, or the next writing would replace it.
            self.complaint = self._put_aside()
            return self._empty

    def _put_aside(self) -> str:
        now = f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S-%f}"
        aside = self.path.with_name(f"{self.path.stem}.damaged-{now}{self.path.suffix}")
        try:
            self.path.rename(aside)
        except OSError as error:
            cause = storage_error(error, self.path)
            return f"The {self._name} in {self.path} cannot be read and are not used. {cause}"
        return (
            f"The {self._name} could not be read and are as at first; the old file is now {aside}."
        )
