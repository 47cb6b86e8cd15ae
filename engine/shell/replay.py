"""The state as the fold of the journal.

Owns: replaying. May not: send, ask or write anything; decisions are made again and dropped. Used
to prove that a database's state is what its inputs say, and to look at the past.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.core import machine
from engine.core.events import EngineStarted
from engine.core.model import EngineConfig, Group, HedgeChain, Order, StopWatch
from engine.core.state import DeskState, Volatile
from engine.store.batch import RECALLED, JournalEntry


class Replay:
    """Folds journal entries into a state, from the first one on."""

    def __init__(self, config: EngineConfig) -> None:
        self.state = machine.new_state(config)
        self._groups: dict[str, Group] = {}
        self._orders: dict[str, Order] = {}
        self._chains: dict[str, HedgeChain] = {}
        self._stops: dict[str, StopWatch] = {}

    def fold(self, entries: Iterable[JournalEntry]) -> DeskState:
        """Apply the entries; the state afterwards."""
        for entry in entries:
            if entry.kind == RECALLED:
                self._recall(str(entry.envelope.body))
                continue
            if isinstance(entry.envelope.body, EngineStarted):
                self._begin_run()
            machine.handle(self.state, entry.envelope)
            self._keep()
        return self.state

    def _begin_run(self) -> None:
        """A new process knew only what was durable: caches and questions under way are gone."""
        self.state.volatile = Volatile()
        self.state.by_cl_ord_id, self.state.by_order_id, self.state.standing = {}, {}, {}
        machine.rebuild(self.state)

    def _keep(self) -> None:
        """Hold on to every record, as the store does when memory lets go of a closed group."""
        state, touched = self.state, self.state.touched
        self._groups.update((key, state.groups[key]) for key in touched.groups)
        self._orders.update((key, state.orders[key]) for key in touched.orders)
        self._chains.update((key, state.chains[key]) for key in touched.chains)
        self._stops.update((key, state.stops[key]) for key in touched.stops)

    def _recall(self, group_id: str) -> None:
        group = self._groups[group_id]
        orders = [self._orders[ref] for leg in group.legs.values() for ref in leg.orders]
        chains = [self._chains[key] for key in group.chains]
        stops = [each for each in self._stops.values() if each.group_id == group_id]
        machine.admit(self.state, group, orders, chains, stops)
