"""The pinned Qt binding survives a long run on qasync.

PySide6 6.12 on Python 3.11 ends the process after some thousands of timer events; a crash kills
the interpreter, so the soak runs in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

CALLBACKS = 200_000

SOAK = """
import asyncio, sys
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

count = int(sys.argv[1])
application = QApplication(["soak"])
loop = QEventLoop(application)
ran = 0

async def timers(share):
    # Each turn is one timer event of Qt.
    global ran
    for _ in range(share):
        await asyncio.sleep(0)
        ran += 1

async def delayed(share):
    global ran
    for _ in range(share // 100):
        await asyncio.gather(*(asyncio.sleep(0.001 * (n % 3)) for n in range(100)))
        ran += 100

async def main():
    await asyncio.gather(timers(count // 2), timers(count // 4), delayed(count // 4))

with loop:
    loop.run_until_complete(main())
print(ran)
"""


@pytest.mark.soak
def test_two_hundred_thousand_callbacks_do_not_crash() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", SOAK, str(CALLBACKS)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == CALLBACKS
