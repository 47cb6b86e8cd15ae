"""Random histories of an honest broker, delivered in every disorder, end as they happened."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from engine.core.commands import CancelOrder, ReplaceOrder
from engine.core.events import CancelRejected, ExecutionReport, ExecutionsListed
from engine.core.intents import derive_cl_ord_id
from engine.core.model import EngineConfig, Order
from engine.core.order import avg_px
from engine.core.order_table import DEAD
from engine.core.terms import ExecType, OrdStatus
from tests.engine.core.honest_broker import BrokerTime, HonestOrder, Pending
from tests.engine.core.playbook import Playbook, pair

REF = "G/R/1"
PATIENT = EngineConfig(leg_timeout_s=Decimal(10**6), hedge_timeout_s=Decimal(10**6))

ACTIONS = (
    "fill", "fill", "fill", "fill_rest", "bust", "correct", "correct_again", "cancel_ask",
    "replace_ask", "tell", "confirm", "refuse", "cancel", "expire", "done_for_day", "suspend",
    "stop", "resume", "restate",
)  # fmt: skip

Event = ExecutionReport | CancelRejected


@dataclass
class History:
    """What happened, in order: reports of the broker and commands of the trader."""

    order: HonestOrder
    entries: list[Event | CancelOrder | ReplaceOrder] = field(default_factory=list)
    requests: int = 0

    def play(self, action: str, a: int, b: int) -> None:
        """Do it if the broker could; else nothing happens."""
        order = self.order
        quantity, px = Decimal(1 + a % 60), Decimal(9 + b % 3)
        ids = sorted(order.live)
        picked = ids[a % len(ids)] if ids else ""
        working = order.is_open and order.base is not OrdStatus.SUSPENDED
        if action == "fill" and working:
            self.note(order.fill(min(quantity, order.leaves_qty), px))
        elif action == "fill_rest" and working:
            self.note(order.fill(order.leaves_qty, px))
        elif action == "bust" and ids:
            self.note(order.bust(picked))
        elif action in ("correct", "correct_again") and ids:
            if action == "correct_again":
                picked = max((i for i in ids if i.startswith("c")), default=picked)
            room = order.live[picked][0] + order.order_qty - order.cum_qty
            if room > 0:
                self.note(order.correct(picked, min(quantity, room), px))
        elif action.endswith("_ask"):
            self._ask(action == "cancel_ask", quantity, px)
        elif order.pending:
            self._settle(action, order.pending[a % len(order.pending)])
        else:
            self._turn(action, quantity)

    def finish(self) -> None:
        while self.order.pending:
            self.note(self.order.refuse(self.order.pending[0]))

    def note(self, event: Event) -> None:
        self.entries.append(event)

    def _ask(self, cancels: bool, quantity: Decimal, px: Decimal) -> None:
        order = self.order
        if not order.is_open or any(p.cancels for p in order.pending) or self.requests > 4:
            return
        self.requests += 1
        request = Pending(derive_cl_ord_id("desk", REF, self.requests), order.cl_ord_id, cancels)
        if cancels:
            self.entries.append(CancelOrder(order=REF))
        else:
            request.quantity, request.price = order.cum_qty + quantity, px
            self.entries.append(ReplaceOrder(order=REF, quantity=request.quantity, price=px))
        order.take_request(request)

    def _settle(self, action: str, request: Pending) -> None:
        order = self.order
        cancels = [p for p in order.pending if p.cancels]
        if action == "tell" and not request.told and order.base not in DEAD:
            self.note(order.tell_pending(request))
        elif action == "confirm" and order.is_open and request in (order.pending[0], *cancels):
            self.note(order.confirm(request))
        elif action == "refuse" or not order.is_open:
            self.note(order.refuse(request))

    def _turn(self, action: str, quantity: Decimal) -> None:
        order = self.order
        ends = {"cancel": OrdStatus.CANCELED, "expire": OrdStatus.EXPIRED,
                "done_for_day": OrdStatus.DONE_FOR_DAY}  # fmt: skip
        halts = {"suspend": OrdStatus.SUSPENDED, "stop": OrdStatus.STOPPED}
        if action in ends and order.is_open:
            self.note(order.end(ends[action]))
        elif action in halts and order.is_open and order.base not in halts.values():
            self.note(order.stop_or_suspend(halts[action]))
        elif action == "resume" and order.base in (OrdStatus.SUSPENDED, OrdStatus.DONE_FOR_DAY):
            self.note(order.resume())
        elif (
            action == "restate"
            and order.is_open
            and order.base is not OrdStatus.SUSPENDED
            and order.cum_qty == 0
        ):
            self.note(order.restate(quantity))


def history(steps: list[tuple[str, int, int]], stamps: bool, accept_first: bool) -> History:
    time = BrokerTime(1_790_000_001 * 10**9, stamps, ids=1000)
    made = History(
        HonestOrder(time, derive_cl_ord_id("desk", REF), "O-R", "SYM-R", _SELL, Decimal(100))
    )
    if accept_first:
        made.note(made.order.accept())
    else:
        made.order.base = OrdStatus.NEW
    for action, a, b in steps:
        made.play(action, a, b)
    made.finish()
    return made


def desk_with_risk_order() -> Playbook:
    """A desk whose hedge is filled and whose risk order was just sent and not answered."""
    desk = Playbook(PATIENT)
    desk.submit(pair())
    desk.acks = False
    desk.cancels = "silent"
    desk.replaces = "silent"
    desk.fill_rest("G/H/1")
    desk.answers = "silent"
    desk.book.clear()
    desk.witness = None  # it believes each report at once; disorder is what is tested here
    assert REF in desk.state.orders
    return desk


_SELL = pair().legs[1].side
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 300), st.integers(0, 5)),
    min_size=1, max_size=14,
)  # fmt: skip
MODEST = settings(
    max_examples=int(os.environ.get("N", "150")),
    derandomize="N" not in os.environ,  # the short run is the same each time, N=… draws anew
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


class Watch:
    """What must hold after every single delivery."""

    def __init__(self, desk: Playbook, truth: HonestOrder) -> None:
        self.desk, self.truth = desk, truth
        self.dead: OrdStatus | None = None

    def look(self) -> Order:
        order = self.desk.order(REF)
        assert order.booked_qty <= self.truth.highest_cum, "more booked than the broker ever had"
        assert order.cum_qty <= self.truth.highest_cum, "more claimed than the broker ever had"
        assert self.dead is None or order.base is self.dead, f"{self.dead} came back to life"
        if order.base in DEAD:
            self.dead = order.base
        return order


def assert_is_the_truth(order: Order, truth: HonestOrder) -> None:
    live = {x.exec_id: (x.qty, x.px) for x in order.executions.values() if x.live}
    assert live == truth.live
    assert order.cum_qty == truth.cum_qty
    assert order.gap_qty == 0
    assert order.leaves_qty == truth.leaves_qty
    assert order.ord_status is truth.ord_status
    assert order.order_qty == truth.order_qty
    assert avg_px(order) == truth.avg_px


def hand_in(desk: Playbook, entry: Event | CancelOrder | ReplaceOrder) -> None:
    answers = desk.feed(entry)
    if isinstance(entry, CancelOrder | ReplaceOrder) and not answers[0].accepted:
        reject()  # from where the desk stands nobody could have asked that


@MODEST
@given(STEPS, st.booleans())
def test_in_order(steps: list[tuple[str, int, int]], stamps: bool) -> None:
    told = history(steps, stamps, True)
    desk = desk_with_risk_order()
    watch = Watch(desk, told.order)
    for entry in told.entries:
        hand_in(desk, entry)
        watch.look()
    assert_is_the_truth(watch.look(), told.order)


@MODEST
@given(STEPS, st.data())
def test_in_disorder(steps: list[tuple[str, int, int]], data: st.DataObject) -> None:
    """Late, twice, or only in a later replay: once everything has arrived it is as it was."""
    told = history(steps, True, data.draw(st.booleans(), label="acknowledged"))
    desk = desk_with_risk_order()
    watch = Watch(desk, told.order)
    for entry in _line(told, data):
        hand_in(desk, entry)
        watch.look()
    _replay(desk, told)
    watch.look()
    desk.feed(told.order.status("Q1-999"))
    assert_is_the_truth(watch.look(), told.order)
    assert desk.disk.differences(desk.state) == []


@MODEST
@given(STEPS, st.data())
def test_gaps_without_a_replay_are_marked(
    steps: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """Some reports never come: a fresh answer gives status and CumQty, the gap says the rest."""
    told = history(steps, True, True)
    desk = desk_with_risk_order()
    watch = Watch(desk, told.order)
    for entry in told.entries:
        lost = isinstance(entry, ExecutionReport) and data.draw(st.booleans(), label="lost")
        if not lost:
            hand_in(desk, entry)
            watch.look()
    desk.feed(told.order.status("Q1-999"))
    order = watch.look()
    assert order.booked_qty + order.gap_qty == order.cum_qty
    if not any(e.exec_type in _LOWERS for e in told.entries if isinstance(e, ExecutionReport)):
        assert order.cum_qty == told.order.cum_qty


_LOWERS = (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)


def _line(told: History, data: st.DataObject) -> list[Event | CancelOrder | ReplaceOrder]:
    """Delivery in disorder that keeps cause before effect: no answer before its request."""
    late: list[tuple[int, int, Event | CancelOrder | ReplaceOrder]] = []
    for at, entry in enumerate(told.entries):
        if isinstance(entry, CancelOrder | ReplaceOrder):
            late.append((at, at, entry))
            continue
        delay = data.draw(st.integers(0, 6), label="delay")
        copies = data.draw(st.sampled_from((1, 1, 1, 2, 0)), label="copies")
        if isinstance(entry, CancelRejected):
            copies = max(copies, 1)
        late += [(at + delay * (n + 1), at, entry) for n in range(copies)]
    return [entry for _, _, entry in sorted(late, key=lambda each: each[:2])]


def _replay(desk: Playbook, told: History) -> None:
    """A resend of everything, as after a reconnect."""
    reports = [e for e in told.entries if isinstance(e, ExecutionReport)]
    desk.feed(ExecutionsListed("Q1-998", tuple(told.order.trades), True, None))
    for report in reports:
        desk.feed(replace(report, poss_dup=True))
