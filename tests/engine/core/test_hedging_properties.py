"""Issue: never unhedged in silence. Whatever the market and the broker do to a group, after
every turn the witness adds up by hand: hedges filled + may still fill <= exposure, no risk for
more than the hedge proven, and nothing unhedged is forgotten."""

from __future__ import annotations

import os
from decimal import Decimal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from engine.core import commands as c
from engine.core.events import BrokerConnected, BrokerDisconnected
from engine.core.model import EngineConfig
from engine.core.terms import (
    CxlRejReason,
    EscalationState,
    LegType,
    OrdStatus,
    OrdType,
    Release,
    Resolution,
    RiskShortfall,
)
from tests.engine.core.honest_broker import HonestOrder
from tests.engine.core.playbook import Playbook, leg

PICK = st.integers(0, 10_000)
SECONDS = st.sampled_from(("0.05", "0.1", "0.7", "1.2", "2", "5", "6"))
SIZES = st.sampled_from((20, 50, 100))
LEGS = {
    "pair": lambda: (leg("H", LegType.HEDGE, 100), leg("R", LegType.RISK, 100)),
    "uneven": lambda: (
        leg("H", LegType.HEDGE, 30), leg("H2", LegType.HEDGE, 70), leg("R", LegType.RISK, 100),
    ),
    "two risks": lambda: (
        leg("H", LegType.HEDGE, 100), leg("R", LegType.RISK, 40), leg("R2", LegType.RISK, 70),
    ),
    "sliced": lambda: (
        leg("H", LegType.HEDGE, 100, child=c.ChildSpec(Decimal(40), Decimal("0.5"))),
        leg("R", LegType.RISK, 60, child=c.ChildSpec(Decimal(25), Decimal(1))),
    ),
    "stopped": lambda: (
        leg("H", LegType.HEDGE, 50),
        leg("R", LegType.RISK, 100, stop_loss=c.StopSpec(Decimal(40))),
    ),
}  # fmt: skip


