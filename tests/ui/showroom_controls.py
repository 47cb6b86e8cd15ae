"""A fake engine with limits in use, kills, a FIX session with its log, margin and breaks."""

from __future__ import annotations

import time
from decimal import Decimal as D

from engine.broker.fix.view import Direction, SessionLine, SessionState, SessionView
from engine.core import terms as t
from engine.core.limits.rules import Bound, Rule, TradingWindow
from engine.core.margin.path import MarginPath, MarginStep
from engine.core.model import LimitDecision
from engine.core.reconciled import Break, Reconciliation
from engine.view_connections import ConnectionView
from engine.view_controls import (
    KillView,
    LimitsView,
    MarginView,
    RateView,
    ReconciliationView,
    UseView,
)
from tests.ui.fakes import SECOND, FakeEngine

V = t.Verdict

RULES = (
    Rule(
        "desk",
        max_order_qty=Bound(D(250), D(500)),
        max_order_notional=Bound(hard=D(5_000_000)),
        collar_pct=Bound(D(2), D(5)),
        max_orders_per_s=D(10),
        orders_burst=20,
        max_messages_per_s=D(25),
        messages_burst=50,
        max_open_groups=Bound(D(20), D(30)),
        trading_hours=(TradingWindow((0, 1, 2, 3, 4), 13 * 3600, 21 * 3600),),
        max_repeats=5,
    ),
    Rule(
        "puts",
        "default",
        "ES*",
        max_net_exposure=Bound(D(400_000), D(600_000)),
        max_gross_exposure=Bound(hard=D(2_000_000)),
        duplicate_window_ms=Bound(D(500)),
    ),
    Rule("closed", symbol="VX*", restricted=True),
)


def limits() -> LimitsView:
    """Limits: one sum over its soft limit, one nearly used up, one rate used up."""
    return LimitsView(
        "limits.toml",
        RULES,
        (
            RateView("desk", "orders", 13, 20, D(10)),
            RateView("desk", "messages", 0, 50, D(25)),
        ),
        (
            UseView("desk", "*", "*", "max_open_groups", D(12), D(20), D(30)),
            UseView("puts", "default", "ES*", "max_net_exposure", D(-412_500), D(400_000),
                    D(600_000)),
            UseView("puts", "default", "ES*", "max_gross_exposure", D(1_730_000), None,
                    D(2_000_000)),
        ),
        ("G-ES-009",),
        ("default: HEDGE BUY ES20H P3000, RISK SELL ES20H P3100",),
        ("G-ES-030",),
    )  # fmt: skip


def decisions() -> list[LimitDecision]:
    now = time.time_ns()

    def said(number, verdict, target, user, control, rule, text):
        at = now - (40 - number) * SECOND
        return LimitDecision(number, at, verdict, target, user, control, rule, text)

    return [
        said(1, V.RELOADED, "limits.toml", "rita", "", "", "at the start: rule puts is new"),
        said(2, V.ASKED, "G-ES-011", "vera", "max_order_qty", "desk",
             "H1: an order of 300, the soft limit is 250"),
        said(3, V.CONFIRMED, "G-ES-011", "vera", "max_order_qty", "desk",
             "H1: an order of 300, the soft limit is 250"),
        said(4, V.REFUSED, "G-ES-030", "vera", "max_order_qty", "desk",
             "H1: an order of 800, the hard limit is 500"),
        said(5, V.LIFTED, "G-ES-030", "rita", "max_order_qty", "", "max_order_qty: lifted once: "
             "client confirmed by telephone"),
        said(6, V.WAITS, "G-ES-009/R1", "vera", "max_net_exposure", "puts",
             "R1: the net exposure at its worst, 612,000, the hard limit is 600,000"),
        said(7, V.LET_THROUGH, "G-ES-004/H1/3", "", "max_messages_per_s", "desk",
             "H1: the rate of messages is used up"),
    ]  # fmt: skip


def kills() -> tuple[KillView, ...]:
    now = time.time_ns()
    return (
        KillView(t.KillScope.GROUP, "G-ES-010", "vera", "wrong basket", now - 9 * SECOND, 2, 1,
                 ("G-ES-010/H1/1",)),
        KillView(t.KillScope.INSTRUMENT, "VXH0", "rita", "halted", now - 900 * SECOND, 0, 0, ()),
    )  # fmt: skip


