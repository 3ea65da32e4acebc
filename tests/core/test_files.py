"""Files appear whole or not at all, and folders are judged before anything is written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.errors import BadInput, DiskFull, StudioError
from studio.core.files import (
    AtomicFile,
    check_room,
    check_target,
    check_writable_folder,
    is_disk_full,
    remove_leftovers,
    rename_to_new,
    storage_error,
)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
root_only = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux to mount"
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def no_links(source: str, target: str) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine allows no mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_written_file_has_its_name_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "clip.bin"
    with AtomicFile(target, overwrite=False) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".clip.bin.")
        temporary.write_bytes(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert names(tmp_path) == ["clip.bin"]


def test_an_error_midway_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        AtomicFile(tmp_path / "a", overwrite=False) as temporary,
    ):
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_an_error_midway_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), AtomicFile(target, overwrite=True) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_an_existing_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with (
        pytest.raises(BadInput, match="exists already"),
        AtomicFile(target, overwrite=False),
    ):
        pytest.fail("the body must not run")
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_file_that_came_into_being_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with (
        pytest.raises(BadInput, match="exists already"),
        AtomicFile(target, overwrite=False) as temporary,
    ):
        temporary.write_bytes(b"ours")
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a"]


@posix_only
@pytest.mark.parametrize("taken", [False, True])
def test_without_hard_links_a_file_is_still_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "a"
    file = AtomicFile(target, overwrite=False)
    file.open().write_bytes(b"ours")
    if taken:
        target.write_bytes(b"theirs")
        with pytest.raises(BadInput, match="exists already"):
            file.commit()
    else:
        file.commit()
    assert target.read_bytes() == (b"theirs" if taken else b"ours")
    assert names(tmp_path) == ["a"]


@posix_only
@pytest.mark.parametrize("renamed", [False, True])
def test_a_stop_without_hard_links_leaves_no_empty_file_and_loses_no_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: bool
) -> None:
    def stopped(old: Path, new: Path) -> None:
        if renamed:
            os.replace(old, new)  # noqa: PTH105 - the method is the one that is stopped here
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "replace", stopped)
    part, target = tmp_path / "part", tmp_path / "a"
    part.write_bytes(b"whole")
    with pytest.raises(KeyboardInterrupt):
        rename_to_new(part, target)
    assert names(tmp_path) == (["a"] if renamed else ["part"])
    assert (target if renamed else part).read_bytes() == b"whole"


def test_overwrite_replaces_the_file_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with target.open("rb") as reader, AtomicFile(target, overwrite=True) as temporary:
        temporary.write_bytes(b"new")
        assert reader.read() == b"old"
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_two_writers_of_one_name_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "a"
    first, second = AtomicFile(target, overwrite=True), AtomicFile(target, overwrite=True)
    first.open().write_bytes(b"first")
    second.open().write_bytes(b"second")
    second.commit()
    assert target.read_bytes() == b"second"
    first.commit()
    assert target.read_bytes() == b"first"


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("字" * 85)
    with AtomicFile(target, overwrite=False) as temporary:
        temporary.write_bytes(b"x")
    assert target.read_bytes() == b"x"


def test_a_name_that_is_too_long_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too long"):
        check_target(tmp_path / ("n" * 300), overwrite=False)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_no_target(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        check_target(tmp_path, overwrite=overwrite)


@posix_only
def test_a_device_is_never_replaced() -> None:
    with pytest.raises(BadInput, match="not an ordinary file"):
        check_target(Path("/dev/null"), overwrite=True)


@posix_only
def test_a_dangling_link_counts_as_existing(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="exists already"):
        check_target(tmp_path / "a", overwrite=False)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    for check in (
        lambda: check_writable_folder(tmp_path / "no"),
        lambda: check_target(tmp_path / "no" / "a", overwrite=False),
        lambda: AtomicFile(tmp_path / "no" / "a", overwrite=False).open(),
    ):
        with pytest.raises(BadInput, match="does not exist"):
            check()


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(BadInput, match="not a folder"):
        check_writable_folder(tmp_path / "f")
    with pytest.raises(BadInput, match="not a folder"):
        check_target(tmp_path / "f" / "a", overwrite=False)


def test_a_writable_folder_passes_and_stays_empty(tmp_path: Path) -> None:
    check_writable_folder(tmp_path)
    assert names(tmp_path) == []


@root_only
def test_a_read_only_disk_is_refused_even_for_root(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(BadInput, match="read-only"):
        check_writable_folder(small_disk)
    with pytest.raises(BadInput, match="read-only"):
        AtomicFile(small_disk / "a", overwrite=False).open()


@posix_only
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_closed_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="closed to this user"):
        check_writable_folder(tmp_path)


@root_only
def test_a_full_disk_is_named_and_nothing_stays(small_disk: Path) -> None:
    with (
        pytest.raises(DiskFull, match=r"no room left to write .*disk/a"),
        AtomicFile(small_disk / "a", overwrite=False) as temporary,
    ):
        temporary.write_bytes(bytes(400_000))
    assert names(small_disk) == []


@posix_only
def test_a_limit_on_the_file_size_is_a_full_disk(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from studio.core.errors import DiskFull; from studio.core.files import AtomicFile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))\n"
        "try:\n"
        "    with AtomicFile(Path(sys.argv[1]), overwrite=False) as temporary:\n"
        "        temporary.write_bytes(bytes(100000))\n"
        "except DiskFull: print('full')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a")], capture_output=True, text=True
    )
    assert done.stdout == "full\n", done.stderr
    assert names(tmp_path) == []


def test_a_folder_that_vanishes_midway_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    file = AtomicFile(folder / "a", overwrite=False)
    file.open().unlink()
    folder.rmdir()
    with pytest.raises(StudioError, match="disappeared"):
        file.commit()
    assert names(tmp_path) == []


def test_room_is_compared_in_megabytes(tmp_path: Path) -> None:
    check_room(tmp_path, 1)
    with pytest.raises(DiskFull, match=r"1000000000000\.0 MB are needed in .* MB are free"):
        check_room(tmp_path, 10**18)


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EFBIG, "File too large"), True),
        (RuntimeError("I/O error: No space left on device (os error 28)"), True),
        (OSError(errno.EIO, "Input/output error"), False),
        (ValueError("28"), False),
    ],
)
def test_a_full_disk_is_known_in_every_shape(error: Exception, full: bool) -> None:
    assert is_disk_full(error) is full
    assert isinstance(storage_error(error, Path("a")), DiskFull) is full


def test_a_library_that_reports_a_full_disk_in_words_becomes_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DiskFull), AtomicFile(tmp_path / "a", overwrite=False):
        raise RuntimeError("No space left on device (os error 28)")
    assert names(tmp_path) == []


@posix_only
def test_what_a_killed_process_leaves_is_removed_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from studio.core.files import AtomicFile\n"
        "AtomicFile(Path(sys.argv[1]), overwrite=False).open().write_bytes(b'half')\n"
        "print('open', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "a.mp4")], stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        (part,) = names(tmp_path)
        assert remove_leftovers(tmp_path) == []  # its process lives
        child.send_signal(signal.SIGKILL)
    elsewhere = ".a.mp4.00000000-999999-0.part"
    kept = [elsewhere, ".a.mp4.part", "b.1234.part", "clip.mp4"]
    for name in kept:
        (tmp_path / name).write_bytes(b"")
    own = AtomicFile(tmp_path / "own", overwrite=False)
    own.open()
    assert remove_leftovers(tmp_path) == [tmp_path / part]
    assert names(tmp_path) == sorted([*kept, own.temporary.name])


def test_a_missing_folder_has_no_leftovers(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "no") == []
