"""Where the desk's files live.

Owns: the names and places of all files, after the XDG base directories; one ``--data-dir`` puts
all of them in one place. May not: open any of them, except to make the directories.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.errors import UserError

SOCKET_PATH_MAX = 100
"""A Unix socket's path may have 107 bytes on Linux, fewer elsewhere."""


@dataclass(frozen=True, slots=True)
class Paths:
    """All files of one desk. ``database`` is the engine's, ``exchange`` the paper exchange's."""

    database: Path
    exchange: Path
    log: Path
    crash_log: Path
    config: Path
    preferences: Path
    socket: Path

    @property
    def reconciliations(self) -> Path:
        """The folder of the reconciliations' files."""
        return self.database.with_name(f"{self.database.stem}-reconciliations")

    @property
    def kill_socket(self) -> Path:
        """The kill's own, beside the local socket."""
        return self.socket.with_suffix(".kill")

    @property
    def lock(self) -> Path:
        """Beside the database, so that one database means one desk whatever it was called with."""
        return self.database.with_name(self.database.name + ".lock")


def find_paths(
    environment: Mapping[str, str],
    data_dir: Path | None = None,
    database: Path | None = None,
    name: str = "desk",
) -> Paths:
    """The places for this user; nothing is created. ``database`` overrides that one file, and
    the files that belong to it (exchange, lock, socket) go with it. ``name``: the database's
    where it is not given; the demo has its own."""
    if data_dir is not None:
        data = state = config = data_dir.expanduser().absolute()
    else:
        data = _xdg(environment, "XDG_DATA_HOME", ".local/share")
        state = _xdg(environment, "XDG_STATE_HOME", ".local/state")
        config = _xdg(environment, "XDG_CONFIG_HOME", ".config")
    file = data / f"{name}.db" if database is None else database.expanduser().absolute()
    return Paths(
        database=file,
        exchange=file.with_name(f"{file.stem}-exchange.db"),
        log=state / "desk.log",
        crash_log=state / "crash.log",
        config=config / "desk.toml",
        preferences=config / "preferences.json",
        socket=_socket_path(file),
    )


def make_directories(paths: Paths) -> None:
    """Make the directories, private to the user. Raises ``UserError`` where that is refused."""
    for folder in {file.parent for file in (paths.database, paths.log, paths.preferences)}:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"The folder {folder} can't be made ({error.strerror}). "
                "Make it yourself, or choose another with --data-dir."
            ) from error
    make_socket_directory(paths.socket)


def make_socket_directory(socket: Path) -> None:
    """The socket's folder, which must be this user's alone."""
    folder = socket.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise UserError(
            f"The folder {folder} for the local socket can't be used ({error.strerror})."
        ) from error
    if owner != os.getuid():
        raise UserError(
            f"The folder {folder} for the local socket belongs to another user. "
            "Choose another place with --data-dir."
        )


def user_name() -> str:
    """The operating system's name for who runs this; commands are recorded under it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _xdg(environment: Mapping[str, str], name: str, fallback: str) -> Path:
    value = environment.get(name, "")
    base = Path(value) if value.startswith("/") else Path.home() / fallback
    return base / "desk"


def _socket_path(database: Path) -> Path:
    """Beside the database; where that path is too long, a short one that follows from it."""
    beside = database.with_name(f"{database.stem}.sock")
    if len(os.fsencode(beside)) <= SOCKET_PATH_MAX:
        return beside
    digest = hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"desk-{os.getuid()}" / f"{digest}.sock"
