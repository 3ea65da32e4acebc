"""Starts Clipwright from its source folder: makes .venv, installs into it once, runs the program.

    python3 launch.py                  the window
    python3 launch.py render "…" …     one clip; so does every other command of `clipwright`
    python3 launch.py test [args]      lint, format, types, contracts, tests (args go to pytest)
    python3 launch.py bench [name]     the benchmarks

Standard library only, and no syntax newer than Python 3.6: an older Python must be able to read
this file to be told, in a sentence, that it is too old. What a second start does not need is
imported where it is used, because that start has to be quick.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Clipwright needs Python 3.11 or newer, and {} is Python {}.{}.{}; install a newer one and "
        "start launch.py with it.".format(sys.executable or "this", *sys.version_info[:3])
    )

# Through a link too, such as one in ~/bin: the folder is where the file itself lies.
ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
LOCK = os.path.join(ROOT, ".venv.lock")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
PYPROJECT = os.path.join(ROOT, "pyproject.toml")
CONSTRAINTS = os.path.join(ROOT, "packaging", "constraints.txt")

# lint-imports has no `-m` form, and its script would hold a stale path if the folder was moved.
LINT_IMPORTS = (
    "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
)
CHECKS = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format --check", ("-m", "ruff", "format", "--check", ".")),
    ("basedpyright", ("-m", "basedpyright", "--pythonpath", PYTHON)),
    ("lint-imports", ("-c", LINT_IMPORTS)),
)

# What PySide6's libraries and its X11 plugin load and do not bring along (readelf -d on 6.11), with
# the package of Debian and Ubuntu, of Fedora, of Arch. Wayland's are absent: Qt then uses X11.
QT_LIBRARIES = (
    ("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
    ("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    ("libX11.so.6", "libx11-6", "libX11", "libx11"),
    ("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11"),
    ("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
    ("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
    ("libfreetype.so.6", "libfreetype6", "freetype", "freetype2"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    ("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    ("libxcb.so.1", "libxcb1", "libxcb", "libxcb"),
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    ("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    ("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb"),
    ("libxcb-render.so.0", "libxcb-render0", "libxcb", "libxcb"),
    (
        "libxcb-render-util.so.0",
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    ("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb"),
    ("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb"),
    ("libxcb-util.so.1", "libxcb-util1", "xcb-util", "xcb-util"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
    ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
)
# The program that installs packages, its command, its column above; the first one found is used.
INSTALLERS = (
    ("apt-get", "apt install", 1),
    ("dnf", "dnf install", 2),
    ("pacman", "pacman -S", 3),
)

# Every other command may show the window, or speak to the one that is open.
WITHOUT_QT = ("render", "info", "doctor", "presets", "bench", "--help", "-h", "--version")

UNFINISHED = (
    "The install did not finish; is there a network, and room on the disk? "
    "The next start goes on from here."
)


class LaunchError(Exception):
    """A start that cannot go on, with a sentence for the person at the screen."""


def main(args: list[str]) -> int:
    try:
        return run(args)
    except LaunchError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"Clipwright could not start from {ROOT}: {error}.")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def run(args: list[str]) -> int:
    command = args[0] if args else ""
    tests = command in ("test", "bench")
    if not is_marked("program") or (tests and not is_marked("dev")):
        install(dev=tests)
    if command not in WITHOUT_QT and not is_marked("qt"):
        provide_qt_libraries()
    if command == "test":
        return run_tests(args[1:])
    if command == "bench":
        return become([os.path.join(ROOT, "packaging", "bench"), *args[1:]])
    # -P: a folder named studio or torch where the person stands must not be imported instead.
    return become(["-P", "-m", "studio", *args])


def run_tests(pytest_args: list[str]) -> int:
    import subprocess

    os.chdir(ROOT)
    for name, arguments in CHECKS:
        say(name)
        status = subprocess.call([PYTHON, *arguments])
        if status:
            return status
    say("pytest")
    return become(["-m", "pytest", *(pytest_args or ["-n", "2"])])


def become(arguments: list[str]) -> int:
    """Runs the venv's python in place of this process; where that is not possible, as a child."""
    command = [PYTHON, *arguments]
    add_root_to_path()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] - closed by a shell
            stream.flush()
    if os.name != "nt":
        os.execv(PYTHON, command)
    import signal
    import subprocess

    # Ctrl-C reaches the child too: it decides what to do, and its exit status is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


