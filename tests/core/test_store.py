"""The database: its versions, its transactions, what a kill leaves, and full or closed disks."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pytest

from studio.core import migrations
from studio.core.database import DatabaseDamaged
from studio.core.errors import BadInput, DiskFull, StudioError
from studio.core.migrations import VERSION, keep_fact
from studio.core.queue import JobQueue
from studio.core.store import Store
from tests.core.jobs import open_queue, params
from tests.core.preset_samples import with_preset
from tests.core.test_library import a_record

ROOT = Path(__file__).parents[2]
ADD_FOR_EVER = """
import sys
from pathlib import Path
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue
from studio.core.store import Store
queue = JobQueue(Store.open(Path(sys.argv[1])).store)
number = 0
while True:
    number += 1
    jobs = queue.add([GenerationParams(prompt=f"{number}-{n}") for n in range(3)])
    print(*(f"{job.id}:{job.params.prompt}" for job in jobs), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "clipwright.db"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine allows no mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_new_database_is_made_with_its_folder_and_has_the_newest_version(path: Path) -> None:
    opened = Store.open(path)
    store = opened.store

    assert opened.recovery is None
    assert store.rows("PRAGMA user_version")[0][0] == VERSION
    assert store.rows("PRAGMA journal_mode")[0][0] == "wal"
    assert store.rows("PRAGMA synchronous")[0][0] == 2  # FULL
    store.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_closing_twice_and_opening_again_finds_everything(path: Path) -> None:
    store, queue = open_queue(path)
    (job,) = queue.add([params()])
    store.close()
    store.close()

    store, queue = open_queue(path)
    assert queue.jobs() == [job]
    store.close()


def test_a_transaction_that_fails_leaves_nothing_behind(path: Path) -> None:
    store = Store.open(path).store
    with pytest.raises(ZeroDivisionError), store.transaction() as connection:
        keep_fact(connection, "a", "1")
        raise ZeroDivisionError
    assert store.fact("a") is None

    with store.transaction(flush=False) as connection:
        keep_fact(connection, "a", "2")
    assert store.fact("a") == "2"
    assert store.rows("PRAGMA synchronous")[0][0] == 2
    store.close()


def test_a_fault_of_the_program_stays_what_it_is(path: Path) -> None:
    store = Store.open(path).store
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.rows("SELECT * FROM elsewhere")
    store.close()


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(path: Path) -> None:
    Store.open(path).store.close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 6}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(BadInput, match=f"newer Clipwright.*version is {VERSION + 6}"):
        Store.open(path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.damaged*"))


def test_an_older_database_is_brought_up_step_by_step(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, queue = open_queue(path)
    queue.add([params()])
    store.close()
    steps = (*migrations.MIGRATIONS, ("ALTER TABLE jobs ADD COLUMN later TEXT DEFAULT 'new'",))
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    monkeypatch.setattr(migrations.migrate, "__defaults__", (VERSION + 1,))

    store = Store.open(path).store
    assert store.rows("SELECT later FROM jobs")[0]["later"] == "new"
    assert store.rows("PRAGMA user_version")[0][0] == VERSION + 1
    store.close()


def test_clips_of_an_older_database_get_the_ids_of_their_presets_soon(path: Path) -> None:
    path.parent.mkdir()
    marked = with_preset(a_record(), "Sea").model_dump_json()
    plain = a_record().model_dump_json()
    rows = [(f"{number}.mp4", "Sea", marked) for number in range(10_000)]
    rows += [("a.mp4", None, plain), ("b.mp4", "Sea", "no record")]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrations.migrate(connection, 1)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO clips (path, preset, record, created, prompt, model_title, width, height, "
        "num_frames, frame_rate, seed) VALUES (?, ?, ?, '', '', '', 1, 1, 1, 1, 1)",
        rows,
    )
    connection.execute("COMMIT")

    before = time.process_time()
    migrations.migrate(connection)
    assert time.process_time() - before < 2  # of this process alone
    connection.close()
    store = Store.open(path).store
    counts = store.rows("SELECT preset_id, count(*) FROM clips GROUP BY preset_id")
    assert {row[0]: row[1] for row in counts} == {
        None: 2,
        str(uuid5(NAMESPACE_OID, "Sea")): 10_000,
    }
    store.close()


def test_a_step_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(path).store.close()
    wrong = ("ALTER TABLE jobs ADD COLUMN later TEXT", "CREATE TABLE jobs (id INTEGER)")
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, wrong))
    monkeypatch.setattr(migrations.migrate, "__defaults__", (VERSION + 1,))
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        Store.open(path)
    monkeypatch.undo()

    store = Store.open(path).store
    assert "later" not in [row["name"] for row in store.rows("PRAGMA table_info(jobs)")]
    store.close()


