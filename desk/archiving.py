"""Archiving: the command that moves what is over into another file.

Owns: the lock while it moves, its progress on the terminal, and being stopped by a signal. May
not: decide what may move (the engine's archive does) or move anything while a desk runs.
"""

from __future__ import annotations

import shlex
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from desk.lock import DatabaseLock
from desk.paths import Paths
from engine import archive_database

STOPPED = 130
"""Exit status after Ctrl+C, as a shell gives it."""


def archive(options: Namespace, paths: Paths) -> int:
    """Move what is over and done into another file, while no desk runs on the database."""
    before_ns = int(options.before.timestamp()) * 1_000_000_000

    def progress(what: str, done: int, of: int) -> None:
        print(f"\r{done:,} of {of:,} {what}", end="\033[K", file=sys.stderr, flush=True)

    with DatabaseLock(paths.lock, paths.database), _stoppable() as go_on:
        moved = archive_database(paths.database, options.to, before_ns, progress, go_on)
    print(file=sys.stderr)
    print(f"{moved.groups:,} groups, {moved.rows:,} rows moved to {options.to}")
    if moved.whole:
        return 0
    print("Stopped before its end: each group is whole, here or there. Run it again to go on.")
    return STOPPED


def archive_command(database: Path, day: str) -> str:
    """The command line that archives what ended before a day, into a file beside the database."""
    target = database.with_name(f"{database.stem}-archive.db")
    words = ("desk", "archive", "--before", day, "--to", str(target), "--db", str(database))
    return shlex.join(words)


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Ctrl+C and SIGTERM stop it between two portions, and never within one."""
    asked: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: not asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
