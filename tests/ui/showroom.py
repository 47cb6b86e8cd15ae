"""A fake engine full of a realistic day: for screenshots and for tests that need a full screen."""

from __future__ import annotations

import time
from decimal import Decimal as D

from engine.core import terms as t
from engine.views import (
    AcknowledgementView,
    ChainView,
    ExecutionView,
    ExternalView,
    GroupDetail,
    LogLine,
    OrphanView,
    QuoteView,
    RejectedView,
    RequestView,
    TimelineMark,
)
from tests.ui.fakes import SECOND, FakeEngine, escalation, group, leg, order

H, R, BUY, SELL = t.LegType.HEDGE, t.LegType.RISK, t.Side.BUY, t.Side.SELL
FAR, NEAR = "ES20H P3000", "ES20H P3100"


def legs(qty, hedged, risked, hw=0, rw=0):
    return (
        leg("H1", H, FAR, BUY, qty, hedged, hw, "10.25"),
        leg("R1", R, NEAR, SELL, qty, risked, rw, "18.75"),
    )


def orphan(ref, evidence, *, offered=(), preselected=None, refused=(), text=""):
    group_id, leg_id, _ = ref.split("/")
    now = time.time_ns()
    return OrphanView(
        ref,
        group_id,
        leg_id,
        t.Purpose.RISK,
        NEAR,
        SELL,
        D(25),
        D("18.75"),
        "D0-" + ref.replace("/", "-"),
        t.IntentState.SENT,
        now - 40 * SECOND,
        now - 55 * SECOND,
        "25 sold and nothing hedged beyond 60: 25 unhedged",
        evidence,
        now - 3 * SECOND,
        text,
        offered,
        preselected,
        refused,
        None,
        "",
        "",
    )


def rejected(
    number,
    reason,
    *,
    ref="G-ES-004/H1/1",
    current="FILLED",
    incoming="PARTIALLY_FILLED",
    booked=0,
    age_s=30,
    text="",
):
    return RejectedView(
        number,
        time.time_ns() - int(age_s * SECOND),
        reason,
        ref,
        ref.split("/")[0] if ref else "",
        f"E{number:04d}",
        current,
        incoming,
        D(booked),
        text or "CumQty 40 is below the 100 we hold",
        f'{{"35":"8","17":"E{number:04d}","39":"1","14":"40","151":"60"}}',
        "",
        "",
    )


