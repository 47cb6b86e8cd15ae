"""Where a case plays: the venue, the adapter's lives on it, and an ear.

Owns: opening and closing. May not: know a case or an adapter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.broker.port import BrokerPort
from engine.core.events import BrokerConnected, BrokerDisconnected, BrokerEvent
from tests.acceptance.venues import VENUES
from tests.engine.broker.paper_link import Ear


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the adapter, and what it delivered."""

    broker: BrokerPort
    ear: Ear


class Stage:
    """One venue in one folder."""

    def __init__(self, broker: str, folder: Path) -> None:
        self._venue = VENUES[broker](folder)

    def venue(self) -> AbstractAsyncContextManager[None]:
        """The venue while it is there."""
        return self._venue.running()

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Life]:
        """A started adapter. The engine's part of committing is played for adapters that ask."""
        broker = self._venue.adapter()
        ear = Ear()
        committed = getattr(broker, "committed", None)

        def deliver(event: BrokerEvent) -> None:
            ear(event)
            if committed is not None:
                committed([event])

        await broker.start(deliver)
        try:
            yield Life(broker, ear)
        finally:
            await broker.stop()

    @staticmethod
    def last_link_event(life: Life) -> BrokerEvent | None:
        links = [e for e in life.ear.heard if isinstance(e, BrokerConnected | BrokerDisconnected)]
        return links[-1] if links else None
