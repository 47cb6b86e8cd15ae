"""The desk as it is, with a loop that hangs on command.

SIGUSR1 stops the main thread, which is the event loop's, until the file named in HANG is gone.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from desk.cli import main


def hang(number: int, frame: object) -> None:
    marker = Path(os.environ["HANG"])
    marker.with_suffix(".hangs").touch()
    while marker.exists():
        time.sleep(0.01)
    marker.with_suffix(".hangs").unlink()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, hang)
    raise SystemExit(main())
