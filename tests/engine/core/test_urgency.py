"""What goes first while many wait: urgent groups, with all that is theirs and no harm to others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.model import Deadline, StopWatch
from engine.core.state import DeskState
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, Phase, Side
from engine.core.urgency import GROUPS_MAX, go_first, group_of, is_urgent
from engine.shell.waiting import Arrived, Waiting
from tests.engine.core.playbook import Playbook, pair

D = Decimal
MOST = 1_000
GROUPS = ("A", "B", "C")


def report(name: str, exec_type: ExecType = ExecType.NEW, **words: object) -> e.ExecutionReport:
    status = OrdStatus.NEW if exec_type is ExecType.NEW else OrdStatus(words.pop("status"))
    made = e.ExecutionReport(name, "", exec_type, status, D(0), D(0))
    return replace(made, **words)  # type: ignore[arg-type]


@dataclass
class Line:
    """Three groups at work, and inputs that wait for them."""

    state: DeskState
    names: dict[str, str]

    def __post_init__(self) -> None:
        self.queue = Waiting(self.state.by_cl_ord_id, self.state.by_order_id)
        self._count = 0

    def comes(self, body: object) -> int:
        """One more waits; its number. Each arrives a nanosecond after the other."""
        self._count += 1
        now_ns = self.state.mono_ns + self._count
        self.queue.add(Arrived(now_ns, 0, body, self._count, is_urgent(body)))
        return self._count

    def plain(self, group: str, **words: object) -> int:
        return self.comes(report(self.names[group], **words))

    def ends(self, group: str, **words: object) -> int:
        """The group's order ends: urgent."""
        return self.comes(report(self.names[group], ExecType.CANCELED, status="CANCELED", **words))

    def first(self, most: int = MOST) -> list[int]:
        return [each.number for each in go_first(self.state, self.queue, most)]


@pytest.fixture
def line() -> Line:
    desk = Playbook()
    for group in GROUPS:
        desk.submit(pair(group_id=group))
    state = desk.state
    names = {order.group_id: order.cl_ord_id for order in state.orders.values()}
    assert set(names) == set(GROUPS)
    assert state.meta.phase is Phase.ARMED
    for key in list(state.deadlines.by_key):
        state.deadlines.drop(key)
    return Line(state, names)


def test_an_urgent_group_goes_first_with_all_that_waits_for_it(line: Line) -> None:
    line.plain("A")
    before = line.plain("B")
    line.plain("C")
    end = line.ends("B")
    line.plain("A")
    after = line.plain("B")
    assert line.first() == [before, end, after]


def test_nothing_urgent_nothing_first(line: Line) -> None:
    for group in GROUPS:
        line.plain(group)
    assert line.first() == []


@pytest.mark.parametrize(
    "body",
    [
        e.OpenOrdersListed("Q", (), True),
        e.RawReceived("{", "not JSON"),
        e.BrokerDisconnected("gone"),
        e.PositionsListed("Q", (), True),
        e.KillThrown("k", next(iter(type(c.KillPart().scope))), "", "u", "r", 0, 1),
        c.Arm(),
        c.Kill(reason="x"),
        c.CancelOrder(order="not ours"),
        c.AdoptExternal(cl_ord_id="x", group="A", leg="H"),
    ],
)
def test_what_is_about_everything_is_not_overtaken(line: Line, body: object) -> None:
    earlier = line.ends("A")
    line.comes(body)
    line.ends("B")
    line.plain("A")
    assert line.first() == [earlier]


@pytest.mark.parametrize(
    "body",
    [
        e.HeartbeatReceived(5),
        e.QuoteChanged("SYM-H", D(1), D(1), None, D(0)),
        e.OrderHandedOver("unknown"),
        report("unknown"),
        e.ExecutionsListed("Q", (report("unknown"),), True),
        c.PauseGroup(group="C"),
        e.GroupStateReported("e", "C", "HEDGED"),
    ],
)
def test_what_is_about_others_is_overtaken(line: Line, body: object) -> None:
    line.comes(body)
    end = line.ends("B")
    assert end in line.first()


def test_a_list_that_names_an_order_of_the_group_is_not_overtaken(line: Line) -> None:
    line.comes(e.ExecutionsListed("Q", (report(line.names["B"]),), True))
    line.ends("B")
    assert line.first() == []


def test_while_the_books_are_compared_no_list_is_overtaken(line: Line) -> None:
    line.state.volatile.reconciling = object()  # type: ignore[assignment]
    line.comes(e.ExecutionsListed("Q", (), True))
    line.ends("B")
    assert line.first() == []


def test_a_quote_that_a_stop_of_the_group_watches_is_not_overtaken(line: Line) -> None:
    watch = StopWatch("B/H", "B", "H", "SYM-H", Side.SELL, D(9), D("0.005"), 1)
    line.state.stops[watch.key] = watch
    line.comes(e.QuoteChanged("SYM-H", D(1), D(1), None, D(0)))
    line.ends("B")
    assert line.first() == []
    watch.group_id, watch.key = "A", "A/H"
    line.state.stops = {watch.key: watch}
    assert line.first() == [2]


