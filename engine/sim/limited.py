"""Limits of a run, and whether anything leaves that a limit or a kill stops.

Owns: drawing limits and invariant 9. May not: use the engine's controls. What is judged are the
plain ones, quantity and restricted list; rates and exposure only get in the way of things.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core.decisions import SendOrder
from engine.core.limits.rules import Bound, Limits, Rule
from engine.core.terms import Purpose
from engine.sim.chance import Chance
from engine.sim.durable import Snapshot
from engine.sim.groups import SYMBOLS
from engine.sim.verdict import violated

OWN = (Purpose.HEDGE, Purpose.RISK)
"""What limits hold back; hedges of exposure and stops go through them."""


def draw_limits(chance: Chance) -> Limits:
    """Hard limits, some tighter than what the trader wants, and sometimes a banned symbol."""
    rng = chance.rng
    rules = [
        Rule(
            "all",
            max_order_qty=Bound(hard=Decimal(rng.choice((8, 15, 40, 200)))),
            max_gross_exposure=Bound(hard=Decimal(rng.choice((400, 2_000, 20_000)))),
            max_orders_per_s=Decimal(rng.choice((1, 2, 10))),
            orders_burst=rng.randint(1, 4),
        )
    ]
    if rng.random() < 0.25:
        rules.append(Rule("banned", symbol=chance.one_of(SYMBOLS), restricted=True))
    return Limits(tuple(rules), source="drawn")


class InForce:
    """The limits in force. At the instant of a change the former ones may still have decided."""

    def __init__(self) -> None:
        self._now: Limits | None = None
        self._before: Limits | None = None
        self._since_ns = 0

    def change(self, limits: Limits, mono_ns: int) -> None:
        self._before, self._now, self._since_ns = self._now, limits, mono_ns

    def check(self, message: SendOrder, mono_ns: int) -> None:
        """A new order of a leg's own is within the limits."""
        if message.purpose not in OWN or self._now is None:
            return
        why = _over(self._now, message)
        changing = mono_ns == self._since_ns
        if why and not (changing and (self._before is None or not _over(self._before, message))):
            violated(9, f"{message.ref} was sent, {why}")


def _over(limits: Limits, message: SendOrder) -> str:
    for rule in limits.rules:
        if rule.symbol not in ("*", message.symbol):
            continue
        if rule.restricted:
            return f"and {message.symbol} is restricted"
        most = rule.max_order_qty.hard if rule.max_order_qty is not None else None
        if most is not None and message.quantity > most:
            return f"{message.quantity} where {most} are the most"
    return ""


def check_kills(message: SendOrder, before: Snapshot, shot: Snapshot) -> None:
    """No new order leaves under a kill. One that was decided before it, in the same commit,
    still does, and is canceled behind it: so the kill must have stood before."""
    group_id = message.ref.split("/")[0]
    names = {"GROUP": group_id, "INSTRUMENT": message.symbol, "ACCOUNT": message.account}
    for scope, target in shot.kills & before.kills:
        if scope == "ALL" or names[scope] == target:
            violated(9, f"{message.ref} was sent under the kill of {target or 'everything'}")
