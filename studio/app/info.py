"""`clipwright info`: what made a clip, read from the clip itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.app.record import record_of, table


def info(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip.", show_default=False)],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, with the names of the params.")
    ] = False,
) -> None:
    """Print what made a clip: enough to make it again."""
    record = record_of(clip)
    print(record.model_dump_json(indent=2) if as_json else table(record))
