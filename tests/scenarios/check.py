"""A strict reading of scenario files: the format of the design's scenario page, and nothing else.

Owns: the names a scenario file may use. May not: import the engine. It is a second, independent
reading of the format, so that a slip in a file is found even where the runner is lenient, and a
slip in the runner does not hide one. Also a command: ``python tests/scenarios/check.py FILE…``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any


def _words(text: str) -> set[str]:
    return set(text.split())


STATUSES = _words(
    "PENDING_NEW NEW PARTIALLY_FILLED FILLED DONE_FOR_DAY CANCELED REPLACED PENDING_CANCEL "
    "STOPPED REJECTED SUSPENDED CALCULATED EXPIRED PENDING_REPLACE"
)
EXEC_TYPES = (STATUSES - {"PARTIALLY_FILLED", "FILLED"}) | _words(
    "TRADE TRADE_CORRECT TRADE_CANCEL RESTATED ORDER_STATUS"
)
CONFIG = (
    "leg_timeout_s hedge_timeout_s max_hedge_depth cancel_confirm_s cancel_grace_s "
    "poll_interval_s silent_after_s stop_loss_timeout_s stop_loss_offset realarm_s arm limits"
)
BROKER: dict[str, set[Any] | None] = {
    "ack": {"auto", "none"},
    "cancel": {"confirm", "reject", "silent"},
    "replace": {"confirm", "reject", "silent"},
    "query": {"answer", "silent", "not_found"},
    "server_time": {True, False},
    "skew_s": None,
    "dedup": {"reject", "none"},
    "list_complete": {True, False},
    "exec_id_scope": {"broker", "order"},
}
TRADER: dict[str, tuple[str, str]] = {
    "cancel_order": ("order", ""),
    "replace_order": ("order", "quantity price"),
    "cancel_group": ("group", ""),
    "acknowledge": ("escalation level", "comment"),
    "accept_risk": ("escalation reason", ""),
    # Before there is an escalation a hedge names its group and leg (ours, beyond the contract).
    "manual_hedge": ("quantity order_type", "escalation group leg price allow_excess"),
    "accept_partial": ("group", ""),
    "query_orphan": ("order", ""),
    "resolve_orphan": ("order resolution reason", ""),
    "arm": ("", ""),
    "kill": ("", "reason"),
    "release_kill": ("", "reason"),
}
REPORT_NEEDS = "exec_id exec_type ord_status cum_qty leaves_qty"
REPORT_MAY = (
    "order cl_ord_id order_id order_qty last_qty last_px avg_px exec_ref_id request poss_dup "
    "server_time_s text"
)
LEG_NEEDS = "leg_id leg_type symbol side quantity"
LEG_MAY = "order_type price tif hedge_symbol hedge_side child stop_loss"
POINTS = {"before_commit", "after_commit", "after_send", "before_reports_applied"}
PATH_ROOTS = _words(
    "name ok failed state broker_time_s groups orders sent rejected_events escalations orphans "
    "external_orders refusals counts"
)
REFERENCE = re.compile(r"[A-Za-z0-9_.-]{1,64}/[A-Za-z0-9_.-]{1,64}/[1-9][0-9]*")


def problems(text: str) -> list[str]:
    """Everything wrong with a file's text, each a sentence; empty when it is well-formed."""
    try:
        doc = json.loads(text, object_pairs_hook=_no_twice)
    except ValueError as error:
        return [f"not JSON: {error}"]
    if not isinstance(doc, dict):
        return ["not an object"]
    found = list(_keys("file", doc, "name steps", "config broker"))
    if found:
        return found
    found += _keys("config", doc.get("config", {}), "", CONFIG)
    found += _broker("broker", doc.get("broker", {}))
    if not doc["name"].strip():
        found.append("name: empty")
    if not any("expect" in step for step in doc["steps"]):
        found.append("no step expects anything")
    last = Decimal(0)
    for number, step in enumerate(doc["steps"], start=1):
        found += [f"step {number}: {problem}" for problem in _step(step)]
        if _is_number(step.get("t")):
            instant = Decimal(str(step["t"]))
            if instant < last:
                found.append(f"step {number}: t {instant} is before {last}")
            last = instant
    return found


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice in {keys}")
    return dict(pairs)


def _keys(where: str, obj: object, needs: str, may: str) -> Iterator[str]:
    if not isinstance(obj, dict):
        yield f"{where}: {obj!r} is not an object"
        return
    for key in needs.split():
        if key not in obj:
            yield f"{where}: {key} is missing"
    for key in obj.keys() - set(needs.split()) - set(may.split()):
        yield f"{where}: unknown key {key}"


def _one_of(where: str, value: object, allowed: set[Any]) -> Iterator[str]:
    if isinstance(value, (dict, list)) or value not in allowed:
        yield f"{where}: {value!r} is none of {sorted(map(str, allowed))}"


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _numbers(where: str, obj: dict[str, Any], keys: str) -> Iterator[str]:
    for key in keys.split():
        if key in obj and not _is_number(obj[key]):
            yield f"{where}: {key} {obj[key]!r} is not a number"


