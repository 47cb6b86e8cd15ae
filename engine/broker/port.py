"""The broker port: what every adapter offers the shell.

Owns: the protocol. May not: know any adapter. An adapter never decides; it carries messages
both ways, in order, and says honestly what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.core.decisions import Outbound, Question, SendCancel
from engine.core.events import BrokerEvent, OrderHandedOver, SendFailed

Deliver = Callable[[BrokerEvent], None]

DIRECT_S = 5.0
"""So long a way beside the loop may take for all its cancels together."""


class NotSent(Exception):
    """Raised by ``send`` only when it is certain that nothing left this process."""


@dataclass(frozen=True, slots=True)
class BrokerTraits:
    """What a venue declares about itself.

    ``rejects_duplicates``: a second order with the same ClOrdID is refused.
    ``exec_id_per_order``: ExecIDs are unique only within one order and side.
    ``tells_positions``: it answers ``AskPositions``.
    """

    name: str
    rejects_duplicates: bool = True
    exec_id_per_order: bool = False
    tells_positions: bool = False


class DirectCancels(Protocol):
    """What an adapter may offer beside ``BrokerPort``: a way to the broker without the loop."""

    def cancel_directly(self, cancels: Sequence[SendCancel]) -> list[OrderHandedOver | SendFailed]:
        """Hand these cancels over now, on the caller's thread, whatever the event loop does. One
        outcome for each, in order, within ``DIRECT_S``. Never raises."""
        ...


class BrokerPort(Protocol):
    """One link to one broker.

    ``start`` gets the function that takes inbound events; it is called on the event loop's
    thread, in the order in which the broker sent them, ``BrokerConnected`` first. ``send`` and
    ``ask`` return once the message is handed to the transport; they never wait for an answer.
    """

    @property
    def traits(self) -> BrokerTraits: ...

    async def start(self, deliver: Deliver) -> None: ...

    async def stop(self) -> None: ...

    def send(self, message: Outbound) -> None:
        """Hand over an order, cancel or replace. Raises ``NotSent`` if it certainly stayed here."""
        ...

    def ask(self, question: Question) -> None:
        """Hand over a question; a failure is delivered as ``QueryFailed``."""
        ...
