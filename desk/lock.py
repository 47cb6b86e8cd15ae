"""One desk per database.

Owns: the lock file beside the database. The lock is the kernel's (``flock``), so it ends with
the process however that ends; the file's text only says who holds it. May not: be removed while
held, nor trusted for its text alone.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from desk.errors import UserError
from desk.paths import user_name


class DatabaseLock:
    """Held from ``acquire`` to ``release``; use as a context manager."""

    def __init__(self, path: Path, database: Path) -> None:
        self._path = path
        self._database = database
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises ``UserError`` naming the holder when another process has it."""
        assert self._fd is None, "the lock is taken once"
        fd = self._open()
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            raise UserError(
                f"The database {self._database} is in use by {self._holder()}. "
                "Close that desk, or choose another database with --db."
            ) from error
        os.ftruncate(fd, 0)
        started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        os.pwrite(fd, f"process {os.getpid()} of {user_name()}, since {started}".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with the next holder."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> DatabaseLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UserError(
                f"The lock file {self._path} can't be opened ({error.strerror}). "
                "Check who owns it, or choose another database with --db."
            ) from error

    def _holder(self) -> str:
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        return f"another desk ({text.strip()})" if text.strip() else "another desk"
