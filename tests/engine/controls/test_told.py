"""What the controls said, kept for people; who may ask for what."""

from __future__ import annotations

import pytest
from desk_kit import Desk, d, rules, spread

from engine.core import permissions
from engine.core.commands import (
    AllowRepeats,
    CancelOrder,
    Command,
    Kill,
    ManualHedge,
    OperateLink,
    OverrideLimit,
    ReloadLimits,
    ReplaceOrder,
    SubmitGroup,
)
from engine.core.decisions import LinkOperation
from engine.core.limits import told
from engine.core.model import UserRole
from engine.core.terms import LinkAction, Role


def _told(desk: Desk) -> list[tuple[str, str, str, str, str]]:
    return [
        (str(each.verdict), each.target, each.user, each.control, each.rule)
        for each in desk.state.volatile.limit_decisions
    ]


def test_a_hard_limit_is_told_with_who_asked_and_which_rule() -> None:
    desk = Desk(rules({"name": "size", "max_order_qty": d(5)}))
    desk.submit(spread(), user="vera")
    assert set(_told(desk)) == {("REFUSED", "G1", "vera", "max_order_qty", "size")}
    assert "hard limit 5" in desk.state.volatile.limit_decisions[0].text


def test_a_soft_limit_is_told_when_it_asks_and_when_it_is_confirmed() -> None:
    soft = {"name": "size", "max_order_qty": {"soft": d(5), "hard": d(50)}}
    desk = Desk(rules(soft))
    desk.submit(spread(), user="vera")
    desk.submit(spread(), user="vera", confirm=True)
    assert list(dict.fromkeys(v for v, *_ in _told(desk))) == ["ASKED", "CONFIRMED"]


def test_an_override_is_told_when_it_is_given_and_when_it_is_used() -> None:
    desk = Desk(rules({"name": "size", "max_order_qty": d(5)}))
    desk.ask(OverrideLimit(user="rita", target="G1", controls=("max_order_qty",), reason="ok"))
    assert desk.submit(spread(), user="vera").accepted
    assert _told(desk)[0] == ("LIFTED", "G1", "rita", "max_order_qty", "")
    assert set(_told(desk)[1:]) == {("OVERRIDDEN", "G1", "vera", "max_order_qty", "size")}


def test_what_other_reasons_refuse_is_not_told_as_a_limit() -> None:
    desk = Desk(rules({"name": "size", "max_order_qty": d(5)}))
    desk.ask(Kill(reason="test"))
    assert not desk.submit(spread()).accepted
    assert _told(desk) == []


def test_an_amendment_an_excess_and_a_wait_are_told() -> None:
    desk = Desk(rules({"name": "size", "max_order_qty": d(12)}))
    desk.submit(spread())
    desk.ack("G1/H1/1")
    desk.ask(ReplaceOrder(user="vera", order="G1/H1/1", quantity=d(20)))
    assert _told(desk) == [("REFUSED", "G1/H1/1", "vera", "max_order_qty", "size")]
    desk.ask(ManualHedge(user="vera", group="G1", leg="H1", quantity=d(30), allow_excess=True))
    assert _told(desk)[-1] == ("REFUSED", "G1/H1", "vera", "max_order_qty", "size")
    desk.ask(ReloadLimits(user="rita", limits=rules({"name": "size", "max_order_qty": d(4)})))
    assert _told(desk)[-1] == ("RELOADED", "test", "rita", "", "")
    desk.fill("G1/H1/1")
    waits = [each for each in _told(desk) if each[0] == "WAITS"]
    assert waits == [("WAITS", "G1/R1", "trader", "max_order_qty", "size")]
    desk.wait(3)
    assert [each for each in _told(desk) if each[0] == "WAITS"] == waits, "once, not each second"


def test_repeats_that_are_let_go_on_are_told() -> None:
    desk = Desk(rules({"name": "again", "max_repeats": 1}))
    desk.submit(spread("G1"))
    desk.submit(spread("G2"))
    (shape,) = desk.state.meta.repeats_stopped
    desk.ask(AllowRepeats(user="rita", shape=shape, reason="meant so"))
    assert [v for v, *_ in _told(desk)] == ["REFUSED", "ALLOWED"]
    assert _told(desk)[-1][1:4] == (shape, "rita", "max_repeats")


def test_only_the_last_decisions_are_kept_and_their_numbers_go_on() -> None:
    desk = Desk(rules({"name": "size", "max_order_qty": d(5)}))
    for i in range(told.KEPT_MAX):
        desk.submit(spread(f"G{i}"))
    kept = desk.state.volatile.limit_decisions
    assert len(kept) == told.KEPT_MAX
    assert kept[-1].number - kept[0].number == told.KEPT_MAX - 1 and kept[0].number > 1


@pytest.mark.parametrize(
    ("user", "kind", "may"),
    [
        ("tom", SubmitGroup, True),
        ("tom", ReloadLimits, False),
        ("rita", ReloadLimits, True),
        ("rita", SubmitGroup, False),
        ("rita", OperateLink, True),
        ("vic", CancelOrder, False),
        ("vic", OperateLink, False),
        ("vic", Kill, True),
        ("nobody", CancelOrder, False),
    ],
)
def test_what_the_screen_is_told_is_what_the_engine_does(
    user: str, kind: type[Command], may: bool
) -> None:
    people = (
        UserRole("tom", Role.TRADER),
        UserRole("rita", Role.RISK),
        UserRole("vic", Role.VIEWER),
    )
    desk = Desk(roles=people)
    why = permissions.denied(desk.state, user, kind)
    assert (why == "") is may
    if why:
        answer = desk.ask(kind(user=user))
        assert (answer.accepted, answer.reason, answer.field) == (
            False, why.replace("this is", f"{kind.__name__} is"), "user",
        )  # fmt: skip
    assert permissions.denied(Desk().state, user, kind) == "", "no roles: everybody"


def test_the_link_is_operated_after_the_commit_and_answers_for_itself() -> None:
    desk = Desk()
    out = desk.put(OperateLink(user="vera", command_id="c1", action=LinkAction.LOGOUT))
    assert out == [LinkOperation("c1", LinkAction.LOGOUT, "asked by vera")]
