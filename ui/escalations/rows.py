"""Escalations as rows: one each, or in a flood the lesser ones by cause.

Owns: which rows there are, and their columns. May not: read the engine or decide what is standing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine import EscalationState, EscalationView, QuoteView, Severity
from ui.cost import cost_to_cross, notional
from ui.formats import money, qty, since, words
from ui.table import Column, Look
from ui.table.column import numeric_value
from ui.theme import Tone

RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
STATE_RANK = {
    EscalationState.UNACKNOWLEDGED: 3,
    EscalationState.ACKNOWLEDGED: 2,
    EscalationState.RETURNED_UNACKNOWLEDGED: 1,
    EscalationState.RESOLVED: 0,
}
STATE_WORDS = {
    EscalationState.UNACKNOWLEDGED: "unacknowledged",
    EscalationState.ACKNOWLEDGED: "acknowledged",
    EscalationState.RETURNED_UNACKNOWLEDGED: "returned, unseen",
    EscalationState.RESOLVED: "resolved",
}
TONES = {Severity.INFO: Tone.INFO, Severity.WARNING: Tone.WARNING, Severity.CRITICAL: Tone.CRITICAL}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the escalation, or the most urgent of several with one cause."""

    view: EscalationView
    members: tuple[int, ...]


def is_standing(view: EscalationView) -> bool:
    return view.state is not EscalationState.RESOLVED


def urgency(view: EscalationView) -> tuple[int, int, Decimal, int]:
    """Sorts the most urgent highest: unseen before seen, severity, quantity, age."""
    return (STATE_RANK[view.state], RANK[view.severity], view.unfilled_qty, -view.raised_wall_ns)


def make_rows(views: Iterable[EscalationView], *, flood: bool) -> dict[str, Row]:
    """Rows by key: the number, or in a flood "kind:NAME" for the lesser ones."""
    rows: dict[str, Row] = {}
    grouped: dict[str, list[EscalationView]] = {}
    for view in views:
        if flood and view.severity is not Severity.CRITICAL and is_standing(view):
            grouped.setdefault(f"kind:{view.kind.value}", []).append(view)
        else:
            rows[str(view.number)] = Row(view, (view.number,))
    for key, members in grouped.items():
        if len(members) == 1:
            rows[str(members[0].number)] = Row(members[0], (members[0].number,))
        else:
            worst = max(members, key=urgency)
            rows[key] = Row(worst, tuple(m.number for m in members))
    return rows


def place(row: Row) -> str:
    """Group and leg; for several, how many."""
    if len(row.members) > 1:
        return f"{len(row.members)} × {words(row.view.kind.value)}"
    return "/".join(t for t in (row.view.group_id, row.view.leg_id) if t) or "desk"


def severity_look(row: Row) -> Look:
    """An alarm ground while nobody has looked; dim once the cause is gone."""
    view, tone = row.view, TONES[row.view.severity]
    if view.state is EscalationState.UNACKNOWLEDGED:
        return Look(tone, fill=True, blink=True, icon=tone.value, bold=True)
    if view.state is EscalationState.ACKNOWLEDGED:
        return Look(tone, icon=tone.value)
    return Look(Tone.DIM, icon=tone.value)


def _dim(row: Row) -> Look:
    faded = (EscalationState.RETURNED_UNACKNOWLEDGED, EscalationState.RESOLVED)
    return Look(Tone.DIM if row.view.state in faded else Tone.NORMAL)


def _qty_look(row: Row) -> Look:
    look = _dim(row)
    return look if look.tone is Tone.DIM or not row.view.unfilled_qty else Look(bold=True)


def columns(quote: Callable[[str], QuoteView | None]) -> tuple[Column[Row], ...]:
    """The columns; ``quote`` gives the market for notional and cost."""

    def worth(row: Row) -> Decimal | None:
        return notional(quote(row.view.symbol), row.view.unfilled_qty)

    def cost(row: Row) -> Decimal | None:
        return cost_to_cross(quote(row.view.symbol), row.view.side, row.view.unfilled_qty)

    return (
        Column(
            "severity",
            "Severity",
            lambda r, _: r.view.severity.value,
            sort=lambda r: urgency(r.view),
            look=severity_look,
            alarm=True,
            width=97,
        ),
        Column(
            "age",
            "Age",
            lambda r, now: since(r.view.raised_wall_ns, now),
            sort=lambda r: -r.view.raised_wall_ns,
            look=_dim,
            numeric=True,
            ticking=True,
            width=44,
        ),
        Column("place", "Group/leg", lambda r, _: place(r), look=_dim, width=90),
        Column(
            "side",
            "Side",
            lambda r, _: r.view.side.value if r.view.side else "",
            look=_dim,
            width=40,
            tip="Side of the hedge",
        ),
        Column(
            "qty",
            "Unhedged",
            lambda r, _: qty(r.view.unfilled_qty),
            sort=lambda r: r.view.unfilled_qty,
            look=_qty_look,
            numeric=True,
            width=74,
            tip="Unhedged quantity",
        ),
        Column(
            "notional",
            "Notional",
            lambda r, _: money(worth(r)),
            sort=lambda r: numeric_value(worth(r)),
            look=_dim,
            numeric=True,
            ticking=True,
            width=86,
            tip="Unhedged quantity times the middle of the market, without multiplier",
        ),
        Column(
            "cost",
            "Cost",
            lambda r, _: money(cost(r)),
            sort=lambda r: numeric_value(cost(r)),
            look=_dim,
            numeric=True,
            ticking=True,
            width=86,
            tip="What crossing the spread costs now against the middle, price × quantity",
        ),
        Column(
            "kind", "Kind", lambda r, _: words(r.view.kind.value), look=_dim, width=136, wide=180
        ),
        Column(
            "doing",
            "The engine",
            lambda r, _: r.view.doing,
            look=_dim,
            width=170,
            wide=300,
            tip="What the engine does about it now",
        ),
        Column("owner", "Owner", lambda r, _: r.view.owner, look=_dim, width=60),
        Column(
            "state",
            "State",
            lambda r, _: STATE_WORDS[r.view.state],
            sort=lambda r: STATE_RANK[r.view.state],
            look=_dim,
            width=108,
        ),
        Column(
            "number",
            "No.",
            lambda r, _: str(r.view.number),
            sort=lambda r: r.view.number,
            numeric=True,
            hidden=True,
            width=44,
        ),
    )


def haystack(row: Row) -> str:
    v = row.view
    where = f"{v.number} {v.group_id} {v.leg_id} {v.symbol}"
    what = f"{v.severity.value} {v.kind.value} {words(v.kind.value)} {v.state.value}"
    return f"{where} {what} {v.owner} {v.doing}"
