"""The last door before the broker: nothing that adds risk passes while a kill holds it shut.

Owns: the kills that were thrown beside the loop and that the core has not taken yet. May not: hold
back a cancel, decide what is killed, or wait for anything. Any thread may shut it; only the cycle
that made the kill durable opens it again, and from then on the core itself blocks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from engine.broker.port import NotSent
from engine.core.blocked import covers
from engine.core.commands import Kill, KillPart
from engine.core.decisions import Outbound, SendCancel
from engine.core.events import KillThrown
from engine.core.model import Killed


class Gate:
    """``when_taken`` is called with the id of a kill that is durable, on the loop's thread."""

    def __init__(self) -> None:
        self.when_taken: Callable[[str], None] = lambda kill_id: None
        self._handing_over = threading.Lock()
        self._shut: dict[str, KillThrown] = {}

    def shut(self, thrown: KillThrown, patience_s: float) -> bool:
        """From now on nothing that ``thrown`` covers is handed over, except a cancel. Any thread.

        False: a hand-over that had begun before did not end within ``patience_s``; whether that
        one message leaves is not known, and it is the last.
        """
        self._shut[thrown.kill_id] = thrown
        if not self._handing_over.acquire(timeout=patience_s):
            return False
        self._handing_over.release()
        return True

    def open(self, kill_id: str) -> None:
        """The kill is the core's now, or was refused by it."""
        self._shut.pop(kill_id, None)

    def holds(self, kill_id: str) -> bool:
        """Whether this kill is one that the core has not taken yet."""
        return kill_id in self._shut

    @property
    def is_shut(self) -> bool:
        return bool(self._shut)

    def hand_over(self, send: Callable[[Outbound], None], message: Outbound) -> None:
        """``send(message)``, unless a kill is in the way: ``NotSent``. The loop's thread."""
        with self._handing_over:
            if self._shut and not isinstance(message, SendCancel):
                for thrown in tuple(self._shut.values()):
                    if _covers(thrown, message):
                        raise NotSent(f"{thrown.user} killed {thrown.target or 'everything'}")
            send(message)

    def after(self, bodies: Iterable[object]) -> None:
        """These inputs are durable and what they decided is carried out. The loop's thread."""
        if not self._shut:
            return
        for kill_id in _kill_ids(bodies):
            self.open(kill_id)
            self.when_taken(kill_id)


def _kill_ids(bodies: Iterable[object]) -> Iterator[str]:
    for body in bodies:
        if isinstance(body, KillThrown):
            yield body.kill_id
        elif isinstance(body, Kill | KillPart):
            yield body.command_id


def _covers(thrown: KillThrown, message: Outbound) -> bool:
    group_id = message.ref.partition("/")[0]
    killed = Killed(thrown.scope, thrown.target, thrown.user, thrown.reason, 0, 0)
    return covers(killed, group_id, message.account, message.symbol)
