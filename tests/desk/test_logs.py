"""The log file: written, bounded, and told of what nobody caught."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from desk.errors import UserError
from desk.logs import Logs

CRASHES = """
import logging, sys, threading
from pathlib import Path
from desk.logs import Logs
folder = Path(sys.argv[1])
Logs(folder / "desk.log", folder / "crash.log").open()
logging.getLogger("desk").info("begun")
if sys.argv[2] == "thread":
    thread = threading.Thread(target=lambda: 1 / 0, name="feed")
    thread.start()
    thread.join()
elif sys.argv[2] == "hard":
    import ctypes
    ctypes.string_at(0)
else:
    raise ValueError("nobody caught this")
"""


def crash(folder: Path, how: str) -> str:
    subprocess.run(
        [sys.executable, "-c", CRASHES, str(folder), how], capture_output=True, check=False
    )
    return (folder / "desk.log").read_text()


@pytest.mark.process
def test_an_uncaught_exception_is_in_the_file(tmp_path: Path) -> None:
    text = crash(tmp_path, "raise")
    assert "Z INFO    desk: begun" in text
    assert "CRITICAL" in text
    assert "nobody caught this" in text


@pytest.mark.process
def test_so_is_one_of_a_thread(tmp_path: Path) -> None:
    assert "uncaught exception in feed" in crash(tmp_path, "thread")


@pytest.mark.process
def test_a_hard_crash_leaves_a_stack(tmp_path: Path) -> None:
    crash(tmp_path, "hard")
    assert "Segmentation fault" in (tmp_path / "crash.log").read_text()


def test_closing_puts_everything_back(tmp_path: Path) -> None:
    before = (sys.excepthook, logging.getLogger().level, len(logging.getLogger().handlers))
    logs = Logs(tmp_path / "desk.log", tmp_path / "crash.log")
    logs.open()
    logs.close()
    after = (sys.excepthook, logging.getLogger().level, len(logging.getLogger().handlers))
    assert after == before


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "desk.log").mkdir()
    with pytest.raises(UserError, match=r"desk\.log can't be written"):
        Logs(tmp_path / "desk.log", tmp_path / "crash.log")
