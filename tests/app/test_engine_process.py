"""The engine as a child process, alone and under the dispatcher, with real renders."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from studio.app.engine_process import EngineProcess, engine_command
from studio.core import job_start
from studio.core.clip import ClipRecord, read_record
from studio.core.dispatcher import Dispatcher
from studio.core.engine_link import DEVICE_FAULT, Ending
from studio.core.errors import BadInput
from studio.core.events import Alive, Checkpoint, Event, Hello, Note, Progress, Stage
from studio.core.job import FINISHED, Job, JobState
from studio.core.job_clip import ClipFiles
from studio.core.job_files import JobFiles
from studio.core.library import Library
from studio.core.params import GenerationParams
from studio.core.queue import JobQueue
from studio.core.request import RenderRequest
from studio.core.settings import SettingsFile
from studio.core.store import Store

PATIENCE = 600_000  # ms; an engine imports for seconds, on a busy machine for a minute
ROOT = Path(__file__).parents[2]
STEPS = 200  # enough that what is asked for comes in the middle


class Script:
    """An engine that is a few lines of Python, and what was heard of it."""

    def __init__(self, code: str) -> None:
        self.engine = EngineProcess([sys.executable, "-c", code])
        self.events: list[Event] = []
        self.lines: list[str] = []
        self.endings: list[Ending] = []
        self.engine.event.connect(self._event)
        self.engine.log.connect(self._line)
        self.engine.ended.connect(self._ended)
        self.engine.start()

    def _event(self, event: Event) -> None:
        self.events.append(event)

    def _line(self, line: str) -> None:
        self.lines.append(line)

    def _ended(self, ending: Ending) -> None:
        self.endings.append(ending)

    def wait(self, qtbot: QtBot) -> Ending:
        qtbot.waitUntil(lambda: bool(self.endings), timeout=PATIENCE)
        return self.endings[0]


def test_events_come_whole_and_what_is_none_is_logged(qtbot: QtBot) -> None:
    script = Script(
        "import sys, time\n"
        "def say(text, file=sys.stdout):\n"
        "    file.write(text); file.flush(); time.sleep(0.1)\n"
        """say('{"event": "hello", "protocol": 1, "ver')\n"""
        """say('sion": "1", "pid": 7}\\nrubbish\\n{"event": "nova", "x": 1}\\n\\n')\n"""
        """say('{"event": "note"}\\n{"event": "alive"}')\n"""
        "say('a bar\\ranother\\né last words', sys.stderr)\n"
        "sys.exit(3)\n"
    )
    ending = script.wait(qtbot)
    assert script.events == [Hello(version="1", pid=7), Alive()]
    assert sorted(script.lines) == sorted(
        ["a bar", "another", "rubbish", '{"event": "note"}', "é last words"]
    )
    assert ending == Ending("ended with status 3")
    assert not script.engine.running


def test_an_event_with_a_prompt_of_megabytes_is_understood(qtbot: QtBot) -> None:
    script = Script("""print('{"event": "note", "text": "' + 'a' * 3_000_000 + '"}')""")
    script.wait(qtbot)
    assert script.events == [Note(text="a" * 3_000_000)]
    assert script.lines == []


def test_the_engine_imports_nothing_from_where_the_program_was_started(tmp_path: Path) -> None:
    for name in ("random.py", "studio/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('the wrong one')", "utf-8")
    done = subprocess.run(
        engine_command(),
        cwd=tmp_path,
        input="",
        capture_output=True,
        text=True,
        timeout=PATIENCE / 1000,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["event"] == "hello"


def test_a_fault_of_the_device_is_told_as_one(qtbot: QtBot) -> None:
    ending = Script(f"raise SystemExit({DEVICE_FAULT})").wait(qtbot)
    assert ending.text == "ended because the GPU or its driver failed"
    assert "driver" in ending.advice


def test_a_program_that_is_not_there_ends_with_a_sentence(qtbot: QtBot) -> None:
    engine = EngineProcess([str(ROOT / "no such program")])
    endings: list[Ending] = []

    def note(ending: Ending) -> None:
        endings.append(ending)

    engine.ended.connect(note)
    engine.start()
    engine.send(RenderRequest(params=GenerationParams(), out=Path("a.mp4")))
    engine.ask_stop()
    engine.close()
    qtbot.waitUntil(lambda: bool(endings), timeout=PATIENCE)
    assert "could not be started" in endings[0].text
    assert not engine.running


def test_a_killed_engine_tells_of_it_and_another_can_be_started(qtbot: QtBot) -> None:
    script = Script("import time; time.sleep(600)")
    script.engine.kill()
    ending = script.wait(qtbot)
    assert "SIGKILL" in ending.text
    script.engine.start()
    assert script.engine.running
    script.engine.kill()
    qtbot.waitUntil(lambda: len(script.endings) == 2, timeout=PATIENCE)


def test_an_engine_that_is_ended_for_good_tells_nothing_and_never_starts_again(
    qtbot: QtBot,
) -> None:
    script = Script("import time; time.sleep(600)")
    pid = script.engine.pid
    assert pid is not None
    script.engine.end()
    script.engine.start()
    assert not script.engine.running
    assert not is_alive(pid)
    assert script.endings == []


def test_closing_ends_the_real_engine_which_greeted_and_lives(qtbot: QtBot) -> None:
    script = Script("from studio.engine.worker import main; main()")
    qtbot.waitUntil(lambda: Alive() in script.events, timeout=PATIENCE)
    assert isinstance(script.events[0], Hello)
    assert script.events[0].pid == script.engine.pid
    script.engine.close()
    assert script.wait(qtbot) == Ending("ended by itself")


def test_a_frozen_program_is_its_own_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert engine_command() == [sys.executable, "--engine"]
    # The same switch where there is a `python -m` beside it: greets, and ends with its input.
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--engine"],
        input="",
        capture_output=True,
        text=True,
        timeout=PATIENCE / 1000,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[0])["event"] == "hello"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked for this")
@pytest.mark.parametrize("words", [["studio.engine"], ["studio", "--engine"]])
def test_an_engine_that_still_imports_dies_with_its_parent(words: list[str]) -> None:
    # Both of its pipes stay open here: it can only be the system that ends it.
    taken, given = os.pipe()
    told, telling = os.pipe()
    command = [sys.executable, "-m", *words]
    code = (
        "import subprocess, time\n"
        f"subprocess.Popen({command}, stdin={taken}, stdout={telling})\n"
        "time.sleep(600)\n"
    )
    with (
        os.fdopen(told, encoding="utf-8") as heard,
        os.fdopen(given, "wb"),
        subprocess.Popen([sys.executable, "-c", code], pass_fds=[taken, telling]) as parent,
    ):
        os.close(taken)
        os.close(telling)
        pid = json.loads(heard.readline())["pid"]
        assert is_alive(pid)
        parent.kill()
        begun = time.monotonic()
        while is_alive(pid):
            assert time.monotonic() - begun < 20
            time.sleep(0.02)


def test_the_engine_dies_with_its_parent_even_of_kill_9() -> None:
    code = (
        "from PySide6.QtCore import QCoreApplication, QTimer\n"
        "from studio.app.engine_process import EngineProcess\n"
        "app = QCoreApplication([])\n"
        "engine = EngineProcess()\n"
        "engine.event.connect(lambda event: print(engine.pid, flush=True))\n"
        "engine.start()\n"
        "app.exec()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    begun = time.monotonic()
    while is_alive(pid):
        assert time.monotonic() - begun < 20
        time.sleep(0.05)


def test_the_engine_ends_with_the_program_that_quits() -> None:
    code = (
        "from PySide6.QtCore import QCoreApplication, QTimer\n"
        "from studio.app.engine_process import EngineProcess\n"
        "app = QCoreApplication([])\n"
        "engine = EngineProcess()\n"
        "engine.event.connect(lambda event: (print(engine.pid, flush=True), app.quit()))\n"
        "engine.start()\n"
        "app.exec()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE / 1000
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert not is_alive(int(done.stdout.split()[0]))


class Desk:
    """A dispatcher on real files with the real engine process, and a tick now and then."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder, self.model = folder, model
        self.store = Store.open(folder / "queue.db").store
        self.queue = JobQueue(self.store)
        self.library = Library(self.store)
        self.files = JobFiles(folder)
        self.engine = EngineProcess()
        self.engine.event.connect(self._hear)
        settings = SettingsFile(folder / "settings.json")
        clips = ClipFiles(self.choose_out, read_clip)
        self.dispatcher = Dispatcher(
            self.queue, self.library, self.engine, self.files, settings, clips, soon=soon
        )
        self.heard: list[Event] = []
        self.kills, self.kill_times = 0, 0
        self._kept = False
        self.timer = QTimer()
        self.timer.timeout.connect(self.dispatcher.tick)
        self.timer.start(200)

    def choose_out(self, job: Job, taken: Collection[Path]) -> Path:
        return self.folder / "clips" / f"{job.id}.mp4"

    def params(self, seed: int, **changes: object) -> GenerationParams:
        return GenerationParams.model_validate(
            {
                "prompt": "a red circle",
                "model": str(self.model),
                "width": 64,
                "height": 64,
                "num_frames": 9,
                "num_inference_steps": STEPS,
                "seed": seed,
            }
            | changes
        )

    def kill(self) -> None:
        """What an out-of-memory killer does."""
        assert self.engine.pid is not None
        self.kills += 1
        os.kill(self.engine.pid, signal.SIGKILL)

    def _hear(self, event: Event) -> None:
        self.heard.append(event)
        if isinstance(event, Hello):
            self._kept = False
        elif isinstance(event, Checkpoint):
            self._kept = True
        elif isinstance(event, Progress):
            in_the_middle = event.stage is Stage.DENOISE and event.step >= STEPS // 2
            if in_the_middle and self._kept and self.kills < self.kill_times:
                self.kill()

    def wait(self, qtbot: QtBot, *jobs: Job) -> list[JobState]:
        def finished() -> bool:
            return all(self.queue.job(job.id).state in FINISHED for job in jobs)

        qtbot.waitUntil(finished, timeout=PATIENCE)
        return [self.queue.job(job.id).state for job in jobs]

    def until(self, qtbot: QtBot, job: Job, state: JobState) -> None:
        qtbot.waitUntil(lambda: self.queue.job(job.id).state is state, timeout=PATIENCE)

    def frames(self, job: Job) -> np.ndarray:
        out = self.queue.job(job.id).out
        assert out is not None
        with av.open(str(out)) as clip:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)])

    def close(self) -> None:
        self.timer.stop()
        self.engine.end()
        self.store.close()


