"""Frozen views of the links to brokers, whatever they are made of.

Owns: what every link can tell, and the session where there is one. May not: touch the link.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.broker.fix.view import SessionView
from engine.broker.port import BrokerPort
from engine.core.state import DeskState
from engine.shell.link import OperatedLink


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One link. ``heard_age_ns``: how long ago anything of the broker reached the engine (None:
    never). ``session`` None: the link has no session that people operate, and no raw log."""

    name: str
    connected: bool
    heard_age_ns: int | None
    session: SessionView | None


def connection_view(state: DeskState, broker: BrokerPort, now_mono_ns: int) -> ConnectionView:
    """The link as it stands."""
    heard_ns = state.clock.heard_mono_ns
    return ConnectionView(
        name=broker.traits.name,
        connected=state.volatile.connected,
        heard_age_ns=None if heard_ns is None else max(0, now_mono_ns - heard_ns),
        session=broker.view() if isinstance(broker, OperatedLink) else None,
    )
