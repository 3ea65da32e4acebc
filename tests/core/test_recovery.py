"""A damaged database is set aside as it is, and what can be read of it is there again."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.core.clip import ClipRecord
from studio.core.job import JobState
from studio.core.job_files import JobFiles
from studio.core.library import Library
from studio.core.lost_work import tell_lost_work
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.queue import JobQueue
from studio.core.recovery import Recovery
from studio.core.store import Store
from tests.core.jobs import bring, params

JOBS, CLIPS = 300, 40
RECORD = ClipRecord(
    version="0.1.0",
    params=ResolvedParams(
        **GenerationParams(
            prompt="waves at dusk",
            negative_prompt="",
            width=64,
            height=64,
            num_frames=9,
            frame_rate=24,
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with jobs in all states and some clips, closed."""
    path = tmp_path_factory.mktemp("whole") / "clipwright.db"
    store = Store.open(path).store
    queue, library = JobQueue(store), Library(store)
    jobs = queue.add([params(f"{number} " + "words " * 60) for number in range(JOBS)])
    for job, state in zip(jobs, JobState, strict=False):
        bring(queue, job.id, state)
    for number in range(CLIPS):
        library.add(RECORD, path.parent / f"{number}.mp4", None, jobs[0].id)
    queue.set_paused(True, "There is no room.")
    store.close()
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    (tmp_path / "data").mkdir()
    return shutil.copyfile(whole, tmp_path / "data" / "clipwright.db")


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(50_000))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def head_lost(path: Path) -> None:
    overwrite(path, 0, 4096)