@pytest.fixture
def desk(
    qapp: object, tmp_path: Path, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setattr(job_start, "CHECKPOINT_SECONDS", 0.0)
    desk = Desk(tmp_path, models["ti2v"])
    desk.dispatcher.begin(go_on=False)
    yield desk
    desk.close()


def test_an_engine_killed_in_the_middle_makes_the_same_clip_to_the_bit(
    desk: Desk, qtbot: QtBot
) -> None:
    (quiet,) = desk.queue.add([desk.params(7)])
    assert desk.wait(qtbot, quiet) == [JobState.DONE]
    desk.kill_times = 1
    (disturbed,) = desk.queue.add([desk.params(7)])
    assert desk.wait(qtbot, disturbed) == [JobState.DONE]
    assert desk.kills == 1
    assert desk.queue.job(disturbed.id).engine_deaths == 1
    assert "kept state" in desk.files.read_log(disturbed.id)
    np.testing.assert_array_equal(desk.frames(quiet), desk.frames(disturbed))
    assert desk.library.count() == 2
    assert not desk.files.checkpoint(disturbed.id).exists()


def test_a_second_death_sets_the_job_aside_and_the_queue_goes_on(desk: Desk, qtbot: QtBot) -> None:
    desk.kill_times = 2
    jobs = desk.queue.add([desk.params(1), desk.params(2, num_inference_steps=2)])
    assert desk.wait(qtbot, *jobs) == [JobState.FAILED, JobState.DONE]
    assert "SIGKILL" in (desk.queue.job(jobs[0].id).failure or "")
    desk.queue.retry(jobs[0].id)
    assert desk.wait(qtbot, jobs[0]) == [JobState.DONE]


def test_of_several_renders_one_is_cancelled_and_one_fails_in_the_same_warm_engine(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_text("no picture at all")
    few = {"num_inference_steps": 2}
    jobs = desk.queue.add(
        [
            desk.params(7),
            desk.params(1, **few),
            desk.params(2, image=photo, **few),
            desk.params(3, **few),
        ]
    )
    denoises_on(desk, qtbot, jobs[0])
    desk.queue.cancel(jobs[0].id)
    assert desk.wait(qtbot, *jobs) == [
        JobState.CANCELLED, JobState.DONE, JobState.FAILED, JobState.DONE,
    ]  # fmt: skip
    assert not desk.files.folder(jobs[0].id).exists()
    assert "photo.png" in (desk.queue.job(jobs[2].id).failure or "")
    assert sum(isinstance(event, Hello) for event in desk.heard) == 1
    clips = [f"{jobs[n].id}.{ending}" for n in (1, 3) for ending in ("mp4", "jpg")]
    assert sorted(file.name for file in (desk.folder / "clips").iterdir()) == sorted(clips)


def test_a_paused_render_frees_the_engine_and_goes_on_to_the_same_clip(
    desk: Desk, qtbot: QtBot
) -> None:
    quiet, paused = desk.queue.add([desk.params(7), desk.params(7)])
    desk.wait(qtbot, quiet)
    denoises_on(desk, qtbot, paused)
    desk.queue.pause_job(paused.id)
    desk.until(qtbot, paused, JobState.PAUSED)
    qtbot.waitUntil(lambda: not desk.engine.running, timeout=PATIENCE)
    assert desk.files.has_checkpoint(paused.id)
    desk.queue.resume_job(paused.id)
    assert desk.wait(qtbot, paused) == [JobState.DONE]
    np.testing.assert_array_equal(desk.frames(quiet), desk.frames(paused))


def test_a_program_that_leaves_keeps_the_render_for_its_next_start(
    desk: Desk, qtbot: QtBot
) -> None:
    (job,) = desk.queue.add([desk.params(7)])
    denoises_on(desk, qtbot, job)
    left: list[bool] = []

    def note() -> None:
        left.append(True)

    desk.dispatcher.left.connect(note)
    desk.dispatcher.leave()
    qtbot.waitUntil(lambda: bool(left), timeout=PATIENCE)
    assert desk.queue.job(job.id).state is JobState.INTERRUPTED
    assert not desk.engine.running
    assert desk.files.has_checkpoint(job.id)


def denoises_on(desk: Desk, qtbot: QtBot, job: Job) -> None:
    """Waits until a few steps of a job are done."""

    def further() -> bool:
        return (
            desk.queue.job(job.id).state is JobState.DENOISING and desk.queue.job(job.id).step >= 3
        )

    qtbot.waitUntil(further, timeout=PATIENCE)


def soon(work: Callable[[], None]) -> None:
    QTimer.singleShot(0, work)


def read_clip(path: Path) -> ClipRecord:
    with av.open(str(path)) as clip:
        tags = {key.lower(): text for key, text in clip.metadata.items()}
    record = read_record(tags.get("comment"))
    if record is None:
        raise BadInput(f"{path} is no clip of ours.")
    return record


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
