"""Persist before acknowledge: up to where the counterparty's messages are durable here.

Owns: the mark file, and the bookkeeping between "delivered to the engine" and "committed by
the engine". May not: know QuickFIX or the engine's store.

QuickFIX counts a message as received when its callback returns, which is before the engine's
commit. So QuickFIX's own number is not believed over a restart: a second number is kept here,
written only after the commit, and at the start QuickFIX is set back to it. Its logon is then
answered with a number that is too high, it asks for the rest again, and the engine, which
counts each execution once, gets a second chance at what it had not made durable.

The mark is written without waiting for the disk: after a power failure it may be older than
the truth, which only means that more is asked for again.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.broker.fix.errors import FixError

_SLOT = 64


@dataclass(frozen=True, slots=True)
class Mark:
    """``seq``: the last committed MsgSeqNum of epoch ``epoch``. An epoch ends when the
    counterparty's numbers begin at 1 again."""

    epoch: int
    seq: int


class MarkFile:
    """The mark on disk: two slots written in turn, each with a check sum. Any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._count = 0
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FixError(f"{path}: cannot be opened ({error.strerror or error})") from error
        self.mark = self._load()

    def save(self, mark: Mark) -> None:
        """Write a mark; the older slot stays whole whatever happens meanwhile."""
        with self._lock:
            if self._fd < 0:
                return
            self._count += 1
            text = f"{self._count:016d} {mark.epoch:012d} {mark.seq:018d}"
            line = f"{text} {zlib.crc32(text.encode()):08x}".ljust(_SLOT - 1) + "\n"
            os.pwrite(self._fd, line.encode("ascii"), _SLOT * (self._count % 2))
            self.mark = mark

    def close(self) -> None:
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def _load(self) -> Mark:
        """The newest whole slot; without one, nothing is known to be committed."""
        best = (0, Mark(0, 0))
        for offset in (0, _SLOT):
            words = os.pread(self._fd, _SLOT, offset).decode("ascii", "replace").split()
            if len(words) != 4 or not all(word.isdigit() for word in words[:3]):
                continue
            if f"{zlib.crc32(' '.join(words[:3]).encode()):08x}" != words[3]:
                continue
            found = (int(words[0]), Mark(int(words[1]), int(words[2])))
            if found[0] > best[0]:
                best = found
        self._count = best[0]
        return best[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    """A message whose events are under way to a commit; ``event`` None: it needs none."""

    epoch: int
    seq: int
    event: object | None


class Acknowledgements:
    """The messages delivered to the engine and not yet committed, in order of arrival."""

    def __init__(self, file: MarkFile) -> None:
        self._file = file
        self._pending: deque[_Pending] = deque()
        self._by_event: dict[int, int] = {}
        self._taken = 0
        self._done = 0
        self.is_used = False

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def mark(self) -> Mark:
        return self._file.mark

    def delivered(self, epoch: int, seq: int, event: object | None) -> None:
        """A message in sequence was handed on; ``event`` is the last one it made that has to
        become durable."""
        self._taken += 1
        self._pending.append(_Pending(epoch, seq, event))
        if event is not None:
            self._by_event[id(event)] = self._taken
        elif len(self._pending) == 1:
            self._pop_through(self._taken)

    def committed(self, bodies: Sequence[object]) -> None:
        """The effects of these inputs are durable: so is everything delivered before them,
        because the shell tells of them in order of arrival."""
        self.is_used = True
        newest = 0
        for body in bodies:
            newest = max(newest, self._by_event.get(id(body), 0))
        if newest:
            self._pop_through(newest)

    def _pop_through(self, number: int) -> None:
        last: _Pending | None = None
        while self._pending and (self._done < number or self._pending[0].event is None):
            last = self._pending.popleft()
            self._done += 1
            if last.event is not None:
                self._by_event.pop(id(last.event), None)
        if last is not None and last.epoch == self._file.mark.epoch:
            self._file.save(Mark(last.epoch, last.seq))