def fill(engine: FakeEngine, groups: int = 24) -> None:
    now = time.time_ns()
    for symbol, bid, ask in (
        (FAR, "10.25", "10.75"),
        (NEAR, "18.50", "19.00"),
        ("ESH0", "3245.25", "3245.50"),
    ):
        engine.quotes[symbol] = QuoteView(symbol, D(bid), D(12), D(ask), D(9), D(bid), now)
    shapes = [
        ("COMPLETED", 9, 100, 100, 0, True, None),
        ("RISK_PARTIAL", 6, 80, 35, 0, False, None),
        ("HEDGE_PARTIAL", 3, 45, 0, 0, False, None),
        ("RISK_SUBMITTED", 5, 100, 0, 0, False, None),
        ("FAILED", 11, 60, 20, 0, True, "RISK_SHORT"),
        ("HEDGED", 8, 50, 50, 0, False, None),
    ]
    for i in range(1, groups + 1):
        state, rank, hedged, risked, unhedged, closed, end = shapes[i % len(shapes)]
        total = 100
        engine.groups[f"G-ES-{i:03d}"] = group(
            f"G-ES-{i:03d}",
            state,
            rank,
            unhedged=unhedged,
            over=hedged - risked if closed else 0,
            legs=legs(
                total,
                hedged,
                risked,
                0 if closed else min(20, total - hedged),
                0 if closed else min(10, total - risked),
            ),
            end=end,
            closed=closed,
            age_s=3.0 * i,
            paused=i == 9,
        )
    engine.groups["G-ES-004"] = group(
        "G-ES-004",
        "RISK_PARTIAL",
        6,
        unhedged=8,
        legs=legs(100, 92, 100),
        needs_me=True,
        wait="hedge 8 by hand: all three levels ended short",
        age_s=64,
        gap=False,
    )
    engine.groups["G-ES-010"] = group(
        "G-ES-010",
        "HEDGE_PARTIAL",
        3,
        unhedged=0,
        legs=legs(200, 60, 0, 140),
        needs_me=True,
        wait="leg H1 held: its order was canceled by hand",
        age_s=25,
    )
    engine.groups["G-SPX-001"] = group(
        "G-SPX-001",
        "RISK_PARTIAL",
        6,
        unhedged=3,
        legs=(
            leg("H1", H, "SPXW 3700P", BUY, 50, 47, 3),
            leg("H2", H, "SPXW 3650P", BUY, 50, 50),
            leg("R1", R, "SPXW 3750P", SELL, 50, 50),
            leg("R2", R, "SPXW 3760P", SELL, 25, 25, 0),
        ),
        age_s=4,
    )
    esc = [
        escalation(1, group="G-ES-004", qty=8, age_s=61, symbol=FAR, order_ref="G-ES-004/H1/4"),
        escalation(
            2,
            kind=t.EscalationKind.HEDGE_PARTIAL,
            severity=t.Severity.WARNING,
            group="G-SPX-001",
            qty=3,
            age_s=4,
            doing="level 1 works at MARKET for 3",
            symbol="SPXW 3700P",
        ),
        escalation(
            3,
            kind=t.EscalationKind.LEG_HELD,
            severity=t.Severity.WARNING,
            group="G-ES-010",
            qty=0,
            age_s=25,
            state=t.EscalationState.ACKNOWLEDGED,
            owner="vera",
            doing="waits for you",
            symbol=FAR,
        ),
        escalation(
            4,
            kind=t.EscalationKind.RISK_SHORT,
            severity=t.Severity.WARNING,
            group="G-ES-016",
            qty=0,
            age_s=340,
            state=t.EscalationState.RETURNED_UNACKNOWLEDGED,
            leg="R1",
            doing="surplus hedge is kept",
            symbol=NEAR,
        ),
        escalation(
            5,
            kind=t.EscalationKind.HEDGE_UNCERTAIN,
            group="G-ES-012",
            qty=20,
            age_s=9,
            symbol=FAR,
            doing="asks the broker each 1 s; cancel unconfirmed",
            proven=20,
            order_ref="G-ES-012/H1/3",
        ),
    ]
    for e in esc:
        engine.escalation_views[e.number] = e
    engine.orphan_views = {
        o.ref: o
        for o in (
            orphan(
                "G-ES-020/R1/2",
                t.Evidence.PARTIALLY_FILLED,
                offered=(t.Resolution.ADOPT, t.Resolution.CANCEL_AT_BROKER),
                preselected=t.Resolution.ADOPT,
                text="broker: PARTIALLY_FILLED, CumQty 10, LeavesQty 15",
                refused=(
                    (t.Resolution.RESUBMIT, "the order lives: it would be doubled"),
                    (t.Resolution.MARK_NEVER_SENT, "the broker shows it"),
                ),
            ),
            orphan(
                "G-ES-021/R1/1",
                t.Evidence.NOT_FOUND,
                offered=(t.Resolution.MARK_NEVER_SENT, t.Resolution.RESUBMIT),
                preselected=t.Resolution.MARK_NEVER_SENT,
                text="asked 2 times, list complete, not in it",
                refused=((t.Resolution.ADOPT, "there is nothing to adopt"),),
            ),
            orphan(
                "G-ES-022/R1/1",
                t.Evidence.NOT_FOUND,
                offered=(t.Resolution.MARK_NEVER_SENT, t.Resolution.RESUBMIT),
                preselected=t.Resolution.MARK_NEVER_SENT,
                text="asked 2 times, list complete, not in it",
                refused=((t.Resolution.ADOPT, "there is nothing to adopt"),),
            ),
            orphan(
                "G-ES-023/R1/1",
                t.Evidence.NOT_FOUND_INCOMPLETE,
                text="asked once, the list isn't proven complete",
                refused=(
                    (t.Resolution.ADOPT, "nothing is proven"),
                    (t.Resolution.RESUBMIT, "it may be live: it could be doubled"),
                ),
            ),
        )
    }
    engine.external_views = {
        "TEL-7781": ExternalView(
            "TEL-7781",
            "P99120",
            NEAR,
            SELL,
            D(10),
            D(0),
            D(10),
            t.OrdStatus.NEW,
            now - 31 * SECOND,
            "",
            False,
        )
    }
    reasons = [
        (
            t.RejectReason.OUT_OF_ORDER,
            "FILLED",
            "PARTIALLY_FILLED",
            0,
            "CumQty 40 is below the 100 we hold",
        ),
        (
            t.RejectReason.CONFLICTING_EXECUTION,
            "E0031: 10 @ 10.25",
            "E0031: 12 @ 10.25",
            0,
            "same ExecID, other quantity; the first stands",
        ),
        (
            t.RejectReason.UNKNOWN_ORDER,
            "no such order",
            "NEW",
            0,
            "ClOrdID TEL-7781 isn't ours; kept as an external order",
        ),
        (
            t.RejectReason.OUT_OF_ORDER,
            "FILLED",
            "PARTIALLY_FILLED",
            20,
            "late execution inside CumQty 100: booked, CumQty stays",
        ),
        (t.RejectReason.MALFORMED, "–", "–", 0, "LastQty is 0 on a TRADE"),
    ]
    for i in range(1, 13):
        reason, had, came, booked, text = reasons[i % len(reasons)]
        engine.rejected_views[i] = rejected(
            i, reason, current=had, incoming=came, booked=booked, text=text, age_s=200 - 15 * i
        )
    for i in range(13, 40):
        engine.rejected_views[i] = rejected(
            i,
            t.RejectReason.DUPLICATE,
            text="already booked",
            age_s=10,
            ref=f"G-ES-{i % 3 + 1:03d}/H1/1",
        )
    engine.duplicates = 27
    for i in range(60):
        engine.lines.append(
            LogLine(
                now - (60 - i) * SECOND,
                "WARNING" if i % 17 == 5 else "INFO",
                f"SubmitGroup G-ES-{i % 24 + 1:03d} by vera: accepted"
                if i % 3
                else "commit of 14 reports took 0.31 ms",
            )
        )
    _detail(engine, now)


