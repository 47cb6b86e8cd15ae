"""A desk without a shell: inputs go straight into the core, decisions are kept.

Owns: the little venue of these tests (it acknowledges, fills, cancels on request) and the clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.core import machine
from engine.core.commands import Command, GroupRequest, LegRequest, SubmitGroup
from engine.core.decisions import Answer, Decision, SendCancel, SendOrder, SendReplace
from engine.core.events import (
    EngineStarted,
    Envelope,
    ExecutionReport,
    OpenOrdersListed,
    OrderHandedOver,
    QuoteChanged,
    TimePassed,
)
from engine.core.limits.rules import Limits
from engine.core.model import EngineConfig
from engine.core.state import DeskState, Volatile
from engine.core.terms import ExecType, LegType, OrdStatus, OrdType, Side
from engine.limits_file import parse_limits

S = 1_000_000_000
START_WALL_NS = 18_267 * 86_400 * S + 15 * 3600 * S  # Monday 2020-01-06 15:00 UTC


def d(value: object) -> Decimal:
    return Decimal(str(value))


def rules(*tables: dict[str, Any], **top: Any) -> Limits:
    """Limits from rule tables, each named by its place unless it names itself."""
    named = [{"name": f"rule {i}"} | table for i, table in enumerate(tables)]
    return parse_limits({"rules": named} | top, "test")


def leg(
    leg_id: str,
    leg_type: str,
    symbol: str,
    side: str,
    quantity: object,
    price: object | None = 10,
    **more: Any,
) -> LegRequest:
    return LegRequest(
        leg_id,
        LegType(leg_type),
        symbol,
        Side(side),
        d(quantity),
        order_type=OrdType.LIMIT if price is not None else OrdType.MARKET,
        price=d(price) if price is not None else None,
        **more,
    )


def spread(group_id: str = "G1", quantity: object = 10, **more: Any) -> GroupRequest:
    """Buy the hedge put, sell the risk put."""
    return GroupRequest(
        group_id,
        (
            leg("H1", "HEDGE", "P3000", "BUY", quantity, 10),
            leg("R1", "RISK", "P3100", "SELL", quantity, 25),
        ),
        **more,
    )


class Desk:
    """The core, a clock, and a venue that does what it is told."""

    def __init__(self, limits: Limits | None = None, **config: Any) -> None:
        self.state: DeskState = machine.new_state(EngineConfig(limits=limits, **config))
        self.mono_ns = 10 * S
        self.wall_ns = START_WALL_NS
        self.quotes: dict[str, QuoteChanged] = {}
        self.sent: list[SendOrder] = []
        self.canceled: list[SendCancel] = []
        self.replaced: list[SendReplace] = []
        self.answers: list[Answer] = []
        self._exec = 0
        self.put(EngineStarted(1, "test"))
        self.put(OpenOrdersListed("Q1-1", (), True, self.mono_ns))

    def put(self, body: object) -> list[Decision]:
        envelope = Envelope(self.mono_ns, self.wall_ns, body, dict(self.quotes))
        out = machine.handle(self.state, envelope)
        for decision in out:
            if isinstance(decision, SendOrder):
                self.sent.append(decision)
            elif isinstance(decision, SendCancel):
                self.canceled.append(decision)
            elif isinstance(decision, SendReplace):
                self.replaced.append(decision)
            elif isinstance(decision, Answer):
                self.answers.append(decision)
        for decision in out:
            if isinstance(decision, SendOrder):
                self.put(OrderHandedOver(decision.cl_ord_id))
        return out

    def ask(self, command: Command) -> Answer:
        self.answers.clear()
        self.put(replace(command, command_id=f"c{self.mono_ns}"))
        return self.answers[0]

    def submit(self, request: GroupRequest, **more: Any) -> Answer:
        return self.ask(SubmitGroup(group=request, **more))

    def quote(self, symbol: str, bid: object, ask: object) -> None:
        self.quotes[symbol] = QuoteChanged(symbol, d(bid), d(100), d(ask), d(100))

    def wait(self, seconds: float) -> None:
        self.mono_ns += int(seconds * S)
        self.wall_ns += int(seconds * S)
        self.put(TimePassed())

    def restart(self) -> None:
        """The process is gone; what the store keeps comes back."""
        state = self.state
        state.volatile = Volatile()
        state.standing.clear()
        state.by_cl_ord_id.clear()
        state.by_order_id.clear()
        machine.rebuild(state)
        self.put(EngineStarted(state.meta.run + 1, "test"))

    # -- the venue -----------------------------------------------------------------------------

    def report(self, ref: str, status: OrdStatus, kind: ExecType, cum: object, last: object = 0,
               px: object = 10) -> None:  # fmt: skip
        order = self.state.orders[ref]
        self._exec += 1
        cum_qty, last_qty = d(cum), d(last)
        closed = status in (OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.FILLED)
        leaves = d(0) if closed else order.order_qty - cum_qty
        self.put(
            ExecutionReport(
                order.cl_ord_id, f"e{self._exec}", kind, status, cum_qty, leaves,
                order_id=f"O-{ref}", last_qty=last_qty or None, last_px=d(px) if last_qty else None,
                server_time_ns=self.mono_ns,
            )
        )  # fmt: skip

    def ack(self, ref: str) -> None:
        self.report(ref, OrdStatus.NEW, ExecType.NEW, 0)

    def fill(self, ref: str, quantity: object | None = None, px: object = 10) -> None:
        order = self.state.orders[ref]
        last = order.leaves_qty if quantity is None else d(quantity)
        cum = order.cum_qty + last
        status = OrdStatus.FILLED if cum >= order.order_qty else OrdStatus.PARTIALLY_FILLED
        self.report(ref, status, ExecType.TRADE, cum, last, px)

    def cancel(self, ref: str) -> None:
        order = self.state.orders[ref]
        self.report(ref, OrdStatus.CANCELED, ExecType.CANCELED, order.cum_qty)

    def refs(self) -> list[str]:
        return [each.ref for each in self.sent]

    def kinds(self) -> list[str]:
        return [each.kind.value for each in self.state.escalations.values()]


def many(count: int) -> Iterable[str]:
    return (f"G{i}" for i in range(count))
