"""The judge: compares the venue's history with what is durable, after every step and every crash.

Owns: which invariant is checked when, and what was seen earlier in the run. May not: ask the
engine anything. ``engine.md`` §6 numbers the invariants.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from engine.core.decisions import Outbound, SendOrder
from engine.sim import exposure, ledger, limited
from engine.sim.disk import Disk
from engine.sim.durable import ZERO, Durable, Snapshot
from engine.sim.exposure import Bounds
from engine.sim.limited import InForce
from engine.sim.link import Link
from engine.sim.venue import Venue
from engine.sim.verdict import violated


class Judge:
    """One run's judge. ``durable`` is opened anew for each generation of the file."""

    def __init__(self, venue: Venue, link: Link, disk: Disk) -> None:
        self.durable = Durable()
        self.bounds = Bounds()
        self.in_force = InForce()
        self._venue = venue
        self._link = link
        self._disk = disk
        self._now = self._before = self._checked = Snapshot()
        self._read_at = -1
        self._sent: set[str] = set()
        self._told: dict[str, Decimal] = {}
        self._judged = (-1, -1)

    def now(self) -> Snapshot:
        """What is committed, read again only after a commit."""
        if self._disk.commits != self._read_at:
            self._read_at = self._disk.commits
            self._before, self._now = self._now, self.durable.read()
            self._told = self._link.take_told()
            self.bounds.note(self._now, self._venue, self._link, self._before)
        return self._now

    def on_sent(self, message: Outbound, trading_stopped: str, mono_ns: int) -> None:
        """A message is being handed over at this very moment."""
        if trading_stopped:
            violated(1, f"{message.cl_ord_id} was sent after trading had stopped")
        intent = self.durable.intent(message.cl_ord_id)
        if intent is None:
            violated(1, f"{message.ref}: {message.cl_ord_id} was sent without a durable intent")
        shot = self.now()
        self._count(message, shot)
        if isinstance(message, SendOrder):
            limited.check_kills(message, self._before, shot)
        if isinstance(message, SendOrder) and not message.resend:
            self.bounds.sent[message.ref] = message.quantity
            if intent["order_qty"] != str(message.quantity):
                violated(1, f"{message.ref}: sent {message.quantity}, meant {intent['order_qty']}")
            self.in_force.check(message, mono_ns)
            told = {ref: self._told_of(ref, shot) for ref in shot.orders}
            exposure.check_risk_order(message, self._before, shot, self.bounds, told)
            exposure.check_hedge_order(message, shot, self.bounds, self._venue)

    def _told_of(self, ref: str, shot: Snapshot) -> Decimal:
        """The highest CumQty that came in for an order with the last commit."""
        truth = self._venue.find(shot.orders[ref].cl_ord_id)
        return self._told.get(truth.order_id, ZERO) if truth is not None else ZERO

    def _count(self, message: Outbound, shot: Snapshot) -> None:
        """The same ClOrdID leaves once, and again only as a resubmission that was decided."""
        if isinstance(message, SendOrder) and message.resend:
            if shot.resolutions.get(message.ref) != "RESUBMIT":
                violated(1, f"{message.ref} was sent again, and nobody had decided so")
            return
        if message.cl_ord_id in self._sent:
            violated(1, f"{message.ref}: {message.cl_ord_id} was sent twice")
        self._sent.add(message.cl_ord_id)

    def look(self, crashed: bool = False) -> None:
        """After a step, or (``crashed``) at a crash, before the restart."""
        if crashed:
            self._read_at = -1
        moment = (self._disk.commits, self._venue.changes)
        if moment == self._judged and not crashed:
            return
        self._judged = moment
        shot = self.now()
        if shot is not self._checked:
            ledger.check_history(self._checked, shot, self._venue)
            ledger.check_executions(shot, self._venue)
            self._checked = shot
        self.bounds.note(shot, self._venue, self._link)
        exposure.check_hedges(shot, self._venue, self._link, self.bounds)
        exposure.check_closings(shot, self._venue, self._link, self.bounds)
        exposure.check_nothing_forgotten(shot)

    def raised(self) -> dict[str, int]:
        """How many escalations of each kind the run has seen, for its report."""
        return Counter(f"raised {each.kind}" for each in self._now.escalations.values())

    def final(self) -> None:
        """The faults are over and everything has been answered."""
        ledger.check_equal(self.now(), self._venue)
        if (found := self.durable.integrity()) != "ok":
            violated(8, f"the database is damaged: {found}")