class Hedging(RuleBasedStateMachine):
    """One group, an honest broker that is slow, silent, refuses, busts and forgets to answer."""

    desk: Playbook
    was_set_back = False

    @initialize(
        legs=st.sampled_from(sorted(LEGS)),
        release=st.sampled_from(Release),
        shortfall=st.sampled_from(RiskShortfall),
        stamps=st.sampled_from((True, True, False)),
        acks=st.booleans(),
    )
    def begin(
        self, legs: str, release: Release, shortfall: RiskShortfall, stamps: bool, acks: bool
    ) -> None:
        self.desk = Playbook(EngineConfig(), stamps=stamps, acks=acks, cancels="silent")
        request = c.GroupRequest("G", LEGS[legs](), release=release, on_risk_shortfall=shortfall)
        assert self.desk.submit(request) == ""

    # -- the broker ----------------------------------------------------------------------------

    def pick(self, pick: int, wanted: str = "open") -> tuple[str, HonestOrder] | None:
        book = self.desk.book.items()
        found = [(r, o) for r, o in book if (o.is_open if wanted == "open" else o.live)]
        return found[pick % len(found)] if found else None

    @rule(pick=PICK, quantity=st.integers(1, 100))
    def fills(self, pick: int, quantity: int) -> None:
        found = self.pick(pick)
        if found is not None:
            self.desk.fill(found[0], min(Decimal(quantity), found[1].leaves_qty))

    @rule(pick=PICK)
    def fills_the_rest(self, pick: int) -> None:
        found = self.pick(pick)
        if found is not None:
            self.desk.fill_rest(found[0])

    @rule(pick=PICK)
    def acknowledges(self, pick: int) -> None:
        found = self.pick(pick)
        if found is not None and found[1].base is OrdStatus.PENDING_NEW:
            self.desk.ack(found[0])

    @rule(pick=PICK, how=st.sampled_from((OrdStatus.CANCELED, OrdStatus.EXPIRED)))
    def ends(self, pick: int, how: OrdStatus) -> None:
        found = self.pick(pick)
        if found is not None:
            self.desk.end(found[0], how)

    @rule(pick=PICK)
    def rejects(self, pick: int) -> None:
        found = self.pick(pick)
        if found is not None and found[1].base in (OrdStatus.PENDING_NEW, OrdStatus.NEW):
            self.desk.reject(found[0])

    @rule(pick=PICK, refuse=st.booleans())
    def settles_a_request(self, pick: int, refuse: bool) -> None:
        waiting = [(r, o) for r, o in self.desk.book.items() if o.pending]
        if not waiting:
            return
        ref, order = waiting[pick % len(waiting)]
        numbers = {q.cl_ord_id: q.number for q in self.desk.order(ref).requests}
        number = numbers[order.pending[0].cl_ord_id]
        if refuse or not order.is_open:
            self.desk.refuse(ref, number, CxlRejReason.TOO_LATE)
        else:
            self.desk.confirm(ref, number)

    @rule(pick=PICK)
    def busts(self, pick: int) -> None:
        found = self.pick(pick, "live")
        if found is not None:
            ids = sorted(found[1].live)
            self.desk.bust(found[0], ids[pick % len(ids)])

    @rule(pick=PICK, quantity=st.integers(1, 60))
    def corrects(self, pick: int, quantity: int) -> None:
        found = self.pick(pick, "live")
        if found is None:
            return
        ref, order = found
        exec_id = sorted(order.live)[pick % len(order.live)]
        room = order.live[exec_id][0] + order.order_qty - order.cum_qty
        self.desk.correct(ref, exec_id, min(Decimal(quantity), room))

    @rule(on=st.booleans())
    def delays_reports(self, on: bool) -> None:
        if on:
            self.desk.hold_back()
        else:
            self.desk.let_through()

    @rule(how=st.sampled_from(("truth", "silent", "unknown")))
    def answers(self, how: str) -> None:
        if not self.was_set_back:
            self.desk.answers = how

    @rule(how=st.sampled_from(("confirm", "silent", "reject")))
    def treats_cancels(self, how: str) -> None:
        self.desk.cancels = how

    @rule(last=st.sampled_from((35, 40, 45)))
    def quotes(self, last: int) -> None:
        self.desk.quote("SYM-R", last)

    @rule()
    def link_breaks_and_comes_back(self) -> None:
        self.desk.feed(BrokerDisconnected())
        self.desk.feed(BrokerConnected(self.desk.time.stamp()))

    # -- time and the machine ------------------------------------------------------------------

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: str) -> None:
        self.desk.wait(seconds)

    @rule(hours=st.sampled_from((-2, 2)))
    def server_clock_is_set(self, hours: int) -> None:
        """Set back, its stamps order nothing: a bust can't be told from a late one without an
        answer. Such a broker answers here; one that does neither can't be read by anybody."""
        if hours < 0:
            self.was_set_back, self.desk.answers = True, "truth"
        self.desk.skew_ns += hours * 3600 * 10**9

    @rule()
    def crashes_and_starts(self) -> None:
        self.desk.restart()
        self.desk.wait("1.1")
        for ref, orphan in sorted(self.desk.state.orphans.items()):
            if orphan.resolution is None:
                for choice in (Resolution.ADOPT, Resolution.MARK_NEVER_SENT):
                    self.desk.do(c.ResolveOrphan(order=ref, resolution=choice))
        if self.desk.phase == "RESOLVING":
            self.desk.do(c.Arm())

    # -- the trader ----------------------------------------------------------------------------

    @rule(pick=PICK)
    def trader_cancels_an_order(self, pick: int) -> None:
        refs = sorted(self.desk.state.orders)
        self.desk.do(c.CancelOrder(order=refs[pick % len(refs)]))

    @rule()
    def trader_stops_the_group(self) -> None:
        self.desk.do(c.CancelGroup(group="G"))

    @rule(quantity=st.integers(1, 100), limit=st.booleans())
    def trader_hedges(self, quantity: int, limit: bool) -> None:
        how = OrdType.LIMIT if limit else OrdType.MARKET
        price = Decimal(10) if limit else None
        self.desk.do(
            c.ManualHedge(group="G", leg="H", quantity=Decimal(quantity), order_type=how,
                          price=price)
        )  # fmt: skip

    @rule(pick=PICK)
    def trader_acknowledges(self, pick: int) -> None:
        stand = self.desk.standing()
        if stand:
            one = stand[pick % len(stand)]
            self.desk.do(c.Acknowledge(escalation=one.number, level=one.level, comment="seen"))

    @rule()
    def trader_accepts_partial(self) -> None:
        self.desk.do(c.AcceptPartial(group="G"))

    @rule(on=st.booleans())
    def trader_pauses(self, on: bool) -> None:
        self.desk.do(c.PauseGroup(group="G") if on else c.ResumeGroup(group="G"))

    # -- the end -------------------------------------------------------------------------------

    def teardown(self) -> None:
        """A broker that answers everything: all comes to rest, hedged or told."""
        if not hasattr(self, "desk"):
            return
        desk = self.desk
        desk.let_through()
        desk.answers, desk.cancels, desk.acks = "truth", "confirm", True
        for ref, order in list(desk.book.items()):
            for request in list(order.pending):
                number = {q.cl_ord_id: q.number for q in desk.order(ref).requests}
                desk.refuse(ref, number[request.cl_ord_id])
        desk.wait(30)
        assert desk.disk.differences(desk.state) == []
        for ref, order in desk.book.items():
            assert desk.order(ref).cum_qty == order.cum_qty, f"{ref} is not the broker's"
            assert desk.order(ref).gap_qty == 0
        group = desk.group()
        assert desk.witness is not None
        for each in group.legs.values():
            bare = each.leg_type is LegType.HEDGE and desk.witness.unhedged(group, each)
            told = any(e.state is not EscalationState.RESOLVED for e in desk.standing())
            works = any(o.is_open for o in desk.book.values())
            assert not bare or told or works


Hedging.TestCase.settings = settings(
    max_examples=int(os.environ.get("N", "70")),
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
TestHedging = Hedging.TestCase
