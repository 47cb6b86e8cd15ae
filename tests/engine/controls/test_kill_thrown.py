"""A kill that came over its own path, as the core takes it up."""

from __future__ import annotations

from desk_kit import Desk, d, spread

from engine.core import kill
from engine.core.commands import Kill, ReleaseKill
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    CancelRejected,
    DirectCancel,
    ExecutionReport,
    KillThrown,
    OpenOrdersListed,
    OrderHandedOver,
    SendFailed,
)
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    IntentState,
    KillScope,
    OrdStatus,
    Phase,
    RequestState,
)


def thrown(desk: Desk, *refs: str, run: int = 1, scope: KillScope = KillScope.ALL,
           target: str = "") -> KillThrown:  # fmt: skip
    asked = tuple(
        DirectCancel(ref, f"direct {ref}", desk.state.orders[ref].cl_ord_id) for ref in refs
    )
    return KillThrown("7", scope, target, "ann", "drill", desk.wall_ns, run, asked)


def working(desk: Desk, count: int) -> None:
    for i in range(count):
        assert desk.submit(spread(f"G{i}")).accepted
        desk.ack(f"G{i}/H1/1")


def counted(desk: Desk) -> tuple[int, int, int]:
    (count,) = kill.counts(desk.state)
    return count.asked, count.confirmed, len(count.unknown)


def test_its_cancels_are_requests_and_the_rest_is_asked_now() -> None:
    desk = Desk()
    working(desk, 3)
    desk.put(thrown(desk, "G0/H1/1", "G1/H1/1"))
    assert desk.state.meta.phase is Phase.KILLED
    assert [each.ref for each in desk.canceled] == ["G2/H1/1"], "only what was not asked before"
    assert counted(desk) == (3, 0, 3)
    (request,) = desk.state.orders["G0/H1/1"].requests
    assert (request.cl_ord_id, request.state, request.intent) == (
        "direct G0/H1/1", RequestState.OPEN, IntentState.INTENT_PERSISTED,
    )  # fmt: skip
    assert desk.state.orders["G0/H1/1"].ord_status is OrdStatus.PENDING_CANCEL
    desk.put(OrderHandedOver("direct G0/H1/1"))
    assert request.intent is IntentState.SENT
    assert not desk.submit(spread("G9")).accepted


def test_the_brokers_answers_to_it_find_their_order() -> None:
    desk = Desk()
    working(desk, 2)
    desk.put(thrown(desk, "G0/H1/1", "G1/H1/1"))
    desk.put(
        ExecutionReport(
            "direct G0/H1/1", "e77", ExecType.CANCELED, OrdStatus.CANCELED, d(0),
            d(0), orig_cl_ord_id=desk.state.orders["G0/H1/1"].cl_ord_id,
        )
    )  # fmt: skip
    assert desk.state.orders["G0/H1/1"].requests[0].state is RequestState.ACCEPTED
    desk.put(
        CancelRejected(
            "direct G1/H1/1", desk.state.orders["G1/H1/1"].cl_ord_id, OrdStatus.NEW,
            CxlRejReason.OTHER,
        )
    )  # fmt: skip
    assert desk.state.orders["G1/H1/1"].requests[0].state is RequestState.REJECTED
    assert counted(desk) == (2, 1, 1)
    assert not desk.state.rejected


def test_the_same_kill_again_changes_nothing() -> None:
    desk = Desk()
    working(desk, 2)
    event = thrown(desk, "G0/H1/1", "G1/H1/1")
    desk.put(event)
    requests = [len(desk.state.orders[f"G{n}/H1/1"].requests) for n in (0, 1)]
    desk.put(event)
    assert [len(desk.state.orders[f"G{n}/H1/1"].requests) for n in (0, 1)] == requests == [1, 1]
    assert counted(desk) == (2, 0, 2)
    assert not desk.canceled


def test_after_the_engines_own_kill_its_cancels_are_noted_and_counted_once() -> None:
    """The store was slow: the engine took the kill all the same, after the direct one."""
    desk = Desk()
    working(desk, 2)
    assert desk.ask(Kill(user="ann", reason="drill")).accepted
    desk.put(thrown(desk, "G0/H1/1", "G1/H1/1"))
    assert counted(desk) == (2, 0, 2)
    assert len(desk.state.orders["G0/H1/1"].requests) == 2
    desk.cancel("G0/H1/1")
    desk.cancel("G1/H1/1")
    assert counted(desk) == (2, 2, 0)
    assert desk.ask(ReleaseKill()).accepted
    assert desk.state.meta.kills == []


def test_a_part_is_killed_and_the_rest_goes_on() -> None:
    desk = Desk()
    working(desk, 2)
    desk.put(thrown(desk, "G0/H1/1", scope=KillScope.GROUP, target="G0"))
    assert desk.state.meta.phase is Phase.ARMED
    assert not desk.canceled, "G1 is none of its business"
    desk.fill("G1/H1/1")
    assert "G1/R1/1" in desk.refs()


def test_taken_up_after_a_crash_a_cancel_of_which_nothing_is_seen_is_asked_anew() -> None:
    desk = Desk()
    working(desk, 1)
    event = thrown(desk, "G0/H1/1")
    desk.restart()
    desk.put(event)
    assert desk.state.meta.phase is Phase.RECOVERING and not desk.canceled
    order = desk.state.orders["G0/H1/1"]
    desk.put(OpenOrdersListed("Q2-1", (), True, desk.mono_ns))
    (query_id,) = (q.query_id for q in desk.state.volatile.questions.values() if q.ref)
    desk.put(
        ExecutionReport(
            order.cl_ord_id, "", ExecType.ORDER_STATUS, OrdStatus.NEW, d(0),
            order.order_qty, order_id=order.order_id, query_id=query_id,
            server_time_ns=desk.mono_ns,
        )
    )  # fmt: skip
    assert desk.state.meta.phase is Phase.KILLED
    assert [each.ref for each in desk.canceled] == ["G0/H1/1"]
    assert order.requests[0].state is RequestState.LAPSED
    assert counted(desk) == (1, 0, 1)


def test_what_found_no_link_is_asked_again_when_it_is_back() -> None:
    desk = Desk()
    working(desk, 1)
    desk.put(BrokerDisconnected("line"))
    desk.put(thrown(desk, "G0/H1/1"))
    desk.put(SendFailed("direct G0/H1/1", "no connection", left=False))
    assert not desk.canceled
    desk.put(BrokerConnected(desk.mono_ns))
    assert [each.ref for each in desk.canceled] == ["G0/H1/1"]
    assert counted(desk) == (1, 0, 1)


def test_a_closed_or_unknown_order_among_them_is_left_alone() -> None:
    desk = Desk()
    working(desk, 1)
    event = thrown(desk, "G0/H1/1")
    desk.cancel("G0/H1/1")
    desk.put(event)
    assert desk.state.orders["G0/H1/1"].requests == []
    gone = DirectCancel("G77/H1/1", "direct G77/H1/1", "x")
    desk.put(KillThrown("8", KillScope.ALL, "", "ann", "drill", 1, 1, (gone,)))
    assert [each.ref for each in desk.canceled] == ["G0/H1/2"], "the hedge that followed"
    assert counted(desk) == (1, 0, 1)
