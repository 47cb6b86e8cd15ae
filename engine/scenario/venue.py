"""The broker's side of a script: steps become what the scripted broker says and holds true.

Owns: making events of steps. May not: know when they happen (``driver``).
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.events import CancelRejected, ExecutionReport, GroupStateReported, RawReceived
from engine.scenario import steps
from engine.scenario.broker import ScriptedBroker
from engine.scenario.reading import to_json
from engine.scenario.references import References


class Venue:
    """Plays the steps that come from the broker."""

    def __init__(self, broker: ScriptedBroker, references: References) -> None:
        self._broker = broker
        self._references = references

    def play(self, action: steps.Action | None) -> bool:
        """Play a step if it is one of the broker's. Raises ``EngineError`` for a reference that
        means nothing at this moment."""
        match action:
            case steps.Report():
                self._broker.report(self._execution_report(action))
            case steps.CancelReject():
                self._cancel_reject(action)
            case steps.Raw():
                self._raw(action)
            case steps.StateUpdate(event_id, group, state):
                now_ns = self._broker.server_ns()
                self._broker.deliver(GroupStateReported(event_id, group, state, now_ns))
            case steps.Truth():
                self._references.declare(action, self._broker.server_ns())
            case steps.Quote(quote):
                self._broker.deliver(replace(quote, server_time_ns=self._broker.server_ns()))
            case _:
                return False
        return True

    def _execution_report(self, step: steps.Report) -> ExecutionReport:
        who = self._references.resolve(step.order, step.cl_ord_id, step.order_id, step.request)
        return ExecutionReport(
            cl_ord_id=who.cl_ord_id,
            exec_id=step.exec_id,
            exec_type=step.exec_type,
            ord_status=step.ord_status,
            cum_qty=step.cum_qty,
            leaves_qty=step.leaves_qty,
            order_id=who.order_id,
            orig_cl_ord_id=who.orig_cl_ord_id,
            order_qty=step.order_qty,
            last_qty=step.last_qty,
            last_px=step.last_px,
            avg_px=step.avg_px,
            price=step.price,
            exec_ref_id=step.exec_ref_id,
            symbol=step.symbol or who.symbol,
            side=step.side or who.side,
            poss_dup=step.poss_dup,
            server_time_ns=self._broker.server_ns(step.server_time_s),
            text=step.text,
        )

    def _cancel_reject(self, step: steps.CancelReject) -> None:
        who = self._references.resolve(step.order, "", "", step.request)
        order = self._broker.find(who.orig_cl_ord_id, who.order_id)
        if order is not None:
            order.ord_status = step.ord_status
        self._broker.deliver(
            CancelRejected(
                cl_ord_id=who.cl_ord_id,
                orig_cl_ord_id=who.orig_cl_ord_id,
                ord_status=step.ord_status,
                reason=step.reason,
                order_id=who.order_id,
                server_time_ns=self._broker.server_ns(step.server_time_s),
                text=step.text,
            )
        )

    def _raw(self, step: steps.Raw) -> None:
        value = step.value
        if isinstance(value, dict) and self._references.knows(step.order):
            who = self._references.resolve(step.order, "", "", 0)
            ids = {"cl_ord_id": who.cl_ord_id, "order_id": who.order_id}
            value = ids | {key: each for key, each in value.items() if key != "order"}
        raw = value if isinstance(value, str) else to_json(value)
        self._broker.deliver(RawReceived(raw, "raw", self._broker.server_ns()))
