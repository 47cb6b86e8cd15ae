"""A virtual screen for tests that open the real window."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def virtual_screen(monkeypatch: pytest.MonkeyPatch, size: str) -> Iterator[str]:
    """A virtual screen of its own, "1280x800"; the server chooses a free number."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-noreset", "-displayfd", str(write_end), "-screen", "0", f"{size}x24"],
        pass_fds=(write_end,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as reader:
        name = f":{reader.readline().strip()}"
    monkeypatch.setenv("DISPLAY", name)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    yield name
    server.terminate()
    server.wait(10)
