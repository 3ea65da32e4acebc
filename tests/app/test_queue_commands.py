"""`clipwright queue …`: the same queue as the window's, in words and in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.main import get_command

from studio.app.desk import QueueDesk, database
from studio.app.queue_commands import queue as queue_program
from studio.core.folders import folders
from studio.core.job import JobState
from studio.core.job_files import JobFiles
from studio.core.params import MAX_SEED
from studio.core.queue import JobQueue, Wish
from studio.core.store import Store
from tests.app.conftest import Command
from tests.core.jobs import bring, params


@pytest.fixture
def queue(home: Path) -> Iterator[JobQueue]:
    """The queue that the commands write to, seen from another process's side."""
    store = Store.open(database()).store
    yield JobQueue(store)
    store.close()


def jobs_of(out: str) -> list[dict[str, Any]]:
    return json.loads(out)["jobs"]


def test_a_job_is_added_with_the_options_of_render(command: Command, queue: JobQueue) -> None:
    said = command("queue", "add", "a cat", "--width=1280", "--height=704", "--seed=5")

    assert (said.status, said.err) == (0, "")
    assert said.out == "Job 1 is queued, at place 1.\n"
    (job,) = queue.jobs()
    assert job.params == params("a cat", width=1280, height=704, seed=5)
    assert job.params.model_fields_set == {"prompt", "width", "height", "seed"}


def test_seeds_make_jobs_that_differ_in_nothing_else(command: Command, queue: JobQueue) -> None:
    said = command("queue", "add", "a cat", "--seed=5", "--seeds=3", "--json")
    assert [job["params"]["seed"] for job in jobs_of(said.out)] == [5, 6, 7]
    command("queue", "add", "a dog", "--seeds=3")
    drawn = [job.params.seed for job in queue.jobs()[3:]]
    assert len(set(drawn)) == 3
    assert None not in drawn

    said = command("queue", "add", "a cat", f"--seed={MAX_SEED}", "--seeds=2")
    assert (said.status, said.err.count("\n")) == (2, 1)


def test_a_job_that_is_cancelled_leaves_no_state_to_go_on_from(
    command: Command, queue: JobQueue
) -> None:
    (job,) = queue.add([params()])
    files = JobFiles(folders().data)
    files.make_folder(job.id)
    files.checkpoint(job.id).write_bytes(b"state")
    assert command("queue", "cancel", str(job.id)).status == 0
    assert not files.folder(job.id).exists()


def test_front_comes_before_all_that_wait(command: Command, queue: JobQueue) -> None:
    command("queue", "add", "later")
    said = command("queue", "add", "first", "--front")
    assert said.out == "Job 2 is queued, at place 1.\n"
    assert [job.params.prompt for job in queue.jobs()] == ["first", "later"]


def test_paths_are_kept_so_that_the_job_runs_from_anywhere(
    command: Command, queue: JobQueue, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.radial_gradient("L").save(tmp_path / "photo.png")
    (tmp_path / "wan").symlink_to(model)
    monkeypatch.chdir(tmp_path)
    said = command("queue", "add", "--image=photo.png", "--model=wan")

    assert said.status == 0, said.err
    (job,) = queue.jobs()
    assert job.params.image == tmp_path / "photo.png"
    assert job.params.model == str(tmp_path / "wan")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "prompt"),
        (("a cat", "--image=missing.png"), "missing.png"),
        (("a cat", "--width=77"), "77"),
        (("a cat", "--model=missing"), "missing"),
        (("a cat", "--crop=1,2,3,4"), "--crop"),
        (("a cat", "--seed=-1"), "--seed"),
        (("a cat", "--seeds=0"), "--seeds"),
        (("a cat", "--colour=red"), "queue add --help"),
    ],
)
def test_a_job_that_cannot_be_rendered_is_refused_before_it_waits(
    command: Command, queue: JobQueue, words: tuple[str, ...], named: str
) -> None:
    said = command("queue", "add", *words)
    assert (said.status, said.out) == (2, "")
    assert named in said.err
    assert said.err.count("\n") == 1
    assert queue.jobs() == []


def test_the_list_shows_order_state_and_errors_and_cannot_command_the_terminal(
    command: Command, queue: JobQueue
) -> None:
    assert "queue add PROMPT" in command("queue", "list").out
    a, b, c = queue.add([params("a\x1b[2Jcat\nx"), params("long " * 40), params("c")])
    bring(queue, a.id, JobState.FAILED)
    bring(queue, b.id, JobState.DENOISING)
    queue.update(b.id, fraction=0.42)
    queue.set_stop_after(c.id, True)
    queue.set_paused(True, "There is no room.")
    lines = command("queue", "list").out.splitlines()

    assert lines[0].startswith("The queue is paused. There is no room.")
    assert [line.split()[:3] for line in lines[2:5]] == [
        ["2", "1", "denoising"],
        ["3", "2", "queued"],
        ["1", "–", "failed"],
    ]
    assert "42 %" in lines[2]
    assert lines[2].endswith("…")
    assert "■" in lines[3]
    assert lines[4].endswith("a [2Jcat x")
    assert lines[5] == "    It did not work."