def name_lost(path: Path) -> None:
    overwrite(path, 0, 16)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def pages_lost(path: Path) -> None:
    size = path.stat().st_size
    for place in (0.3, 0.5, 0.7):
        overwrite(path, int(size * place) // 4096 * 4096, 4096)


def clips_table_gone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE clips")
    connection.close()


def overwrite(path: Path, at: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * count)


def opened(path: Path) -> tuple[JobQueue, Library, Recovery, Store]:
    found = Store.open(path)
    assert found.recovery is not None
    return JobQueue(found.store), Library(found.store), found.recovery, found.store


@pytest.mark.parametrize(
    "damage", [garbage, empty, head_lost, name_lost, truncated, pages_lost, clips_table_gone]
)
def test_the_damaged_file_is_kept_as_it_is_and_the_new_one_is_in_order(
    path: Path, damage: Callable[[Path], None]
) -> None:
    damage(path)
    before = path.read_bytes()
    queue, library, recovery, store = opened(path)

    assert recovery.moved_to.read_bytes() == before
    assert re.fullmatch(r"clipwright\.db\.damaged-\d{8}-\d{6}", recovery.moved_to.name)
    assert str(recovery.moved_to) in recovery.sentence
    jobs = queue.jobs()
    assert (len(jobs), library.count()) == (recovery.jobs, recovery.clips)
    placed = [job.position for job in jobs if job.position]
    assert placed == list(range(1, len(placed) + 1))
    store.close()

    again = Store.open(path)
    assert again.recovery is None
    assert len(JobQueue(again.store).jobs()) == recovery.jobs
    again.store.close()
    assert not list(path.parent.glob(".*"))


@pytest.mark.parametrize(
    ("damage", "least"), [(truncated, 20), (pages_lost, 200), (name_lost, JOBS)]
)
def test_what_lies_around_the_damage_is_recovered_row_by_row(
    path: Path, whole: Path, damage: Callable[[Path], None], least: int
) -> None:
    before = {job.id: job for job in jobs_in(whole)}
    damage(path)
    queue, _, recovery, store = opened(path)

    assert recovery.jobs >= least
    assert f"{recovery.jobs} jobs" in recovery.sentence
    for job in queue.jobs():
        was = before[job.id]
        assert job == was.model_copy(update={"position": job.position})
    placed = [job.id for job in queue.jobs() if job.position]
    assert placed == sorted(placed, key=lambda job_id: before[job_id].position)
    store.close()


def test_a_missing_table_costs_only_what_was_in_it(path: Path) -> None:
    clips_table_gone(path)
    queue, library, recovery, store = opened(path)

    assert (recovery.jobs, recovery.clips) == (JOBS, 0)
    assert (queue.paused, queue.pause_reason) == (True, "There is no room.")
    assert library.count() == 0
    store.close()


@pytest.mark.parametrize("damage", [garbage, empty])
def test_where_nothing_can_be_read_that_is_said(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    queue, _, recovery, store = opened(path)

    assert (recovery.jobs, recovery.clips) == (0, 0)
    assert "nothing in it could be read" in recovery.sentence
    # Folders of jobs that are forgotten may still be there: their numbers are not given again.
    assert queue.add([params()])[0].id > JOBS
    store.close()


def test_ids_of_lost_jobs_are_not_given_again(path: Path) -> None:
    pages_lost(path)
    queue, _, _, store = opened(path)
    assert queue.add([params()])[0].id > JOBS
    store.close()


def test_what_lost_jobs_had_kept_is_set_aside_and_named(path: Path) -> None:
    files = JobFiles(path.parent)
    files.make_folder(1)
    files.checkpoint(1).write_bytes(b"hours of work")
    garbage(path)
    queue, _, recovery, store = opened(path)
    assert tell_lost_work(recovery, queue, files).endswith(f"{files.root}: 1.lost.")
    assert not files.has_checkpoint(1)
    kept = files.root / "1.lost" / files.checkpoint(1).name
    assert kept.read_bytes() == b"hours of work"
    assert tell_lost_work(recovery, queue, files) == recovery.sentence
    store.close()


def test_the_journal_is_set_aside_with_the_database_and_read(path: Path, tmp_path: Path) -> None:
    store = Store.open(path).store
    JobQueue(store).add([params("the newest of all")])
    # As a kill would leave them: the newest job is in the journal only.
    for ending in ("", "-wal", "-shm"):
        shutil.copyfile(f"{path}{ending}", tmp_path / f"killed.db{ending}")
    store.close()
    killed = tmp_path / "killed.db"
    overwrite(killed, killed.stat().st_size // 2, 4096)
    before = {ending: Path(f"{killed}{ending}").read_bytes() for ending in ("", "-wal")}
    queue, _, recovery, store = opened(killed)

    assert "the newest of all" in [job.params.prompt for job in queue.jobs()]
    for ending, content in before.items():
        assert Path(f"{recovery.moved_to}{ending}").read_bytes() == content
    store.close()


@pytest.mark.parametrize("damage", [None, garbage, empty, truncated])
def test_a_foreign_journal_beside_it_does_no_harm(
    path: Path, damage: Callable[[Path], None] | None
) -> None:
    if damage is not None:
        damage(path)
    Path(f"{path}-wal").write_bytes(random.Random(2).randbytes(9000))
    Path(f"{path}-shm").write_bytes(random.Random(3).randbytes(32768))
    queue, _, recovery, store = opened(path)

    assert Path(f"{recovery.moved_to}-wal").stat().st_size == 9000
    assert len(queue.jobs()) == recovery.jobs
    assert damage is not None or recovery.jobs == JOBS
    store.close()


def test_a_journal_without_its_database_is_set_aside(path: Path) -> None:
    path.unlink()
    Path(f"{path}-wal").write_bytes(b"what an older database left")
    queue, _, recovery, store = opened(path)

    assert Path(f"{recovery.moved_to}-wal").read_bytes() == b"what an older database left"
    assert queue.jobs() == []
    store.close()


def test_a_recovery_that_was_cut_off_is_gone_on_with(path: Path) -> None:
    pages_lost(path)
    aside = path.with_name(f"{path.name}.damaged-20250102-030405")
    path.rename(aside)
    _, _, recovery, store = opened(path)

    assert recovery.moved_to == aside
    assert recovery.jobs >= 200
    store.close()


def test_a_row_that_makes_no_job_or_clip_is_left_behind(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET params = '{' WHERE id = 20")
        connection.execute("UPDATE jobs SET state = 'asleep' WHERE id = 21")
        connection.execute("UPDATE jobs SET position = 'x' WHERE id = 22")
        connection.execute("UPDATE clips SET record = 'none' WHERE id = 3")
        connection.execute("DROP TABLE facts")
    connection.close()
    queue, library, recovery, store = opened(path)

    assert (recovery.jobs, recovery.clips) == (JOBS - 3, CLIPS - 1)
    assert len(queue.jobs()) == JOBS - 3
    assert len(library.ids()) == CLIPS - 1
    store.close()


def test_any_changed_byte_leads_to_a_queue_that_can_be_used(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    chance = random.Random(4)
    for number in range(25):
        path = tmp_path / str(number) / "clipwright.db"
        path.parent.mkdir()
        changed = bytearray(content)
        # Half of them in the first page, where one byte matters most.
        at = chance.randrange(200 if number % 2 else len(content))
        changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        try:
            found = Store.open(path)
        except Exception as error:
            raise AssertionError(f"byte {at}") from error
        JobQueue(found.store).add([params()])
        found.store.close()


def jobs_in(path: Path) -> list:
    copy = shutil.copyfile(path, path.with_name("looked at.db"))
    found = Store.open(copy)
    jobs = JobQueue(found.store).jobs()
    found.store.close()
    return jobs
