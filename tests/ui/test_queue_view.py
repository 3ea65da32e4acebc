"""The queue's page, over a real queue in a real database."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from studio.core.events import Preview
from studio.core.job import Job, JobState
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue, Wish
from studio.core.settings import Theme
from studio.core.stall_watch import Hang
from studio.core.store import Store
from studio.core.time_left import TimeLeft
from studio.ui.queue.doings import Doing
from studio.ui.queue.queue_model import JOBS_MIME, JobQueueModel
from studio.ui.queue.queue_view import QueueView

S = JobState
LIST = Qt.Key


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    store = Store.open(tmp_path / "queue.db").store
    yield JobQueue(store)
    store.close()


@pytest.fixture
def view(queue: JobQueue, qtbot: QtBot) -> Iterator[QueueView]:
    view = QueueView(queue)
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.leave()
    gc.collect()


@pytest.fixture
def model(queue: JobQueue, qapp: object) -> Iterator[JobQueueModel]:
    model = JobQueueModel(queue, TimeLeft())
    yield model
    model.leave()


def add(queue: JobQueue, *prompts: str, **values: object) -> list[int]:
    made = [GenerationParams.model_validate({"prompt": prompt} | values) for prompt in prompts]
    return [job.id for job in queue.add(made)]


def run(queue: JobQueue, job_id: int, step: int = 18) -> None:
    queue.move_state(job_id, S.PREPARING)
    queue.move_state(job_id, S.DENOISING)
    queue.note_progress(job_id, step, 50, step / 60)


def fail(queue: JobQueue, job_id: int, sentence: str = "No room: free some.") -> None:
    queue.move_state(job_id, S.PREPARING)
    queue.move_state(job_id, S.FAILED, failure=sentence)


def finish(queue: JobQueue, job_id: int, seconds: float = 252) -> None:
    queue.move_state(job_id, S.PREPARING)
    queue.move_state(job_id, S.DECODING)
    queue.move_state(job_id, S.DONE, seconds=seconds)


def prompts(model: JobQueueModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def state(queue: JobQueue, job_id: int) -> JobState:
    return queue.job(job_id).state


def settle(view: QueueView) -> None:
    view.model.sync()


def click(view: QueueView, qtbot: QtBot, job_id: int, doing: Doing) -> None:
    settle(view)
    place = view.list.button_place(job_id, doing)
    assert place is not None, f"the row of job {job_id} has no button {doing.name}"
    qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def press(
    view: QueueView,
    qtbot: QtBot,
    job_ids: list[int],
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    settle(view)
    view.list.clearSelection()
    view.list.select_only(job_ids[0])
    selection = view.list.selectionModel()
    for job_id in job_ids:
        selection.select(view.model.index_of(job_id), selection.SelectionFlag.Select)
    view.list.setFocus()
    qtbot.keyClick(view.list, key, modifier)
    settle(view)


# --- the model ---


def test_rows_are_the_unfinished_jobs_in_order_and_then_the_finished(
    queue: JobQueue, model: JobQueueModel
) -> None:
    ids = add(queue, "a", "b", "c")
    finish(queue, ids[0])
    queue.add([GenerationParams(prompt="first")], front=True)
    model.sync()
    assert prompts(model) == ["first", "b", "c", "a"]


def test_many_changes_of_the_order_are_taken_up_as_one(
    queue: JobQueue, model: JobQueueModel, qtbot: QtBot
) -> None:
    resets: list[int] = []
    model.synced.connect(lambda: resets.append(1))
    for name in "abcde":
        add(queue, name)
    qtbot.waitUntil(lambda: model.rowCount() == 5, timeout=20_000)
    assert resets == [1]


def test_progress_changes_one_row_and_asks_for_no_new_layout(
    queue: JobQueue, model: JobQueueModel
) -> None:
    ids = add(queue, *(str(number) for number in range(1000)))
    model.sync()
    run(queue, ids[0])
    model.sync()
    told: list[tuple[int, int, list[int]]] = []
    model.dataChanged.connect(lambda a, b, roles: told.append((a.row(), b.row(), roles)))
    queue.note_progress(ids[0], 19, 50, 0.4)
    assert told == [(0, 0, [Qt.ItemDataRole.DisplayRole])]
    assert model.job(model.index(0)).step == 19


def test_a_moved_job_moves_one_row_and_what_is_selected_stays_so(
    queue: JobQueue, view: QueueView
) -> None:
    ids = add(queue, "a", "b", "c", "d")
    settle(view)
    view.list.select_only(ids[3])
    moves: list[tuple[int, int]] = []
    view.model.rowsMoved.connect(lambda _p, a, _b, _q, to: moves.append((a, to)))
    queue.move(ids[3], 1)
    settle(view)
    assert prompts(view.model) == ["d", "a", "b", "c"]
    assert moves == [(3, 0)]
    assert [job.id for job in view.list.selected_jobs()] == [ids[3]]


def test_a_selection_survives_any_new_order(queue: JobQueue, view: QueueView) -> None:
    ids = add(queue, *"abcdef")
    settle(view)
    view.list.select_only(ids[2])
    for job_id, place in ((ids[5], 1), (ids[0], 4), (ids[2], 6)):
        queue.move(job_id, place)
    settle(view)
    assert prompts(view.model) == ["f", "b", "a", "d", "e", "c"]
    assert [job.id for job in view.list.selected_jobs()] == [ids[2]]


def test_removed_jobs_leave_and_the_others_stay(queue: JobQueue, model: JobQueueModel) -> None:
    ids = add(queue, *"abcde")
    for job_id in (ids[0], ids[2]):
        queue.cancel(job_id)
    model.sync()
    assert prompts(model) == ["b", "d", "e", "c", "a"]
    queue.clear_finished()
    model.sync()
    assert prompts(model) == ["b", "d", "e"]


def test_a_drop_moves_the_jobs_in_the_queue(queue: JobQueue, model: JobQueueModel) -> None:
    ids = add(queue, *"abcde")
    model.sync()
    data = model.mimeData([model.index(4), model.index(1)])
    assert bytes(data.data(JOBS_MIME).data()).decode() == f"{ids[1]},{ids[4]}"
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert [job.params.prompt for job in queue.jobs()] == ["b", "e", "a", "c", "d"]
    assert prompts(model) == ["b", "e", "a", "c", "d"]


def test_the_list_s_own_way_of_dropping_moves_too(queue: JobQueue, model: JobQueueModel) -> None:
    add(queue, *"abc")
    model.sync()
    assert model.moveRows(QModelIndex(), 0, 1, QModelIndex(), 3)
    assert [job.params.prompt for job in queue.jobs()] == ["b", "c", "a"]


def test_nothing_moves_before_a_running_job_or_among_the_finished(
    queue: JobQueue, model: JobQueueModel
) -> None:
    ids = add(queue, *"abcd")
    run(queue, ids[0])
    finish(queue, ids[3])
    model.sync()
    model.move_jobs([ids[2]], 0)
    assert prompts(model) == ["a", "c", "b", "d"]
    model.move_jobs([ids[2]], 9)
    assert prompts(model) == ["a", "b", "c", "d"]
    model.move_jobs([ids[0], ids[3]], 3)
    assert prompts(model) == ["a", "b", "c", "d"]
    draggable = [
        bool(model.flags(model.index(row)) & Qt.ItemFlag.ItemIsDragEnabled) for row in range(4)
    ]
    assert draggable == [False, True, True, False]


def test_a_row_is_spoken_in_full(queue: JobQueue, model: JobQueueModel) -> None:
    ids = add(queue, "a cat", "waves", "boat")
    run(queue, ids[0], step=30)
    fail(queue, ids[2])
    queue.set_stop_after(ids[1], True)
    model.sync()
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(0).data(role) == (
        "a cat, denoising 30 of 50, 50 percent, number 1 in the queue"
    )
    assert model.index(1).data(role) == (
        "waves, queued, number 2 in the queue, the queue stops here"
    )
    assert model.index(2).data(role) == "boat, failed, No room: free some."


# --- the page ---


def test_an_empty_page_says_what_to_do(view: QueueView, queue: JobQueue) -> None:
    assert view.empty.isVisible()
    assert "Render" in view.empty.advice.text()
    add(queue, "a")
    settle(view)
    assert view.list.isVisible()
    assert not view.empty.isVisible()


def test_the_buttons_of_a_waiting_row_pause_resume_and_cancel(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a")
    click(view, qtbot, job, Doing.PAUSE)
    assert state(queue, job) is S.PAUSED
    click(view, qtbot, job, Doing.RESUME)
    assert state(queue, job) is S.QUEUED
    click(view, qtbot, job, Doing.CANCEL)
    assert state(queue, job) is S.CANCELLED


def test_a_running_job_is_asked_and_the_row_says_so(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a")
    run(queue, job)
    click(view, qtbot, job, Doing.PAUSE)
    assert queue.wish(job) is Wish.PAUSE
    assert view.model.row(view.model.index(0)).wish is Wish.PAUSE
    assert "pausing" in view.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    click(view, qtbot, job, Doing.RESUME)
    assert queue.wish(job) is None


def test_a_failed_row_can_be_retried_and_its_details_asked_for(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a")
    fail(queue, job)
    with qtbot.waitSignal(view.details, timeout=20_000) as told:
        click(view, qtbot, job, Doing.DETAILS)
    assert told.args == [job]
    click(view, qtbot, job, Doing.RETRY)
    assert state(queue, job) is S.QUEUED


def test_a_button_let_go_elsewhere_does_nothing(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a")
    settle(view)
    place = view.list.button_place(job, Doing.CANCEL)
    assert place is not None
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(view.list.viewport(), left, pos=place)
    qtbot.mouseRelease(view.list.viewport(), left, pos=place - QPoint(200, 0))
    assert state(queue, job) is S.QUEUED


def test_p_pauses_and_resumes_and_r_retries(view: QueueView, queue: JobQueue, qtbot: QtBot) -> None:
    ids = add(queue, *"abc")
    press(view, qtbot, ids[:2], LIST.Key_P)
    assert [state(queue, job) for job in ids] == [S.PAUSED, S.PAUSED, S.QUEUED]
    press(view, qtbot, ids[:2], LIST.Key_P)
    assert {state(queue, job) for job in ids} == {S.QUEUED}
    fail(queue, ids[0])
    press(view, qtbot, [ids[0]], LIST.Key_R)
    assert state(queue, ids[0]) is S.QUEUED


def test_p_on_a_running_job_asks_once(view: QueueView, queue: JobQueue, qtbot: QtBot) -> None:
    (job,) = add(queue, "a")
    run(queue, job)
    press(view, qtbot, [job], LIST.Key_P)
    assert queue.wish(job) is Wish.PAUSE


def test_delete_cancels_and_then_removes_all_that_are_selected(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    ids = add(queue, *"abc")
    press(view, qtbot, ids[:2], LIST.Key_Delete)
    assert [state(queue, job) for job in ids] == [S.CANCELLED, S.CANCELLED, S.QUEUED]
    press(view, qtbot, ids[:2], LIST.Key_Delete)
    assert [job.id for job in queue.jobs()] == [ids[2]]


def test_alt_and_arrows_move_the_selected_jobs(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    ids = add(queue, *"abcd")
    alt = Qt.KeyboardModifier.AltModifier
    press(view, qtbot, [ids[3]], LIST.Key_Up, alt)
    assert prompts(view.model) == ["a", "b", "d", "c"]
    press(view, qtbot, [ids[0], ids[1]], LIST.Key_Down, alt)
    assert prompts(view.model) == ["d", "a", "b", "c"]
    press(view, qtbot, [ids[1], ids[2]], LIST.Key_Home, alt)
    assert prompts(view.model) == ["b", "c", "d", "a"]
    assert {job.id for job in view.list.selected_jobs()} == {ids[1], ids[2]}


def test_t_sets_and_takes_the_marker_and_the_row_grows_by_it(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    ids = add(queue, *"ab")
    settle(view)
    before = view.list.visualRect(view.model.index(0)).height()
    press(view, qtbot, ids[:1], LIST.Key_T)
    assert queue.job(ids[0]).stop_after
    qtbot.waitUntil(
        lambda: view.list.visualRect(view.model.index(0)).height() > before, timeout=20_000
    )
    press(view, qtbot, ids[:1], LIST.Key_T)
    assert not queue.job(ids[0]).stop_after


def test_d_duplicates_and_e_takes_a_job_back_into_compose(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a", seed=7)
    press(view, qtbot, [job], LIST.Key_D)
    assert prompts(view.model) == ["a", "a"]
    edited: list[GenerationParams] = []
    view.edit.connect(edited.append)
    press(view, qtbot, [job], LIST.Key_E)
    assert edited == [GenerationParams(prompt="a", seed=7)]
    assert len(queue.jobs()) == 1
    again = queue.jobs()[0].id
    run(queue, again)
    press(view, qtbot, [again], LIST.Key_E)
    assert len(edited) == 1  # a running job is paused or cancelled first


def test_enter_and_a_double_click_show_the_job_on_the_stage(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a")
    shown: list[int] = []
    view.show_job.connect(shown.append)
    press(view, qtbot, [job], LIST.Key_Return)
    place = view.list.visualRect(view.model.index(0)).center()
    qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shown == [job, job]


def test_letters_do_not_search_for_a_prompt(view: QueueView, queue: JobQueue, qtbot: QtBot) -> None:
    ids = add(queue, "apple", "zebra")
    press(view, qtbot, [ids[0]], LIST.Key_Z)
    assert [job.id for job in view.list.selected_jobs()] == [ids[0]]


def test_the_menu_offers_what_the_jobs_allow(view: QueueView, queue: JobQueue) -> None:
    ids = add(queue, *"abc")
    run(queue, ids[0])
    fail(queue, ids[2])

    def words(*job_ids: int) -> set[str]:
        jobs = [queue.job(job_id) for job_id in job_ids]
        menu = view.actions_on_jobs.menu(jobs, view)
        found = {action.text() for action in menu.actions() if not action.isSeparator()}
        menu.deleteLater()
        return found

    always = {"Show on the stage", "Duplicate"}
    assert words(ids[0]) == always | {"Pause", "Cancel", "Stop the queue after this"}
    assert words(ids[2]) == always | {"Details", "Retry", "Edit", "Remove from the list"}
    assert {"Edit", "Move up", "Move down", "Move to the front"} <= words(ids[1])
    assert "Edit" not in words(ids[1], ids[2])


def test_the_menu_opens_at_the_row_s_button_and_works(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    ids = add(queue, "a", "b")
    click(view, qtbot, ids[1], Doing.MORE)
    assert [job.id for job in view.list.selected_jobs()] == [ids[1]]
    (menu,) = view.list.findChildren(
        type(view.actions_on_jobs.menu([], view.list)),
        options=Qt.FindChildOption.FindDirectChildrenOnly,
    )[:1]
    pause = next(action for action in menu.actions() if action.text() == "Pause")
    pause.trigger()
    menu.close()
    assert state(queue, ids[1]) is S.PAUSED


def test_the_header_counts_retries_and_clears(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    ids = add(queue, *"abcd")
    fail(queue, ids[0])
    finish(queue, ids[1])
    queue.pause_job(ids[2])
    settle(view)
    assert view.header.count.text() == "1 to render · 1 paused · 1 failed · 1 done"
    qtbot.mouseClick(view.header.retry, Qt.MouseButton.LeftButton)
    settle(view)
    assert state(queue, ids[0]) is S.QUEUED
    assert not view.header.retry.isVisible()
    qtbot.mouseClick(view.header.clear, Qt.MouseButton.LeftButton)
    settle(view)
    assert len(queue.jobs()) == 3
    assert not view.header.clear.isVisible()


def test_the_clock_says_when_all_is_done_while_the_queue_runs(
    view: QueueView, queue: JobQueue
) -> None:
    ids = add(queue, "a", "b")
    settle(view)
    assert view.header.clock.text() == ""
    finish(queue, ids[0], seconds=100)
    settle(view)
    assert view.header.clock.text().startswith("done by ")
    queue.set_paused(True)
    assert view.header.clock.text() == ""


def test_the_clock_of_a_paused_queue_is_of_the_running_job_alone(
    view: QueueView, queue: JobQueue
) -> None:
    ids = add(queue, "a", "b", *"cdefg")
    finish(queue, ids[0], seconds=36_000)  # ten hours each: no two of these end in one minute
    run(queue, ids[1])
    settle(view)
    with_all = view.header.clock.text()
    queue.set_paused(True)
    paused = view.header.clock.text()
    for job_id in ids[2:]:
        queue.cancel(job_id)
    queue.set_paused(False)
    settle(view)
    assert with_all != paused == view.header.clock.text()


def test_a_paused_queue_says_why_and_can_be_resumed(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    add(queue, "a")
    settle(view)
    qtbot.mouseClick(view.header.pause, Qt.MouseButton.LeftButton)
    assert queue.paused
    assert view.paused.isVisible()
    assert view.header.pause.text() == "Resume queue"
    queue.set_paused(True, "The disk is full: free 2 GB.")
    assert view.paused.sentence.text() == "The disk is full: free 2 GB."
    qtbot.mouseClick(view.paused.first, Qt.MouseButton.LeftButton)
    assert not queue.paused
    assert not view.paused.isVisible()


def test_after_a_crash_the_person_is_asked_once(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a cat")
    run(queue, job)
    queue.interrupt_running()
    queue.set_paused(True)
    view.ask_to_go_on([queue.job(job)])
    assert "“a cat” was interrupted at step 18 of 50" in view.crash.sentence.text()
    assert view.crash.isVisible()
    assert not view.paused.isVisible()
    with qtbot.waitSignal(view.go_on, timeout=20_000):
        qtbot.mouseClick(view.crash.first, Qt.MouseButton.LeftButton)
    assert not view.crash.isVisible()
    view.ask_to_go_on([])
    with qtbot.waitSignal(view.leave_paused, timeout=20_000):
        qtbot.mouseClick(view.crash.second, Qt.MouseButton.LeftButton)
    assert queue.paused
    assert view.paused.isVisible()


def test_the_pause_button_answers_the_question_after_a_crash(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    add(queue, "a")
    queue.set_paused(True)
    settle(view)
    view.ask_to_go_on([])
    with qtbot.waitSignal(view.go_on, timeout=20_000):
        qtbot.mouseClick(view.header.pause, Qt.MouseButton.LeftButton)


def test_a_silent_engine_can_be_restarted_or_waited_for(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a cat")
    view.show_stalled(queue.job(job), Hang.SILENT)
    assert "no sign of life" in view.stalled.sentence.text()
    assert "a cat" in view.stalled.sentence.text()
    with qtbot.waitSignal(view.restart_engine, timeout=20_000):
        qtbot.mouseClick(view.stalled.first, Qt.MouseButton.LeftButton)
    view.show_stalled(queue.job(job), Hang.STUCK)
    assert "has not come further" in view.stalled.sentence.text()
    with qtbot.waitSignal(view.keep_waiting, timeout=20_000):
        qtbot.mouseClick(view.stalled.second, Qt.MouseButton.LeftButton)
    assert not view.stalled.isVisible()
    view.show_stalled(queue.job(job), Hang.SILENT)
    view.hide_stalled()
    assert not view.stalled.isVisible()


def test_what_the_queue_refuses_is_said_on_the_page(
    view: QueueView, queue: JobQueue, qtbot: QtBot
) -> None:
    (job,) = add(queue, "a")
    settle(view)
    stale: list[Job] = [queue.job(job)]
    queue.cancel(job)
    queue.remove([job])
    view.actions_on_jobs.do(Doing.PAUSE, stale)
    assert f"no job {job}" in view.problem.sentence.text()
    assert view.problem.isVisible()


def test_a_photo_a_preview_and_a_poster_are_shown_in_turn(
    queue: JobQueue, qtbot: QtBot, tmp_path: Path
) -> None:
    photo, strip, poster = (tmp_path / name for name in ("photo.jpg", "strip.png", "poster.png"))
    Image.new("RGB", (640, 360), "red").save(photo)
    Image.new("RGB", (3 * 40, 22), "lime").save(strip)
    Image.new("RGB", (320, 180), "blue").save(poster)
    view = QueueView(queue, lambda _job: poster)
    qtbot.addWidget(view)
    view.show()
    (job,) = add(queue, "a", image=photo)
    settle(view)

    def colour() -> str:
        picture = view.thumbnails.picture(queue.job(job), 1.0)
        return "" if picture is None else picture.toImage().pixelColor(40, 24).name()

    qtbot.waitUntil(lambda: colour() in ("#fe0000", "#ff0000"), timeout=20_000)
    run(queue, job)
    view.show_preview(job, Preview(path=strip, step=1, frames=3, width=40, height=22))
    qtbot.waitUntil(lambda: colour() == "#00ff00", timeout=20_000)
    queue.move_state(job, S.DECODING)
    queue.move_state(job, S.DONE, clip_id=1)
    qtbot.waitUntil(lambda: colour() == "#0000ff", timeout=20_000)
    view.leave()


def test_a_photo_that_is_gone_leaves_a_quiet_place(
    view: QueueView, queue: JobQueue, qtbot: QtBot, tmp_path: Path
) -> None:
    (job,) = add(queue, "a", image=tmp_path / "gone.jpg")
    settle(view)
    view.grab()
    qtbot.waitUntil(lambda: not view.thumbnails.busy, timeout=20_000)
    assert view.thumbnails.picture(queue.job(job), 1.0) is None


def test_every_state_is_painted_in_both_schemes(
    themed: Theme, view: QueueView, queue: JobQueue
) -> None:
    ids = add(queue, *"abcdefgh", width=64, height=64, num_frames=9, seed=1)
    run(queue, ids[0])
    queue.pause_job(ids[0])
    queue.set_stop_after(ids[1], True)
    queue.pause_job(ids[2])
    fail(queue, ids[3])
    finish(queue, ids[4])
    queue.cancel(ids[5])
    run(queue, ids[6])
    queue.move_state(ids[6], S.INTERRUPTED)
    settle(view)
    view.list.selectAll()
    colours = {view.grab().toImage().pixelColor(x, 300).name() for x in range(0, 900, 3)}
    assert len(colours) > 5


def test_every_button_has_a_name_and_a_tooltip(view: QueueView, queue: JobQueue) -> None:
    buttons = view.findChildren(QAbstractButton)
    # A banner with one button keeps the place of the second empty.
    buttons = [button for button in buttons if button.text() or not button.icon().isNull()]
    assert len(buttons) >= 8
    assert [button.text() for button in buttons if not button.accessibleName()] == []
    assert [button.text() for button in buttons if not button.toolTip()] == []
    assert view.list.accessibleName() == "Queue"
