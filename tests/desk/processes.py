"""Real desk processes for tests: started, asked, killed; never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from desk.client import answers, ask

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 60.0


def environment() -> dict[str, str]:
    """This checkout's packages, whatever is installed and wherever the process starts."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def desk(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "desk", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        cwd=folder,
        env=environment(),
    )


class DeskProcess:
    """A desk (or exchange) in a process of its own; ``folder`` holds all its files."""

    def __init__(self, *arguments: object, folder: Path, module: str = "desk") -> None:
        self._folder = folder
        self._output = (folder / f"output-{time.monotonic_ns()}.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdout=self._output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={**environment(), "HANG": str(folder / "hang")},
        )

    def __enter__(self) -> DeskProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        self._output.close()

    @property
    def output(self) -> str:
        return Path(self._output.name).read_text()

    def kill(self) -> None:
        """``kill -9``, and wait until it is gone."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """Ask it to end; its status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def ask(self, *arguments: object) -> str:
        """One command of another terminal to this desk; its output."""
        done = desk(*arguments, "--data-dir", self._folder, folder=self._folder)
        assert done.returncode == 0, done.stdout + done.stderr + self.output
        return done.stdout

    def request(self, **request: object) -> dict[str, Any]:
        """One request on the local socket."""
        return ask(self._folder / "desk.sock", request, PATIENCE_S)

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for a condition; fails with the process's output when it does not come."""
        give_up = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, f"it ended before {what}:\n{self.output}"
            assert time.monotonic() < give_up, f"waited in vain for {what}:\n{self.output}"
            time.sleep(0.02)

    def until_answering(self) -> None:
        self.until("its socket", lambda: answers(self._folder / "desk.sock"))

    def report(self) -> dict[str, Any]:
        report = self.request(do="report")["report"]
        assert isinstance(report, dict)
        return report


def written_report(path: Path) -> dict[str, Any]:
    report = json.loads(path.read_text())
    assert isinstance(report, dict)
    return report
