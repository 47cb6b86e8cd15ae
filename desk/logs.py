"""Where diagnoses go: a rotating log file, uncaught exceptions, hard crashes.

Owns: the configuration of ``logging``, ``sys.excepthook`` and ``faulthandler``. May not: be the
trader's record (that is the engine's journal). The file is bounded: five pieces of 5 MB.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from desk.errors import UserError

LOG = logging.getLogger(__name__)

BYTES_MAX = 5 * 1024 * 1024
PIECES = 5
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s"


class Logs:
    """Logging for one run of the desk; ``close`` puts everything back as it was."""

    def __init__(self, log: Path, crash_log: Path) -> None:
        self._handler = _file_handler(log)
        self._crash_file = _open_crash_log(crash_log)
        self._hooks = (sys.excepthook, threading.excepthook)
        self._level = logging.getLogger().level

    def open(self) -> None:
        """Start writing; from here on an uncaught exception is in the file as well."""
        formatter = logging.Formatter(_FORMAT, "%Y-%m-%d %H:%M:%S")
        formatter.converter = time.gmtime
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        self._handler.setFormatter(formatter)
        root.addHandler(self._handler)
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_uncaught_in_thread
        faulthandler.enable(self._crash_file)

    def close(self) -> None:
        sys.excepthook, threading.excepthook = self._hooks
        faulthandler.disable()
        self._crash_file.close()
        root = logging.getLogger()
        root.setLevel(self._level)
        root.removeHandler(self._handler)
        self._handler.close()


def _file_handler(path: Path) -> logging.Handler:
    try:
        return logging.handlers.RotatingFileHandler(
            path, maxBytes=BYTES_MAX, backupCount=PIECES - 1, encoding="utf-8"
        )
    except OSError as error:
        raise _no_log(path, error) from error


def _open_crash_log(path: Path) -> TextIO:
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise _no_log(path, error) from error


def _no_log(path: Path, error: OSError) -> UserError:
    return UserError(
        f"The log file {path} can't be written ({error.strerror}). "
        "Make its folder writable, or choose another place with --data-dir."
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    LOG.critical("uncaught exception", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread is not None else "a thread that is gone"
    LOG.critical("uncaught exception in %s", name, exc_info=args.exc_value)