def add_root_to_path() -> None:
    """Lets the program be found by itself.

    The install names ROOT in a file in UTF-8, and Python 3.11 and 3.12 on Windows read that in the
    system's code page: without this a folder named in Chinese would hold no program.
    """
    if os.pathsep not in ROOT:  # such a name would be taken for two
        given = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([ROOT, given] if given else [ROOT])


def fingerprint() -> str:
    """Changes with the requirements, with the folder's place and with the venv's interpreter."""
    import hashlib

    digest = hashlib.sha256(f"{ROOT}\n{os.path.realpath(PYTHON)}\n".encode())
    for path in (PYPROJECT, CONSTRAINTS, os.path.join(VENV, "pyvenv.cfg")):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def marker(part: str) -> str:
    return os.path.join(VENV, f"clipwright-{part}.done")


def is_marked(part: str) -> bool:
    try:
        with open(marker(part), encoding="ascii") as file:
            return file.read() == fingerprint() and os.path.exists(PYTHON)
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return False


def mark(part: str) -> None:
    temporary = marker(part) + ".new"
    with open(temporary, "w", encoding="ascii") as file:
        file.write(fingerprint())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, marker(part))


def unmark(part: str) -> None:
    from contextlib import suppress

    with suppress(FileNotFoundError):
        os.remove(marker(part))


# --- installing ---


def install(dev: bool) -> None:
    """Brings .venv to what the requirements say, from whatever state it is in."""
    with open(LOCK, "w", encoding="ascii") as lock:
        wait_for_turn(lock.fileno())
        # Another start may have finished it while this one waited.
        if is_marked("program") and (is_marked("dev") or not dev):
            return
        make_venv()
        if not is_marked("program"):
            install_torch()
            say("Installing the other packages …")
            pip("install", "--constraint", CONSTRAINTS, "--editable", root_url())
            mark("program")
        if dev and not is_marked("dev"):
            say("Installing the tools for tests and benchmarks …")
            pip("install", "--constraint", CONSTRAINTS, *dev_packages())
            mark("dev")


def root_url() -> str:
    """The folder as pip reads it right: the path of `clipwright[1]` would ask for an extra "1"."""
    from pathlib import Path

    return Path(ROOT).as_uri()


def dev_packages() -> "list[str]":
    """The tools by name: by `.[dev]` pip would take the program itself out for a moment."""
    import tomllib

    with open(PYPROJECT, "rb") as file:
        return tomllib.load(file)["project"]["optional-dependencies"]["dev"]


def wait_for_turn(lock: int) -> None:
    """Returns when no other start installs; the turn lasts until the lock file is closed."""
    # pip inherits the lock: should this process be killed, it lasts until pip is gone too.
    os.set_inheritable(lock, True)
    if not take_lock(lock, wait=False):
        say("Another start is installing; waiting for it …")
        while not take_lock(lock, wait=True):
            pass


