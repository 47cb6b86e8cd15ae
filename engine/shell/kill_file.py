"""A kill on disk beside the database, for when the database cannot take it.

Owns: the files ``NAME.kill-ID.json``, one a kill, whole or not there. May not: use SQLite: a store
that is locked, slow or full is the reason for these files. They hold from the next start on and
are removed when the engine has the kill in its own books.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from engine.core.events import KillThrown
from engine.core.terms import KillScope
from engine.shell.kill_report import KillWish
from engine.store.codec import Codec
from engine.store.decoding import CodecError

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
UNREADABLE = "a kill stands beside the database and cannot be read"


def write(database: Path, thrown: KillThrown) -> Path:
    """Put the kill on disk, synced, whole or not at all. Any thread. Raises ``OSError``."""
    path = _path(database, thrown.kill_id)
    new = path.with_name(f".{path.name}.new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, Codec().encode(thrown).encode("utf-8"))
        os.fsync(fd)
    finally:
        os.close(fd)
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def note_kill(database: Path, wish: KillWish) -> None:
    """Put a kill beside the database of a desk that does not answer. Raises ``OSError``."""
    thrown = KillThrown(
        wish.kill_id, wish.scope, wish.target, wish.user, wish.reason, time.time_ns(), 0
    )
    write(database, thrown)


def remove(database: Path, kill_id: str) -> None:
    """The engine has it in its own books. A file that cannot be removed kills again at the next
    start, which is the safe side."""
    with contextlib.suppress(OSError):
        _path(database, kill_id).unlink()


def standing(database: Path) -> list[KillThrown]:
    """The kills that wait beside the database, oldest first. One that cannot be read is a kill of
    everything: somebody meant to stop this desk."""
    found = []
    for path in sorted(database.parent.glob(f"{_escaped(database.name)}.kill-*.json")):
        kill_id = path.name.removeprefix(f"{database.name}.kill-").removesuffix(".json")
        try:
            found.append(Codec().decode(KillThrown, path.read_text(encoding="utf-8")))
        except (OSError, CodecError, UnicodeDecodeError):
            text = f"{UNREADABLE}: {path.name}"
            found.append(KillThrown(kill_id, KillScope.ALL, "", "kill file", text, 0, 0))
    return sorted(found, key=lambda each: (each.thrown_wall_ns, each.kill_id))


def _path(database: Path, kill_id: str) -> Path:
    if not _NAME.fullmatch(kill_id):
        raise ValueError(f"expected an id of letters, digits and hyphens, got {kill_id!r}")
    return database.with_name(f"{database.name}.kill-{kill_id}.json")


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)
