"""The launcher: what it runs, what it takes for installed, what it says when it cannot go on."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
RECORDER = """\
import json, os, sys
print(json.dumps({"program": __spec__.name if __spec__ else sys.argv[0], "args": sys.argv[1:],
                  "pid": os.getpid(), "cwd": os.getcwd()}))
sys.exit(7)
"""
# Enough of a build backend for pip to be told a name.
BACKEND = """\
from pathlib import Path

def build_editable(*_):
    raise NotImplementedError

def prepare_metadata_for_build_editable(folder, _=None):
    info = Path(folder) / "found-1.0.dist-info"
    info.mkdir()
    text = "Metadata-Version: 2.1\\nName: found\\nVersion: 1.0\\n"
    (info / "METADATA").write_text(text, "utf-8")
    return info.name
"""


@pytest.fixture(autouse=True)
def _without_the_path_of_this_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """`launch.py test` gives its own folder to what it starts, these tests among them."""
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A source folder with the launcher and the requirements, and nothing else."""
    folder = tmp_path / "clip wright"
    (folder / "packaging").mkdir(parents=True)
    for name in ("launch.py", "pyproject.toml", "packaging/constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def launch(root: Path) -> Any:
    return load(root)


def load(root: Path) -> Any:
    """The launcher as a module that takes the folder for its own."""
    spec = importlib.util.spec_from_file_location("launch_under_test", root / "launch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(root: Path, launch: Any) -> Path:
    """The same folder with a .venv of its own, in which a program named studio tells its start."""
    venv.create(root / ".venv", symlinks=os.name != "nt")
    site = Path(launch.site_packages())
    for place in (site / "studio", root / "packaging" / "bench"):
        place.mkdir()
        (place / "__main__.py").write_text(RECORDER, "utf-8")
    for part in ("program", "dev", "qt"):
        launch.mark(part)
    return root


def start(root: Path, *args: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(root / "launch.py"), *args],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def told_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (7, "")
    return json.loads(out)


def place_package(site: Path, name: str, code: str = "x = 1", size: int | None = None) -> Path:
    """A package of one file, recorded with the given size where that is not its own."""
    (site / f"{name}.py").write_text(code, "utf-8")
    record = site / f"{name}-1.0.dist-info"
    record.mkdir(parents=True)
    lines = f"{name}.py,sha256=x,{size or len(code)}\n{name}-1.0.dist-info/RECORD,,\n"
    (record / "RECORD").write_text(lines, "utf-8")
    return record


def is_locked(launch: Any) -> bool:
    with Path(launch.LOCK).open("w") as lock:
        return not launch.take_lock(lock.fileno(), wait=False)


def has_program(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in names else None


# --- old pythons ---


def test_the_launcher_can_be_read_by_python_3_6() -> None:
    ast.parse((ROOT / "launch.py").read_text("utf-8"), feature_version=(3, 6))


def test_an_older_python_gets_a_sentence() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 8, 18, 'final', 0); "
        f"runpy.run_path({str(ROOT / 'launch.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "3.8.18" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- what a command starts ---


@pytest.mark.parametrize(
    ("given", "program", "passed"),
    [
        ([], "studio.__main__", []),
        (["--help"], "studio.__main__", ["--help"]),
        (["render", "a red  circle", "--out", "c.mp4"], "studio.__main__", None),
        (["bench", "starter", "--json"], None, ["starter", "--json"]),
    ],
)
def test_a_command_reaches_its_program(
    installed: Path, tmp_path: Path, given: list[str], program: str | None, passed: list[str] | None
) -> None:
    process = start(installed, *given, cwd=tmp_path)
    told = told_by(process)
    assert told["program"] == (program or "__main__")
    assert told["args"] == (given if passed is None else passed)
    assert told["cwd"] == str(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot replace a process")
def test_the_program_replaces_the_launcher(installed: Path) -> None:
    process = start(installed, "render")
    assert told_by(process)["pid"] == process.pid


def test_a_folder_named_studio_where_the_person_stands_is_not_run(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "__main__.py").write_text("raise SystemExit('wrong one')", "utf-8")
    told_by(start(installed, cwd=tmp_path))


def test_a_link_to_the_launcher_starts_the_folder_that_it_leads_to(
    installed: Path, tmp_path: Path
) -> None:
    link = tmp_path / "bin" / "launch.py"
    link.parent.mkdir()
    try:
        link.symlink_to(installed / "launch.py")
    except OSError:
        pytest.skip("this user may make no links")
    told_by(start(link.parent, "render"))
    assert [file.name for file in link.parent.iterdir()] == ["launch.py"]


def test_the_program_is_found_without_what_its_install_wrote_about_the_folder(
    installed: Path, launch: Any, tmp_path: Path
) -> None:
    (Path(launch.site_packages()) / "studio").rename(installed / "studio")
    told_by(start(installed, cwd=tmp_path))


def test_a_path_for_python_that_a_person_set_stays(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "mine")
    launch.add_root_to_path()
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [launch.ROOT, "mine"]


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes it")
def test_a_closed_standard_output_is_no_obstacle(installed: Path) -> None:
    command = f'exec "{sys.executable}" "{installed / "launch.py"}" render >&-'
    done = subprocess.run(["sh", "-c", command], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (7, "")


def test_tests_stop_at_the_first_check_that_fails(installed: Path, launch: Any) -> None:
    site = Path(launch.site_packages())
    (site / "ruff.py").write_text("import sys; sys.exit('format' in sys.argv and 5)", "utf-8")
    out, err = start(installed, "test", "-k", "nothing").communicate(timeout=60)
    assert (out, err.split("\n")) == ("", ["ruff check", "ruff format --check", ""])


def test_arguments_of_test_go_to_pytest_after_the_checks(installed: Path, launch: Any) -> None:
    site = Path(launch.site_packages())
    for check in ("ruff", "basedpyright"):
        (site / f"{check}.py").write_text("", "utf-8")
    (site / "importlinter").mkdir()
    (site / "importlinter" / "cli.py").write_text("lint_imports_command = int", "utf-8")
    (site / "pytest.py").write_text(RECORDER, "utf-8")
    for given, passed in (["-k", "launch"], ["-k", "launch"]), ([], ["-n", "2"]):
        process = start(installed, "test", *given)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 7
        told = json.loads(out)
        assert (told["program"], told["args"]) == ("pytest", passed)
        assert told["cwd"] == str(installed)


# --- what counts as installed ---


def test_a_fresh_folder_is_not_installed(launch: Any) -> None:
    assert not launch.is_marked("program")


def test_an_install_cut_off_before_its_mark_is_not_taken_for_good(
    installed: Path, launch: Any
) -> None:
    assert launch.is_marked("program")
    Path(launch.marker("program")).unlink()
    Path(launch.marker("program") + ".new").write_text(launch.fingerprint(), "ascii")
    assert not launch.is_marked("program")
    assert launch.is_marked("dev")


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff\xfe\x00"])
def test_a_damaged_mark_is_not_taken_for_good(installed: Path, launch: Any, content: bytes) -> None:
    Path(launch.marker("program")).write_bytes(content)
    assert not launch.is_marked("program")


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "packaging/constraints.txt", ".venv/pyvenv.cfg"]
)
def test_changed_requirements_are_installed_again(installed: Path, launch: Any, name: str) -> None:
    with (installed / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert not launch.is_marked("program")


def test_a_venv_whose_python_is_gone_is_not_taken_for_good(installed: Path, launch: Any) -> None:
    Path(launch.PYTHON).unlink()
    assert not launch.is_marked("program")
    assert launch.site_packages() == ""


def test_a_venv_with_a_python_and_a_whole_pip_is_kept(installed: Path, launch: Any) -> None:
    place_package(Path(launch.site_packages()), "pip")
    launch.make_venv()
    assert launch.is_marked("program")


def test_what_a_cut_off_install_of_the_tools_left_in_part_is_installed_anew(
    installed: Path, launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(launch.marker("dev")).unlink()
    site = Path(launch.site_packages())
    place_package(site, "pip")
    torn = place_package(site, "pytest", size=6)
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(launch, "pip", lambda *words: ran.append(words))
    launch.install(dev=True)
    assert not torn.exists()
    # The program first: nobody knows whether what is torn is not a package of its own.
    *_, program, tools = ran
    assert program[-2:] == ("--editable", launch.root_url())
    assert tools[:3] == ("install", "--constraint", launch.CONSTRAINTS)
    assert "pytest-qt" in tools
    assert launch.is_marked("program")
    assert launch.is_marked("dev")


def test_only_whole_packages_keep_their_record(tmp_path: Path, launch: Any) -> None:
    whole = place_package(tmp_path, "whole")
    short = place_package(tmp_path, "short", size=6)
    missing = place_package(tmp_path, "missing")
    (tmp_path / "missing.py").unlink()
    unrecorded = place_package(tmp_path, "unrecorded")
    (unrecorded / "RECORD").unlink()
    torn = place_package(tmp_path, "torn")
    (torn / "RECORD").write_text("torn.py,sha2", "utf-8")
    assert launch.keep_whole_packages(str(tmp_path)) == {"whole"}
    assert whole.exists()
    assert not any(record.exists() for record in (short, missing, unrecorded, torn))


def test_a_failed_install_shows_its_last_lines_and_a_sentence(installed: Path, launch: Any) -> None:
    code = "print('\\n'.join(map(str, range(20)))); raise SystemExit('no network')"
    with pytest.raises(launch.LaunchError) as caught:
        launch.run_quietly([sys.executable, "-c", code], launch.UNFINISHED)
    lines = str(caught.value).splitlines()
    assert lines[-1] == launch.UNFINISHED
    assert {"19", "no network"} < set(lines)
    assert "0" not in lines


def test_a_start_that_cannot_install_ends_in_a_sentence(root: Path) -> None:
    (root / "packaging" / "constraints.txt").write_text("", "utf-8")
    # A file in place of the folder: nothing can be made there, on any system.
    (root / ".venv").write_text("", "utf-8")
    process = start(root, "render")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "Python could not make .venv" in err
    assert "Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="the lock is another one on Windows")
def test_a_second_start_waits_for_the_install_of_the_first(installed: Path, launch: Any) -> None:
    program = Path(launch.marker("program"))
    mark = program.read_text("ascii")
    program.unlink()
    with (installed / ".venv.lock").open("w") as lock:
        launch.wait_for_turn(lock.fileno())
        second = start(installed, "render")
        assert second.stderr is not None
        assert "waiting" in second.stderr.readline()
        program.write_text(mark, "ascii")
    assert told_by(second)["args"] == ["render"]


@pytest.mark.parametrize("chosen", [False, True])
def test_torch_is_installed_first_and_alone_and_as_it_is_pinned(
    root: Path, launch: Any, monkeypatch: pytest.MonkeyPatch, chosen: bool
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], complaint: str) -> None:
        assert is_locked(launch)
        assert command[1:3] == ["-P", "-m"]  # nothing is imported from where the person stands
        ran.append([word for word in command[3:] if word not in quiet])
        if "venv" in command:
            venv.create(root / ".venv", symlinks=os.name != "nt")

    quiet = ("--quiet", "--no-input", "--disable-pip-version-check")
    monkeypatch.setattr(launch, "run_quietly", run)
    monkeypatch.setattr(launch, "needs_chosen_torch", lambda: chosen)
    launch.install(dev=True)

    torch, uv = launch.pinned("torch"), launch.pinned("uv")
    backend = ["--python", launch.PYTHON, "--torch-backend=auto"]
    plain = [["pip", "install", torch]]
    pinned = ["pip", "install", "--constraint", launch.CONSTRAINTS]
    assert ran == [
        ["venv", "--clear", launch.VENV],
        *([["pip", "install", uv], ["uv", "pip", "install", *backend, torch]] if chosen else plain),
        [*pinned, "--editable", root.as_uri()],
        [*pinned, *launch.dev_packages()],
    ]
    assert launch.is_marked("program")
    assert launch.is_marked("dev")


def test_an_install_that_failed_is_not_taken_for_good(installed: Path, launch: Any) -> None:
    Path(launch.marker("program")).unlink()
    place_package(Path(launch.site_packages()), "pip", "raise SystemExit('no network')")
    out, err = start(installed, "render").communicate(timeout=60)
    assert out == ""
    assert err.splitlines()[-2:] == ["no network", launch.UNFINISHED]
    assert not launch.is_marked("program")


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to all of a console")
def test_ctrl_c_during_the_install_is_no_traceback(installed: Path, launch: Any) -> None:
    Path(launch.marker("program")).unlink()
    begun = installed / "begun"
    code = f"open({str(begun)!r}, 'w').close(); import time; time.sleep(60)"
    place_package(Path(launch.site_packages()), "pip", code)
    # Where the tests run in the background of a shell, they and their children ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = start(installed, "render")
    finally:
        signal.signal(signal.SIGINT, before)
    while not begun.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.splitlines()[-1]) == (130, "Stopped.")
    assert "Traceback" not in err
    assert not launch.is_marked("program")


@pytest.mark.parametrize("name", ["clipwright[1]", "电影 #1"])
def test_pip_reads_the_folder_right_whatever_its_name(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pip")
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(ROOT / "launch.py", folder)
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(system, "utf-8")
    (folder / "backend.py").write_text(BACKEND, "utf-8")
    words = ["install", "--dry-run", "--no-deps", "--no-build-isolation", "--no-index"]
    url = load(folder).root_url()
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, "--disable-pip-version-check", "--editable", url],
        capture_output=True,
        encoding="utf-8",
    )
    assert "Would install found-1.0" in done.stdout, done.stderr


# --- what is pinned ---


def test_every_named_package_is_pinned(launch: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"], "uv"]
    names = {re.split("[>!]=", name)[0].lower() for name in named}
    lines = (ROOT / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pin) == 2 for pin in pins)
    assert {name.lower() for name, _ in pins} == names
    assert launch.pinned("torch") == "torch==2.13.0"


def test_an_amd_card_is_seen(tmp_path: Path, launch: Any) -> None:
    for card, vendor in {"card0": "0x10de", "card0-HDMI-A-1": None, "card1": "0x1002"}.items():
        assert not launch.has_amd_card(str(tmp_path))
        (tmp_path / card / "device").mkdir(parents=True)
        if vendor:
            (tmp_path / card / "device" / "vendor").write_text(f"{vendor}\n", "ascii")
    assert launch.has_amd_card(str(tmp_path))
    assert not launch.has_amd_card(str(tmp_path / "absent"))


# --- Qt's shared libraries ---


@pytest.mark.parametrize(
    ("program", "command"),
    [
        ("apt-get", "sudo apt install libxcb-cursor0 libxcb-icccm4"),
        ("dnf", "sudo dnf install xcb-util-cursor xcb-util-wm"),
        ("pacman", "sudo pacman -S xcb-util-cursor xcb-util-wm"),
    ],
)
def test_missing_libraries_are_named_in_one_command(
    launch: Any, monkeypatch: pytest.MonkeyPatch, program: str, command: str
) -> None:
    monkeypatch.setattr(shutil, "which", has_program(program))
    missing = ["libxcb-icccm.so.4", "libxcb-cursor.so.0"]
    _, install, packages = launch.qt_packages(missing)
    assert launch.how_to_install(missing, install, packages).splitlines()[-1].strip() == command


def test_without_a_known_installer_the_libraries_are_named(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", has_program())
    sentence = launch.how_to_install(["libEGL.so.1"], *launch.qt_packages(["libEGL.so.1"])[1:])
    assert "libEGL.so.1" in sentence


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all that it loads")
def test_a_library_is_missing_when_it_cannot_be_loaded(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (("libc.so.6", "libc6", "glibc", "glibc"), ("libnone.so.9", "none9", "none", "none"))
    monkeypatch.setattr(launch, "QT_LIBRARIES", rows)
    assert launch.missing_qt_libraries() == ["libnone.so.9"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all that it loads")
def test_found_libraries_are_remembered(
    installed: Path, launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(launch.marker("qt")).unlink()
    monkeypatch.setattr(launch, "QT_LIBRARIES", (("libc.so.6", "libc6", "glibc", "glibc"),))
    launch.provide_qt_libraries()
    assert launch.is_marked("qt")


@pytest.mark.parametrize(
    ("given", "looked"),
    [
        ([], True),
        (["photo.jpg"], True),
        (["queue", "list"], True),
        (["test"], True),
        (["render", "a star"], False),
        (["doctor"], False),
        (["bench"], False),
        (["--help"], False),
    ],
)
def test_the_libraries_are_looked_for_wherever_the_window_may_come(
    installed: Path,
    launch: Any,
    monkeypatch: pytest.MonkeyPatch,
    given: list[str],
    looked: bool,
) -> None:
    (installed / "studio" / "ui").mkdir(parents=True)
    (installed / "studio" / "ui" / "window.py").touch()
    Path(launch.marker("qt")).unlink()
    monkeypatch.setattr(launch, "QT_LIBRARIES", ())
    # Each would put another program in the place of this one.
    monkeypatch.setattr(launch, "become", lambda arguments: 0)
    monkeypatch.setattr(launch, "run_tests", lambda arguments: 0)

    assert launch.run(given) == 0
    assert launch.is_marked("qt") is looked


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all that it loads")
def test_a_person_without_root_is_told_the_command(
    installed: Path, launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(launch.marker("qt")).unlink()
    rows = (("libnone.so.9", "none9", "none", "none"),)
    monkeypatch.setattr(launch, "QT_LIBRARIES", rows)
    monkeypatch.setattr(shutil, "which", has_program("apt-get"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(launch.LaunchError, match="sudo apt install none9"):
        launch.provide_qt_libraries()
    assert not launch.is_marked("qt")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all that it loads")
def test_root_on_debian_installs_the_packages_without_questions(
    installed: Path, launch: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "apt.log"
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> "{log}"\n', "ascii")
    apt.chmod(0o755)
    rows = (("libnone.so.9", "none9", "none", "none"),)
    monkeypatch.setattr(launch, "QT_LIBRARIES", rows)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(apt.parent), prepend=os.pathsep)
    # The stand-in installs nothing, so the second look finds the library missing still.
    with pytest.raises(launch.LaunchError, match="none9"):
        launch.provide_qt_libraries()
    update, install = log.read_text("ascii").splitlines()
    assert update == "noninteractive update"
    assert install == "noninteractive install --yes --no-install-recommends none9"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all that it loads")
@pytest.mark.parametrize("meanwhile", [False, True])
def test_two_starts_install_the_libraries_one_after_the_other(
    installed: Path, launch: Any, monkeypatch: pytest.MonkeyPatch, meanwhile: bool
) -> None:
    Path(launch.marker("qt")).unlink()
    missing = iter([["libEGL.so.1"], [] if meanwhile else ["libEGL.so.1"], []])
    locked: list[bool] = []
    monkeypatch.setattr(launch, "missing_qt_libraries", lambda: next(missing))
    monkeypatch.setattr(launch, "run_quietly", lambda *_: locked.append(is_locked(launch)))
    monkeypatch.setattr(shutil, "which", has_program("apt-get"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    launch.provide_qt_libraries()
    assert locked == ([] if meanwhile else [True, True])
    assert launch.is_marked("qt")


def test_a_mark_that_cannot_be_written_does_not_stop_a_start(
    installed: Path, launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(launch.marker("qt")).unlink()
    Path(launch.marker("qt") + ".new").mkdir()  # a .venv that another user made says no as well
    monkeypatch.setattr(launch, "QT_LIBRARIES", ())
    launch.provide_qt_libraries()
    assert not launch.is_marked("qt")
