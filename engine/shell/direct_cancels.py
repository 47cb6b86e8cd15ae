"""Cancels without the loop: which orders, and over which way.

Owns: the plan of a kill beside the loop. May not: touch the engine's books, or wait without a
bound: whatever may hang runs on a thread of its own that is left behind. The orders are the
durable ones, because those are what may be at the broker; only where they cannot be read, the
ones in memory, which a commit under way may be ahead of. A cancel of an order that never left
harms nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from engine.broker.port import DIRECT_S, BrokerPort, DirectCancels
from engine.core import order as orders
from engine.core.blocked import covers
from engine.core.decisions import SendCancel
from engine.core.events import DirectCancel, KillThrown, OrderHandedOver, SendFailed
from engine.core.intents import derive_cl_ord_id
from engine.core.model import Killed, Order
from engine.core.state import DeskState
from engine.store.errors import StoreError
from engine.store.working import working_orders

T = TypeVar("T")
READ_S = 1.0
Outcome = OrderHandedOver | SendFailed


@dataclass(frozen=True, slots=True)
class Plan:
    """``thrown`` with what it asks; ``working`` orders it covers, by ``refs``. ``text`` says
    what people must know about it."""

    thrown: KillThrown
    cancels: tuple[SendCancel, ...]
    refs: tuple[str, ...]
    text: str
    way: DirectCancels | None

    @property
    def working(self) -> int:
        return len(self.refs)

    def carry_out(self) -> list[Outcome]:
        """Hand the cancels over, within ``DIRECT_S``. What is not known to have stayed here may
        have left."""
        way = self.way
        if way is None or not self.cancels:
            return []
        try:
            return within(DIRECT_S, lambda: way.cancel_directly(self.cancels))
        except NotInTime:
            why = f"the broker's link did not take it within {DIRECT_S:g} s"
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
        return [SendFailed(each.cl_ord_id, why) for each in self.cancels]


def plan(state: DeskState, database: Path, broker: BrokerPort, thrown: KillThrown) -> Plan:
    """What to cancel for this kill, and the kill with these requests in it."""
    way = direct_way(broker)
    found, text = _working(state, database)
    killed = Killed(thrown.scope, thrown.target, thrown.user, thrown.reason, 0, 0)
    wanted = [o for o in found if covers(killed, o.group_id, o.account, o.symbol)]
    refs = tuple(each.ref for each in wanted)
    if way is None:
        text = f"{text}this broker's link runs in the loop that hangs: the cancels go when it turns"
        return Plan(thrown, (), refs, text, None)
    instance_id = state.meta.instance_id
    cancels = tuple(_cancel(each, instance_id, thrown.kill_id) for each in wanted)
    asked = tuple(DirectCancel(c.ref, c.cl_ord_id, c.orig_cl_ord_id) for c in cancels)
    return Plan(replace(thrown, asked=asked), cancels, refs, text, way)


def direct_way(broker: BrokerPort) -> DirectCancels | None:
    """The adapter's own way, where it has one."""
    return broker if callable(getattr(broker, "cancel_directly", None)) else None  # type: ignore[return-value]


def left(outcome: Outcome) -> bool:
    """Whether this cancel left, as far as is known."""
    return isinstance(outcome, OrderHandedOver)


def within(seconds: float, work: Callable[[], T]) -> T:
    """``work()`` on a thread of its own. Raises what it raises, and ``TimeoutError`` when it has
    not ended in time; the thread is left to itself then."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name="kill", daemon=True).start()
    return done.result(seconds)


def _working(state: DeskState, database: Path) -> tuple[list[Order], str]:
    try:
        return within(READ_S, lambda: working_orders(database)), ""
    except (NotInTime, StoreError):
        # Reading only: single attributes of records that the loop may be changing.
        refs = list(state.volatile.working)
        found = [state.orders[ref] for ref in refs if ref in state.orders]
        text = "the database cannot be read, the orders are those in memory; "
        return [each for each in found if not orders.is_done(each)], text


def _cancel(order: Order, instance_id: str, kill_id: str) -> SendCancel:
    return SendCancel(
        ref=order.ref,
        request=len(order.requests) + 1,
        cl_ord_id=derive_cl_ord_id(instance_id, f"{order.ref}/kill/{kill_id}"),
        orig_cl_ord_id=orders.current_cl_ord_id(order),
        order_id=order.order_id,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        quantity=order.order_qty,
    )
