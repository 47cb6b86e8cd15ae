"""The real window on a virtual display: Qt's X11 platform, as on a trader's machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.processes import PATIENCE_S, DeskProcess
from tests.desk.screen import virtual_screen

TOOLS = ("Xvfb", "xdotool")
missing = [tool for tool in TOOLS if shutil.which(tool) is None]

pytestmark = [
    pytest.mark.process,
    pytest.mark.display,
    pytest.mark.skipif(
        bool(missing), reason=f"{', '.join(missing)} missing: apt-get install -y xvfb xdotool"
    ),
]


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with virtual_screen(monkeypatch, "1280x800") as name:
        yield name


def windows(title: str) -> list[str]:
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", title],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def closed_by_menu(running: DeskProcess) -> int:
    """The menu Desk, its last entry: Close. Again while the window is not ready for a click."""
    at_menu = ("mousemove", "26", "10", "click", "1", "sleep", "0.5")
    for _ in range(10):
        subprocess.run(["xdotool", *at_menu, "key", "Up", "key", "Return"], check=True)
        try:
            return running.process.wait(3)
        except subprocess.TimeoutExpired:
            subprocess.run(["xdotool", "key", "Escape"], check=True)
    return running.process.wait(PATIENCE_S)


def test_the_window_opens_and_its_close_ends_the_desk(tmp_path: Path, display: str) -> None:
    with DeskProcess("run", "--data-dir", tmp_path, folder=tmp_path) as running:
        running.until("the window", lambda: bool(windows("Desk")))
        running.until_answering()
        assert running.request(do="status")["phase"] in ("RECOVERING", "ARMED")
        assert closed_by_menu(running) == 0, running.output
    assert "the window was closed" in (tmp_path / "desk.log").read_text()
