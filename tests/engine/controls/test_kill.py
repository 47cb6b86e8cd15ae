"""The kill switch and its counts; canceling when the broker was lost."""

from __future__ import annotations

import pytest
from desk_kit import Desk, d, rules, spread

from engine.core import kill
from engine.core.commands import Kill, KillPart, ManualHedge, ReleaseKill, ReleaseKillPart
from engine.core.events import BrokerConnected, BrokerDisconnected
from engine.core.model import UserRole
from engine.core.terms import KillScope, Role


def _working(desk: Desk, count: int) -> None:
    for i in range(count):
        assert desk.submit(spread(f"G{i}")).accepted
        desk.ack(f"G{i}/H1/1")


def test_kill_blocks_then_cancels_and_counts_until_nothing_is_unknown() -> None:
    desk = Desk()
    _working(desk, 3)
    answer = desk.ask(Kill(reason="test"))
    assert answer.accepted and "3 cancels asked" in answer.reason
    assert not desk.submit(spread("G9")).accepted
    (count,) = kill.counts(desk.state)
    assert (count.asked, count.confirmed, len(count.unknown)) == (3, 0, 3)
    desk.cancel("G0/H1/1")
    desk.fill("G1/H1/1")
    (count,) = kill.counts(desk.state)
    assert (count.asked, count.confirmed, count.unknown) == (3, 2, ("G2/H1/1",))
    assert len(desk.sent) == 3, "nothing is flattened"
    desk.cancel("G2/H1/1")
    assert kill.counts(desk.state)[0].unknown == ()


def test_kill_and_its_count_survive_a_restart() -> None:
    desk = Desk()
    _working(desk, 2)
    desk.ask(Kill(reason="test"))
    desk.restart()
    (count,) = kill.counts(desk.state)
    assert (count.asked, len(count.unknown)) == (2, 2)
    assert not desk.submit(spread("G9")).accepted
    assert desk.ask(ReleaseKill()).accepted
    assert kill.counts(desk.state) == ()


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (KillScope.GROUP, "G0"),
        (KillScope.ACCOUNT, "one"),
        (KillScope.INSTRUMENT, "P3000"),
        (KillScope.INSTRUMENT, "P3100"),
    ],
)
def test_a_part_is_killed_and_the_rest_goes_on(scope: KillScope, target: str) -> None:
    desk = Desk()
    assert desk.submit(spread("G0", account="one")).accepted
    other = spread("G1", account="two")
    if scope is KillScope.INSTRUMENT:
        from dataclasses import replace

        swap = {"P3000": "X1", "P3100": "X2"}
        other = replace(other, legs=tuple(replace(x, symbol=swap[x.symbol]) for x in other.legs))
    assert desk.submit(other).accepted
    assert desk.ask(KillPart(scope=scope, target=target, reason="test")).accepted
    asked = [each.ref for each in desk.canceled]
    assert asked == ([] if target == "P3100" else ["G0/H1/1"])
    desk.fill("G0/H1/1")
    assert "G0/R1/1" not in desk.refs(), "no risk where its market is killed"
    desk.fill("G1/H1/1")
    assert "G1/R1/1" in desk.refs(), "the rest goes on"
    again = desk.submit(spread("G2", account="one"))
    assert again.accepted is (scope is KillScope.GROUP)
    if not again.accepted:
        assert f"killed {target}" in again.reason
    assert not desk.ask(ReleaseKillPart(scope=scope, target=target)).accepted, "needs a reason"
    assert desk.ask(ReleaseKillPart(scope=scope, target=target, reason="done")).accepted
    assert desk.submit(spread("G3", account="one")).accepted
    assert "G0/R1/1" in desk.refs()


def test_manual_hedge_under_a_kill_is_refused_and_exposure_is_told() -> None:
    desk = Desk()
    assert desk.submit(spread("G0")).accepted
    desk.fill("G0/H1/1")
    desk.fill("G0/R1/1", 5, px=25)
    assert desk.ask(KillPart(scope=KillScope.GROUP, target="G0", reason="test")).accepted
    order = desk.state.orders["G0/H1/1"]
    from engine.core.events import ExecutionReport
    from engine.core.terms import ExecType, OrdStatus

    desk.put(
        ExecutionReport(
            order.cl_ord_id, "bust", ExecType.TRADE_CANCEL, OrdStatus.CANCELED, d(0), d(0),
            exec_ref_id=next(iter(order.executions.values())).exec_id,
            server_time_ns=desk.mono_ns,
        )
    )  # fmt: skip
    assert "HEDGE_BLOCKED" in desk.kinds()
    answer = desk.ask(ManualHedge(group="G0", leg="H1", quantity=d(5)))
    assert not answer.accepted and "killed G0" in answer.reason


