"""What made a clip, read from its file, and as a table to be read."""

from __future__ import annotations

from pathlib import Path

from studio.core.clip import ClipRecord, read_record
from studio.core.errors import BadInput


def record_of(clip: Path) -> ClipRecord:
    """What made a clip; raises BadInput for a file that is no clip of ours."""
    from studio.engine.metadata import read_metadata  # loads FFmpeg, which only this needs

    record = read_record(read_metadata(clip))
    if record is None:
        raise BadInput(
            f"{clip} is a video that does not say what made it; name a clip of Clipwright."
        )
    return record


def table(record: ClipRecord) -> str:
    """A name and a value a line, the values aligned; what does not apply to it is left out."""
    created = f"{record.created.astimezone():%Y-%m-%d %H:%M:%S %z}"
    about = {
        "made": f"{created} by Clipwright {record.version}",
        "model_title": record.model_title,
        "model_fingerprint": record.model_fingerprint,
        "photo_sha256": record.photo_sha256,
    }
    rows = {**about, **dict(record.params)}
    shown = {name: value for name, value in rows.items() if value is not None}
    wide = max(map(len, shown))
    return "\n".join(f"{name:<{wide}}  {_harmless(str(value))}" for name, value in shown.items())


def _harmless(text: str) -> str:
    """The text on one line: a clip from anywhere must not send commands to this terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