def test_the_list_in_json_has_everything_and_no_job_is_no_error(
    command: Command, queue: JobQueue
) -> None:
    empty = json.loads(command("queue", "list", "--json").out)
    assert empty == {"paused": False, "pause_reason": None, "trouble": None, "jobs": []}
    queue.add([params("一个红色的圆形")])
    out = command("queue", "list", "--json").out
    assert "一个红色的圆形" in out
    assert jobs_of(out)[0]["state"] == "queued"


def test_the_queue_and_single_jobs_are_paused_and_resumed(
    command: Command, queue: JobQueue
) -> None:
    a, b = queue.add([params("a"), params("b")])
    bring(queue, a.id, JobState.DENOISING)

    assert command("queue", "pause").out == "The queue is paused.\n"
    assert queue.paused
    assert command("queue", "pause", "2").out == "Job 2 is paused, at place 2.\n"
    assert command("queue", "pause", "1").out == "Job 1 is denoising and asked to pause.\n"
    assert queue.wish(a.id) is Wish.PAUSE
    assert command("queue", "resume", "1").out == "Job 1 is denoising and goes on.\n"
    assert jobs_of(command("queue", "resume", "2", "--json").out)[0]["state"] == "queued"
    said = json.loads(command("queue", "resume", "--json").out)
    assert said == {"paused": False, "pause_reason": None}
    assert not queue.paused
    assert queue.job(b.id).state is JobState.QUEUED


def test_jobs_are_cancelled_retried_and_moved(command: Command, queue: JobQueue) -> None:
    a, b, c = queue.add([params(letter) for letter in "abc"])
    bring(queue, a.id, JobState.FAILED)

    assert command("queue", "cancel", "2").out == "Job 2 is cancelled.\n"
    assert command("queue", "retry", "2").out == "Job 2 is queued, at place 2.\n"
    assert command("queue", "retry", "--failed").out == "Job 1 is queued, at place 3.\n"
    assert command("queue", "retry", "--failed").out == "No job has failed.\n"
    assert jobs_of(command("queue", "retry", "--failed", "--json").out) == []
    assert command("queue", "move", "1", "1").out == "Job 1 is queued, at place 1.\n"
    assert [job.id for job in queue.jobs()] == [a.id, c.id, b.id]


@pytest.mark.parametrize(
    "words",
    [
        ("cancel", "99"),
        ("cancel", "x"),
        ("retry",),
        ("retry", "1", "--failed"),
        ("retry", "1"),
        ("move", "1", "0"),
        ("pause", "99"),
        ("import", "missing.json"),
        ("export", "nowhere/queue.json"),
        ("nothing",),
        (),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(
    command: Command, queue: JobQueue, words: tuple[str, ...]
) -> None:
    queue.add([params()])
    said = command("queue", *words)
    assert (said.status, said.out) == (2, "")
    assert said.err.count("\n") == 1


def test_a_queue_goes_through_a_file(command: Command, queue: JobQueue, tmp_path: Path) -> None:
    file = tmp_path / "queue.json"
    queue.add([params("a"), params("b")])
    assert command("queue", "export", file).out == f"{file}: 2 jobs.\n"
    assert command("queue", "export", file).status == 2
    said = command("queue", "export", file, "--overwrite", "--json")
    assert json.loads(said.out) == {"file": str(file), "jobs": 2}

    assert command("queue", "import", file).out.count("\n") == 2
    content = json.loads(file.read_text("utf-8"))
    content["jobs"][0] = 7
    file.write_text(json.dumps(content))
    said = command("queue", "import", file, "--json")
    assert said.status == 1
    assert "Job 1 of" in said.err
    assert [job["params"]["prompt"] for job in jobs_of(said.out)] == ["b"]
    assert [job.params.prompt for job in queue.jobs()] == ["a", "b", "a", "b", "b"]


def test_a_damaged_database_is_told_and_the_command_done(command: Command, home: Path) -> None:
    database().parent.mkdir(parents=True)
    database().write_bytes(b"no database" * 100)
    said = command("queue", "add", "a cat")

    assert said.status == 0
    assert "damaged" in said.err
    assert len(list(database().parent.glob("*.damaged-*"))) == 1


def test_whoever_has_the_queue_open_can_run_the_commands_on_it(
    queue: JobQueue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = QueueDesk(queue, folder=tmp_path)
    Image.radial_gradient("L").save(tmp_path / "photo.png")
    program = get_command(queue_program)
    program.main(["add", "--image=photo.png"], "queue", standalone_mode=False, obj=desk)
    program.main(["export", "queue.json"], "queue", standalone_mode=False, obj=desk)

    assert queue.jobs()[0].params.image == tmp_path / "photo.png"
    assert (tmp_path / "queue.json").is_file()
    assert "at place 1." in capsys.readouterr().out


def test_the_queue_is_answered_without_torch(home: Path) -> None:
    program = (
        "import sys; from studio.app.main import main\n"
        "statuses = [main(['queue', *words.split()]) for words in "
        "('add cat', 'list', 'cancel 1', 'retry 1', 'pause', '--help')]\n"
        "assert statuses == [0] * 6, statuses\n"
        "assert not {'torch', 'diffusers', 'transformers'} & set(sys.modules)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.returncode == 0, child.stderr