def test_no_wait_ends_before_what_arrived_about_it_is_heard(line: Line) -> None:
    """C's wait is over with the stamp of B's report, and a fill of C's waits in front of it."""
    _wait_for(line, "C", until_ns=100)
    line.plain("C", server_time_ns=50)
    line.ends("B", server_time_ns=200)
    assert line.first() == []


@pytest.mark.parametrize(("until_ns", "told"), [(100, "A"), (300, "C")])
def test_a_wait_of_which_nothing_is_overtaken_holds_nobody_up(
    line: Line, until_ns: int, told: str
) -> None:
    _wait_for(line, "C", until_ns)
    line.plain(told, server_time_ns=50)
    end = line.ends("B", server_time_ns=200)
    assert line.first() == [end]


def test_a_wait_on_our_own_clock_is_judged_on_all_that_arrived(line: Line) -> None:
    line.state.clock.now_ns, line.state.clock.stampless = None, True
    key = f"hedge:{next(r for r in line.state.orders if r.startswith('C/'))}"
    over_ns = line.state.mono_ns + 2
    line.state.deadlines.put(Deadline(key, 1, over_ns - 1, False, over_ns - 1))
    line.plain("C")
    line.ends("B")
    assert line.first() == []


def _wait_for(line: Line, group: str, until_ns: int) -> None:
    """A wait of the group's until this instant of the broker's."""
    line.state.clock.now_ns, line.state.clock.offset_ns = 10, 0
    line.state.clock.evidence_mono_ns = line.state.mono_ns
    ref = next(ref for ref in line.state.orders if ref.startswith(f"{group}/"))
    line.state.deadlines.put(Deadline(f"hedge:{ref}", until_ns - 10, 0, True, 10))


def test_evidence_is_collected_in_order_of_arrival(line: Line) -> None:
    line.plain("A")
    line.ends("B")
    line.state.volatile.unanswered.add("A/H/1")
    assert line.first() == []


def test_a_report_of_ours_under_a_strange_name_goes_with_its_group(line: Line) -> None:
    """Found by the OrderID, as the core finds it."""
    ref = line.state.by_cl_ord_id[line.names["B"]]
    line.state.by_order_id["O7"] = ref
    strange = line.comes(report("nobody's", order_id="O7"))
    end = line.ends("B")
    assert line.first() == [strange, end]


def test_no_more_than_asked_for_and_still_in_order(line: Line) -> None:
    numbers = [line.ends("B") for _ in range(5)]
    assert line.first(most=3) == numbers[:3]


def test_so_many_groups_at_once() -> None:
    desk = Playbook()
    ids = [f"G{number}" for number in range(GROUPS_MAX + 3)]
    for group in ids:
        desk.submit(pair(group_id=group))
    for key in list(desk.state.deadlines.by_key):
        desk.state.deadlines.drop(key)
    line = Line(desk.state, {o.group_id: o.cl_ord_id for o in desk.state.orders.values()})
    numbers = [line.ends(group) for group in ids]
    assert line.first() == numbers[:GROUPS_MAX]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (report("x"), False),
        (report("x", ExecType.TRADE, status="FILLED", cum_qty=D(5), order_qty=D(5)), False),
        (report("x", ExecType.TRADE, status="FILLED", cum_qty=D(6), order_qty=D(5)), True),
        (report("x", ExecType.TRADE, status="FILLED", cum_qty=D(6)), False),
        (report("x", ExecType.TRADE_CANCEL, status="CANCELED"), True),
        (report("x", ExecType.REJECTED, status="REJECTED"), True),
        (report("x", ExecType.EXPIRED, status="EXPIRED"), True),
        (report("x", ExecType.PENDING_CANCEL, status="PENDING_CANCEL"), False),
        (c.ManualHedge(group="A"), True),
        (c.Acknowledge(escalation=1), True),
        (c.SubmitGroup(), False),
        (c.ResolveOrphan(order="x"), False),
        (e.HeartbeatReceived(), False),
    ],
)
def test_what_is_urgent(body: object, expected: bool) -> None:
    assert is_urgent(body) is expected


def test_whom_an_input_is_about(line: Line) -> None:
    state, name = line.state, line.names["A"]
    ref = state.by_cl_ord_id[name]
    rejected = e.CancelRejected("c1", name, OrdStatus.NEW, CxlRejReason.TOO_LATE)
    assert group_of(state, report(name)) == "A"
    assert group_of(state, rejected) == "A"
    assert group_of(state, e.SendFailed(name, "no route")) == "A"
    assert group_of(state, c.CancelOrder(order=ref)) == "A"
    assert group_of(state, c.ManualHedge(group="A", leg="H")) == "A"
    assert group_of(state, c.Acknowledge(escalation=99)) is None
    assert group_of(state, e.TimePassed()) is None
    assert group_of(state, e.HeartbeatReceived()) == ""
