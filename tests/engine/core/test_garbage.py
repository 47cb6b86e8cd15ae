"""Whatever comes in: never an exception out of the core, always a record or a refusal."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.machine import handle, next_wake_mono_ns
from engine.core.model import EngineConfig, Instrument
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    LegType,
    OrdStatus,
    OrdType,
    Resolution,
    Severity,
    Side,
)
from tests.engine.core.playbook import Playbook, leg, pair

MODEST = settings(
    max_examples=100,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
REFS = st.sampled_from(("G/H/1", "G/H/2", "G/R/1", "G/R/2", "H/H/1", "", "no/such/order", "x1"))
GROUPS = st.sampled_from(("G", "H", "", "?", "g" * 65))
QUANTITIES = st.sampled_from(
    [Decimal(x) for x in ("1", "0", "-1", "40", "100", "0.5", "1E+12", "1E-12", "NaN", "Infinity",
                          "-Infinity", "sNaN")]
)  # fmt: skip
SANE = st.sampled_from([Decimal(x) for x in ("0", "1", "30", "60", "100", "101", "0.5", "1E+15")])
TEXTS = st.sampled_from(("", "why not", "\x00", "é", "\ud800", "x" * 300))
STAMPS = st.none() | st.sampled_from((0, 1, 2**63 - 1)) | st.integers(0, 3600).map(
    lambda s: (1_790_000_000 + s) * 10**9
)  # fmt: skip


def desk_at_work() -> Playbook:
    """A group with a partly filled hedge, a second one with risk on, an unknown order."""
    desk = Playbook(EngineConfig(instruments=(Instrument("SYM-H", Decimal(5)),)))
    desk.submit(pair())
    desk.submit(pair(group_id="H"))
    desk.fill("G/H/1", 60)
    desk.fill_rest("H/H/1")
    desk.fill("H/R/1", 40)
    desk.feed(desk.book["G/H/1"].status())
    return desk


def ids_of(desk: Playbook) -> list[str]:
    """Every id that an input may name, and some that nobody knows."""
    known = [*desk.state.by_cl_ord_id, *desk.state.by_order_id]
    return [*sorted(known), "", "unknown", "O1", "x" * 40]


def assert_told(desk: Playbook, body: object) -> None:
    """One input: it counts as an event or is answered, and nothing is torn."""
    before = desk.state.meta.counts.events
    answers = desk.feed(body)
    if isinstance(body, c.Command):
        assert len(answers) == 1
        assert answers[0].accepted or answers[0].reason
    elif isinstance(body, e.RawReceived):
        assert desk.state.meta.counts.events > before or '"ORDER_STATUS"' in body.raw


@MODEST
@given(JSON)
@example({"event_id": "1", "group_id": "G", "state": "COMPLETED"})
@example({"cl_ord_id": "x", "exec_type": "TRADE", "ord_status": "FILLED", "cum_qty": "1e400"})
def test_random_json(value: Any) -> None:
    desk = desk_at_work()
    before = desk.state.meta.counts.events
    desk.feed(e.RawReceived(json.dumps(value), "unreadable"))
    assert desk.state.meta.counts.events == before + 1
    assert list(desk.state.rejected.values())[-1].reason in (
        "MALFORMED", "UNKNOWN_ORDER", "UNSUPPORTED_STATE",
    )  # fmt: skip


@MODEST
@given(st.text(max_size=60) | st.binary(max_size=30).map(lambda b: b.decode("latin-1")))
@example("[" * 100_000)
@example('{"cum_qty": NaN}')
@example("9" * 5_000)
def test_random_text(raw: str) -> None:
    desk = desk_at_work()
    desk.feed(e.RawReceived(raw, "unreadable"))
    assert list(desk.state.rejected.values())[-1].reason == "MALFORMED"


REAL = {
    "cl_ord_id": "", "orig_cl_ord_id": "", "order_id": "", "exec_id": "x1", "exec_type": "TRADE",
    "ord_status": "PARTIALLY_FILLED", "order_qty": 100, "cum_qty": 80, "leaves_qty": 20,
    "last_qty": 20, "last_px": "10.5", "avg_px": 10, "price": 10, "exec_ref_id": "",
    "symbol": "SYM-H", "side": "BUY", "ord_type": "LIMIT", "server_time_ns": 1_790_000_001 * 10**9,
    "reason": None, "event_id": None, "state": None,
}  # fmt: skip
MUTANTS = (
    st.sampled_from([k.value for k in ExecType]) | st.sampled_from([s.value for s in OrdStatus])
    | st.sampled_from(("BUY", "SELL", "LIMIT", "TOO_LATE", "HEDGED", "e1", "e2", "1e999", "-5"))
    | st.integers(-(10**18), 10**18) | JSON
)  # fmt: skip


@MODEST
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(sorted(REAL)), MUTANTS, max_size=4),
            st.sets(st.sampled_from(sorted(REAL)), max_size=3),
            st.integers(0, 30),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_mutated_real_reports(changes: list[tuple[dict[str, Any], set[str], int]]) -> None:
    desk = desk_at_work()
    desk.witness = None  # it reads no raw text, and would object to what the engine believed of it
    ids = ids_of(desk)
    for changed, removed, at in changes:
        value = {k: v for k, v in REAL.items() if v is not None}
        value["cl_ord_id"] = ids[at % len(ids)]
        value |= changed
        for key in removed:
            value.pop(key, None)
        assert_told(desk, e.RawReceived(json.dumps(value), "unreadable"))
    desk.wait("1.1")


@st.composite
def reports(draw: st.DrawFn) -> e.ExecutionReport:
    last = draw(st.none() | SANE | QUANTITIES)
    return e.ExecutionReport(
        cl_ord_id=draw(st.sampled_from(("@0", "@1", "@2", "@3", "@4", "", "unknown"))),
        exec_id=draw(st.sampled_from(("", "0", "x1", "x2", "x3", "e1"))),
        exec_type=draw(st.sampled_from(ExecType)),
        ord_status=draw(st.sampled_from(OrdStatus)),
        cum_qty=draw(SANE),
        leaves_qty=draw(SANE),
        order_qty=draw(st.none() | SANE),
        last_qty=last if last is None or last.is_finite() else Decimal(7),
        last_px=draw(st.none() | SANE),
        avg_px=draw(st.none() | SANE),
        exec_ref_id=draw(st.sampled_from(("", "x1", "x2", "e1", "nobody"))),
        orig_cl_ord_id=draw(st.sampled_from(("", "@0", "@2", "unknown"))),
        order_id=draw(st.sampled_from(("", "O1", "O2", "O9"))),
        side=draw(st.none() | st.sampled_from(Side)),
        symbol=draw(st.sampled_from(("", "SYM-H", "SYM-R"))),
        query_id=draw(st.none() | st.just("Q1-1")),
        server_time_ns=draw(STAMPS),
    )


@st.composite
def requests(draw: st.DrawFn) -> c.GroupRequest | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    legs = tuple(
        leg(
            draw(st.sampled_from(("H", "R", "H2", "R2", "", "a/b"))),
            draw(st.sampled_from(LegType)),
            draw(QUANTITIES),
            order_type=draw(st.sampled_from(OrdType)),
            price=draw(st.none() | QUANTITIES),
            symbol=draw(st.sampled_from(("SYM-H", "X", ""))),
            child=draw(st.none() | st.builds(c.ChildSpec, QUANTITIES, QUANTITIES)),
            stop_loss=draw(
                st.none()
                | st.builds(c.StopSpec, QUANTITIES, st.none() | QUANTITIES, st.none() | QUANTITIES)
            ),
        )
        for _ in range(draw(st.integers(0, 4)))
    )
    return replace(pair(group_id=draw(GROUPS)), legs=legs)


NUMBERS = st.integers(-1, 6)
COMMANDS: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.SubmitGroup, group=requests()),
    st.builds(c.CancelOrder, order=REFS),
    st.builds(c.ReplaceOrder, order=REFS, quantity=st.none() | QUANTITIES,
              price=st.none() | QUANTITIES),
    st.builds(c.CancelGroup, group=GROUPS),
    st.builds(c.PauseGroup, group=GROUPS),
    st.builds(c.ResumeGroup, group=GROUPS),
    st.builds(c.AcceptPartial, group=GROUPS),
    st.builds(c.Acknowledge, escalation=NUMBERS, level=NUMBERS, comment=TEXTS,
              seen_qty=st.none() | QUANTITIES, seen_severity=st.none() | st.sampled_from(Severity)),
    st.builds(c.AcceptRisk, escalation=NUMBERS, reason=TEXTS),
    st.builds(c.ManualHedge, escalation=NUMBERS, group=GROUPS, leg=st.sampled_from(("H", "R", "")),
              quantity=st.none() | QUANTITIES, order_type=st.sampled_from(OrdType),
              price=st.none() | QUANTITIES, allow_excess=st.booleans()),
    st.builds(c.QueryOrphan, order=REFS),
    st.builds(c.ResolveOrphan, order=REFS, resolution=st.none() | st.sampled_from(Resolution),
              reason=TEXTS, seen_evidence=st.none() | st.sampled_from(("LIVE", ""))),
    st.builds(c.AdoptExternal, cl_ord_id=st.sampled_from(("unknown", "", "O9")), group=GROUPS,
              leg=st.sampled_from(("H", "R", "")), reason=TEXTS),
    st.builds(c.AskBroker, order=REFS),
    st.builds(c.ExplainRejected, rejected=NUMBERS, comment=TEXTS),
    st.builds(c.Arm),
    st.builds(c.Kill, reason=TEXTS),
    st.builds(c.ReleaseKill),
)  # fmt: skip
IDS = st.sampled_from(("@0", "@1", "@2", "@3", "@5", "@8", "", "unknown"))
EVENTS: st.SearchStrategy[object] = st.one_of(
    reports(),
    st.builds(e.CancelRejected, IDS, IDS, st.sampled_from(OrdStatus), st.sampled_from(CxlRejReason),
              server_time_ns=STAMPS),
    st.builds(e.GroupStateReported, st.sampled_from(("", "1", "2")), GROUPS,
              st.sampled_from(("HEDGED", "FAILED", "VALIDATED", "CREATED", "", "COMPLETED")),
              STAMPS),
    st.builds(e.OrderNotFound, IDS, st.just("Q1-1"), STAMPS),
    st.builds(e.QueryFailed, st.just("Q1-1"), IDS, TEXTS),
    st.builds(e.OpenOrdersListed, st.just("Q1-1"), st.lists(reports(), max_size=2).map(tuple),
              st.booleans(), STAMPS),
    st.builds(e.ExecutionsListed, st.just("Q1-1"), st.lists(reports(), max_size=2).map(tuple),
              st.booleans(), STAMPS),
    st.builds(e.HeartbeatReceived, STAMPS),
    st.builds(e.QuoteChanged, st.sampled_from(("SYM-H", "SYM-R", "")), st.none() | SANE, SANE,
              st.none() | SANE, SANE, st.none() | SANE, STAMPS),
    st.builds(e.BrokerConnected, STAMPS),
    st.builds(e.BrokerDisconnected),
    st.builds(e.EngineStarted, st.integers(2, 4), st.just("desk")),
    st.builds(e.OrderHandedOver, IDS),
    st.builds(e.SendFailed, IDS, st.just("no route"), st.booleans()),
    st.just(e.TimePassed()),
    st.just(object()),
)  # fmt: skip


@settings(MODEST, max_examples=120)
@given(st.lists(COMMANDS, min_size=1, max_size=8))
def test_random_commands_are_taken_up_or_refused(commands: list[c.Command]) -> None:
    desk = desk_at_work()
    desk.witness = None
    for command in commands:
        assert_told(desk, command)
    desk.wait("1.1")
    assert desk.disk.differences(desk.state) == []


@settings(MODEST, max_examples=150)
@given(st.lists(st.tuples(COMMANDS | EVENTS, st.integers(0, 8)), min_size=1, max_size=15))
def test_random_everything(inputs: list[tuple[object, int]]) -> None:
    """No promise about a lying broker but these: no exception, no torn record, no lost change."""
    desk = desk_at_work()
    ids = ids_of(desk)
    desk.witness = None
    for body, tenths in inputs:
        desk.mono_ns += tenths * 100_000_000
        desk.feed(_named(body, ids))
        next_wake_mono_ns(desk.state)
    assert desk.disk.differences(desk.state) == []


def test_what_fills_after_a_cancel_by_hand_lets_go_of_the_leg_on_disk_too() -> None:
    """The trader cancels the order and the group; a list then says that all of it was filled."""
    desk = desk_at_work()
    ids = ids_of(desk)
    desk.witness = None
    filled = e.ExecutionReport(
        "@0", "", ExecType.NEW, OrdStatus.PENDING_NEW, Decimal(100), Decimal(0)
    )
    desk.feed(c.CancelOrder(order="G/H/1"))
    desk.feed(c.CancelGroup(group="G"))
    desk.feed(_named(e.OpenOrdersListed("Q1-1", (filled,), False), ids))
    assert not desk.state.groups["G"].legs["H"].held
    assert desk.disk.differences(desk.state) == []


def _named(body: object, ids: list[str]) -> object:
    """The same input with "@3" replaced by a real id."""
    if isinstance(body, e.OpenOrdersListed):
        return replace(body, orders=tuple(_named(r, ids) for r in body.orders))  # type: ignore[misc]
    if isinstance(body, e.ExecutionsListed):
        named = tuple(_named(r, ids) for r in body.executions)
        return replace(body, executions=named)  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for name in ("cl_ord_id", "orig_cl_ord_id"):
        value = getattr(body, name, "")
        if value.startswith("@"):
            changes[name] = ids[int(value[1:]) % len(ids)]
    known = {f.name for f in fields(body)} if changes else set()  # type: ignore[arg-type]
    return replace(body, **changes) if changes and known else body  # type: ignore[type-var]


def test_an_empty_desk_survives_everything_once() -> None:
    desk = Playbook(start=False)
    for body in (
        e.TimePassed(), e.HeartbeatReceived(None), e.OrderHandedOver("x"), object(), None,
        c.Command(command_id="1"), e.SendFailed("x", "y"), c.Arm(), e.BrokerConnected(1),
    ):  # fmt: skip
        desk.feed(body)
    assert handle(desk.state, replace(desk.journal[-1], body=e.TimePassed())) == []
