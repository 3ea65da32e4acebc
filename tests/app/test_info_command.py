"""`clipwright info`: what made a clip, as a table and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from studio.app.record import table
from studio.core.clip import ClipRecord
from studio.core.params import GenerationParams, Quality, ResolvedParams
from studio.engine.video import ClipWriter
from tests.app.conftest import Command

RECORD = ClipRecord(
    version="0.1.0",
    params=ResolvedParams(
        **GenerationParams(
            prompt="一个红色的圆形向左移动",
            negative_prompt="blurred",
            width=32,
            height=32,
            num_frames=1,
            frame_rate=16,
            num_inference_steps=4,
            guidance_scale=5,
            flow_shift=3,
            seed=7,
        ).model_dump()
    ),
    model_title="Starter",
    model_fingerprint="0123",
    photo_sha256=None,
    created=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write(tmp_path / "a.mp4", RECORD.model_dump_json())


def test_the_table_aligns_names_and_values(command: Command, clip: Path) -> None:
    result = command("info", clip)
    lines = result.out.splitlines()

    assert (result.status, result.err) == (0, "")
    assert "prompt               一个红色的圆形向左移动" in lines
    assert "seed                 7" in lines
    assert "guidance_scale_2" not in result.out  # it has one transformer
    assert lines[0].endswith("by Clipwright 0.1.0")


def test_json_is_the_record_with_the_names_of_the_params(command: Command, clip: Path) -> None:
    result = command("info", clip, "--json")

    assert ClipRecord.model_validate_json(result.out) == RECORD
    assert set(json.loads(result.out)["params"]) == set(ResolvedParams.model_fields)


@pytest.mark.parametrize("name", ["foreign.mp4", "deep.mp4", "text.mp4", "cut.mp4", "missing.mp4"])
def test_what_is_no_clip_of_ours_is_refused_in_a_sentence(
    command: Command, tmp_path: Path, name: str
) -> None:
    write(tmp_path / "foreign.mp4", '{"kind": "something else"}')
    write(tmp_path / "deep.mp4", "[" * 100_000)
    (tmp_path / "text.mp4").write_text("not a video")
    whole = write(tmp_path / "whole.mp4", RECORD.model_dump_json()).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    result = command("info", tmp_path / name, "--json")

    assert (result.status, result.out) == (2, "")
    assert name in result.err
    assert result.err.count("\n") == 1


def test_a_clip_from_anywhere_cannot_command_the_terminal() -> None:
    evil = RECORD.model_copy(
        update={"params": RECORD.params.model_copy(update={"prompt": "a\x1b[2Jb\nc"})}
    )

    assert "a\\x1b[2Jb\\nc" in table(evil)


def test_info_and_help_load_no_torch(clip: Path) -> None:
    program = (
        "import sys; from studio.app.main import main\n"
        f"statuses = [main(['info', {str(clip)!r}]), main(['--help'])]\n"
        "statuses += [main(['render', '--help'])]\n"
        f"statuses += [main(['render', '--out', {str(clip)!r}]), main(['--version'])]\n"
        "assert statuses == [0, 0, 0, 2, 0], statuses\n"
        "assert not {'torch', 'diffusers', 'transformers'} & set(sys.modules)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )

    assert child.returncode == 0, child.stderr
    assert "render" in child.stdout  # without words the help is shown


def write(path: Path, metadata: str) -> Path:
    """A video of one grey frame with the metadata."""
    with ClipWriter(
        path,
        width=32,
        height=32,
        frame_rate=16,
        quality=Quality.GOOD,
        metadata=metadata,
        overwrite=False,
        num_frames=1,
    ) as writer:
        writer.write(np.full((1, 32, 32, 3), 128, np.uint8))
        writer.finish()
    return path
