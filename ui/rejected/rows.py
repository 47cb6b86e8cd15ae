"""Rejected events as rows: by reason, newest first, benign duplicates as one row an order.

Owns: the grouping and the columns. May not: read the engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine import RejectedView, RejectReason
from ui.formats import clock, qty, words
from ui.table import Column, Look
from ui.theme import Tone

SERIOUS = frozenset({RejectReason.CONFLICTING_EXECUTION, RejectReason.UNKNOWN_ORDER})


@dataclass(frozen=True, slots=True)
class Event:
    """One row: an event, or ``count`` duplicates of one order with the newest as ``view``."""

    view: RejectedView
    count: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the list of reasons. ``reason`` None stands for all but duplicates."""

    reason: RejectReason | None
    count: int
    unexplained: int
    newest_wall_ns: int | None


def make_events(views: Iterable[RejectedView]) -> dict[str, Event]:
    """Rows by key: the number; "dup:ORDER" for the duplicates of an order."""
    rows: dict[str, Event] = {}
    for view in views:
        if view.reason is not RejectReason.DUPLICATE:
            rows[str(view.number)] = Event(view, 1)
            continue
        key = f"dup:{view.ref}"
        before = rows.get(key)
        rows[key] = Event(view, 1 if before is None else before.count + 1)
    return rows


def make_reasons(views: Iterable[RejectedView]) -> dict[str, Reason]:
    """The list of reasons with counts, "ALL" first."""
    views = tuple(views)
    out = {"ALL": _reason(None, [v for v in views if v.reason is not RejectReason.DUPLICATE])}
    for reason in RejectReason:
        out[reason.value] = _reason(reason, [v for v in views if v.reason is reason])
    return out


def _reason(reason: RejectReason | None, views: list[RejectedView]) -> Reason:
    benign = reason is RejectReason.DUPLICATE
    return Reason(
        reason,
        len(views),
        0 if benign else sum(1 for v in views if not v.explained_by),
        max((v.wall_ns for v in views), default=None),
    )


def reason_columns() -> tuple[Column[Reason], ...]:
    """Reasons with counts."""

    def look(row: Reason) -> Look:
        return Look(Tone.DIM) if not row.count else Look()

    def open_look(row: Reason) -> Look:
        serious = row.reason in SERIOUS and row.unexplained
        return Look(Tone.WARNING, icon="warning") if serious else look(row)

    return (
        Column(
            "reason",
            "Reason",
            lambda r, _: "all but duplicates" if r.reason is None else words(r.reason.value),
            sort=lambda r: -1 if r.reason is None else list(RejectReason).index(r.reason),
            look=look,
            width=140,
        ),
        Column(
            "open",
            "Open",
            lambda r, _: str(r.unexplained) if r.unexplained else "",
            sort=lambda r: r.unexplained,
            look=open_look,
            numeric=True,
            width=46,
            tip="Not explained yet",
        ),
        Column(
            "count",
            "Count",
            lambda r, _: str(r.count),
            sort=lambda r: r.count,
            look=look,
            numeric=True,
            width=46,
        ),
        Column(
            "newest",
            "Newest UTC",
            lambda r, _: clock(r.newest_wall_ns),
            sort=lambda r: r.newest_wall_ns or 0,
            look=look,
            width=92,
        ),
    )


def event_columns() -> tuple[Column[Event], ...]:
    """Events, newest first."""

    def look(row: Event) -> Look:
        return Look(Tone.DIM) if row.view.explained_by or row.count > 1 else Look()

    def reason_look(row: Event) -> Look:
        if row.view.reason in SERIOUS and not row.view.explained_by:
            return Look(Tone.WARNING, icon="warning")
        return look(row)

    def booked_look(row: Event) -> Look:
        return Look(bold=True) if row.view.booked_qty else look(row)

    def reason_words(row: Event) -> str:
        name = words(row.view.reason.value)
        return f"{name} × {row.count}" if row.count > 1 else name

    return (
        Column(
            "time",
            "Time UTC",
            lambda r, _: clock(r.view.wall_ns),
            sort=lambda r: r.view.wall_ns,
            look=look,
            width=92,
        ),
        Column(
            "reason", "Reason", lambda r, _: reason_words(r), look=reason_look, width=150, wide=200
        ),
        Column("order", "Order", lambda r, _: r.view.ref or "unknown", look=look, width=112),
        Column("had", "We had", lambda r, _: r.view.current, look=look, width=120, wide=220),
        Column("came", "Came", lambda r, _: r.view.incoming, look=look, width=130, wide=240),
        Column(
            "booked",
            "Booked",
            lambda r, _: qty(r.view.booked_qty) if r.view.booked_qty else "",
            sort=lambda r: r.view.booked_qty,
            look=booked_look,
            numeric=True,
            width=56,
            tip="Quantity booked from it all the same",
        ),
        Column("text", "Why", lambda r, _: r.view.text, look=look, width=270, wide=460),
        Column(
            "explained",
            "Explained",
            lambda r, _: (
                f"{r.view.explained_by}: {r.view.explained_comment}" if r.view.explained_by else ""
            ),
            look=look,
            width=120,
        ),
        Column("exec_id", "ExecID", lambda r, _: r.view.exec_id, look=look, width=90),
    )


def event_haystack(row: Event) -> str:
    """What the filter looks through."""
    v = row.view
    return f"{v.ref} {v.group_id} {v.exec_id} {v.reason.value} {v.current} {v.incoming} {v.text}"
