"""What becomes of an order at the simulated venue: fills, busts, corrections, ends.

Owns: the drawn fate of each order. May not: take messages (``venue``). Everything here is the
venue's own doing; what it fills beyond what it had said is counted as the order's ``excess``.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.core.terms import ExecType, OrdStatus, OrdType, TimeInForce
from engine.sim.agenda import Agenda, Trace
from engine.sim.chance import Chance
from engine.sim.venue_order import ZERO, Fill, VenueOrder

if TYPE_CHECKING:
    from engine.sim.venue import Venue

PX = Decimal("10")
TICK = Decimal("0.5")
STEP = Decimal(1)
CALM_FILL_S = 0.2
CALM_END_S = 3.0


class FillPlans:
    """Draws and carries out what happens to the venue's orders."""

    def __init__(self, venue: Venue, agenda: Agenda, chance: Chance, trace: Trace) -> None:
        self._venue = venue
        self._agenda = agenda
        self._chance = chance
        self._trace = trace

    def make(self, order: VenueOrder) -> None:
        """Draw the fate of an order that was just accepted."""
        chance = self._chance
        if chance.strikes("reject_after_accept"):
            self._agenda.after(chance.between(0.01, 1.0), lambda: self._reject_late(order))
        delay_s = chance.between(0.0, 0.4 if order.ord_type is OrdType.MARKET else 2.0)
        if chance.strikes("rest") and order.ord_type is not OrdType.MARKET:
            delay_s += chance.between(2.0, 12.0)
        rest = order.leaves
        while rest > ZERO:
            quantity = rest
            if chance.strikes("partial"):
                quantity = chance.part(rest, STEP)
            self._later(delay_s, order, quantity)
            rest -= quantity
            if rest > ZERO and chance.strikes("ends_short"):
                self._end_later(delay_s + chance.between(0.0, 2.0), order)
                return
            delay_s += chance.between(0.0, 1.5)
        if order.tif in (TimeInForce.IOC, TimeInForce.FOK):
            self._end_later(delay_s + 0.01, order)

    def settle(self) -> None:
        """From now on everything that works ends soon, filled."""
        for order in (*self._venue.orders, *self._venue.foreign):
            if not order.ended:
                self.settle_order(order)

    def settle_order(self, order: VenueOrder) -> None:
        delay_s = self._chance.between(CALM_FILL_S, CALM_END_S)
        self._agenda.after(delay_s, lambda: self.fill(order, order.leaves))

    def fill(self, order: VenueOrder, quantity: Decimal, after_end: bool = False) -> None:
        """Execute; also after the end, where that is drawn."""
        if quantity <= ZERO or (order.ended and not after_end):
            return
        if not after_end:
            quantity = min(quantity, order.leaves)
            if quantity == order.leaves and self._chance.strikes("overfill"):
                quantity += STEP * self._chance.rng.randint(1, 5)
        fill = Fill(
            number=len(order.fills) + 1,
            ids=[self._venue.next_exec_id(order)],
            qty=quantity,
            px=PX + TICK * self._chance.rng.randint(-4, 4),
        )
        before = order.cum_qty
        order.fills.append(fill)
        order.recount()
        said = before if after_end else max(order.order_qty, before)
        order.excess += max(order.cum_qty - max(said, before), ZERO)
        self._tell_trade(order, fill, ExecType.TRADE)
        self._trace.note("fill_after_end" if after_end else "fill", f"{order.ref} {quantity}")
        self._maybe_undo(order, fill)

    def after_end(self, order: VenueOrder, rest: Decimal) -> None:
        """Now and then an execution comes after the end."""
        if rest > ZERO and self._chance.strikes("late_fill"):
            quantity = self._chance.part(rest, STEP)
            delay_s = self._chance.between(0.0, 3.0)
            self._agenda.after(delay_s, lambda: self.fill(order, quantity, after_end=True))

    def _later(self, delay_s: float, order: VenueOrder, quantity: Decimal) -> None:
        self._agenda.after(delay_s, lambda: self.fill(order, quantity))

    def _end_later(self, delay_s: float, order: VenueOrder) -> None:
        status = OrdStatus.CANCELED if self._chance.rng.random() < 0.6 else OrdStatus.EXPIRED

        def end() -> None:
            if not order.ended:
                self._venue.end(order, status)

        self._agenda.after(delay_s, end)

    def _reject_late(self, order: VenueOrder) -> None:
        if order.ended or order.cum_qty > ZERO:
            return
        order.status, order.pending = OrdStatus.REJECTED, None
        exec_id = self._venue.next_exec_id(order)
        self._venue.tell(order.report(ExecType.REJECTED, exec_id, self._venue.clock.now_ns()))
        self._trace.note("reject_after_accept", order.ref)

    def _tell_trade(
        self, order: VenueOrder, fill: Fill, kind: ExecType, exec_ref_id: str = ""
    ) -> None:
        fill.last_id = fill.ids[-1]
        report = order.report(
            kind, fill.last_id, self._venue.clock.now_ns(), fill=fill, exec_ref_id=exec_ref_id
        )
        self._venue.tell(report)
        if kind is ExecType.TRADE and self._chance.strikes("resend_new_id"):
            again = self._venue.next_exec_id(order)
            fill.ids.append(again)
            delay_s = self._chance.between(0.0, 3.0)
            self._agenda.after(delay_s, lambda: self._venue.tell(replace(report, exec_id=again)))
            self._trace.note("resend_new_id", order.ref)

    def _maybe_undo(self, order: VenueOrder, fill: Fill) -> None:
        if self._chance.strikes("bust"):
            self._agenda.after(self._chance.between(0.05, 6.0), lambda: self._bust(order, fill))
        if self._chance.strikes("correct"):
            delay_s = self._chance.between(0.05, 6.0)
            self._agenda.after(delay_s, lambda: self._correct(order, fill))

    def _bust(self, order: VenueOrder, fill: Fill) -> None:
        """The venue takes a fill back. A filled order may live again, or be over with less."""
        if not fill.live or self._chance.calm:
            return
        fill.live = False
        order.busted = True
        was_filled = order.status is OrdStatus.FILLED
        order.recount()
        if was_filled and order.status is not OrdStatus.FILLED and self._chance.rng.random() < 0.6:
            order.status = OrdStatus.CANCELED
        ref, exec_id = fill.ids[-1], self._venue.next_exec_id(order)
        report = order.report(
            ExecType.TRADE_CANCEL, exec_id, self._venue.clock.now_ns(), fill=fill, exec_ref_id=ref
        )
        self._venue.tell(report)
        self._trace.note("bust", f"{order.ref} {fill.qty}")
        if not order.ended:
            self.settle_order(order)

    def _correct(self, order: VenueOrder, fill: Fill) -> None:
        """The venue corrects a fill's quantity or price."""
        if not fill.live or self._chance.calm:
            return
        ref, before = fill.ids[-1], order.cum_qty
        fill.ids.append(self._venue.next_exec_id(order))
        fill.px += TICK
        change = self._chance.rng.randint(-2, 2)
        was_ended, was_leaves = order.ended, order.leaves
        if fill.qty + change > ZERO:
            fill.qty += change
        order.recount()
        order.busted = True
        if order.cum_qty > before:
            room = ZERO if was_ended else was_leaves
            order.excess += max(order.cum_qty - before - room, ZERO)
        self._tell_trade(order, fill, ExecType.TRADE_CORRECT, ref)
        self._trace.note("correct", f"{order.ref} {change}")
        if was_ended and not order.ended:
            self.settle_order(order)
