"""Telling listeners what changed, after the commit that made it durable.

Owns: the listeners and what they are told. May not: let one of them stop the loop: a listener
that raises is logged, told again next time, and counted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.shell.clock import Clock
from engine.shell.desk_log import DeskLog
from engine.store.batch import Batch
from engine.views import Changes

Listener = Callable[[Changes], None]

_log = logging.getLogger(__name__)


class Listeners:
    """Everybody who wants to know, called once a cycle with the keys to read again."""

    def __init__(self, log: DeskLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._listeners: dict[int, Listener] = {}
        self._next = 1
        self._log_told = 0
        self.failures = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; the function returned takes it out again."""
        number = self._next
        self._next += 1
        self._listeners[number] = listener
        return lambda: self._drop(number)

    def publish(self, batch: Batch) -> None:
        """Tell everybody what this cycle changed, if anything did."""
        log = self._log.count != self._log_told
        if (batch or log) and self._listeners:
            self._tell(_changes(batch, log))

    def publish_status(self) -> None:
        """Tell everybody that the glance line changed."""
        self._tell(Changes(status=True, log=True))

    def _drop(self, number: int) -> None:
        self._listeners.pop(number, None)

    def _tell(self, changes: Changes) -> None:
        self._log_told = self._log.count
        for listener in tuple(self._listeners.values()):
            try:
                listener(changes)
            except Exception as error:
                self.failures += 1
                _log.exception("a listener failed")
                text = f"a listener failed ({type(error).__name__}: {error}); the engine goes on"
                self._log.add(self._clock.wall_ns(), "ERROR", text)


def _changes(batch: Batch, log: bool) -> Changes:
    """The keys of a batch; a group's row also shows its orders, alarms and orphans."""
    groups = set(batch.groups)
    groups.update(order.group_id for order in batch.orders.values())
    groups.update(chain.group_id for chain in batch.chains.values())
    groups.update(stop.group_id for stop in batch.stops.values())
    groups.update(each.group_id for each in batch.escalations.values() if each.group_id)
    groups.update(ref.split("/", 1)[0] for ref in batch.orphans)
    groups.update(each.group_id for each in batch.rejected.values() if each.group_id)
    return Changes(
        groups=frozenset(groups),
        orders=frozenset(batch.orders),
        escalations=frozenset(batch.escalations),
        orphans=frozenset(batch.orphans),
        externals=frozenset(batch.externals),
        rejected=frozenset(batch.rejected),
        status=True,
        log=log,
    )
