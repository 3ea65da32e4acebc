"""A data folder that things are broken in: real processes, a real database, a disk that fills."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import psutil
from children import environment
from figures import BenchFailed

FINISHED = ("done", "failed", "cancelled")
PATIENCE = 240.0  # seconds for one job, the imports of an engine included
DISK_BYTES = 256 << 20  # the queue wants 160 MiB free before it starts a job


class Home:
    """A CLIPWRIGHT_HOME of its own, and the command line over it."""

    def __init__(self, path: Path | None = None) -> None:
        self._own = path is None
        self.path = Path(tempfile.mkdtemp(prefix="clipwright-faults-")) if path is None else path
        self._runs: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for run in self._runs:
            run.kill()
            run.wait()
        if self._own:
            shutil.rmtree(self.path, ignore_errors=True)

    def queue(self, *words: str, expected: int = 0) -> str:
        """Runs a queue command; returns what it said."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "studio", "queue", *words],
            capture_output=True,
            text=True,
            env=environment(self.path),
            check=False,
        )
        if done.returncode != expected:
            raise BenchFailed(f"queue {words[0]} ended with {done.returncode}: {done.stderr}")
        return done.stderr + done.stdout

    def start_run(self) -> subprocess.Popen[bytes]:
        """Starts to work the queue off, in a process that can be killed."""
        run = subprocess.Popen(
            [sys.executable, "-P", "-m", "studio", "queue", "run", "--until-empty"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(self.path),
        )
        self._runs.append(run)
        return run

    def run_to_the_end(self) -> None:
        """Works the queue off, undisturbed."""
        self.start_run().wait()

    def kill_engine(self, run: subprocess.Popen[bytes]) -> bool:
        """Kills the engine of a run; whether there was one."""
        engines = _engines(run.pid)
        for engine in engines:
            engine.kill()
        return bool(engines)

    def kill_app(self, run: subprocess.Popen[bytes]) -> float:
        """Kills a run and returns for how many seconds its engine lived on."""
        engines = _engines(run.pid)
        run.kill()
        begun = time.monotonic()
        run.wait()
        while any(map(_lives, engines)) and time.monotonic() < begun + 10:
            time.sleep(0.01)
        seconds = time.monotonic() - begun
        for engine in filter(_lives, engines):
            engine.kill()
        return seconds

    # What the database says; read only, as another program would.

    def job_ids(self) -> list[int]:
        """The jobs that are not finished, in order."""
        marks = ", ".join("?" * len(FINISHED))
        found = self._rows(
            f"SELECT id FROM jobs WHERE state NOT IN ({marks}) ORDER BY position", FINISHED
        )
        return [row[0] for row in found]

    def unfinished(self) -> int:
        return len(self.job_ids())

    def state(self, job: int) -> str:
        found = self._rows("SELECT state FROM jobs WHERE id = ?", (job,))
        return found[0][0] if found else "lost"

    def failures(self) -> list[str]:
        """What is said of each failed job."""
        rows = self._rows("SELECT failure FROM jobs WHERE state = 'failed' ORDER BY id", ())
        return [str(row[0]) for row in rows]

    def clip_rows(self) -> int:
        return self._rows("SELECT COUNT(*) FROM clips", ())[0][0]

    def wait_for(self, run: subprocess.Popen[bytes], job: int, state: str) -> bool:
        """Waits until a job is in a state; False where it is past it, or the run ended."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and run.poll() is None:
            now = self.state(job)
            if now == state:
                return True
            if now in FINISHED:
                return False
            time.sleep(0.01)
        return False

    def wait_until_finished(self, run: subprocess.Popen[bytes], job: int) -> None:
        """Waits until a job is done or failed; raises BenchFailed where it takes for ever."""
        end = time.monotonic() + PATIENCE
        while self.state(job) not in FINISHED:
            if time.monotonic() > end or run.poll() is not None:
                raise BenchFailed(f"Job {job} is still {self.state(job)}.")
            time.sleep(0.05)

    def wait_until_told(self, run: subprocess.Popen[bytes], words: str) -> bool:
        """Whether the list's first line says these words within half a minute."""
        end = time.monotonic() + 30
        while time.monotonic() < end and run.poll() is None:
            if words in self.queue("list").splitlines()[0]:
                return True
            time.sleep(0.5)
        return False

    def clips(self) -> list[Path]:
        """The clips under their final names."""
        return sorted((self.path / "clips").glob("*.mp4"))

    def leftovers(self) -> list[Path]:
        """What is in the clips' folder and is neither a clip nor its poster."""
        clips = {clip.stem for clip in self.clips()}
        found = (self.path / "clips").iterdir()
        return [p for p in found if p.suffix not in (".mp4", ".jpg") or p.stem not in clips]

    def _rows(self, sql: str, args: tuple[object, ...]) -> list[tuple[object, ...]]:
        file = self.path / "data" / "clipwright.db"
        end = time.monotonic() + 10
        while True:
            try:
                with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10) as database:
                    found = database.execute(sql, args).fetchall()
                database.close()
                return found
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)


class SmallDisk:
    """A disk of a few megabytes in memory; making one needs Linux and its administrator.

    Raises OSError where it cannot be made.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="clipwright-disk-"))
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(self.path)]
        try:
            subprocess.run(mount, check=True, capture_output=True)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            self.path.rmdir()
            raise OSError("mounting needs Linux and its administrator") from error
        self._filler = self.path / "filler"

    def fill(self) -> None:
        """Takes all room that is left."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
            except OSError:
                pass

    def empty(self) -> None:
        """Gives the room back."""
        self._filler.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=False, capture_output=True)
        shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody can write in a folder meanwhile, not even the administrator, whom it needs.

    Raises OSError where that cannot be done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for how in (["--bind", str(folder)], ["-o", "remount,bind,ro"]):
            subprocess.run(["mount", *how, str(folder)], check=True, capture_output=True)
        yield
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise OSError("mounting needs Linux and its administrator") from error
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def frames_hash(clip: Path) -> str:
    """A hash of a clip's decoded frames; its file also says when it was made."""
    digest = hashlib.sha256()
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended stays in the list until its new parent looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _engines(pid: int) -> list[psutil.Process]:
    try:
        children = psutil.Process(pid).children(recursive=True)
        return [child for child in children if "studio.engine" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []
