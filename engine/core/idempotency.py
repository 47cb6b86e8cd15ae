"""Safeguard 2: each event counts once, across resends, restarts and days.

Owns: the key and the digest of an inbound event, and the bounded cache of keys seen.
May not: read the store; what the store knows is handed in with the envelope (``known``).
The store's unique key is the authority, memory is a cache with a bound. There is no time
window, so a resend on Monday of Friday's fill is known.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from itertools import islice

from engine.core.events import ExecutionReport, GroupStateReported
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.core.terms import ExecType

SEEN_MAX = 50_000
"""Keys kept in memory; older ones are asked of the store."""

NO_ID = frozenset({"", "0"})


def plain(value: Decimal | None) -> str:
    """A quantity or price as text, alike for equal values ("10" for 10, 10.0 and 1E+1)."""
    if value is None:
        return ""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def report_digest(report: ExecutionReport, owner: str) -> str:
    """What makes two reports the same event: not PossDup, not text, not the time of sending."""
    parts = (
        owner,
        report.exec_type,
        report.ord_status,
        plain(report.cum_qty),
        plain(report.leaves_qty),
        plain(report.order_qty),
        plain(report.last_qty),
        plain(report.last_px),
        report.exec_ref_id,
    )
    return hashlib.blake2b("|".join(parts).encode(), digest_size=12).hexdigest()


def report_key(report: ExecutionReport, owner: str, config: EngineConfig) -> str | None:
    """The key under which a report counts once, or None for a status answer, which never does.

    ``owner`` is the order's reference, or the ClOrdID of an unknown order.
    """
    if report.exec_type is ExecType.ORDER_STATUS:
        return None
    if report.exec_id in NO_ID:
        return f"{config.broker}#digest:{report_digest(report, owner)}"
    if config.exec_id_per_order:
        return f"{config.broker}#{owner}#{report.exec_id}"
    return f"{config.broker}#{report.exec_id}"


def state_update_key(event: GroupStateReported, config: EngineConfig) -> str:
    """The key of a venue's group state update."""
    if event.event_id:
        return f"{config.broker}#group#{event.event_id}"
    digest = hashlib.blake2b(f"{event.group_id}|{event.state}".encode(), digest_size=12)
    return f"{config.broker}#group#digest:{digest.hexdigest()}"


class IdempotencyManager:
    """The guide's name: what was counted, and marking it in the same cycle that applies it."""

    @staticmethod
    def seen(state: DeskState, key: str, known: str | None) -> str | None:
        """The digest under which this key was counted, or None when it is new."""
        return state.volatile.seen.get(key, known)

    @staticmethod
    def mark(state: DeskState, key: str, digest: str, about: str) -> None:
        """Count a key: into the cache now, into the store with this cycle's one commit."""
        seen = state.volatile.seen
        seen[key] = digest
        if len(seen) > 2 * SEEN_MAX:
            del seen[next(iter(seen))]
        state.touched.seen.append((key, digest, about))

    @staticmethod
    def trim(state: DeskState) -> None:
        """Let the oldest keys go. The shell calls this before it asks what memory does not hold,
        so that a key cannot leave between the question and the input."""
        seen = state.volatile.seen
        for key in tuple(islice(seen, max(0, len(seen) - SEEN_MAX))):
            del seen[key]
