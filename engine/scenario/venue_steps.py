"""Reading the steps that come from the broker's side.

Owns: reports, cancel rejects, group states, raw objects, the broker's truth and quotes. May not:
make events of them (``venue`` does).
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.core.events import QuoteChanged
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, Side
from engine.scenario import steps
from engine.scenario.reading import Fields, ScenarioError
from engine.scenario.steps import Report


def _report(value: object, where: str) -> Report:
    given = Fields(value, where)
    report = Report(
        order=given.text("order", ""),
        cl_ord_id=given.text("cl_ord_id", ""),
        order_id=given.text("order_id", ""),
        request=given.whole("request", 0),
        exec_id=given.text("exec_id"),
        exec_type=given.choice("exec_type", ExecType),
        ord_status=given.choice("ord_status", OrdStatus),
        cum_qty=given.number("cum_qty"),
        leaves_qty=given.number("leaves_qty"),
        order_qty=given.maybe_number("order_qty"),
        last_qty=given.maybe_number("last_qty"),
        last_px=given.maybe_number("last_px"),
        avg_px=given.maybe_number("avg_px"),
        price=given.maybe_number("price"),
        exec_ref_id=given.text("exec_ref_id", ""),
        poss_dup=given.flag("poss_dup", False),
        server_time_s=given.maybe_number("server_time_s"),
        text=given.text("text", ""),
        symbol=given.text("symbol", ""),
        side=given.choice("side", Side) if given.has("side") else None,
    )
    given.done()
    if not (report.order or report.cl_ord_id or report.order_id):
        raise ScenarioError(f"{where}: order: expected order, cl_ord_id or order_id, none is there")
    return report


def _cancel_reject(value: object, where: str) -> steps.CancelReject:
    given = Fields(value, where)
    reject = steps.CancelReject(
        order=given.text("order"),
        request=given.whole("request", 1),
        ord_status=given.choice("ord_status", OrdStatus),
        reason=given.choice("reason", CxlRejReason),
        text=given.text("text", ""),
        server_time_s=given.maybe_number("server_time_s"),
    )
    given.done()
    return reject


def _state_update(value: object, where: str) -> steps.StateUpdate:
    given = Fields(value, where)
    update = steps.StateUpdate(given.text("event_id"), given.text("group"), given.text("state"))
    given.done()
    return update


def _raw(value: object, where: str) -> steps.Raw:
    """Taken as it is: text as the raw text itself, anything else as JSON."""
    order = value.get("order") if isinstance(value, Mapping) else None
    return steps.Raw(value, order if isinstance(order, str) else "")


def _truth(value: object, where: str) -> steps.Truth:
    given = Fields(value, where)
    external = given.has("external")
    if external:
        inner = given.take("external", "an object")
        given.done()
        given = Fields(inner, f"{where}: external")
    known = not given.flag("unknown", False)
    status = known and (external or given.has("ord_status") or not given.has("cum_qty"))
    truth = steps.Truth(
        order="" if external else given.text("order"),
        unknown=not known,
        external=external,
        cl_ord_id=given.text("cl_ord_id", ""),
        order_id=given.text("order_id", ""),
        ord_status=given.choice("ord_status", OrdStatus) if status else None,
        cum_qty=given.maybe_number("cum_qty"),
        leaves_qty=given.maybe_number("leaves_qty"),
        order_qty=given.maybe_number("order_qty"),
        avg_px=given.maybe_number("avg_px"),
        price=given.maybe_number("price"),
        symbol=given.text("symbol", ""),
        side=given.choice("side", Side) if given.has("side") else None,
        executions=_truth_executions(given),
    )
    given.done()
    if external and not (truth.cl_ord_id or truth.order_id):
        raise ScenarioError(f"{where}: external: expected cl_ord_id or order_id, none is there")
    return truth


def _truth_executions(given: Fields) -> tuple[steps.TruthExecution, ...] | None:
    if not given.has("executions"):
        return None
    listed = given.take("executions", "a list")
    if not isinstance(listed, list):
        raise given.wrong("executions", "a list", listed)
    found = []
    for index, item in enumerate(listed):
        each = Fields(item, f"{given.where}: executions[{index}]")
        qty = each.number("last_qty" if each.has("last_qty") else "qty")
        px = each.number("last_px" if each.has("last_px") else "px")
        found.append(steps.TruthExecution(each.text("exec_id"), qty, px))
        each.done()
    return tuple(found)


def _market(value: object, where: str) -> steps.Quote:
    given = Fields(value, where)
    zero = Decimal(0)
    quote = QuoteChanged(
        symbol=given.text("symbol"),
        bid=given.maybe_number("bid"),
        bid_size=given.number("bid_size", zero),
        ask=given.maybe_number("ask"),
        ask_size=given.number("ask_size", zero),
        last=given.maybe_number("last"),
    )
    given.done()
    return steps.Quote(quote)


VENUE_STEPS: Mapping[str, Callable[[object, str], steps.Action]] = types.MappingProxyType(
    {
        "report": _report,
        "cancel_reject": _cancel_reject,
        "state_update": _state_update,
        "raw": _raw,
        "truth": _truth,
        "market": _market,
    }
)