def session(**changes) -> SessionView:
    values = {
        "session": "PAPER as DESK",
        "venue": "paper",
        "state": SessionState.LOGGED_ON,
        "why": "",
        "next_in": 4_118,
        "next_out": 2_307,
        "committed_in": 4_117,
        "uncommitted": 0,
        "waiting": 0,
        "last_message_age_ns": SECOND // 4,
        "round_trip_ns": 1_240_000,
        "resend": None,
        "resends_served": 1,
        "logons": 2,
        "repeated": 3,
        "refused": 1,
        "open_questions": 0,
        "warnings": 2,
        "line_count": 9,
        "mass_cancel": True,
    } | changes
    return SessionView(**values)


def message(seq, msg_type, *fields, ours=False):
    """A message's text; sender and target by whose it is."""
    ends = ("49=DESK", "56=PAPER") if ours else ("49=PAPER", "56=DESK")
    parts = ("8=FIX.4.4", "9=120", f"35={msg_type}", f"34={seq}", *ends, *fields, "10=128")
    return "\x01".join(parts) + "\x01"


def log_lines() -> list[SessionLine]:
    now = time.time_ns()
    note, in_, out = Direction.NOTE, Direction.IN, Direction.OUT
    texts = (
        (out, message(2304, "A", "98=0", "108=10", "553=desk", "554=***", ours=True), False),
        (in_, message(4112, "A", "98=0", "108=10"), False),
        (out, message(2305, "D", "11=D1-G1-H1-1", "55=ES20H P3000", "54=1", "38=10", "40=2",
                      "44=10.25", ours=True), False),
        (in_, message(4113, "8", "11=D1-G1-H1-1", "37=P1", "17=E1", "150=0", "39=0", "14=0",
                      "151=10"), False),
        (in_, message(4114, "8", "11=D1-G1-H1-1", "37=P1", "17=E2", "150=F", "39=2", "14=10",
                      "151=0", "32=10", "31=10.25"), False),
        (in_, message(4115, "0"), False),
        (note, "message 4116 was refused by the session: Invalid checksum, expected 128, got 7",
         True),
        (note, "ExecutionReport 4114 came again; it differs, or is from before this start", True),
        (out, message(2306, "1", "112=N1T9", ours=True), False),
    )  # fmt: skip
    return [
        SessionLine(n, now - (20 - n) * SECOND, direction, raw, warning)
        for n, (direction, raw, warning) in enumerate(texts, 1)
    ]


def margin(available: D | None = D(60_000)) -> MarginView:
    path = MarginPath(
        now=D("12500.00"),
        steps=(MarginStep("H1", D("14250.00")), MarginStep("R1", D("31400.00"))),
        end=D("31400.00"),
        worst=D("71300.00"),
        worst_state="H1 failed, R1 filled",
        scenario="price down 3/3 of the range, volatility up",
        product="ES",
    )
    return MarginView(path, available)


def reconciled(*breaks: Break) -> ReconciliationView:
    now = time.time_ns()
    done = Reconciliation("vera", now - 70 * SECOND, now - 69 * SECOND, 14, 212, None, breaks)
    return ReconciliationView(None, done)


BREAKS = (
    Break("order", "G-ES-004/H1/2", "default", "ES20H P3000", "open, 40 filled", "",
          "open with us, not among the broker's open orders"),
    Break("execution", "E0091", "default", "ES20H P3100", "10 @ 18.75", "12 @ 18.75",
          "booked otherwise on G-ES-004/R1/1"),
    Break("position", "default|ESH0", "default", "ESH0", "-4", "-5", "they differ"),
)  # fmt: skip
CSV = (
    "what,key,account,symbol,ours,theirs,text\r\n"
    'order,G-ES-004/H1/2,default,ES20H P3000,"open, 40 filled",,'
    '"open with us, not among the broker\'s open orders"\r\n'
    "execution,E0091,default,ES20H P3100,10 @ 18.75,12 @ 18.75,"
    "booked otherwise on G-ES-004/R1/1\r\n"
    "position,default|ESH0,default,ESH0,-4,-5,they differ\r\n"
)


def fill_controls(engine: FakeEngine) -> None:
    """Put all of it into an engine."""
    engine.limits_view = limits()
    engine.told = decisions()
    engine.kill_list = kills()
    engine.links = (ConnectionView("paper", True, SECOND // 4, session()),)
    engine.link_lines = log_lines()
    engine.margin_view = margin()
    engine.reconciled = reconciled(*BREAKS)
    engine.csv = CSV
    engine.roles = {"vera": t.Role.TRADER, "rita": t.Role.RISK}
