"""The queue: what its operations do, what they tell, and that none of them loses a job."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.core.errors import BadInput, StudioError
from studio.core.job import FINISHED, MOVES, RUNNING, IllegalMove, Job, JobState
from studio.core.queue import JobQueue, Wish
from studio.core.store import Store
from tests.core.jobs import bring, open_queue, params, prompts


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    store, queue = open_queue(tmp_path / "clipwright.db")
    yield queue
    store.close()


class Heard:
    """All that a queue tells, in order."""

    def __init__(self, queue: JobQueue) -> None:
        self.all: list[tuple[str, object]] = []
        queue.added.connect(self.on_added)
        queue.changed.connect(self.on_changed)
        queue.removed.connect(self.on_removed)
        queue.reordered.connect(self.on_reordered)
        queue.paused_changed.connect(self.on_paused)
        queue.wished.connect(self.on_wished)

    def on_added(self, ids: list[int]) -> None:
        self.all.append(("added", ids))

    def on_changed(self, job: Job) -> None:
        self.all.append(("changed", (job.id, job.state.value)))

    def on_removed(self, ids: list[int]) -> None:
        self.all.append(("removed", ids))

    def on_reordered(self) -> None:
        self.all.append(("reordered", None))

    def on_paused(self, on: bool) -> None:
        self.all.append(("paused", on))

    def on_wished(self, job_id: int) -> None:
        self.all.append(("wished", job_id))


def test_jobs_are_added_at_the_end_or_before_all_that_wait(queue: JobQueue) -> None:
    heard = Heard(queue)
    first, second = queue.add([params("a"), params("b")])
    bring(queue, first.id, JobState.DENOISING)
    queue.add([params("c"), params("d")], front=True)

    assert prompts(queue) == ["a", "c", "d", "b"]  # what runs stays first
    assert [job.position for job in queue.jobs()] == [1, 2, 3, 4]
    assert ("added", [first.id, second.id]) in heard.all
    assert queue.add([]) == []


def test_only_what_was_set_is_kept_as_set(queue: JobQueue) -> None:
    given = params("a", width=64, crop={"x": 0, "y": 0, "width": 5, "height": 5})
    (job,) = queue.add([given])
    assert job.params == given
    assert job.params.model_fields_set == given.model_fields_set


def test_text_that_is_no_text_is_refused_and_nothing_of_it_added(queue: JobQueue) -> None:
    with pytest.raises(BadInput, match="UTF-8"):
        queue.add([params("good"), params("\udcff")])
    assert queue.jobs() == []


@pytest.mark.parametrize(
    ("prompt", "position", "order"),
    [("d", 1, "dabc"), ("a", 3, "bcad"), ("b", 99, "acdb"), ("c", -5, "cabd"), ("b", 2, "abcd")],
)
def test_a_job_is_moved_and_the_others_make_way(
    queue: JobQueue, prompt: str, position: int, order: str
) -> None:
    jobs = {job.params.prompt: job for job in queue.add([params(letter) for letter in "abcd"])}
    heard = Heard(queue)
    queue.move(jobs[prompt].id, position)

    assert "".join(prompts(queue)) == order
    assert heard.all == ([] if order == "abcd" else [("reordered", None)])


def test_the_next_job_is_the_first_that_is_queued(queue: JobQueue) -> None:
    a, b, c = queue.add([params(letter) for letter in "abc"])
    queue.pause_job(a.id)
    assert queue.next_job() == queue.job(b.id)
    bring(queue, b.id, JobState.PREPARING)
    assert queue.next_job() == queue.job(c.id)

    queue.set_paused(True)
    assert queue.next_job() is None


def test_a_finished_job_leaves_the_order_and_comes_first_among_the_finished(
    queue: JobQueue,
) -> None:
    a, b, c = queue.add([params(letter) for letter in "abc"])
    bring(queue, b.id, JobState.DONE)
    heard = Heard(queue)
    done = queue.move_state(a.id, JobState.CANCELLED)

    assert [job.id for job in queue.jobs()] == [c.id, a.id, b.id]
    assert [job.position for job in queue.jobs()] == [1, 0, 0]
    assert done.finished is not None
    assert heard.all == [("changed", (a.id, "cancelled")), ("reordered", None)]
    with pytest.raises(BadInput, match="no place in the order"):
        queue.move(a.id, 1)


def test_a_move_that_the_table_forbids_changes_nothing(queue: JobQueue) -> None:
    (job,) = queue.add([params()])
    heard = Heard(queue)
    with pytest.raises(IllegalMove, match="queued cannot become done"):
        queue.move_state(job.id, JobState.DONE, failure="never written")
    assert queue.job(job.id) == job
    assert heard.all == []


def test_a_running_job_is_asked_and_a_waiting_one_obeys_at_once(queue: JobQueue) -> None:
    a, b = queue.add([params("a"), params("b")])
    bring(queue, a.id, JobState.DENOISING)
    heard = Heard(queue)
    queue.pause_job(a.id)
    assert queue.wish(a.id) is Wish.PAUSE
    queue.resume_job(a.id)
    assert queue.wish(a.id) is None
    queue.cancel(a.id)
    queue.cancel(b.id)

    assert queue.wish(a.id) is Wish.CANCEL
    assert queue.job(a.id).state is JobState.DENOISING
    assert heard.all == [
        ("wished", a.id),
        ("wished", a.id),
        ("wished", a.id),
        ("changed", (b.id, "cancelled")),
        ("reordered", None),
    ]
    queue.move_state(a.id, JobState.CANCELLED)
    assert queue.wish(a.id) is None


def test_pause_and_resume_of_a_waiting_job_keep_its_place(queue: JobQueue) -> None:
    a, b = queue.add([params("a"), params("b")])
    queue.pause_job(a.id)
    queue.pause_job(a.id)
    assert queue.job(a.id).state is JobState.PAUSED
    queue.resume_job(a.id)
    queue.resume_job(a.id)
    queue.resume_job(b.id)
    assert [job.id for job in queue.jobs()] == [a.id, b.id]
    assert {job.state for job in queue.jobs()} == {JobState.QUEUED}


def test_a_retried_job_starts_anew_at_the_end(queue: JobQueue) -> None:
    a, _ = queue.add([params("a"), params("b")])
    bring(queue, a.id, JobState.PREPARING)
    queue.note_progress(a.id, 3, 4, 0.7)
    queue.move_state(a.id, JobState.FAILED, failure="It broke.", engine_deaths=2)
    assert queue.job(a.id).step == 3
    queue.retry(a.id)

    job = queue.job(a.id)
    assert job.position == 2
    assert (job.failure, job.step, job.fraction, job.engine_deaths) == (None, 0, 0.0, 0)
    assert (job.started, job.finished) == (None, None)


def test_all_failed_jobs_are_retried_in_the_order_of_their_failures(queue: JobQueue) -> None:
    a, b, c = queue.add([params(letter) for letter in "abc"])
    for job in (b, a):
        bring(queue, job.id, JobState.FAILED)
    queue.cancel(c.id)

    assert [job.id for job in queue.retry_failed()] == [b.id, a.id]
    assert prompts(queue) == ["b", "a"]
    assert queue.retry_failed() == []


@pytest.mark.parametrize("state", sorted(FINISHED | {JobState.QUEUED}))
def test_what_makes_no_sense_for_a_state_is_refused_in_a_sentence(
    queue: JobQueue, state: JobState
) -> None:
    (job,) = queue.add([params()])
    bring(queue, job.id, state)
    asked = [queue.pause_job, queue.resume_job, queue.cancel] if state in FINISHED else []
    if state in (JobState.DONE, JobState.QUEUED):
        asked.append(queue.retry)
    for ask in asked:
        with pytest.raises(BadInput, match=f"Job {job.id} is {state.value}"):
            ask(job.id)
    with pytest.raises(BadInput, match="no job 99"):
        queue.cancel(99)


def test_editing_takes_a_waiting_job_out_and_leaves_others_in(queue: JobQueue) -> None:
    a, b, c = queue.add([params(letter) for letter in "abc"])
    bring(queue, b.id, JobState.PREPARING)
    bring(queue, c.id, JobState.FAILED)
    heard = Heard(queue)

    assert queue.take_back(a.id) == a.params
    assert queue.take_back(c.id) == c.params
    with pytest.raises(BadInput, match="pause or cancel it"):
        queue.take_back(b.id)
    assert heard.all == [("removed", [a.id])]
    assert [job.id for job in queue.jobs()] == [b.id, c.id]
    assert queue.job(b.id).position == 1


def test_a_duplicate_has_the_same_params_and_a_life_of_its_own(queue: JobQueue) -> None:
    (job,) = queue.add([params("a")])
    bring(queue, job.id, JobState.DONE)
    twin = queue.duplicate(job.id)
    assert (twin.params, twin.state, twin.id) == (job.params, JobState.QUEUED, job.id + 1)


def test_only_finished_jobs_are_cleared_and_removed(queue: JobQueue) -> None:
    ids = [job.id for job in queue.add([params() for _ in JobState])]
    for job_id, state in zip(ids, JobState, strict=True):
        bring(queue, job_id, state)
    finished = [job.id for job in queue.jobs() if job.state in FINISHED]

    assert queue.remove([finished[0], ids[0], 99]) == [finished[0]]
    assert set(queue.clear_finished()) == set(finished[1:])
    assert {job.id for job in queue.jobs()} == set(ids) - set(finished)
    assert queue.clear_finished() == []


@pytest.mark.parametrize("end", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_the_queue_stops_after_a_marked_job_however_it_ends(queue: JobQueue, end: JobState) -> None:
    a, b = queue.add([params("a"), params("b")])
    queue.set_stop_after(a.id, True)
    bring(queue, a.id, JobState.DECODING)
    heard = Heard(queue)
    queue.move_state(a.id, end)

    assert queue.paused
    assert queue.pause_reason == f"The queue stopped after job {a.id}, as it was marked."
    assert heard.all[-1] == ("paused", True)
    queue.set_paused(False)
    assert queue.next_job() == queue.job(b.id)
    assert queue.pause_reason is None


def test_a_marked_job_that_never_ran_stops_nothing(queue: JobQueue) -> None:
    (job,) = queue.add([params()])
    queue.set_stop_after(job.id, True)
    queue.cancel(job.id)
    assert not queue.paused


def test_the_pause_and_its_reason_outlive_the_program(tmp_path: Path) -> None:
    store, queue = open_queue(tmp_path / "clipwright.db")
    heard = Heard(queue)
    queue.set_paused(True, "There is no room.")
    queue.set_paused(True, "There is no room.")
    assert heard.all == [("paused", True)]
    store.close()

    store, queue = open_queue(tmp_path / "clipwright.db")
    assert (queue.paused, queue.pause_reason) == (True, "There is no room.")
    store.close()


def test_progress_is_told_at_once_and_written_now_and_then(tmp_path: Path) -> None:
    time = [0.0]
    store = Store.open(tmp_path / "clipwright.db").store
    queue = JobQueue(store, clock=lambda: time[0])
    (job,) = queue.add([params()])
    bring(queue, job.id, JobState.DENOISING)
    heard = Heard(queue)
    written: list[int] = []
    for step in range(1, 9):
        time[0] += 0.5
        queue.note_progress(job.id, step, 8, step / 8)
        assert queue.job(job.id).step == step
        assert queue.jobs()[0].fraction == step / 8
        written.append(store.rows("SELECT step FROM jobs")[0]["step"])

    assert len(heard.all) == 8
    assert written == [0, 0, 0, 0, 5, 5, 5, 5]
    queue.move_state(job.id, JobState.DECODING)
    assert store.rows("SELECT step, steps, fraction FROM jobs")[0][:] == (8, 8, 1.0)
    queue.move_state(job.id, JobState.PAUSED)
    queue.note_progress(job.id, 1, 8, 0.1)  # it comes late
    assert queue.job(job.id).step == 8
    store.close()


def test_after_a_crash_what_ran_is_interrupted_unless_it_was_asked_to_end(tmp_path: Path) -> None:
    store, queue = open_queue(tmp_path / "clipwright.db")
    jobs = queue.add([params(letter) for letter in "abcd"])
    for job, state in zip(jobs, (JobState.DENOISING, JobState.WRITING), strict=False):
        bring(queue, job.id, state)
    bring(queue, jobs[2].id, JobState.PREPARING)
    queue.cancel(jobs[1].id)
    queue.pause_job(jobs[2].id)
    store.close()

    store, queue = open_queue(tmp_path / "clipwright.db")
    assert [job.id for job in queue.interrupt_running()] == [jobs[0].id]
    assert [queue.job(job.id).state.value for job in jobs] == [
        "interrupted",
        "cancelled",
        "paused",
        "queued",
    ]
    assert queue.interrupt_running() == []
    store.close()


def test_fields_are_updated_and_state_and_place_only_by_their_own_ways(queue: JobQueue) -> None:
    (job,) = queue.add([params()])
    changed = queue.update(job.id, out=Path("/clips/a.mp4"), seconds=1.5, engine_deaths=1)
    assert (changed.out, changed.seconds) == (Path("/clips/a.mp4"), 1.5)
    assert queue.job(job.id) == changed
    for name in ("state", "position", "id", "nothing"):
        with pytest.raises(ValueError, match=name):
            queue.update(job.id, **{name: 1})


def test_whoever_hears_of_a_change_finds_it_in_the_database(tmp_path: Path) -> None:
    store, queue = open_queue(tmp_path / "clipwright.db")
    other, other_queue = open_queue(tmp_path / "clipwright.db")
    seen: list[str] = []

    def look(job: Job) -> None:
        seen.append(other_queue.job(job.id).state.value)

    queue.changed.connect(look)
    (job,) = queue.add([params()])
    bring(queue, job.id, JobState.DONE)
    assert seen == ["preparing", "denoising", "decoding", "writing", "done"]
    other.close()
    store.close()


class Sequences(RuleBasedStateMachine):
    """Any operations in any order, beside a plain list that says what has to come of them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.open()
        self.order: list[int] = []  # of the unfinished
        self.finished: set[int] = set()
        self.ever = 0

    def open(self) -> None:
        self.store, self.queue = open_queue(Path(self.folder.name) / "clipwright.db")

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def pick(self, number: int) -> Job:
        jobs = self.queue.jobs()
        return jobs[number % len(jobs)]

    def follow(self) -> None:
        """Takes over what changes of state do to the plain list; they add and lose nothing."""
        for job in sorted(self.queue.jobs(), key=lambda job: job.position):
            if job.state in FINISHED and job.id in self.order:
                self.order.remove(job.id)
                self.finished.add(job.id)
            elif job.state not in FINISHED and job.id in self.finished:
                self.finished.remove(job.id)
                self.order.append(job.id)

    @rule(count=st.integers(1, 3), front=st.booleans())
    def add(self, count: int, front: bool) -> None:
        running = {job.id for job in self.queue.jobs() if job.state in RUNNING}
        ids = [job.id for job in self.queue.add([params()] * count, front=front)]
        assert min(ids) > self.ever  # no id is given twice
        self.ever = max(ids)
        place = len(self.order)
        if front:
            place = next((n for n, job in enumerate(self.order) if job not in running), place)
        self.order[place:place] = ids

    @precondition(lambda self: self.order or self.finished)
    @rule(number=st.integers(0, 50), position=st.integers(-1, 12))
    def move(self, number: int, position: int) -> None:
        job = self.pick(number)
        if job.state in FINISHED:
            with pytest.raises(BadInput):
                self.queue.move(job.id, position)
            return
        self.queue.move(job.id, position)
        place = min(max(position, 1), len(self.order))
        self.order.remove(job.id)
        self.order.insert(place - 1, job.id)

    @precondition(lambda self: self.order or self.finished)
    @rule(number=st.integers(0, 50), state=st.sampled_from(JobState))
    def change_state(self, number: int, state: JobState) -> None:
        job = self.pick(number)
        if state in MOVES[job.state]:
            assert self.queue.move_state(job.id, state).state is state
        else:
            with pytest.raises(IllegalMove):
                self.queue.move_state(job.id, state)
        self.follow()

    @precondition(lambda self: self.order or self.finished)
    @rule(number=st.integers(0, 50), what=st.integers(0, 4))
    def ask(self, number: int, what: int) -> None:
        queue, job = self.queue, self.pick(number)
        try:
            (queue.pause_job, queue.resume_job, queue.cancel, queue.retry, queue.duplicate)[what](
                job.id
            )
        except StudioError:
            return
        if what == 4:
            self.ever += 1
            self.order.append(self.ever)
        self.follow()

    @precondition(lambda self: self.order or self.finished)
    @rule(number=st.integers(0, 50))
    def take_back(self, number: int) -> None:
        job = self.pick(number)
        if job.state in RUNNING:
            with pytest.raises(BadInput):
                self.queue.take_back(job.id)
            return
        assert self.queue.take_back(job.id) == job.params
        if job.id in self.order:
            self.order.remove(job.id)

    @precondition(lambda self: self.order or self.finished)
    @rule(numbers=st.lists(st.integers(0, 50), max_size=4))
    def remove(self, numbers: list[int]) -> None:
        ids = {self.pick(number).id for number in numbers}
        assert set(self.queue.remove(ids)) == ids & self.finished
        self.finished -= ids

    @rule()
    def clear(self) -> None:
        assert set(self.queue.clear_finished()) == self.finished
        self.finished.clear()

    @rule()
    def retry_failed(self) -> None:
        self.queue.retry_failed()
        self.follow()

    @rule(crash=st.booleans())
    def restart(self, crash: bool) -> None:
        before = self.queue.jobs()
        old = self.store
        if not crash:
            old.close()
        self.open()
        if crash:
            old.close()
        assert self.queue.jobs() == before
        self.queue.interrupt_running()
        self.follow()

    @invariant()
    def no_job_is_lost_or_doubled(self) -> None:
        jobs = self.queue.jobs()
        placed = [job for job in jobs if job.state not in FINISHED]
        assert [job.id for job in placed] == self.order
        assert [job.position for job in placed] == list(range(1, len(self.order) + 1))
        assert {job.id for job in jobs[len(placed) :]} == self.finished
        assert len(jobs) == len(self.order) + len(self.finished)
        following = next((job for job in placed if job.state is JobState.QUEUED), None)
        assert self.queue.paused or self.queue.next_job() == following


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
