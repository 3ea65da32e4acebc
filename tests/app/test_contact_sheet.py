"""Contact sheets wait until they are seen, whatever becomes of the queue meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.app.contact_sheet import ContactSheets, Sheet
from studio.core.job import Job, JobState
from studio.core.library import Library
from studio.core.queue import JobQueue
from studio.core.store import Store
from tests.core.jobs import bring, params
from tests.core.preset_samples import with_preset
from tests.core.test_library import a_record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "clipwright.db").store
    yield opened
    opened.close()


@pytest.fixture
def queue(store: Store) -> JobQueue:
    return JobQueue(store)


@pytest.fixture
def open_sheets(store: Store, queue: JobQueue, tmp_path: Path) -> Callable[[], ContactSheets]:
    """The sheets as they are after a start."""
    return lambda: ContactSheets(tmp_path / "sheet.json", queue, Library(store))


@pytest.fixture
def render(store: Store, queue: JobQueue, tmp_path: Path) -> Callable[[Job, str], None]:
    """Brings a job to its end, with a clip of a preset of this name."""

    def render(job: Job, preset: str) -> None:
        clip = tmp_path / f"{job.id}.mp4"
        clip.write_bytes(b"clip")
        bring(queue, job.id, JobState.DONE)
        Library(store).add(with_preset(a_record(), preset), clip, None, job.id)

    return render


def titles(sheet: Sheet | None) -> list[str]:
    assert sheet is not None
    return sheet.titles


def test_a_sheet_waits_for_its_last_job_and_then_until_it_was_seen(
    open_sheets: Callable[[], ContactSheets],
    queue: JobQueue,
    render: Callable[[Job, str], None],
) -> None:
    jobs = queue.add([params(), params()])
    open_sheets().begin(jobs)
    render(jobs[0], "Draft")
    assert open_sheets().finished() is None
    render(jobs[1], "Wide")
    assert titles(open_sheets().finished()) == ["Draft", "Wide"]
    sheets = open_sheets()
    sheet = sheets.finished()
    assert sheet is not None
    sheets.shown(sheet)
    assert open_sheets().finished() is None


def test_a_second_sheet_takes_nothing_from_the_first_and_cleared_jobs_count(
    open_sheets: Callable[[], ContactSheets],
    queue: JobQueue,
    render: Callable[[Job, str], None],
) -> None:
    first, second = queue.add([params(), params()]), queue.add([params(), params()])
    sheets = open_sheets()
    sheets.begin(first)
    sheets.begin(second)
    for job, name in zip((*reversed(second), *first), "DCAB", strict=True):
        render(job, name)
    queue.clear_finished()
    assert queue.jobs() == []
    found = sheets.finished()
    assert titles(found) == ["A", "B"]
    assert found is not None
    sheets.shown(found)
    assert titles(sheets.finished()) == ["C", "D"]


def test_a_sheet_of_one_clip_is_dropped(
    open_sheets: Callable[[], ContactSheets],
    queue: JobQueue,
    render: Callable[[Job, str], None],
    tmp_path: Path,
) -> None:
    jobs = queue.add([params() for _ in range(4)])
    sheets = open_sheets()
    sheets.begin(jobs[:2])
    sheets.begin(jobs[2:])
    render(jobs[0], "A")
    bring(queue, jobs[1].id, JobState.FAILED)
    for job in jobs[2:]:
        render(job, "B")
    assert titles(sheets.finished()) == ["B", "B"]
    kept = json.loads((tmp_path / "sheet.json").read_text(encoding="utf-8"))
    assert kept == {"sheets": [[job.id for job in jobs[2:]]]}