def test_a_removed_clip_is_forgotten_by_its_job(path: Path) -> None:
    store, queue = open_queue(path)
    (job,) = queue.add([params()])
    with store.transaction() as connection:
        connection.execute(
            "INSERT INTO clips (id, path, created, prompt, model_title, width, height, num_frames, "
            "frame_rate, seed, record) VALUES (9, 'a', 'b', 'c', 'd', 1, 1, 1, 1, 1, '{}')"
        )
    assert queue.update(job.id, clip_id=9).clip_id == 9
    with store.transaction() as connection:
        connection.execute("DELETE FROM clips WHERE id = 9")
    assert queue.job(job.id).clip_id is None
    store.close()


def test_two_processes_may_look_and_write_at_once(path: Path) -> None:
    store, queue = open_queue(path)
    other, other_queue = open_queue(path)
    queue.add([params("first")])
    other_queue.add([params("second")])

    assert [job.params.prompt for job in queue.jobs()] == ["first", "second"]
    other.close()
    queue.add([params("third")])
    store.close()
    store, queue = open_queue(path)
    assert len(queue.jobs()) == 3
    store.close()


def test_damage_met_while_it_is_open_is_told_and_recovered_at_the_next_opening(path: Path) -> None:
    store, queue = open_queue(path)
    queue.add([params("a" * 1000) for _ in range(400)])
    store.close()
    store = Store.open(path).store
    half = path.stat().st_size // 2
    with path.open("r+b") as file:
        file.seek(half)
        file.write(b"\xa5" * half)
    with pytest.raises(DatabaseDamaged, match="start Clipwright again"):
        store.rows("SELECT * FROM jobs")
    store.close()

    opened = Store.open(path)
    assert opened.recovery is not None
    opened.store.close()


def test_a_place_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StudioError, match="file"):
        Store.open(tmp_path / "file" / "clipwright.db")
    with pytest.raises(BadInput, match="is a folder"):
        Store.open(tmp_path / "folder.db")


def test_a_full_disk_is_told_loses_nothing_and_is_no_end(small_disk: Path) -> None:
    store, queue = open_queue(small_disk / "clipwright.db")
    kept: list[int] = []
    with pytest.raises(DiskFull, match="no room left"):
        while True:
            kept += [job.id for job in queue.add([params("a" * 1000)])]
    assert [job.id for job in queue.jobs()] == kept

    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    kept += [job.id for job in queue.add([params()])]
    store.close()
    store, queue = open_queue(small_disk / "clipwright.db")
    assert [job.id for job in queue.jobs()] == kept
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
def test_a_killed_process_keeps_every_job_that_it_told_of(path: Path) -> None:
    told: dict[int, str] = {}
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", ADD_FOR_EVER, str(path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(random.uniform(0, 0.15))
        os.kill(child.pid, signal.SIGKILL)
        rest, _ = child.communicate()
        # The last line may be cut in the middle.
        whole = (first + rest).rpartition("\n")[0]
        told |= {int(a): b for a, b in (word.split(":") for word in whole.split())}

        opened = Store.open(path)
        assert opened.recovery is None
        jobs = JobQueue(opened.store).jobs()
        assert told.items() <= {job.id: job.params.prompt for job in jobs}.items()
        assert [job.position for job in jobs] == list(range(1, len(jobs) + 1))
        assert len(jobs) % 3 == 0  # each three were one commit
        opened.store.close()
