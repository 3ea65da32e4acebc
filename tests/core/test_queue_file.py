"""The queue as a file: out and in again, and what becomes of a damaged one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.core.errors import BadInput
from studio.core.job import JobState
from studio.core.queue import JobQueue
from studio.core.queue_file import SCHEMA, export_queue, import_queue
from tests.core.jobs import bring, open_queue, params, prompts


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    store, queue = open_queue(tmp_path / "clipwright.db")
    yield queue
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queue.json"


def write(file: Path, *entries: object, **more: object) -> None:
    content = {"kind": "clipwright queue", "schema_version": SCHEMA, "jobs": entries} | more
    file.write_text(json.dumps(content), encoding="utf-8")


def test_what_is_not_finished_comes_back_at_the_end_in_its_order(
    queue: JobQueue, file: Path
) -> None:
    given = [params("一个红色的圆形", width=64), params("b", image="/photos/b.jpg"), params("c")]
    jobs = queue.add([params("done"), *given])
    bring(queue, jobs[0].id, JobState.DONE)
    bring(queue, jobs[2].id, JobState.DENOISING)
    queue.pause_job(jobs[3].id)
    assert export_queue(queue, file) == 3
    imported = import_queue(queue, file)

    assert imported.complaints == []
    assert [job.params for job in imported.jobs] == given
    assert [job.params.model_fields_set for job in imported.jobs] == [
        one.model_fields_set for one in given
    ]
    assert prompts(queue) == ["一个红色的圆形", "b", "c"] * 2
    assert {job.state for job in imported.jobs} == {JobState.QUEUED}


def test_an_existing_file_is_replaced_only_on_request(queue: JobQueue, file: Path) -> None:
    file.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        export_queue(queue, file)
    assert file.read_text() == "mine"
    assert export_queue(queue, file, overwrite=True) == 0
    assert import_queue(queue, file).jobs == []


def test_damaged_entries_are_told_by_number_and_the_rest_comes_in(
    queue: JobQueue, file: Path
) -> None:
    good = {"params": {"prompt": "good"}}
    wide = {"params": {"prompt": "b", "width": "wide"}}
    unknown = {"params": {"prompt": "b", "colour": 1}}
    write(file, good, 7, {"nothing": 1}, wide, unknown, good)
    imported = import_queue(queue, file)

    assert prompts(queue) == ["good", "good"]
    assert len(imported.jobs) == 2
    assert [text.partition(" was")[0] for text in imported.complaints] == [
        f"Job {number} of {file}" for number in (2, 3, 4, 5)
    ]
    assert "width is not right" in imported.complaints[2]
    assert "colour is not right" in imported.complaints[3]
    assert all(text.endswith(".") and "\n" not in text for text in imported.complaints)


def test_a_photo_is_looked_for_beside_the_file(queue: JobQueue, file: Path) -> None:
    write(file, {"params": {"image": "photos/cat.jpg"}}, {"params": {"image": "/else/cat.jpg"}})
    jobs = import_queue(queue, file).jobs
    assert [job.params.image for job in jobs] == [
        file.parent / "photos" / "cat.jpg",
        Path("/else/cat.jpg"),
    ]


def test_a_byte_order_mark_is_no_damage(queue: JobQueue, file: Path) -> None:
    write(file, {"params": {"prompt": "a"}})
    file.write_text(file.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert len(import_queue(queue, file).jobs) == 1


def newer(file: Path) -> None:
    write(file, {"params": {"prompt": "a"}}, schema_version=SCHEMA + 1)


def of_another_kind(file: Path) -> None:
    write(file, kind="clipwright clip")


def without_jobs(file: Path) -> None:
    write(file, jobs=None)


def cut(file: Path) -> None:
    write(file, {"params": {"prompt": "a"}})
    file.write_text(file.read_text()[:-5])


def binary(file: Path) -> None:
    file.write_bytes(bytes(range(256)))


def a_list(file: Path) -> None:
    file.write_text("[]")


def nested(file: Path) -> None:
    file.write_text("[" * 100_000)


def missing(file: Path) -> None:
    assert not file.exists()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (newer, "newer Clipwright"),
        (of_another_kind, "no exported queue"),
        (without_jobs, "no list of jobs"),
        (cut, "damaged or no JSON"),
        (binary, "damaged or no JSON"),
        (a_list, "no exported queue"),
        (nested, "damaged or no JSON"),
        (missing, "cannot be read"),
    ],
)
def test_what_is_no_exported_queue_is_refused_and_adds_nothing(
    queue: JobQueue, file: Path, make: Callable[[Path], None], said: str
) -> None:
    make(file)
    with pytest.raises(BadInput, match=said) as caught:
        import_queue(queue, file)
    assert str(file) in str(caught.value)
    assert queue.jobs() == []
