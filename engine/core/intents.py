"""Safeguard 3: intents, orphans, and what the evidence allows.

Owns: ClOrdIDs, and the table of resolutions. May not: send or ask.
A ClOrdID is derived from the desk's instance, the order's reference and the request's number,
so that a replay gives the same and no two days or restarts share one.
"""

from __future__ import annotations

import base64
import hashlib

from engine.core.model import Orphan
from engine.core.state import DeskState
from engine.core.terms import Evidence, Resolution

CL_ORD_ID_MAX = 32

_CLOSED_AT_BROKER = "the broker shows it as ended: there is nothing left to act on"
_IS_LIVE = "the broker shows it as live: sending it again would double it"
_IS_LIVE_CLAIM = "the broker shows it as live: it was sent"
_UNKNOWN = "nothing is proven yet: ask again first"
_ABSENT = "the broker does not know it: there is nothing to adopt or cancel"
_NO_DEDUP = "this broker does not refuse duplicates: a second copy could fill as well"

_LIVE_ROW = (
    (Resolution.ADOPT, Resolution.CANCEL_AT_BROKER),
    {Resolution.RESUBMIT: _IS_LIVE, Resolution.MARK_NEVER_SENT: _IS_LIVE_CLAIM},
)
_ENDED_ROW = (
    (Resolution.ADOPT,),
    {
        Resolution.CANCEL_AT_BROKER: _CLOSED_AT_BROKER,
        Resolution.RESUBMIT: _CLOSED_AT_BROKER,
        Resolution.MARK_NEVER_SENT: _IS_LIVE_CLAIM,
    },
)
_NOT_FOUND_ROW = (
    (Resolution.MARK_NEVER_SENT, Resolution.RESUBMIT),
    {Resolution.ADOPT: _ABSENT, Resolution.CANCEL_AT_BROKER: _ABSENT},
)
_OPEN_ROW: tuple[tuple[Resolution, ...], dict[Resolution, str]] = (
    (),
    dict.fromkeys(Resolution, _UNKNOWN),
)

TABLE: dict[Evidence | None, tuple[tuple[Resolution, ...], dict[Resolution, str]]] = {
    Evidence.LIVE: _LIVE_ROW,
    Evidence.PARTIALLY_FILLED: _LIVE_ROW,
    Evidence.FILLED: _ENDED_ROW,
    Evidence.CLOSED_AT_BROKER: _ENDED_ROW,
    Evidence.NOT_FOUND: _NOT_FOUND_ROW,
    Evidence.NOT_FOUND_INCOMPLETE: _OPEN_ROW,
    Evidence.UNREACHABLE: _OPEN_ROW,
    None: _OPEN_ROW,
}
"""Evidence -> what is offered, the preselected first, and why the rest is refused."""


def derive_cl_ord_id(instance_id: str, ref: str, request: int = 0) -> str:
    """A ClOrdID of at most 32 printable characters, the same for the same order and request."""
    digest = hashlib.blake2b(f"{instance_id}|{ref}|{request}".encode(), digest_size=10)
    tail = base64.b32encode(digest.digest()).decode()
    head = "".join(c for c in ref if c.isalnum())[: CL_ORD_ID_MAX - len(tail) - 1]
    return f"{head}-{tail}"


def offered(state: DeskState, orphan: Orphan) -> tuple[Resolution, ...]:
    """What the trader may choose, the preselected first; nothing once it is resolved."""
    if orphan.resolution is not None:
        return ()
    choices = TABLE[orphan.evidence][0]
    if not state.config.rejects_duplicates:
        choices = tuple(c for c in choices if c is not Resolution.RESUBMIT)
    return choices


def preselected(state: DeskState, orphan: Orphan) -> Resolution | None:
    """The choice that the evidence suggests; it still needs the trader."""
    choices = offered(state, orphan)
    return choices[0] if choices else None


def refused(state: DeskState, orphan: Orphan) -> dict[Resolution, str]:
    """What may not be chosen, and why."""
    reasons = dict(TABLE[orphan.evidence][1])
    if orphan.evidence is Evidence.NOT_FOUND and not state.config.rejects_duplicates:
        reasons[Resolution.RESUBMIT] = _NO_DEDUP
    return reasons


def is_open_orphan(state: DeskState, ref: str) -> bool:
    """Whether this order's intent waits for the trader: nothing acts on it by itself."""
    orphan = state.orphans.get(ref)
    return orphan is not None and orphan.resolution is None


def unresolved(state: DeskState) -> list[Orphan]:
    """Orphans that wait for the trader, oldest first."""
    return [o for o in state.orphans.values() if o.resolution is None]