def _detail(engine: FakeEngine, now: int) -> None:
    t0 = now - 64 * SECOND

    def ex(n, qty, px, at):
        return ExecutionView(f"E{n:04d}", D(qty), D(px), True, t0 + int(at * SECOND))

    h1 = order(
        "G-ES-004/H1/1",
        qty=100,
        cum=70,
        status=t.OrdStatus.CANCELED,
        executions=(ex(1, 40, "10.25", 0.4), ex(2, 30, "10.25", 2.1)),
    )
    e0 = order(
        "G-ES-004/H1/2",
        qty=30,
        cum=12,
        status=t.OrdStatus.CANCELED,
        purpose=t.Purpose.EMERGENCY_HEDGE,
        level=0,
        order_type=t.OrdType.MARKET,
        executions=(ex(3, 12, "10.75", 6.2),),
    )
    e1 = order(
        "G-ES-004/H1/3",
        qty=18,
        cum=10,
        status=t.OrdStatus.CANCELED,
        purpose=t.Purpose.EMERGENCY_HEDGE,
        level=1,
        order_type=t.OrdType.MARKET,
        executions=(ex(4, 10, "11.00", 12.0),),
    )
    e2 = order(
        "G-ES-004/H1/4",
        qty=8,
        cum=0,
        status=t.OrdStatus.PENDING_CANCEL,
        purpose=t.Purpose.EMERGENCY_HEDGE,
        level=2,
        order_type=t.OrdType.MARKET,
        requests=(
            RequestView(
                1,
                t.RequestKind.CANCEL,
                "D1-c1",
                t.RequestState.OPEN,
                None,
                None,
                now - 3_200_000_000,
                "engine",
            ),
        ),
        can_cancel="cancel already asked",
    )
    r1 = order(
        "G-ES-004/R1/1",
        qty=100,
        cum=100,
        status=t.OrdStatus.FILLED,
        purpose=t.Purpose.RISK,
        symbol=NEAR,
        side=SELL,
        executions=(ex(5, 60, "18.75", 3.5), ex(6, 40, "18.50", 4.8)),
    )
    for o in (h1, e0, e1, e2, r1):
        engine.orders[o.ref] = o
    live = order("G-SPX-001/H1/1", qty=50, cum=47, symbol="SPXW 3700P")
    engine.orders[live.ref] = live
    marks = []

    def mark(at, lane, kind, what, text, pair=""):
        wall = t0 + int(at * SECOND)
        marks.append(TimelineMark(wall, wall - 12_000_000, lane, kind, what, text, pair))

    mark(0.0, "trader", "request", "submit", "SubmitGroup by vera", "s")
    mark(0.02, "H1", "request", "new", "BUY 100 ES20H P3000 @ 10.25 LIMIT", "n1")
    mark(0.15, "H1", "outcome", "accepted", "NEW, OrderID P1", "n1")
    mark(0.4, "H1", "fill", "40", "E0001 40 @ 10.25")
    mark(2.1, "H1", "fill", "30", "E0002 30 @ 10.25")
    mark(2.2, "R1", "request", "new", "SELL 100 ES20H P3100 @ 18.75", "n2")
    mark(2.3, "R1", "outcome", "accepted", "NEW", "n2")
    mark(3.5, "R1", "fill", "60", "E0005 60 @ 18.75")
    mark(4.8, "R1", "fill", "40", "E0006 40 @ 18.50")
    mark(5.1, "H1", "request", "cancel", "leg timeout 5.0 s", "c1")
    mark(5.3, "H1", "rejected", "OUT_OF_ORDER", "CumQty 40 below 70 (rule 3)")
    mark(5.6, "H1", "outcome", "canceled", "CANCELED, CumQty 70", "c1")
    mark(5.7, "hedge 0", "request", "new", "BUY 30 MARKET", "h0")
    mark(6.2, "hedge 0", "fill", "12", "E0003 12 @ 10.75")
    mark(10.8, "hedge 0", "outcome", "canceled", "CANCELED, CumQty 12", "h0")
    mark(11.0, "hedge 1", "request", "new", "BUY 18 MARKET", "h1")
    mark(12.0, "hedge 1", "fill", "10", "E0004 10 @ 11.00")
    mark(16.2, "hedge 1", "outcome", "canceled", "CANCELED, CumQty 10", "h1")
    mark(16.4, "hedge 2", "request", "new", "BUY 8 MARKET", "h2")
    mark(21.9, "hedge 2", "request", "cancel", "hedge timeout 5.0 s", "h2c")
    mark(22.0, "trader", "escalation", "CRITICAL", "HEDGE_DEPTH_EXCEEDED: 8 unhedged")
    row = engine.groups["G-ES-004"]
    engine.details["G-ES-004"] = GroupDetail(
        row,
        (
            ("CREATED", t0),
            ("VALIDATED", t0 + SECOND // 100),
            ("HEDGE_SUBMITTED", t0 + SECOND // 50),
            ("HEDGE_PARTIAL", t0 + SECOND // 2),
            ("RISK_SUBMITTED", t0 + 2 * SECOND),
            ("RISK_PARTIAL", t0 + 4 * SECOND),
        ),
        (h1, r1, e0, e1, e2),
        (
            ChainView(
                "C1",
                "G-ES-004",
                "H1",
                t.ChainState.EXHAUSTED,
                "leg H1 ended short",
                2,
                D(30),
                D(22),
                (e0.ref, e1.ref, e2.ref),
                t0 + 5 * SECOND,
            ),
        ),
        tuple(marks),
        (1, 3),
        (1,),
    )
    spx = engine.groups["G-SPX-001"]
    engine.details["G-SPX-001"] = GroupDetail(
        spx, (("CREATED", t0),), (live,), (), tuple(marks[:4]), (), (2,)
    )
    engine.escalation_views[3] = escalation(
        3,
        kind=t.EscalationKind.LEG_HELD,
        severity=t.Severity.WARNING,
        group="G-ES-010",
        qty=0,
        age_s=25,
        state=t.EscalationState.ACKNOWLEDGED,
        owner="vera",
        symbol=FAR,
    )
    seen = engine.escalation_views[3]
    import dataclasses

    engine.escalation_views[3] = dataclasses.replace(
        seen,
        acknowledgements=(
            AcknowledgementView(1, "vera", now - 20 * SECOND, D(0), "waiting for the desk's call"),
        ),
    )
