"""The columns of the groups table.

Owns: how a group becomes cells. May not: read the engine; it gets rows.
"""

from __future__ import annotations

from decimal import Decimal

from engine import GroupRow
from ui.formats import qty_or_blank, since, stamp, words
from ui.table import Column, Look
from ui.theme import Tone

#: One bar: leg id, side letter, kind letter, filled, working, target, held.
Bar = tuple[str, str, str, Decimal, Decimal, Decimal, bool]


def bars(row: GroupRow) -> tuple[Bar, ...]:
    """The fill bars of a group's legs, for the delegate."""
    return tuple(
        (
            leg.leg_id,
            leg.side.value[0],
            leg.leg_type.value[0],
            leg.filled_qty,
            leg.working_qty,
            leg.target_qty,
            leg.held,
        )
        for leg in row.legs
    )


def filled_share(row: GroupRow) -> Decimal:
    """Filled part of all targets, to sort by."""
    target = sum((leg.target_qty for leg in row.legs), Decimal(0))
    filled = sum((leg.filled_qty for leg in row.legs), Decimal(0))
    return filled / target if target else Decimal(0)


def legs_text(row: GroupRow) -> str:
    """The legs in words, for copying and for readers of the screen."""
    return "; ".join(
        f"{leg.leg_id} {leg.side.value} {leg.symbol} {leg.filled_qty}/{leg.target_qty}"
        for leg in row.legs
    )


def state_text(row: GroupRow) -> str:
    state = words(row.lifecycle)
    return f"paused · {state}" if row.paused else state


def remark(row: GroupRow) -> str:
    """End reason, or what the group waits for."""
    parts = [words(row.end_reason)] if row.end_reason else []
    if row.wait:
        parts.append(row.wait)
    if row.gap:
        parts.append("executions missing")
    return "; ".join(parts)


def _unhedged_look(row: GroupRow) -> Look:
    if not row.short_qty:
        return Look(Tone.DIM)
    tone = Tone.CRITICAL if row.needs_me else Tone.WARNING
    return Look(tone, icon=tone.value)


def _remark_look(row: GroupRow) -> Look:
    return Look(Tone.WARNING) if row.needs_me else Look(Tone.DIM if row.closed else Tone.NORMAL)


def _state_look(row: GroupRow) -> Look:
    if row.paused:
        return Look(Tone.PENDING, icon="held")
    return Look(Tone.DIM) if row.closed else Look()


def columns() -> tuple[Column[GroupRow], ...]:
    """All columns of a group's row."""
    return (
        Column("group", "Group", lambda r, _: r.group_id, width=100),
        Column(
            "lifecycle",
            "Lifecycle",
            lambda r, _: state_text(r),
            sort=lambda r: r.rank,
            look=_state_look,
            payload=lambda r: (r.rank, r.closed),
            width=164,
            wide=202,
            tip="Lifecycle as steps",
        ),
        Column(
            "unhedged",
            "Unhedged",
            lambda r, _: qty_or_blank(r.short_qty),
            sort=lambda r: r.short_qty,
            look=_unhedged_look,
            numeric=True,
            width=74,
            tip="Unhedged quantity",
        ),
        Column(
            "legs",
            "Legs: filled / target",
            lambda r, _: legs_text(r),
            sort=filled_share,
            payload=bars,
            width=190,
            tip="Per leg: side, filled / target; the lighter part works",
        ),
        Column(
            "hedged",
            "Hedged",
            lambda r, _: qty_or_blank(r.hedged_qty),
            sort=lambda r: r.hedged_qty,
            numeric=True,
            width=60,
            tip="Hedged quantity",
        ),
        Column(
            "over",
            "Over",
            lambda r, _: qty_or_blank(r.over_hedged_qty),
            sort=lambda r: r.over_hedged_qty,
            numeric=True,
            width=50,
            tip="Over-hedged quantity",
        ),
        Column(
            "age",
            "In state",
            lambda r, now: since(r.state_since_wall_ns, now),
            sort=lambda r: -r.state_since_wall_ns,
            numeric=True,
            ticking=True,
            width=62,
            tip="Age in this state",
        ),
        Column(
            "remark",
            "End reason / waits for",
            lambda r, _: remark(r),
            look=_remark_look,
            width=220,
        ),
        Column("account", "Account", lambda r, _: r.account, hidden=True, width=80),
        Column(
            "created",
            "Created UTC",
            lambda r, _: stamp(r.created_wall_ns),
            sort=lambda r: r.created_wall_ns,
            hidden=True,
            width=160,
        ),
    )


def haystack(row: GroupRow) -> str:
    """What the filter looks through."""
    symbols = " ".join(leg.symbol for leg in row.legs)
    state = f"{words(row.lifecycle)} {row.lifecycle}"
    return f"{row.group_id} {state} {row.account} {symbols} {remark(row)}"
