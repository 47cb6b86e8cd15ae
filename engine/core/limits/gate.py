"""Where the controls stand: at a group's admission, at each order, at each amendment.

Owns: which breach stops what. May not: stop a cancel, nor an emergency hedge, a stop or a manual
hedge of proven exposure; those are let through and told (``HEDGE_OVER_LIMIT``). A hard limit
refuses, a soft one asks for ``confirm``; the risk role may lift named controls once.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.core.commands import GroupRequest
from engine.core.escalation import end_cause, escalate
from engine.core.limits import intended, rates, repeats, told
from engine.core.limits.checks import Breach, Intended, order_breaches, over, plain
from engine.core.limits.exposure import exposure, open_groups
from engine.core.limits.rules import Limits, Rule
from engine.core.limits.verdict import Refusal, lifts, sentence, verdict
from engine.core.model import ZERO, Group, Leg, LimitOverride, Order
from engine.core.terms import EscalationKind, Purpose, Severity, Verdict
from engine.core.turn import NS, Turn

BLOCKED_RETRY_NS = NS
PROTECTIVE = frozenset(
    {
        Purpose.EMERGENCY_HEDGE,
        Purpose.MANUAL_HEDGE,
        Purpose.STOP_LOSS,
        Purpose.MARKET_FALLBACK,
        Purpose.UNWIND,
    }
)
"""Purposes that take exposure down: told when over a limit, never held back."""


def group_refusal(turn: Turn, request: GroupRequest, confirm: bool) -> Refusal:
    """Why the limits refuse a group whole, if they do."""
    found = list(_group_breaches(turn, request))
    return verdict(found, override_for(turn, request.group_id), confirm)


def take_override(turn: Turn, request: GroupRequest) -> list[str]:
    """The group passes: an override that it needs is used up; the controls that it lifts."""
    override = override_for(turn, request.group_id)
    if override is None:
        return []
    hard = dict.fromkeys(b.control for b in _group_breaches(turn, request) if b.hard)
    used = [control for control in hard if lifts(override, control)]
    if used:
        use_up(turn, override)
    return used


def tell_group(turn: Turn, request: GroupRequest, user: str, confirm: bool, reason: str) -> None:
    """Keep what the limits said of a group that was submitted. ``reason``: why it was refused,
    by them or by something else, "" when it was not. Comes before an override is used up."""
    override = override_for(turn, request.group_id)
    if turn.state.config.limits is None or not (reason or confirm or override):
        return
    found = list(_group_breaches(turn, request))
    if verdict(found, override, confirm).reason == reason:
        told.note_verdict(turn, found, override, request.group_id, user, confirm)


def group_is_refused(turn: Turn, request: GroupRequest) -> None:
    """A refusal for repeating stops the shape until a person lets it go on."""
    if any(b.control == "max_repeats" for b in _group_breaches(turn, request)):
        repeats.stop_shape(turn, request)


def may_place(turn: Turn, group: Group, leg: Leg, quantity: Decimal) -> bool:
    """Whether a leg's own order may go now. Over a hard limit it waits and is told; over a rate
    it waits for its turn."""
    limits = turn.state.config.limits
    if limits is None:
        return True
    order = Intended(
        leg.leg_id, "an order", group.account, leg.symbol, leg.side, quantity,
        leg.order_type, leg.price,
    )  # fmt: skip
    found = [
        each
        for each in _order_breaches(turn, limits, order, first_time=False)
        if each.hard and each.control not in group.waived
    ]
    key = f"limit:{group.group_id}/{leg.leg_id}"
    if found:
        if key not in turn.state.standing:
            ref = f"{group.group_id}/{leg.leg_id}"
            told.note_breaches(turn, Verdict.WAITS, ref, group.user, found)
        _wait(turn, group, turn.mono_ns + BLOCKED_RETRY_NS)
        _tell_blocked(turn, group, leg, quantity, key, found)
        return False
    end_cause(turn, key)
    at_ns, bucket = rates.free_at_ns(turn, group.account, leg.symbol)
    if bucket is not None:
        _wait(turn, group, at_ns)
        return False
    return True


def order_is_made(turn: Turn, order: Order) -> None:
    """An order is decided: it counts in the rates, and a protective one over a limit is told."""
    limits = turn.state.config.limits
    if limits is None:
        return
    rates.note(turn, order.account, order.symbol, True)
    if order.purpose not in PROTECTIVE:
        return
    order_ = Intended(
        order.leg_id, "an order", order.account, order.symbol, order.side, order.order_qty,
        order.order_type, order.price, planned=False,
    )  # fmt: skip
    found = [
        breach
        for rule in limits.rules
        if rule.covers(order.account, order.symbol)
        for breach in order_breaches(turn, rule, order_, first_time=False)
    ]
    if found:
        told.note_breaches(turn, Verdict.LET_THROUGH, order.ref, "", found)
        escalate(
            turn, f"over:{order.ref}", EscalationKind.HEDGE_OVER_LIMIT, Severity.WARNING,
            f"{order.ref} ({order.purpose}) was sent over a limit, because it takes exposure"
            f" down: {sentence(found)}",
            group_id=order.group_id, leg_id=order.leg_id, symbol=order.symbol, side=order.side,
            order_ref=order.ref,
        )  # fmt: skip


def amend_refusal(
    turn: Turn, order: Order, quantity: Decimal, price: Decimal | None, confirm: bool, user: str
) -> Refusal:
    """Why an amendment that ``user`` asks for is refused. One that takes a
    protective order no higher than it was is let through."""
    limits = turn.state.config.limits
    if limits is None or (order.purpose in PROTECTIVE and quantity <= order.order_qty):
        return Refusal()
    wanted = Intended(
        "order", "an order", order.account, order.symbol, order.side, quantity,
        order.order_type, price,
    )  # fmt: skip
    more = max(quantity - order.order_qty, ZERO)
    found = list(_order_breaches(turn, limits, wanted, first_time=True, adds=more))
    at_ns, bucket = rates.free_at_ns(turn, order.account, order.symbol)
    if bucket is not None:
        found.append(_too_fast(turn, bucket, at_ns))
    override = override_for(turn, order.ref)
    said = verdict(found, override, confirm)
    told.note_verdict(turn, found, override, order.ref, user, confirm)
    if not said.reason and override is not None and any(b.hard for b in found):
        use_up(turn, override)
    return said


def excess_refusal(
    turn: Turn,
    group: Group,
    leg: Leg,
    quantity: Decimal,
    price: Decimal | None,
    confirm: bool,
    user: str,
) -> Refusal:
    """Why a manual hedge beyond the proven exposure is refused, if it is."""
    limits = turn.state.config.limits
    if limits is None:
        return Refusal()
    wanted = Intended(
        "quantity", "a hedge", group.account, leg.hedge_symbol, leg.hedge_side, quantity,
        leg.order_type, price, planned=False,
    )  # fmt: skip
    found = list(_order_breaches(turn, limits, wanted, first_time=False))
    override = override_for(turn, group.group_id)
    told.note_verdict(turn, found, override, f"{group.group_id}/{leg.leg_id}", user, confirm)
    return verdict(found, override, confirm)


def override_for(turn: Turn, target: str) -> LimitOverride | None:
    """The override that waits for this group or order."""
    return next((o for o in turn.state.meta.overrides if o.target == target), None)


def use_up(turn: Turn, override: LimitOverride) -> None:
    turn.state.meta.overrides.remove(override)
    turn.state.touched.meta = True


def wake_throttled(turn: Turn) -> None:
    """Groups whose wait for a rate or a limit is over are looked at again."""
    waiting = turn.state.volatile.throttled
    for group_id in [g for g, at in waiting.items() if at <= turn.mono_ns]:
        del waiting[group_id]
        if group_id in turn.state.groups:
            turn.state.volatile.active[group_id] = None


def _group_breaches(turn: Turn, request: GroupRequest) -> Iterator[Breach]:
    limits = turn.state.config.limits
    if limits is None:
        return
    for order in intended.orders_of(request):
        for rule in limits.rules:
            if rule.covers(order.account, order.symbol):
                yield from order_breaches(turn, rule, order)
    legs = intended.whole_legs(request)
    for rule in limits.rules:
        inside = [each for each in legs if rule.covers(each.account, each.symbol)]
        if not inside:
            continue
        yield from repeats.duplicates(turn, rule, request)
        yield from repeats.repeats(turn, rule, request)
        count = Decimal(open_groups(turn.state, rule) + 1)
        what = "the number of open groups"
        yield from over(rule, "max_open_groups", rule.max_open_groups, count, what, "group")
        yield from _exposure(turn, rule, inside, "group", with_plans=True)


def _order_breaches(
    turn: Turn, limits: Limits, order: Intended, first_time: bool, adds: Decimal | None = None
) -> Iterator[Breach]:
    """``adds``: what the order adds to the exposure, where that is not all of it."""
    for rule in limits.rules:
        if not rule.covers(order.account, order.symbol):
            continue
        yield from order_breaches(turn, rule, order, first_time)
        more = Intended(
            order.where, order.what, order.account, order.symbol, order.side,
            order.quantity if adds is None else adds, order.order_type, order.price,
        )  # fmt: skip
        yield from _exposure(turn, rule, [more], order.where, with_plans=False)


def _exposure(
    turn: Turn, rule: Rule, extra: list[Intended], where: str, with_plans: bool
) -> Iterator[Breach]:
    if rule.max_net_exposure is None and rule.max_gross_exposure is None:
        return
    found = exposure(turn, rule, extra, with_plans)
    for symbol in found.unpriced:
        text = f"no price of {symbol} is known, so its exposure can't be checked"
        yield Breach("max_gross_exposure", rule.name, False, where, text)
    what = "the net exposure at its worst,"
    yield from over(rule, "max_net_exposure", rule.max_net_exposure, found.net, what, where)
    what = "the gross exposure at its worst,"
    yield from over(rule, "max_gross_exposure", rule.max_gross_exposure, found.gross, what, where)


def _too_fast(turn: Turn, bucket: rates.Bucket, at_ns: int) -> Breach:
    wait_ms = Decimal(at_ns - turn.mono_ns) / 1_000_000
    text = f"the rate of {bucket.what} is used up, free again in {plain(wait_ms)} ms"
    return Breach(f"max_{bucket.what}_per_s", bucket.rule.name, True, "order", text)


def _wait(turn: Turn, group: Group, until_ns: int) -> None:
    turn.state.volatile.throttled[group.group_id] = until_ns


def _tell_blocked(
    turn: Turn, group: Group, leg: Leg, quantity: Decimal, key: str, found: list[Breach]
) -> None:
    escalate(
        turn, key, EscalationKind.LIMIT_BLOCKED, Severity.WARNING,
        f"the next order of {group.group_id}/{leg.leg_id} waits: {sentence(found)}",
        group_id=group.group_id, leg_id=leg.leg_id, symbol=leg.symbol, side=leg.side,
        unfilled_qty=quantity,
    )  # fmt: skip
