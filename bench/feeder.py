"""The pace of arrivals, from another process, as a venue's would be.

Owns: the child that writes one mark a report into a pipe, on time, and the parent's end of it. May
not: build reports; a mark says only "now" and whether it is a probe. So the pace costs the
measured process nothing but the reading, and a late loop shows as latency: the instant in the
mark is the one at which the child wrote it (``CLOCK_MONOTONIC``, the same in both processes).
"""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess
import sys
from collections.abc import Callable

MARK = struct.Struct("<q?")
READ_MAX = MARK.size * 4_096

_CHILD = """
import struct, sys, time
rate, probe_every_s, duration_s = map(float, sys.argv[1:4])
mark = struct.Struct("<q?")
out = sys.stdout.buffer
begun = time.monotonic()
reports = probes = 0
while (passed := time.monotonic() - begun) < duration_s:
    due = int(passed * rate) - reports
    probe = probe_every_s and passed >= (probes + 1) * probe_every_s
    now_ns = time.monotonic_ns()
    text = mark.pack(now_ns, False) * due + (mark.pack(now_ns, True) if probe else b"")
    reports += due
    probes += bool(probe)
    if text:
        out.write(text)
        out.flush()
    time.sleep(0.001)
"""


class Feeder:
    """Calls ``arrived(instant_ns, is_probe)`` on the running loop at a pace.

    ``rate``: reports a second; ``probe_every_s``: 0 for none; ``ended`` is set at the end.
    """

    def __init__(self, arrived: Callable[[int, bool], None]) -> None:
        self._arrived = arrived
        self._rest = b""
        self.ended = asyncio.Event()

    async def run(self, rate: float, probe_every_s: float, duration_s: float) -> None:
        """Feed for ``duration_s`` and return when all marks were read."""
        command = [sys.executable, "-c", _CHILD, *map(str, (rate, probe_every_s, duration_s))]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        os.set_blocking(pipe, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(pipe, self._read, pipe)
        try:
            await self.ended.wait()
        finally:
            loop.remove_reader(pipe)
            child.stdout.close()
            child.terminate()
            child.wait()

    def _read(self, pipe: int) -> None:
        text = os.read(pipe, READ_MAX)
        if not text:
            self.ended.set()
            return
        text = self._rest + text
        whole = len(text) // MARK.size * MARK.size
        self._rest = text[whole:]
        for instant_ns, is_probe in MARK.iter_unpack(text[:whole]):
            self._arrived(instant_ns, is_probe)
