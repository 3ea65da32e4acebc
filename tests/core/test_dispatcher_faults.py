"""The queue worked off through faults: dead and hung engines, full disks, ends of the program."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from psygnal import EmitLoopError

from studio.core.engine_link import Ending
from studio.core.errors import DiskFull
from studio.core.events import Alive, FailureKind, Progress, Stage
from studio.core.job import Job, JobState
from studio.core.job_moves import ASKING
from studio.core.library import Library
from studio.core.queue import JobQueue
from studio.core.room_pause import NO_ROOM
from studio.core.stall_watch import Hang
from tests.core.dispatching import Bench, read_clip

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


class Disk:
    """What the system says is free."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 10**12
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, self.free))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


# Engines that die


def test_a_killed_engine_loses_no_job(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.link.denoise(2)
    bench.link.end()
    assert bench.queue.job(first.id).engine_deaths == 1
    assert bench.state(first) is JobState.PREPARING
    assert bench.link.calls == ["start", "send", "start", "send"]
    assert bench.link.sent[1].resume == bench.files.checkpoint(first.id)
    assert bench.link.sent[1].out == bench.link.sent[0].out
    bench.link.hello()
    bench.link.finish()
    bench.link.finish()
    assert [bench.state(job) for job in (first, second)] == [JobState.DONE] * 2


def test_a_job_goes_on_before_those_that_were_moved_ahead_of_it(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.queue.move(second.id, 1)
    bench.queue.set_paused(True)
    bench.link.end()
    assert bench.state(first) is JobState.PREPARING


def test_a_second_death_sets_the_job_aside_with_its_log(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    for _ in range(2):
        bench.link.hello()
        bench.link.denoise()
        bench.link.log.emit("Something went very wrong.")
        bench.link.end(Ending("crashed (SIGSEGV)"))
    failed = bench.queue.job(first.id)
    assert failed.state is JobState.FAILED
    assert "crashed (SIGSEGV) during this render, for the second time" in (failed.failure or "")
    log = bench.files.read_log(first.id)
    assert log.count("Something went very wrong.") == 2
    assert "The engine crashed (SIGSEGV)." in log
    assert bench.state(second) is JobState.PREPARING


def test_the_programs_own_death_is_not_counted(bench: Bench, tmp_path: Path) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise()
    bench.link.end()
    bench.close()
    again = Bench(tmp_path)
    again.begin(go_on=True)
    assert again.queue.job(job.id).engine_deaths == 0
    again.link.hello()
    again.link.denoise()
    again.link.end()
    assert again.queue.job(job.id).engine_deaths == 1
    assert again.state(job) is JobState.PREPARING
    again.close()


def test_an_engine_that_dies_idle_harms_nobody(bench: Bench) -> None:
    bench.begin("a")
    bench.link.hello()
    bench.link.finish()
    bench.link.end()
    (later,) = bench.begin("b")
    assert bench.state(later) is JobState.PREPARING
    assert bench.queue.job(later.id).engine_deaths == 0


def test_an_engine_that_cannot_be_started_pauses_the_queue_and_blames_no_job(bench: Bench) -> None:
    jobs = bench.begin("a", "b", "c")
    for _ in range(2):
        bench.link.end(Ending("could not be started (not found)"))
    assert [bench.state(job) for job in jobs] == [JobState.QUEUED] * 3
    assert "could not be started (not found)" in (bench.queue.pause_reason or "")
    assert bench.link.calls.count("start") == 2
    bench.queue.set_paused(False)
    bench.wait(1)
    bench.link.hello()
    bench.link.finish()
    assert bench.state(jobs[0]) is JobState.DONE


def test_an_engine_that_dies_at_its_imports_pauses_the_queue_and_blames_no_job(
    bench: Bench,
) -> None:
    (job,) = bench.begin("a")
    for _ in range(2):
        bench.link.hello()
        bench.link.tell(Alive())
        bench.link.end(Ending("ended with status 1"))
    assert bench.state(job) is JobState.QUEUED
    assert bench.queue.job(job.id).engine_deaths == 0
    assert "ended with status 1 before it began to work" in (bench.queue.pause_reason or "")


def test_an_engine_that_was_closed_before_it_had_work_is_no_failed_start(bench: Bench) -> None:
    bench.dispatcher.begin(go_on=True)
    bench.dispatcher.prepare()
    bench.link.hello()
    bench.wait(60 * bench.settings.settings.idle_minutes + 1)
    assert bench.link.calls == ["start", "close"]
    bench.link.end(Ending("ended"))
    (job,) = bench.begin("a")
    bench.link.end()
    assert not bench.queue.paused
    assert bench.state(job) is JobState.PREPARING


def test_an_engine_killed_between_the_clip_and_the_word_of_it_has_made_it(bench: Bench) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise()
    bench.link.write()
    bench.link.make_clip()
    bench.link.end()
    assert bench.state(job) is JobState.DONE
    assert bench.library.count() == 1
    assert len(bench.link.sent) == 1


def test_another_file_under_the_name_is_left_alone_and_another_name_taken(bench: Bench) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise()
    out = bench.link.sent[0].out
    out.write_text("somebody's own")
    bench.link.end()
    assert bench.link.sent[1].out != out
    bench.link.hello()
    bench.link.finish()
    assert bench.state(job) is JobState.DONE
    assert out.read_text() == "somebody's own"


def test_a_damaged_state_is_set_aside_and_the_job_begun_anew(bench: Bench) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise(2)
    bench.link.end()
    bench.link.hello()
    bench.link.fail(FailureKind.BAD_STATE, "The state is damaged.")
    assert bench.link.sent[2].resume is None
    assert bench.queue.job(job.id).step == 0
    assert "The state is damaged." in bench.files.read_log(job.id)
    bench.link.finish()
    assert bench.state(job) is JobState.DONE


def test_a_request_refused_for_its_state_although_it_has_none_fails(bench: Bench) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.fail(FailureKind.BAD_STATE)
    assert bench.state(job) is JobState.FAILED


# Engines that hang


def alive(bench: Bench, seconds: int) -> None:
    for _ in range(seconds):
        bench.wait(1)
        bench.link.tell(Alive())


def step(bench: Bench, number: int) -> None:
    bench.link.tell(Progress(stage=Stage.DENOISE, step=number, steps=9, fraction=number / 9))


def test_an_engine_without_a_sign_of_life_is_told_and_can_be_restarted(bench: Bench) -> None:
    (job,) = bench.begin("a")
    stalled: list[int] = []

    def note(job: Job) -> None:
        stalled.append(job.id)

    bench.dispatcher.stalled.connect(note)
    bench.link.hello()
    bench.link.denoise()
    bench.wait(19)
    assert stalled == []
    bench.wait(3)
    assert stalled == [job.id]
    assert bench.dispatcher.hang is Hang.SILENT

    bench.dispatcher.restart_engine()
    assert bench.link.calls[-1] == "kill"
    bench.link.end()
    assert bench.state(job) is JobState.PREPARING
    assert bench.queue.job(job.id).engine_deaths == 0
    assert bench.link.sent[-1].resume is not None
    assert bench.dispatcher.hang is None


def test_a_job_at_which_a_second_engine_hangs_is_set_aside_where_nobody_is_asked(
    bench: Bench,
) -> None:
    first, second = bench.begin("a", "b")
    for _ in range(2):
        bench.link.hello()
        bench.link.denoise()
        bench.dispatcher.restart_engine(blame=True)
        bench.link.end()
    assert bench.state(first) is JobState.FAILED
    said = bench.queue.job(first.id).failure or ""
    assert "did not come further and was ended during this render, for the second time" in said
    assert "memory" not in said
    assert bench.state(second) is JobState.PREPARING


def test_an_engine_that_lives_and_does_not_move_is_told_by_the_jobs_own_pace(bench: Bench) -> None:
    bench.begin("a")
    bench.link.hello()
    alive(bench, 300)  # a model that loads
    for number in range(4):
        alive(bench, 10)
        step(bench, number)
    alive(bench, 199)
    assert bench.dispatcher.hang is None
    alive(bench, 5)
    assert bench.dispatcher.hang is Hang.STUCK
    step(bench, 4)
    bench.wait(1)
    assert bench.dispatcher.hang is None


def test_somebody_who_would_rather_wait_is_asked_again_later(bench: Bench) -> None:
    bench.begin("a")
    bench.link.hello()
    step(bench, 1)
    bench.wait(25)
    assert bench.dispatcher.hang is Hang.SILENT
    bench.dispatcher.wait_on()
    bench.wait(200)
    assert bench.dispatcher.hang is None
    bench.wait(150)
    assert bench.dispatcher.hang is Hang.SILENT


def test_a_machine_that_slept_makes_nobody_hang(bench: Bench) -> None:
    bench.begin("a")
    bench.link.hello()
    bench.wait(5)
    bench.now += 3600
    bench.dispatcher.tick()
    assert bench.dispatcher.hang is None


# Disks that are full


def test_no_room_pauses_the_queue_before_a_job_starts_and_room_lets_it_go_on(
    bench: Bench, disk: Disk
) -> None:
    disk.free = 10**6
    (job,) = bench.begin("a")
    assert bench.link.calls == []
    reason = bench.queue.pause_reason or ""
    assert reason.startswith(NO_ROOM)
    assert "1 MB are free" in reason
    bench.wait(10)
    assert bench.queue.paused
    disk.free = 10**12
    bench.wait(10)
    assert not bench.queue.paused
    assert bench.state(job) is JobState.PREPARING


def test_the_pause_for_want_of_room_survives_a_restart_and_ends_by_itself(
    bench: Bench, tmp_path: Path, disk: Disk
) -> None:
    disk.free = 10**6
    (job,) = bench.begin("a")
    bench.close()
    again = Bench(tmp_path)
    again.begin()
    assert again.queue.paused
    disk.free = 10**12
    again.wait(10)
    assert again.state(job) is JobState.PREPARING
    again.close()


def test_a_disk_that_fills_up_during_a_render_keeps_the_job_and_its_state(
    bench: Bench, disk: Disk
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise(2)
    bench.link.fail(FailureKind.DISK_FULL, "There is no room left.")
    assert bench.state(job) is JobState.QUEUED
    assert (bench.queue.pause_reason or "") == f"{NO_ROOM}There is no room left."
    bench.wait(30)
    assert len(bench.link.sent) == 1  # what is free has not changed
    disk.free += 10**9
    bench.wait(10)
    assert bench.link.sent[-1].resume == bench.files.checkpoint(job.id)


def test_a_disk_that_has_no_room_even_for_the_pause_is_told_and_room_lets_the_job_go_on(
    bench: Bench, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise(2)
    move_state = JobQueue.move_state

    def move_or_not(queue: JobQueue, *args: object, **changes: object) -> object:
        if disk.free == 0:
            raise DiskFull("The database has no room.")
        return move_state(queue, *args, **changes)  # type: ignore[arg-type]

    monkeypatch.setattr(JobQueue, "move_state", move_or_not)
    disk.free = 0
    bench.link.fail(FailureKind.DISK_FULL, "There is no room left.")
    bench.wait(30)
    assert bench.dispatcher.why_stuck == "The database has no room."
    disk.free = 10**9
    bench.wait(10)
    assert bench.dispatcher.why_stuck == ""
    assert not bench.queue.paused
    assert bench.link.sent[-1].resume == bench.files.checkpoint(job.id)


def test_a_disk_that_is_full_again_and_again_waits_for_a_person(bench: Bench, disk: Disk) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    for _ in range(3):
        bench.link.fail(FailureKind.DISK_FULL, "There is no room left.")
        disk.free += 10**9
        bench.wait(10)
    assert len(bench.link.sent) == 3
    assert bench.queue.paused
    bench.link.end()
    bench.queue.set_paused(False)
    bench.wait(1)
    bench.link.hello()
    bench.link.finish()
    assert bench.state(job) is JobState.DONE


def test_a_person_who_pauses_keeps_the_queue_paused_when_there_is_room(
    bench: Bench, disk: Disk
) -> None:
    disk.free = 10**6
    bench.begin("a")
    bench.queue.set_paused(True)
    disk.free = 10**12
    bench.wait(10)
    assert bench.queue.paused


def test_what_the_database_cannot_take_is_worked_off_when_it_can(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.link.denoise()
    bench.link.write()
    done = bench.link.make_clip()
    full = True
    add = Library.add

    def add_or_not(library: Library, *args: object) -> object:
        if full:
            raise DiskFull("The database has no room.")
        return add(library, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "add", add_or_not)
    bench.link.tell(done)
    bench.wait(3)
    assert bench.told == ["The database has no room."]
    assert bench.state(first) is JobState.WRITING
    full = False
    bench.wait(1)
    assert bench.told == ["The database has no room.", ""]
    assert bench.state(first) is JobState.DONE
    assert bench.state(second) is JobState.PREPARING


def test_a_job_on_a_full_disk_goes_to_the_folder_that_a_person_chose_instead(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise(2)
    full = bench.clips_folder

    def free(path: Path) -> Usage:
        return Usage(10**12, 0, 10 if path == full else 10**12)

    monkeypatch.setattr(shutil, "disk_usage", free)
    bench.link.fail(FailureKind.DISK_FULL, "There is no room left.")
    bench.wait(10)
    assert bench.queue.paused
    bench.clips_folder = tmp_path / "other"
    bench.wait(10)
    assert bench.link.sent[-1].out.parent == tmp_path / "other"
    assert bench.link.sent[-1].resume is not None
    bench.link.finish()
    assert bench.state(job) is JobState.DONE


def test_a_failed_job_that_is_retried_goes_to_the_folder_chosen_since(
    bench: Bench, tmp_path: Path
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.fail(message="The folder is read-only.")
    bench.clips_folder = tmp_path / "other"
    bench.queue.retry(job.id)
    bench.wait(1)
    assert bench.link.sent[-1].out.parent == tmp_path / "other"


def test_a_cancelled_job_that_is_retried_goes_to_the_folder_chosen_since(
    bench: Bench, tmp_path: Path
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.queue.cancel(job.id)
    bench.link.stopped()
    bench.clips_folder = tmp_path / "other"
    bench.queue.retry(job.id)
    bench.wait(1)
    assert bench.link.sent[-1].out.parent == tmp_path / "other"


def test_a_job_whose_folder_cannot_be_made_any_more_forgets_that_folder(bench: Bench) -> None:
    (job,) = bench.begin("a")
    bench.clips_folder.rmdir()
    bench.clips_folder.write_text("a file in its place")
    bench.link.end()
    refused = bench.queue.job(job.id)
    assert (refused.state, refused.out) == (JobState.FAILED, None)


# Faults of our own


def test_a_listener_that_fails_does_not_hold_the_queue_up(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.link.denoise()
    bench.link.write()

    def fail(job: Job) -> None:
        if job.state is JobState.DONE:
            raise RuntimeError

    bench.queue.changed.connect(fail)
    with pytest.raises(EmitLoopError):
        bench.link.tell(bench.link.make_clip())
    bench.queue.changed.disconnect(fail)
    bench.wait(2)
    assert bench.state(first) is JobState.DONE
    assert bench.state(second) is JobState.PREPARING


# Ends of the program


def crash(bench: Bench) -> None:
    """The program ends without a word to its queue."""
    bench.close()


def test_to_resume_the_queue_after_a_crash_lets_the_interrupted_job_go_on(
    bench: Bench, tmp_path: Path
) -> None:
    first, _ = bench.begin("a", "b")
    bench.link.hello()
    bench.link.denoise(2)
    crash(bench)
    again = Bench(tmp_path)
    again.begin()
    again.queue.set_paused(False)
    again.wait(1)
    assert again.link.sent[0].resume == again.files.checkpoint(first.id)
    again.close()


def test_after_a_crash_the_queue_asks_before_it_goes_on(bench: Bench, tmp_path: Path) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.link.denoise(2)
    crash(bench)
    again = Bench(tmp_path)
    again.begin()
    again.wait(3)
    assert again.state(first) is JobState.INTERRUPTED
    assert (again.queue.pause_reason or "").startswith(f"{ASKING}Job {first.id} goes on")
    assert again.link.calls == []
    again.dispatcher.go_on()
    again.wait(1)
    assert again.link.sent[0].resume == again.files.checkpoint(first.id)
    assert not again.queue.paused
    again.link.hello()
    again.link.finish()
    again.link.finish()
    assert [again.state(job) for job in (first, second)] == [JobState.DONE] * 2
    again.close()


def test_after_a_crash_the_queue_asks_also_where_only_others_wait(
    bench: Bench, tmp_path: Path
) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.queue.pause_job(first.id)
    crash(bench)
    again = Bench(tmp_path)
    again.begin()
    assert again.state(first) is JobState.PAUSED
    assert again.queue.asks
    assert again.link.calls == []
    again.dispatcher.go_on()
    again.wait(1)
    assert again.state(second) is JobState.PREPARING
    again.close()


def test_to_go_on_after_a_crash_ends_also_the_pause_of_before(bench: Bench, tmp_path: Path) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.queue.set_paused(True)
    crash(bench)
    again = Bench(tmp_path)
    again.begin()
    assert not again.queue.asks
    again.dispatcher.go_on()
    again.wait(1)
    assert again.state(job) is JobState.PREPARING
    again.close()


def test_a_start_without_a_crash_keeps_the_pause_of_a_person(bench: Bench) -> None:
    bench.queue.set_paused(True)
    (job,) = bench.begin("a", go_on=True)
    assert bench.queue.paused
    assert bench.state(job) is JobState.QUEUED


def test_a_clip_that_was_whole_at_the_crash_is_not_rendered_twice(
    bench: Bench, tmp_path: Path
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise()
    bench.link.write()
    bench.link.make_clip()
    crash(bench)
    again = Bench(tmp_path)
    again.begin()
    assert again.state(job) is JobState.DONE
    assert again.library.count() == 1
    assert not again.queue.paused
    again.close()


def test_a_clip_known_to_the_library_before_the_crash_is_not_listed_twice(
    bench: Bench, tmp_path: Path
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise()
    bench.link.write()
    done = bench.link.make_clip()
    bench.library.add(read_clip(done.clip), done.clip, done.poster, job.id)
    crash(bench)
    again = Bench(tmp_path)
    again.begin(go_on=True)
    assert again.state(job) is JobState.DONE
    assert again.library.count() == 1
    again.close()


def test_a_paused_job_whose_clip_is_there_is_done_when_its_turn_comes(
    bench: Bench, tmp_path: Path
) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise()
    bench.link.make_clip()
    bench.queue.pause_job(job.id)
    crash(bench)
    again = Bench(tmp_path)
    again.begin()
    assert again.state(job) is JobState.PAUSED
    again.queue.resume_job(job.id)
    again.wait(1)
    assert again.state(job) is JobState.DONE
    assert again.link.calls == []
    again.close()


def test_an_empty_file_that_held_the_name_is_taken_away(bench: Bench, tmp_path: Path) -> None:
    bench.begin("a")
    out = bench.link.sent[0].out
    out.touch()
    crash(bench)
    again = Bench(tmp_path)
    again.begin(go_on=True)
    assert again.link.sent[0].out == out
    assert not out.exists()
    again.close()


def test_folders_of_jobs_that_are_gone_are_swept(bench: Bench) -> None:
    bench.files.note(4711, "left behind")
    (job,) = bench.begin("a")
    assert [folder.name for folder in bench.files.root.iterdir()] == [str(job.id)]


def test_folders_of_unknown_jobs_are_kept_beside_a_damaged_database(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "queue.db.damaged-20260102-030405").touch()
    bench.files.note(4711, "hours of work")
    (job,) = bench.begin("a")
    assert {folder.name for folder in bench.files.root.iterdir()} == {str(job.id), "4711.lost"}


def test_a_log_stays_within_its_bounds_and_keeps_the_newest(bench: Bench) -> None:
    for number in range(30):
        bench.files.note(1, f"{number} " + "x" * 100_000)
    log = bench.files.read_log(1)
    assert len(log) < 1_200_000
    assert "  29 x" in log
    assert "  0 x" not in log
