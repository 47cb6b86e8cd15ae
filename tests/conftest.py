"""What all tests share: no screen, no warning that nobody expected, no user's own files.

Owns: the environment of the test process. May not: hold fakes of the product (those stand with
the tests that use them).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before anything imports Qt. A test that wants a real display starts its own process for it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The desk's Qt binding, whatever else is installed.
os.environ["QT_API"] = "pyside6"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing reads or writes the user's own settings and data."""
    for name, folder in (
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ):
        monkeypatch.setenv(name, str(tmp_path / "xdg" / folder))


@pytest.fixture(autouse=True)
def no_unexpected_warnings(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A warning or error in the log that the test does not expect fails it.

    A test that does expect some is marked ``@pytest.mark.logs_warnings`` and looks at ``caplog``.
    """
    yield
    if request.node.get_closest_marker("logs_warnings"):
        return
    found = [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
    ]
    if found:
        pytest.fail("unexpected warnings in the log:\n" + "\n".join(found), pytrace=False)
