"""A file belongs to one process at a time: a lock beside it, which goes with the process however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _BYTE = 1 << 30
    """The byte that is locked, far behind what is read."""

    def _lock(file: int) -> None:
        os.lseek(file, _BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class HeldError(Exception):
    """Another process holds the file; the text says which, where that is known."""


class Hold:
    """A hold on a file, whatever name it goes by, until `release`, or until the process is no more.

    The lock is on a file of its own: the system's locks on the very file are the database's affair. It is
    removed on release; one that a killed process has left behind is nobody's.
    """

    def __init__(self, path: Path) -> None:
        """Take hold. Raises HeldError when another has it, and OSError where nothing can be locked."""
        real = path.resolve()
        self._path = real.with_name(f"{real.name}.lock")
        self._file: int | None = None
        while self._file is None:
            self._file = self._take()

    def _take(self) -> int | None:
        """The locked file; None when it was removed just before it was locked."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            try:
                _lock(file)
            except (BlockingIOError, PermissionError) as error:
                holder = os.read(file, 20).decode(errors="replace").strip()
                raise HeldError(f"process {holder}" if holder else "another process") from error
            if not self._stands(file):
                os.close(file)
                return None
            os.truncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        except BaseException:
            with contextlib.suppress(OSError):
                os.close(file)
            raise
        return file

    def _stands(self, file: int) -> bool:
        """Whether what was locked is what others will find under this name."""
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let go; may be called twice."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with contextlib.suppress(OSError):  # Windows removes nothing that is open
            self._path.unlink()
        os.close(file)
