"""Files that appear under their name whole or not at all, and checks of folders and room.

A file is written under a hidden name in the folder where it will live, `.NAME.HOST-PID-N.part`,
flushed to the disk, and then renamed. What a killed process leaves under such a name is found again
by that name and removed by `remove_leftovers`.
"""

from __future__ import annotations

import errno
import itertools
import os
import platform
import re
import shutil
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from studio.core.errors import BadInput, DiskFull, StudioError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_HARD_LINKS = (*_NOT_ALLOWED, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_WINDOWS_DISK_FULL = 112  # ERROR_DISK_FULL in winerror.h
_PART = re.compile(r"\..+\.(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]{1,10})-[0-9]+\.part")
# 32 characters are at most 128 bytes in UTF-8, so the longest allowed name still has a part name.
_NAME_CHARACTERS = 32
_numbers = itertools.count()


class AtomicFile:
    """One file being written under a temporary name, which gets its own name when it is whole.

    As a context it gives the temporary path, commits at the end and discards on an error:

        with AtomicFile(path, overwrite=False) as temporary:
            temporary.write_bytes(data)

    Without a context call `open`, then `commit` or `discard`.
    Raises BadInput where the file cannot be made, DiskFull where there is no room (an error of the
    body that says so becomes one), StudioError where the disk fails or the folder disappears.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.path = path.absolute()
        self.temporary = self.path.with_name(_part_name(self.path.name))
        self._overwrite = overwrite

    def open(self) -> Path:
        """Check the target, make the empty temporary file and return its path."""
        check_target(self.path, overwrite=self._overwrite)
        _create(self.temporary, self.path)
        return self.temporary

    def commit(self) -> None:
        """Flush the temporary file to the disk and give it its name; on an error it is removed.

        With `overwrite=False` a file that came into being meanwhile is kept, and BadInput raised.
        """
        try:
            _flush_to_disk(self.temporary)
            if self._overwrite:
                self.temporary.replace(self.path)
            else:
                rename_to_new(self.temporary, self.path)
        except OSError as error:
            self.discard()
            raise storage_error(error, self.path) from error
        _flush_folder(self.path.parent)

    def discard(self) -> None:
        """Remove the temporary file; harmless when it is gone."""
        # An error here would hide the one that led here; remove_leftovers gets a file that stays.
        with suppress(OSError):
            self.temporary.unlink(missing_ok=True)

    def __enter__(self) -> Path:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.commit()
            return
        self.discard()
        if isinstance(error, StudioError):
            return
        ours = isinstance(error, OSError) and error.filename in (
            self.temporary,
            str(self.temporary),
        )
        if ours or is_disk_full(error):
            raise storage_error(error, self.path) from error


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise BadInput unless a file could be put at `path`, as far as can be told without writing.

    Refused: a folder that is missing, a path that is a folder, device or other special file (a
    rename would replace `/dev/null` for the whole machine), and without `overwrite` any file.
    """
    path = path.absolute()
    try:
        _check_folder(path.parent)
        if path.is_dir():
            raise BadInput(f"{path} is a folder: name a file in it.")
        if path.exists() and not path.is_file():
            raise BadInput(
                f"{path} is not an ordinary file and is left alone: choose another name."
            )
        if os.path.lexists(path) and not overwrite:
            raise BadInput(_exists_already(path))
    except OSError as error:
        raise storage_error(error, path) from error


def check_writable_folder(path: Path) -> None:
    """Raise BadInput unless `path` is a folder in which files can be made, DiskFull if it is full.

    Tried by making a file: permission bits say nothing to root or about a read-only file system.
    """
    path = path.absolute()
    _check_folder(path)
    trial = path / _part_name("trial")
    _create(trial, path)
    with suppress(OSError):
        trial.unlink()


def check_room(folder: Path, bytes_needed: int) -> None:
    """Raise DiskFull unless the disk of `folder` has `bytes_needed` bytes free for this user."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise storage_error(error, folder) from error
    if free < bytes_needed:
        raise DiskFull(
            f"About {_megabytes(bytes_needed)} are needed in {folder} and {_megabytes(free)} are "
            "free: free some space on that disk, or choose another folder."
        )


def rename_to_new(old: Path, path: Path) -> None:
    """Rename a file, or raise FileExistsError: no moment lies between looking and renaming.

    On Windows a rename never replaces. Elsewhere it does, silently, so the second name is made by
    `link`, which does not. File systems without hard links (FAT, some network ones) reserve the
    name with an empty file, which only the one that made it replaces.
    """
    if sys.platform == "win32":
        old.rename(path)
        return
    try:
        os.link(old, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            old.replace(path)
        except BaseException:  # a stop, too, leaves no empty file under the name
            if old.exists():
                path.unlink()
            raise
    else:
        old.unlink()


def remove_leftovers(folder: Path) -> list[Path]:
    """Remove the part files in `folder` whose process, on this machine, is dead; return them."""
    removed: list[Path] = []
    host = _host()
    with suppress(OSError):  # a folder that is missing or closed to us has nothing for us to remove
        for path in sorted(folder.iterdir()):
            found = _PART.fullmatch(path.name)
            # Another machine may write to the same network folder: its pids mean nothing here.
            if not found or found["host"] != host or _is_alive(int(found["pid"])):
                continue
            with suppress(OSError):
                path.unlink()
                removed.append(path)
    return removed


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` says that a disk, a quota or a file's size limit has no room.

    Libraries written in Rust (safetensors) give the number only in their text.
    """
    number = getattr(error, "errno", None)
    if number in _NO_ROOM:
        return True
    return any(f"(os error {code})" in str(error) for code in (*_NO_ROOM, _WINDOWS_DISK_FULL))


def storage_error(error: BaseException, path: Path) -> StudioError:
    """The sentence for an error met while writing `path`, chosen by the error's `errno`."""
    number = getattr(error, "errno", None)
    if is_disk_full(error):
        return DiskFull(
            f"There is no room left to write {path} (the disk is full, or a quota or a limit of "
            "the file size is reached): free some space, or choose another folder."
        )
    if number == errno.EEXIST:
        return BadInput(_exists_already(path))
    if number in _NOT_ALLOWED:
        return BadInput(
            f"{path} cannot be written: the folder is read-only or closed to this user; "
            "choose another folder."
        )
    if number == errno.ENAMETOOLONG:
        return BadInput(f"The name {path.name} is too long for this disk: choose a shorter one.")
    if number in (errno.ENOENT, errno.ENOTDIR):
        return StudioError(
            f"{path} could not be written because its folder or the unfinished file disappeared "
            "meanwhile: make the folder again, or choose another, and start again."
        )
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return StudioError(
        f"{path} could not be written ({reason}): check that disk, or choose another folder."
    )


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise BadInput(f"The folder {folder} does not exist: make it, or choose another.")
    if not folder.is_dir():
        raise BadInput(f"{folder} is a file, not a folder: choose another folder.")


def _create(temporary: Path, path: Path) -> None:
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise storage_error(error, path) from error


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)  # Windows flushes only what is open for writing
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    # Some network file systems cannot flush a folder; the file already has its name.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _part_name(name: str) -> str:
    return f".{name[:_NAME_CHARACTERS]}.{_host()}-{os.getpid()}-{next(_numbers)}.part"


def _host() -> str:
    return f"{zlib.crc32(platform.node().encode('utf-8', 'surrogateescape')):08x}"


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        # os.kill(pid, 0) would send Ctrl-C there. 0x1000: PROCESS_QUERY_LIMITED_INFORMATION.
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _exists_already(path: Path) -> str:
    return f"{path} exists already: choose another name, or allow it to be overwritten."


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
