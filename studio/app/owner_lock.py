"""The lock of one CLIPWRIGHT_HOME: who holds it may write the queue, and it dies with its process.

The lock file stays where it is for ever: removing it would let two processes lock two files of the
same name. Its first line is the address at which the holder takes messages, empty where it takes
none. The file is always as long: it is written in place, also where the disk has become full.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from studio.core.files import storage_error
from studio.core.folders import folders

NAME = "owner.lock"
# Windows lets nobody read a locked byte, so that one is locked which no text reaches.
_LOCKED_BYTE = 1 << 30
_SIZE = 512  # bytes of the file; the paths of sockets have about 100 at most, pipes' names 256


class OwnerLock:
    """The lock while it is held; `release` it, or use it as a context, or end the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, data: Path | None = None) -> OwnerLock | None:
        """The lock of a data folder, by default the user's; None where another process holds it.

        Raises BadInput or StudioError where the folder cannot be written.
        """
        path = _path(data)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Python's descriptors are not inherited: an engine cannot keep the lock alive.
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            taken = _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise storage_error(error, path) from error
        if not taken:
            os.close(descriptor)
            return None
        lock = cls(descriptor)
        lock._forget_the_dead(path)
        return lock

    def tell_address(self, address: str) -> None:
        """Write down where messages are taken, for those who find the lock held.

        Raises OSError where the file is new and the disk full.
        """
        if self._descriptor is None:
            return
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        # The last character says that the text is whole.
        os.write(self._descriptor, f"{address}\n".encode().ljust(_SIZE - 1) + b"\n")

    def release(self) -> None:
        """Let the next one have the lock; harmless when repeated."""
        if self._descriptor is None:
            return
        with suppress(OSError):
            self.tell_address("")
        descriptor, self._descriptor = self._descriptor, None
        os.close(descriptor)

    def __enter__(self) -> OwnerLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _forget_the_dead(self, path: Path) -> None:
        """Removes the socket of a holder that was killed, and its address."""
        address = address_of_owner(path.parent)
        if not address:
            return
        socket = Path(address)
        with suppress(OSError):
            if socket.is_absolute() and socket.is_socket():
                socket.unlink()
        with suppress(OSError):
            self.tell_address("")


def address_of_owner(data: Path | None = None) -> str | None:
    """Where the holder of the lock takes messages; None while it takes none."""
    try:
        text = _path(data).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    address, *rest = text.split("\n")
    return address if len(rest) == 2 and address else None


def is_owned(data: Path | None = None) -> bool:
    """Whether a process, this one included, holds the lock now."""
    lock = OwnerLock.take(data)
    if lock is None:
        return True
    lock.release()
    return False


def _path(data: Path | None) -> Path:
    return (folders().data if data is None else data) / NAME


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
