"""One desk per database, however the other one ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desk.errors import UserError
from desk.lock import DatabaseLock

HOLDER = """
import sys, time
from pathlib import Path
from desk.lock import DatabaseLock
lock = DatabaseLock(Path(sys.argv[1]), Path("desk.db"))
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def lock_at(folder: Path) -> DatabaseLock:
    return DatabaseLock(folder / "desk.db.lock", folder / "desk.db")


def test_the_second_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with lock_at(tmp_path), pytest.raises(UserError) as caught:
        lock_at(tmp_path).acquire()
    assert str(tmp_path / "desk.db") in str(caught.value)
    assert f"process {os.getpid()} of " in str(caught.value)
    assert "--db" in str(caught.value)


def test_it_is_free_again_after_the_release(tmp_path: Path) -> None:
    with lock_at(tmp_path):
        pass
    with lock_at(tmp_path):
        pass


@pytest.mark.process
def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "desk.db.lock")],
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=f"process {holder.pid} "):
            lock_at(tmp_path).acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with lock_at(tmp_path):
            pass


def test_a_lock_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "desk.db.lock").mkdir()
    with pytest.raises(UserError, match=r"desk\.db\.lock can't be opened"):
        lock_at(tmp_path).acquire()
