"""`desk doctor`: whether this machine can carry the desk, line by line.

Owns: the checks and what each advises. May not: change anything, except for one temporary file
beside the database to time a durable write.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from desk.display import display_problem
from desk.errors import UserError
from desk.lock import DatabaseLock
from desk.paths import Paths

FREE_BYTES_LOW = 1024**3
FSYNC_SLOW_S = 0.02
_TIME_ERROR = 5
_STRUCT_TIMEX_BYTES = 208


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do where it is not right."""

    what: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        return f"{self.verdict:4}  {self.what:9} {self.text}"


def examine(paths: Paths, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """All findings. A check that itself fails is a finding, never an exception."""
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("python", _python),
        ("qt", _qt),
        ("display", lambda: _display(environment)),
        ("disk", lambda: _disk(paths.database)),
        ("fsync", lambda: _fsync(paths.database)),
        ("database", lambda: _database(paths)),
        ("clock", _clock),
        ("sound", lambda: _sound(environment)),
    )
    return tuple(_checked(what, check) for what, check in checks)


def _checked(what: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:
        return Finding(what, Verdict.FAIL, f"could not be checked: {type(error).__name__}: {error}")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("python", Verdict.OK, version)
    return Finding("python", Verdict.WARN, f"{version}; the desk is tested on 3.11 to 3.13")


def _qt() -> Finding:
    try:
        from PySide6 import QtWidgets  # noqa: F401
    except ImportError as error:
        advice = "run make setup, which installs Qt's libraries or says which"
        return Finding("qt", Verdict.FAIL, f"{error}; {advice}")
    version = importlib.metadata.version("PySide6-Essentials")
    parts = tuple(map(int, version.split(".")[:2]))
    if parts >= (6, 12) and sys.version_info < (3, 12):
        return Finding("qt", Verdict.FAIL, f"PySide6 {version} crashes on Python 3.11; use 6.11")
    return Finding("qt", Verdict.OK, f"PySide6 {version}")


def _display(environment: Mapping[str, str]) -> Finding:
    problem = display_problem(environment)
    if problem:
        return Finding("display", Verdict.WARN, problem)
    names = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    used = next((f"{name}={environment[name]}" for name in names if environment.get(name)), "")
    return Finding("display", Verdict.OK, used or "there")


def _disk(database: Path) -> Finding:
    folder = _existing(database.parent)
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GB free at {folder}"
    if not os.access(folder, os.W_OK):
        return Finding("disk", Verdict.FAIL, f"{folder} can't be written; choose --data-dir")
    if free < FREE_BYTES_LOW:
        return Finding("disk", Verdict.WARN, f"{text}; the desk stops trading when it is full")
    return Finding("disk", Verdict.OK, text)


def _fsync(database: Path) -> Finding:
    """The median of nine durable one-page writes: what each order waits for at the least."""
    folder = _existing(database.parent)
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(9):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    median_s = sorted(times)[4]
    text = f"{median_s * 1000:.2f} ms for a durable write at {folder}"
    if median_s > FSYNC_SLOW_S:
        return Finding("fsync", Verdict.WARN, f"{text}; every order waits for it, use a local SSD")
    return Finding("fsync", Verdict.OK, text)


def _database(paths: Paths) -> Finding:
    path = paths.database
    if not path.exists():
        return Finding("database", Verdict.OK, f"{path} does not exist yet; it will be made")
    try:
        with DatabaseLock(paths.lock, path):
            return _opened(path)
    except UserError as error:
        return Finding("database", Verdict.WARN, f"{error} Not looked into further.")


def _opened(path: Path) -> Finding:
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            problems = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        return Finding("database", Verdict.FAIL, f"{path}: {error}; restore a backup or move it")
    if problems != ["ok"]:
        return Finding("database", Verdict.FAIL, f"{path} is damaged: {problems[0]}")
    size = path.stat().st_size / 1024**2
    return Finding("database", Verdict.OK, f"{path}, version {version}, {size:.1f} MB, sound")


def _clock() -> Finding:
    """Trading deadlines do not depend on this clock; the times in the records do."""
    now = time.gmtime()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", now)
    if now.tm_year < 2024:
        return Finding("clock", Verdict.FAIL, f"{shown} can't be right; set the clock")
    if _synchronized() is False:
        return Finding("clock", Verdict.WARN, f"{shown}, not synchronized; switch NTP on")
    return Finding("clock", Verdict.OK, shown)


def _synchronized() -> bool | None:
    """Whether the kernel holds its clock to be disciplined by NTP; None where it won't say."""
    try:
        call = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return None
    state = call(ctypes.create_string_buffer(_STRUCT_TIMEX_BYTES))
    return None if state < 0 else state != _TIME_ERROR


def _sound(environment: Mapping[str, str]) -> Finding:
    players = [name for name in ("pw-play", "paplay", "aplay") if shutil.which(name)]
    outputs = [str(path) for path in _sound_outputs(environment) if path.exists()]
    if players and outputs:
        return Finding("sound", Verdict.OK, f"{players[0]} through {outputs[0]}")
    lacking = "no sound device" if not outputs else "no player (apt-get install alsa-utils)"
    return Finding("sound", Verdict.WARN, f"{lacking}; alarms will be seen and not heard")


def _sound_outputs(environment: Mapping[str, str]) -> Iterator[Path]:
    runtime = Path(environment.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
    yield runtime / "pipewire-0"
    yield runtime / "pulse" / "native"
    yield Path("/dev/snd/controlC0")


def _existing(folder: Path) -> Path:
    """The nearest folder above that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder
