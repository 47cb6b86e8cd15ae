"""The columns of orphans and of unknown orders.

Owns: how they become cells. May not: read the engine.
"""

from __future__ import annotations

from engine import ExternalView, OrphanView
from ui.formats import clock, px, qty, since, stamp, words
from ui.table import Column, Look
from ui.table.column import numeric_value
from ui.theme import Tone


def evidence_words(orphan: OrphanView) -> str:
    if orphan.evidence is None:
        return "not asked yet"
    return f"{words(orphan.evidence.value)} ({clock(orphan.evidence_wall_ns)})"


def _look(orphan: OrphanView) -> Look:
    return Look() if orphan.resolution is None else Look(Tone.DIM)


def _evidence_look(orphan: OrphanView) -> Look:
    if orphan.resolution is not None:
        return Look(Tone.DIM)
    return Look(Tone.WARNING) if not orphan.offered else Look()


def orphan_columns() -> tuple[Column[OrphanView], ...]:
    """One row an orphan."""
    return (
        Column("group", "Group", lambda o, _: o.group_id, look=_look, width=90),
        Column("leg", "Leg", lambda o, _: o.leg_id, look=_look, width=38),
        Column("side", "Side", lambda o, _: o.side.value, look=_look, width=42),
        Column(
            "qty",
            "Quantity",
            lambda o, _: qty(o.quantity),
            sort=lambda o: o.quantity,
            look=_look,
            numeric=True,
            width=62,
        ),
        Column(
            "price",
            "Price",
            lambda o, _: "MARKET" if o.price is None else px(o.price),
            sort=lambda o: numeric_value(o.price),
            look=_look,
            numeric=True,
            width=62,
        ),
        Column(
            "worst",
            "Worst case if it is live and fills",
            lambda o, _: o.worst_case,
            look=_look,
            width=230,
            wide=360,
        ),
        Column(
            "evidence",
            "Evidence (asked UTC)",
            lambda o, _: evidence_words(o),
            look=_evidence_look,
            width=200,
            wide=260,
        ),
        Column(
            "resolution",
            "Resolution",
            lambda o, _: (
                "open"
                if o.resolution is None
                else f"{words(o.resolution.value)} by {o.resolved_by}"
            ),
            look=_look,
            width=130,
        ),
        Column(
            "step",
            "Last step written",
            lambda o, _: words(o.last_step.value),
            look=_look,
            width=110,
        ),
        Column(
            "found",
            "Crash found UTC",
            lambda o, _: stamp(o.found_wall_ns),
            sort=lambda o: o.found_wall_ns,
            look=_look,
            width=150,
        ),
        Column(
            "age",
            "Age",
            lambda o, now: since(o.created_wall_ns, now),
            sort=lambda o: -o.created_wall_ns,
            look=_look,
            numeric=True,
            ticking=True,
            width=64,
        ),
        Column("cl_ord_id", "ClOrdID", lambda o, _: o.cl_ord_id, look=_look, width=150),
    )


def external_columns() -> tuple[Column[ExternalView], ...]:
    """One row an order at the broker that this desk didn't send."""

    def state(external: ExternalView) -> str:
        if external.adopted_into:
            return f"adopted into {external.adopted_into}"
        if external.cancel_asked and external.leaves_qty:
            return "cancel asked, may still fill"
        return words(external.ord_status.value)

    def look(external: ExternalView) -> Look:
        if external.adopted_into or not external.leaves_qty:
            return Look(Tone.DIM)
        return Look(Tone.PENDING) if external.cancel_asked else Look()

    return (
        Column(
            "cl_ord_id", "ClOrdID", lambda e, _: e.cl_ord_id or e.order_id, look=look, width=100
        ),
        Column("side", "Side", lambda e, _: e.side.value if e.side else "", look=look, width=42),
        Column("symbol", "Symbol", lambda e, _: e.symbol, look=look, width=96),
        Column(
            "qty",
            "Qty",
            lambda e, _: qty(e.order_qty),
            sort=lambda e: numeric_value(e.order_qty),
            look=look,
            numeric=True,
            width=46,
        ),
        Column(
            "cum",
            "Cum",
            lambda e, _: qty(e.cum_qty),
            sort=lambda e: e.cum_qty,
            look=look,
            numeric=True,
            width=46,
        ),
        Column(
            "leaves",
            "Leaves",
            lambda e, _: qty(e.leaves_qty),
            sort=lambda e: e.leaves_qty,
            look=look,
            numeric=True,
            width=52,
        ),
        Column("state", "State", lambda e, _: state(e), look=look, width=130),
        Column(
            "seen",
            "Seen UTC",
            lambda e, _: clock(e.seen_wall_ns),
            sort=lambda e: e.seen_wall_ns,
            look=look,
            width=92,
        ),
    )