def _reference(where: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not REFERENCE.fullmatch(value):
        yield f"{where}: {value!r} is no order reference"


def _broker(where: str, obj: object) -> Iterator[str]:
    yield from _keys(where, obj, "", " ".join(BROKER))
    if isinstance(obj, dict):
        for key, value in obj.items():
            allowed = BROKER.get(key)
            if allowed is not None:
                yield from _one_of(f"{where}.{key}", value, allowed)
            elif not _is_number(value):
                yield f"{where}.{key}: {value!r} is not a number"


def _step(step: Any) -> Iterator[str]:
    if not isinstance(step, dict) or not _is_number(step.get("t")):
        yield "needs t, seconds since the start"
        return
    kinds = [key for key in step if key != "t"]
    if len(kinds) > 1:
        yield f"more than one thing in a step: {kinds}"
    for kind in kinds:
        body, check = step[kind], _STEPS.get(kind)
        if check is None:
            yield f"unknown kind {kind}"
        elif kind != "raw" and not isinstance(body, dict):
            yield f"{kind}: {body!r} is not an object"
        else:
            yield from check(body)


def _group(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys("submit", body, "group_id legs", "account release on_risk_shortfall")
    yield from _one_of(
        "release", body.get("release", "after_hedge"), {"after_hedge", "proportional"}
    )
    yield from _one_of(
        "on_risk_shortfall", body.get("on_risk_shortfall", "keep"), {"keep", "unwind"}
    )
    legs = body.get("legs", [])
    if {leg.get("leg_type") for leg in legs} != {"HEDGE", "RISK"}:
        yield "legs: at least one HEDGE and one RISK leg"
    if len({leg.get("leg_id") for leg in legs}) != len(legs):
        yield "legs: leg_id is not unique"
    for leg in legs:
        where = f"leg {leg.get('leg_id')}"
        yield from _keys(where, leg, LEG_NEEDS, LEG_MAY)
        yield from _one_of(f"{where}.side", leg.get("side"), {"BUY", "SELL"})
        yield from _one_of(f"{where}.tif", leg.get("tif", "DAY"), {"DAY", "IOC", "FOK", "GTC"})
        yield from _numbers(where, leg, "quantity price")
        if leg.get("order_type", "LIMIT") == "LIMIT" and "price" not in leg:
            yield f"{where}: a LIMIT needs a price"
        yield from _keys(f"{where}.child", leg.get("child", {}), "", "max_quantity interval_s")
        stop = leg.get("stop_loss", {})
        yield from _keys(f"{where}.stop_loss", stop, "", "trigger_price offset timeout_s")


def _report(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys("report", body, REPORT_NEEDS, REPORT_MAY)
    if "order" in body:
        yield from _reference("report.order", body["order"])
    elif "cl_ord_id" not in body and "order_id" not in body:
        yield "report: order, or cl_ord_id or order_id"
    yield from _one_of("exec_type", body.get("exec_type"), EXEC_TYPES)
    yield from _one_of("ord_status", body.get("ord_status"), STATUSES)
    yield from _numbers("report", body, "order_qty cum_qty leaves_qty last_qty last_px avg_px")
    if body.get("exec_type") in {"TRADE_CORRECT", "TRADE_CANCEL"} and "exec_ref_id" not in body:
        yield "report: a bust or correction needs exec_ref_id"


def _cancel_reject(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys("cancel_reject", body, "order request ord_status reason", "")
    yield from _reference("cancel_reject.order", body.get("order"))
    yield from _one_of("ord_status", body.get("ord_status"), STATUSES)
    yield from _one_of(
        "reason", body.get("reason"), {"TOO_LATE", "UNKNOWN_ORDER", "ALREADY_PENDING"}
    )


def _truth(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys(
        "truth", body, "", "order ord_status cum_qty leaves_qty avg_px executions unknown external"
    )
    if ("order" in body) == ("external" in body):
        yield "truth: either an order or an external one"


def _market(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys("market", body, "symbol bid bid_size ask ask_size", "last")
    yield from _numbers("market", body, "bid bid_size ask ask_size last")


def _trader(body: dict[str, Any]) -> Iterator[str]:
    if body.get("do") not in TRADER:
        yield f"trader: do {body.get('do')!r} is unknown"
        return
    needs, may = TRADER[body["do"]]
    yield from _keys("trader", body, f"do {needs}", f"{may} user")
    if body["do"] == "manual_hedge" and not ("escalation" in body or {"group", "leg"} <= set(body)):
        yield "trader: escalation is missing, or group and leg"


def _crash(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys("crash", body, "", "at nth")
    if "at" in body:
        yield from _one_of("crash.at", body["at"], POINTS)


def _local_clock(body: dict[str, Any]) -> Iterator[str]:
    yield from _keys("local_clock", body, "", "jump_s stall_s")
    yield from _numbers("local_clock", body, "jump_s stall_s")


def _expect(body: dict[str, Any]) -> Iterator[str]:
    if not body:
        yield "expect: nothing expected"
    for path, value in body.items():
        parts = path.split(".")
        if parts[0] not in PATH_ROOTS or not all(parts):
            yield f"expect: path {path} leads nowhere"
        quantity = parts[-1].endswith(("_qty", "_px", "_t")) or parts[-1] in {"qty", "px", "price"}
        if quantity and value is not None:
            plain = isinstance(value, str) and _is_number(value) and _plain(value) == value
            if not plain:
                yield f"expect: {path}: {value!r} is not a plain decimal in a string"


def _plain(text: str) -> str:
    value = format(Decimal(text), "f")
    return value.rstrip("0").rstrip(".") if "." in value else value


_STEPS: dict[str, Any] = {
    "submit": _group,
    "report": _report,
    "cancel_reject": _cancel_reject,
    "state_update": lambda body: _keys("state_update", body, "event_id group state", ""),
    "raw": lambda body: iter(()),
    "truth": _truth,
    "market": _market,
    "trader": _trader,
    "crash": _crash,
    "restart": lambda body: _keys("restart", body, "", ""),
    "local_clock": _local_clock,
    "broker": lambda body: _broker("broker", body),
    "expect": _expect,
}


def main(paths: list[str]) -> int:
    """Print what is wrong with each file; 0 when nothing is, else 1."""
    bad = 0
    for path in paths:
        for problem in problems(Path(path).read_text(encoding="utf-8")):
            print(f"{path}: {problem}", file=sys.stderr)
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
