"""desk archive: n of N on the terminal, and a stop that leaves nothing half-moved."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from desk import archiving
from desk.archiving import archive_command
from desk.cli import build_parser, main
from desk.lock import DatabaseLock
from desk.paths import find_paths
from engine import Archived

ARCHIVE = ["archive", "--before", "2026-03-02", "--to", "old.db", "--db"]


def test_it_says_how_far_it_is_and_what_was_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def move(
        path: Path,
        target: Path,
        before_ns: int,
        progress: Callable[[str, int, int], None],
        go_on: Callable[[], bool],
    ) -> Archived:
        progress("groups", 200, 1_204)
        assert go_on()
        return Archived(1_204, 90_000, True)

    monkeypatch.setattr(archiving, "archive_database", move)
    assert main([*ARCHIVE, str(tmp_path / "desk.db")]) == 0
    out, err = capsys.readouterr()
    assert "\r200 of 1,204 groups" in err
    assert out == "1,204 groups, 90,000 rows moved to old.db\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_between_two_portions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
) -> None:
    before = signal.getsignal(number)
    asked: list[bool] = []

    def move(*most: object) -> Archived:
        go_on = most[-1]
        assert callable(go_on)
        asked.append(go_on())
        os.kill(os.getpid(), number)  # nothing is thrown into the middle of a portion
        asked.append(go_on())
        return Archived(200, 3_000, False)

    monkeypatch.setattr(archiving, "archive_database", move)
    assert main([*ARCHIVE, str(tmp_path / "desk.db")]) == archiving.STOPPED
    assert asked == [True, False]
    assert "Run it again to go on" in capsys.readouterr().out
    assert signal.getsignal(number) is before


def test_nothing_is_moved_while_a_desk_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(archiving, "archive_database", lambda *_: pytest.fail("it moved"))
    paths = find_paths(os.environ, database=tmp_path / "desk.db")
    with DatabaseLock(paths.lock, paths.database):
        assert main([*ARCHIVE, str(tmp_path / "desk.db")]) == 2
    assert "in use by another desk" in capsys.readouterr().err


def test_the_command_that_the_window_gives_is_one(tmp_path: Path) -> None:
    database = tmp_path / "a folder" / "desk.db"
    words = shlex.split(archive_command(database, "2026-03-02"))
    assert words[0] == "desk"
    options = build_parser().parse_args(words[1:])
    assert options.db == database
    assert options.to == database.with_name("desk-archive.db")
    assert options.before.isoformat() == "2026-03-02T00:00:00+00:00"