def take_lock(lock: int, wait: bool) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            # The waiting form gives up after ten seconds.
            msvcrt.locking(lock, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_venv() -> None:
    """Leaves a .venv with a working python, a whole pip, and no package that is there in part."""
    site = site_packages()
    if site and "pip" in keep_whole_packages(site):
        return
    say("Making .venv …")
    run_quietly(
        [sys.executable, "-P", "-m", "venv", "--clear", VENV],
        "Python could not make .venv; is there room on the disk, and is Python's venv module "
        "there (python3-venv on Debian and Ubuntu)?",
    )


def site_packages() -> str:
    """Where the venv's python keeps packages; empty where none runs or it is older than 3.11."""
    import subprocess

    code = (
        "import sys, sysconfig as s; print(sys.version_info >= (3, 11) and s.get_path('purelib'))"
    )
    try:
        command = [PYTHON, "-I", "-c", code]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return ""
    answer = done.stdout.strip()
    return answer if os.path.isdir(answer) else ""


def keep_whole_packages(site: str) -> "set[str]":
    """The packages in a folder, after removing the records of those with missing or short files.

    pip takes a package for installed as soon as its record can be read, also when it was stopped
    before all of its files were written; without the record it installs the package anew.
    """
    import shutil

    whole = set()
    for record_folder in os.listdir(site):
        if record_folder.endswith(".dist-info"):
            if is_whole(site, record_folder):
                whole.add(record_folder.split("-")[0])
            else:
                # Marks first: what is no longer whole is not to be taken for installed.
                unmark("program")
                unmark("dev")
                shutil.rmtree(os.path.join(site, record_folder))
    return whole


def is_whole(site: str, record_folder: str) -> bool:
    """Whether every file that a package recorded at its install is there, with its size."""
    import csv

    try:
        record = os.path.join(site, record_folder, "RECORD")
        with open(record, encoding="utf-8", newline="") as file:
            return all(
                os.path.getsize(os.path.join(site, path)) == int(size)
                for path, _, size in csv.reader(file)
                if size
            )
    except (OSError, ValueError):
        return False


def install_torch() -> None:
    """On its own and first, so that nothing later pulls in a second build."""
    torch = pinned("torch")
    if not needs_chosen_torch():
        say("Installing PyTorch, the largest part …")
        pip("install", torch)
        return
    say("Installing the PyTorch build for this machine, the largest part …")
    pip("install", pinned("uv"))
    uv = [PYTHON, "-P", "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
    run_quietly([*uv, "--torch-backend=auto", torch], UNFINISHED)


def needs_chosen_torch() -> bool:
    """Whether the plain package is the wrong build: on Windows, and on Linux with an AMD card."""
    if sys.platform != "linux":
        return sys.platform == "win32"
    return os.path.exists("/dev/kfd") or has_amd_card("/sys/class/drm")


def has_amd_card(cards: str) -> bool:
    for card in os.listdir(cards) if os.path.isdir(cards) else []:
        try:
            with open(os.path.join(cards, card, "device", "vendor"), encoding="ascii") as file:
                if file.read().strip() == "0x1002":
                    return True
        except OSError:
            continue
    return False


def pinned(name: str) -> str:
    with open(CONSTRAINTS, encoding="utf-8") as file:
        for line in file:
            if line.startswith(f"{name}=="):
                return line.strip()
    raise LaunchError(f"{CONSTRAINTS} has no line for {name}; restore the file.")


def pip(*arguments: str) -> None:
    options = ("--quiet", "--no-input", "--disable-pip-version-check")
    run_quietly([PYTHON, "-P", "-m", "pip", *arguments, *options], UNFINISHED)


def run_quietly(command: "list[str]", complaint: str) -> None:
    """Runs a command without its output, or fails with the last lines of it."""
    import subprocess

    # A person's own `user = true` for pip would forbid installing into .venv.
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PIP_USER": "0"},
        close_fds=False,
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()][-12:]
        raise LaunchError("\n".join([*lines, complaint]))


# --- shared libraries that Qt loads and a bare Linux lacks ---


def provide_qt_libraries() -> None:
    """Finds them by loading them; installs what is missing as root on Debian, else says how to."""
    from contextlib import suppress

    missing = missing_qt_libraries()
    if missing:
        program, command, packages = qt_packages(missing)
        if program != "apt-get" or os.geteuid() != 0:
            raise LaunchError(how_to_install(missing, command, packages))
        install_qt_libraries()
    # Where .venv is another user's, or another start marks it now, the next start looks again.
    with suppress(OSError):
        mark("qt")


def install_qt_libraries() -> None:
    with open(LOCK, "w", encoding="ascii") as lock:
        wait_for_turn(lock.fileno())
        # Another start may have installed them while this one waited.
        missing = missing_qt_libraries()
        if not missing:
            return
        _, command, packages = qt_packages(missing)
        say(f"Installing {len(packages)} system libraries for the window …")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        complaint = f"Qt's libraries could not be installed; try: {command} {' '.join(packages)}"
        run_quietly(["apt-get", "update"], complaint)
        run_quietly(
            ["apt-get", "install", "--yes", "--no-install-recommends", *packages], complaint
        )
        missing = missing_qt_libraries()
        if missing:
            raise LaunchError(how_to_install(missing, command, packages))


def missing_qt_libraries() -> "list[str]":
    if sys.platform != "linux":
        return []
    import ctypes

    missing = []
    for name, *_ in QT_LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def qt_packages(missing: "list[str]") -> "tuple[str, str, list[str]]":
    """The machine's installer, its command and the packages; empty where none is known."""
    import shutil

    for program, command, column in INSTALLERS:
        if shutil.which(program):
            packages = {row[column] for row in QT_LIBRARIES if row[0] in missing}
            return program, command, sorted(packages)
    return "", "", []


def how_to_install(missing: "list[str]", command: str, packages: "list[str]") -> str:
    if not command:
        return (
            f"The window needs shared libraries that this system lacks ({', '.join(missing)}); "
            "install them with the system's package manager and start again."
        )
    return (
        "The window needs shared libraries that this system lacks; install them and start again:\n"
        f"  sudo {command} {' '.join(packages)}"
    )


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
