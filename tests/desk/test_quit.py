"""The ending: in order, bounded, and on a signal whatever the loop."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from desk.quit import Quit
from tests.desk.processes import PATIENCE_S

ON_A_LOOP = """
import asyncio, sys
from desk.quit import Quit, SignalWatch

async def main():
    quit_ = Quit()
    watch = SignalWatch(quit_)
    watch.open()
    quit_.add("signals", watch.close)
    print("ready", flush=True)
    if sys.argv[2] == "stuck":
        async def stuck(): await asyncio.sleep(60)
        quit_.add("stuck", stuck)
    reason = await quit_.asked()
    print(reason, flush=True)
    await quit_.run()
    print("done", flush=True)

if sys.argv[1] == "qt":
    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop
    application = QApplication(["quit"])
    loop = QEventLoop(application)
    with loop:
        loop.run_until_complete(main())
else:
    asyncio.run(main())
"""


async def test_steps_run_last_in_first_out() -> None:
    quit_ = Quit()
    ran: list[str] = []
    for name in ("engine", "socket", "window"):

        async def step(name: str = name) -> None:
            ran.append(name)

        quit_.add(name, step)
    assert await quit_.run() == ()
    assert ran == ["window", "socket", "engine"]


@pytest.mark.logs_warnings
async def test_a_step_that_fails_or_hangs_does_not_keep_the_rest() -> None:
    quit_ = Quit(step_timeout_s=0.05)
    ran: list[str] = []

    async def last() -> None:
        ran.append("engine")

    async def hangs() -> None:
        await asyncio.sleep(30)

    async def fails() -> None:
        raise OSError("gone")

    quit_.add("engine", last)
    quit_.add("hangs", hangs)
    quit_.add("fails", fails)
    assert await quit_.run() == ("fails", "hangs")
    assert ran == ["engine"]


async def test_the_first_reason_stands() -> None:
    quit_ = Quit()
    quit_.ask("window")
    quit_.ask("signal")
    assert await quit_.asked() == "window"


def started(loop: str, mode: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", ON_A_LOOP, loop, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.process
@pytest.mark.parametrize("loop", ["asyncio", "qt"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_in_order(loop: str, number: signal.Signals) -> None:
    with started(loop, "plain") as child:
        child.send_signal(number)
        output, errors = child.communicate(timeout=PATIENCE_S)
    assert output == f"signal {number.name}\ndone\n", errors
    assert child.returncode == 0


@pytest.mark.process
@pytest.mark.parametrize("loop", ["asyncio", "qt"])
def test_a_second_signal_ends_at_once(loop: str) -> None:
    with started(loop, "stuck") as child:
        child.send_signal(signal.SIGTERM)
        assert child.stdout is not None
        assert child.stdout.readline() == "signal SIGTERM\n"
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 128 + signal.SIGTERM