def test_kill_twice_and_kill_of_nothing() -> None:
    desk = Desk()
    assert not desk.ask(KillPart(scope=KillScope.GROUP, target="G9")).accepted
    assert not desk.ask(KillPart(scope=KillScope.ACCOUNT, target="")).accepted
    assert desk.ask(KillPart(scope=KillScope.ACCOUNT, target="a", reason="x")).accepted
    assert not desk.ask(KillPart(scope=KillScope.ACCOUNT, target="a", reason="x")).accepted
    assert desk.ask(KillPart(reason="x")).accepted, "all, above a part"
    assert not desk.ask(Kill()).accepted
    release = ReleaseKillPart(scope=KillScope.ALL, reason="over")
    assert desk.ask(release).accepted and not desk.ask(release).accepted


def test_thousand_working_orders_are_all_asked_in_the_turn_of_the_kill() -> None:
    desk = Desk()
    for i in range(1000):
        desk.submit(spread(f"G{i}", account="busy"))
    out = desk.put(Kill(reason="test", command_id="k"))
    assert sum(type(each).__name__ == "SendCancel" for each in out) == 1000


# -- the broker was lost ---------------------------------------------------------------------------


def _risk_and_hedge_working(desk: Desk) -> None:
    assert desk.submit(spread("G0")).accepted
    desk.fill("G0/H1/1")
    desk.ack("G0/R1/1")
    assert desk.submit(spread("G1", 11)).accepted
    desk.ack("G1/H1/1")


def _lose(desk: Desk) -> None:
    desk.put(BrokerDisconnected("line"))
    desk.wait(1)
    desk.put(BrokerConnected(desk.mono_ns))


def test_risk_orders_are_canceled_after_a_disconnect_and_hedges_stay() -> None:
    desk = Desk(rules())
    _risk_and_hedge_working(desk)
    _lose(desk)
    assert [each.ref for each in desk.canceled] == ["G0/R1/1"]


def test_the_policy_is_per_leg_type() -> None:
    desk = Desk(rules(cancel_on_disconnect=["RISK", "HEDGE"]))
    _risk_and_hedge_working(desk)
    _lose(desk)
    assert sorted(each.ref for each in desk.canceled) == ["G0/R1/1", "G1/H1/1"]
    desk = Desk(rules(cancel_on_disconnect=[]))
    _risk_and_hedge_working(desk)
    _lose(desk)
    assert not desk.canceled


def test_a_silent_broker_is_asked_to_cancel_too() -> None:
    desk = Desk(rules())
    _risk_and_hedge_working(desk)
    for _ in range(5):
        desk.wait(1)
    assert "BROKER_SILENT" in desk.kinds()
    assert [each.ref for each in desk.canceled] == ["G0/R1/1"]


def test_without_limits_nothing_is_canceled_by_itself() -> None:
    desk = Desk()
    _risk_and_hedge_working(desk)
    _lose(desk)
    assert not desk.canceled


# -- roles -----------------------------------------------------------------------------------------

ROLES = (
    UserRole("anna", Role.TRADER),
    UserRole("rita", Role.RISK),
    UserRole("vic", Role.VIEWER),
)


def test_roles_are_checked_for_every_command() -> None:
    from engine.core.commands import CancelGroup, OverrideLimit, ReloadLimits, SubmitGroup
    from engine.core.limits.rules import Limits

    def desk() -> Desk:
        return Desk(roles=ROLES)

    for user, allowed in (("anna", True), ("rita", False), ("vic", False), ("who", False)):
        answer = desk().ask(SubmitGroup(user=user, group=spread("G1")))
        assert answer.accepted is allowed, user
    for user, allowed in (("anna", False), ("rita", True), ("vic", False), ("who", False)):
        assert desk().ask(ReloadLimits(user=user, limits=Limits())).accepted is allowed, user
        override = OverrideLimit(user=user, target="G1", reason="why")
        assert desk().ask(override).accepted is allowed, user
    for user in ("anna", "rita", "vic", "who"):
        assert desk().ask(Kill(user=user, reason="stop")).accepted, "anyone may stop the desk"
    busy = desk()
    assert busy.ask(SubmitGroup(user="anna", group=spread("G1"))).accepted
    answer = busy.ask(CancelGroup(user="vic", group="G1"))
    assert not answer.accepted and "vic is VIEWER: CancelGroup is for TRADER" in answer.reason
    assert busy.ask(CancelGroup(user="rita", group="G1")).accepted
    busy.ask(Kill(user="vic", reason="stop"))
    assert not busy.ask(ReleaseKill(user="vic", reason="x")).accepted
    assert not busy.ask(ReleaseKill(user="rita")).accepted, "with roles a reason is needed"
    assert busy.ask(ReleaseKill(user="rita", reason="checked")).accepted
