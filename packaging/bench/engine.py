"""The engine as a process, asked over its pipes as the window asks it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from children import environment, last_words
from figures import BenchFailed

from studio.core.events import EVENT, Done, Failed, Stopped
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.request import RenderRequest


class Engine:
    """A running engine; leaving the block ends its input, and with it the process."""

    def __init__(self, home: Path):
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "studio.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            env=environment(home),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.read()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def render(self, params: ResolvedParams, out: Path) -> float:
        """Renders a clip; seconds from sending the request to hearing that the clip is there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = RenderRequest(params=asked(params), out=out)
        begun = time.perf_counter()
        with suppress(
            BrokenPipeError
        ):  # of an engine that has ended; its last words are told below
            self._process.stdin.write(request.model_dump_json() + "\n")
            self._process.stdin.flush()
        for line in self._process.stdout:
            match EVENT.validate_json(line):
                case Done():
                    return time.perf_counter() - begun
                case Failed(message=message):
                    raise BenchFailed(message)
                case Stopped():
                    break
                case _:
                    continue
        self._log.seek(0)
        words = last_words(self._log.read().decode("utf-8", "replace"))
        raise BenchFailed(f"The engine ended without a clip: {words}")


def asked(params: ResolvedParams) -> GenerationParams:
    """Decided params as a person could have set them."""
    return GenerationParams.model_validate(params.model_dump())
