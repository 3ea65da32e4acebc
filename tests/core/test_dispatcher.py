"""The queue worked off: states, ends and what a person asks for, with an engine by script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.events import FailureKind, Note, Preview, Progress, Stage
from studio.core.job import Job, JobState
from studio.core.request import Memory
from tests.core.dispatching import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_a_job_goes_through_its_states_to_a_clip_in_the_library(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    seen: list[JobState] = [bench.state(job)]

    def note(job: Job) -> None:
        if job.state is not seen[-1]:
            seen.append(job.state)

    bench.queue.changed.connect(note)
    bench.link.hello()
    bench.link.finish()

    assert [str(state) for state in seen] == [
        "preparing", "denoising", "decoding", "writing", "done",
    ]  # fmt: skip
    done = bench.queue.job(job.id)
    assert done.clip_id is not None
    clip = bench.library.clip(done.clip_id)
    assert clip.path == done.out
    assert clip.poster == clip.path.with_suffix(".jpg")
    assert clip.job_id == job.id
    assert done.fraction == 1
    assert [file.name for file in bench.files.folder(job.id).iterdir()] == ["log.txt"]
    assert bench.told == [(1, 0)]


def test_the_request_asks_for_a_poster_previews_and_a_state(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    request = bench.link.sent[0]
    assert request.poster
    assert request.checkpoint == bench.files.checkpoint(job.id)
    assert request.checkpoint_seconds == 4.0
    assert request.resume is None
    assert request.previews == bench.files.previews(job.id)


def test_without_previews_in_the_settings_none_are_asked_for(bench: Bench) -> None:
    bench.save(previews=False)
    bench.begin("a cat")
    assert bench.link.sent[0].previews is None


def test_of_three_jobs_the_middle_one_fails_and_the_queue_goes_on(bench: Bench) -> None:
    first, second, third = bench.begin("a", "b", "c")
    bench.link.hello()
    bench.link.finish()
    bench.link.tell(Note(text="Look here."))
    bench.link.fail(message="The photo is damaged.")
    bench.link.finish()

    assert bench.state(first) is JobState.DONE
    failed = bench.queue.job(second.id)
    assert failed.state is JobState.FAILED
    assert failed.failure == "The photo is damaged."
    log = bench.files.read_log(second.id)
    assert "Look here." in log
    assert "The photo is damaged." in log
    assert bench.state(third) is JobState.DONE
    assert bench.told == [(2, 1)]
    assert bench.link.calls == ["start", "send", "send", "send"]


def test_progress_is_counted_over_the_whole_render(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.link.denoise(2)
    middle = bench.queue.job(job.id)
    assert (middle.step, middle.steps) == (2, 4)
    assert 0.3 < middle.fraction < 0.5
    for share in (0.0, 1.0):  # the second expert
        bench.link.tell(Progress(stage=Stage.LOAD, step=0, steps=1, fraction=share))
    assert bench.queue.job(job.id) == middle
    bench.link.tell(Progress(stage=Stage.DECODE, step=3, steps=9, fraction=1 / 3))
    late = bench.queue.job(job.id)
    assert (late.step, late.steps) == (2, 4)
    assert late.fraction > 0.8


def test_previews_are_told_with_their_job(bench: Bench, tmp_path: Path) -> None:
    (job,) = bench.begin("a cat")
    seen: list[tuple[int, Preview]] = []

    def note(job_id: int, preview: Preview) -> None:
        seen.append((job_id, preview))

    bench.dispatcher.preview.connect(note)
    preview = Preview(path=tmp_path / "1.png", step=1, frames=3, width=4, height=4)
    bench.link.tell(preview)
    assert seen == [(job.id, preview)]


def test_a_paused_job_frees_the_engine_and_goes_on_from_its_state(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.link.denoise(2)
    bench.queue.pause_job(job.id)
    assert bench.link.calls[-1] == "stop"
    bench.link.stopped()
    assert bench.state(job) is JobState.PAUSED
    assert bench.link.calls[-1] == "close"
    bench.link.end()

    bench.queue.resume_job(job.id)
    bench.wait(1)
    assert bench.link.sent[-1].resume == bench.files.checkpoint(job.id)
    assert bench.link.sent[-1].out == bench.link.sent[0].out
    bench.link.finish()
    assert bench.state(job) is JobState.DONE


def test_a_paused_job_makes_way_for_the_next_in_the_same_engine(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.queue.pause_job(first.id)
    bench.link.stopped()
    assert bench.state(second) is JobState.PREPARING
    assert bench.link.calls == ["start", "send", "stop", "send"]
    # The first one's name is kept for it.
    assert bench.link.sent[0].out != bench.link.sent[1].out


def test_an_engine_that_does_not_stop_is_killed_and_its_job_is_paused(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.link.denoise()
    bench.queue.pause_job(job.id)
    bench.wait(9)
    assert "kill" not in bench.link.calls
    bench.wait(2)
    assert bench.link.calls[-1] == "kill"
    bench.link.end()
    assert bench.state(job) is JobState.PAUSED
    assert bench.queue.job(job.id).engine_deaths == 0
    assert bench.files.has_checkpoint(job.id)


def test_a_wish_that_is_taken_back_lets_the_job_go_on(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.link.denoise()
    bench.queue.pause_job(job.id)
    bench.queue.resume_job(job.id)
    bench.link.stopped()
    assert bench.state(job) is JobState.PREPARING
    assert bench.link.sent[-1].resume is not None


def test_a_cancelled_job_leaves_nothing(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.link.denoise()
    bench.queue.cancel(job.id)
    bench.link.stopped()
    assert bench.state(job) is JobState.CANCELLED
    assert not bench.files.folder(job.id).exists()
    assert bench.told == []  # whoever cancels knows


def test_a_waiting_job_that_is_cancelled_or_taken_back_leaves_nothing_either(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    for job in (first, second):
        bench.link.denoise()
        bench.queue.pause_job(job.id)
        bench.link.stopped()
    bench.queue.cancel(first.id)
    bench.queue.take_back(second.id)
    assert list(bench.files.root.iterdir()) == []


def test_a_job_that_was_done_before_the_cancel_arrived_stays_done(bench: Bench) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.queue.cancel(job.id)
    bench.link.finish()
    assert bench.state(job) is JobState.DONE


def test_nothing_starts_while_the_queue_is_paused(bench: Bench) -> None:
    bench.queue.set_paused(True)
    (job,) = bench.begin("a cat")
    bench.wait(3)
    assert bench.link.calls == []
    bench.queue.set_paused(False)
    bench.wait(1)
    assert bench.state(job) is JobState.PREPARING


def test_jobs_that_are_added_later_start_soon(bench: Bench) -> None:
    bench.begin()
    assert bench.link.calls == []
    (job,) = bench.begin("a cat")
    bench.wait(1)
    assert bench.state(job) is JobState.PREPARING


def test_after_the_idle_time_the_engine_is_closed(bench: Bench) -> None:
    bench.save(idle_minutes=2)
    bench.begin("a cat")
    bench.link.hello()
    bench.link.finish()
    bench.wait(115)
    assert "close" not in bench.link.calls
    bench.wait(10)
    assert bench.link.calls[-1] == "close"
    bench.link.end()
    (later,) = bench.begin("a dog")
    assert bench.state(later) is JobState.PREPARING
    assert bench.link.calls[-2:] == ["start", "send"]


def test_an_engine_that_was_prepared_takes_the_next_job(bench: Bench) -> None:
    bench.dispatcher.prepare()
    assert bench.link.calls == []  # the queue is not taken up yet
    bench.dispatcher.begin(go_on=True)
    bench.dispatcher.prepare()
    bench.dispatcher.prepare()
    assert bench.link.calls == ["start"]
    bench.link.hello()
    (job,) = bench.begin("a cat")
    assert bench.state(job) is JobState.PREPARING
    assert bench.link.calls == ["start", "send"]


def test_what_is_composed_while_a_job_runs_prepares_an_engine_once_that_is_gone(
    bench: Bench,
) -> None:
    bench.save(idle_minutes=2)
    bench.begin("a cat")
    bench.link.hello()
    bench.dispatcher.prepare()
    bench.link.finish()
    bench.wait(125)
    assert bench.link.calls[-1] == "close"
    bench.link.end()
    bench.dispatcher.prepare()
    assert bench.link.calls[-1] == "start"


def test_an_engine_that_was_prepared_in_vain_ends_after_the_idle_time(bench: Bench) -> None:
    bench.save(idle_minutes=2)
    bench.dispatcher.begin(go_on=True)
    bench.wait(300)
    bench.dispatcher.prepare()
    bench.link.hello()
    bench.wait(115)
    assert bench.link.calls == ["start"]
    bench.wait(10)
    assert bench.link.calls == ["start", "close"]
    bench.link.end()
    bench.dispatcher.prepare()  # nothing was rendered since
    assert bench.link.calls == ["start", "close"]


@pytest.mark.parametrize("reason", ["paused", "no idle time", "it ended by itself"])
def test_no_engine_is_prepared_where_it_would_not_stay(bench: Bench, reason: str) -> None:
    bench.dispatcher.begin(go_on=True)
    if reason == "paused":
        bench.queue.set_paused(True)
    elif reason == "no idle time":
        bench.save(idle_minutes=0)
    else:
        bench.dispatcher.prepare()
        bench.link.end()
    before = list(bench.link.calls)
    bench.dispatcher.prepare()
    assert bench.link.calls == before


def test_a_job_that_comes_while_the_engine_closes_waits_for_the_next_one(bench: Bench) -> None:
    bench.save(idle_minutes=0)
    bench.begin("a cat")
    bench.link.hello()
    bench.link.finish()
    bench.wait(1)
    assert bench.link.calls[-1] == "close"
    (later,) = bench.begin("a dog")
    assert bench.state(later) is JobState.QUEUED
    bench.link.end()
    assert bench.state(later) is JobState.PREPARING


def test_a_clip_that_cannot_be_named_fails_its_job_alone(bench: Bench) -> None:
    first, second = bench.queue.add([p.params for p in bench.begin("a", "b")])
    for number in range(1, 100):
        (bench.clips_folder / f"{number}.mp4").touch()
    bench.link.hello()
    bench.link.fail()
    assert bench.state(first) is JobState.FAILED
    assert "full of clips" in (bench.queue.job(second.id).failure or "")


def test_a_job_that_finds_no_memory_goes_on_with_its_parts_taking_turns(bench: Bench) -> None:
    (job,) = bench.begin("a")
    bench.link.hello()
    bench.link.denoise(2)
    bench.link.fail(FailureKind.OUT_OF_MEMORY, "The memory ran out.")
    bench.wait(1)
    again = bench.link.sent[1]
    assert again.memory is Memory.OFFLOAD
    assert again.resume == bench.files.checkpoint(job.id)

    bench.link.fail(FailureKind.OUT_OF_MEMORY, "The memory ran out.")
    failed = bench.queue.job(job.id)
    assert failed.state is JobState.FAILED
    assert "also with the model's parts taking turns" in (failed.failure or "")
    bench.queue.retry(job.id)
    bench.wait(1)
    assert bench.link.sent[-1].resume is not None  # its state was kept


def test_a_paused_queue_frees_the_gpu_when_its_job_has_run(bench: Bench) -> None:
    first, second = bench.begin("a", "b")
    bench.link.hello()
    bench.queue.set_paused(True)
    bench.link.finish()
    bench.wait(1)
    assert bench.link.calls[-1] == "close"
    bench.link.end()
    bench.queue.set_paused(False)
    bench.wait(1)
    assert (bench.state(first), bench.state(second)) == (JobState.DONE, JobState.PREPARING)


def test_the_program_leaves_with_the_job_kept_for_the_next_start(
    bench: Bench, tmp_path: Path
) -> None:
    (job,) = bench.begin("a cat")
    bench.link.hello()
    bench.link.denoise()
    left: list[bool] = []

    def note() -> None:
        left.append(True)

    bench.dispatcher.left.connect(note)
    bench.dispatcher.leave()
    bench.link.stopped()
    assert bench.state(job) is JobState.INTERRUPTED
    assert bench.link.calls[-2:] == ["stop", "close"]
    assert left == []
    bench.link.end()
    bench.wait(2)
    assert left == [True]
    bench.close()

    again = Bench(tmp_path)
    again.begin(go_on=True)
    assert again.link.sent[0].resume == again.files.checkpoint(job.id)
    again.close()
