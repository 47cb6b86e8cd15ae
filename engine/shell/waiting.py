"""Where to find what waits: the inputs of one order, and those that are not one order's.

Owns: one input with its arrival, and the index of those that wait. May not: hold their sequence
(``inbox``) or choose among them (``core.urgency``). Thousands wait when something urgent comes:
looking at each of them would take as long as a commit.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from engine.core.events import (
    CancelRejected,
    ExecutionReport,
    OrderHandedOver,
    OrderNotFound,
    QuoteChanged,
    SendFailed,
)

OfAnOrder = ExecutionReport | OrderHandedOver | CancelRejected | SendFailed | OrderNotFound


@dataclass(frozen=True, slots=True)
class Arrived:
    """One input with the local instants of its arrival. ``number``: its place in the order of
    arrival."""

    mono_ns: int
    wall_ns: int
    body: object
    number: int = 0
    urgent: bool = False


Found = dict[int, Arrived]
"""Inputs by their numbers."""


class Waiting:
    """The index. ``cl_ord_ids`` and ``order_ids``: those of our orders; what comes under a ClOrdID
    that is not ours and yet names one of them is loose. ``urgent``: those that are."""

    def __init__(self, cl_ord_ids: Container[str], order_ids: Container[str]) -> None:
        self._cl_ord_ids = cl_ord_ids
        self._order_ids = order_ids
        self._by_cl_ord_id: dict[str, Found] = {}
        self._by_symbol: dict[str, Found] = {}
        self._loose: Found = {}
        self._urgent: Found = {}

    @property
    def urgent(self) -> list[Arrived]:
        return _in_order(self._urgent.values())

    @property
    def loose(self) -> list[Arrived]:
        """What is neither a quote nor under the ClOrdID of the order that it is about."""
        return _in_order(self._loose.values())

    def has_urgent(self) -> bool:
        return bool(self._urgent)

    def of_orders(self, cl_ord_ids: Iterable[str]) -> list[Arrived]:
        """What waits for the orders and requests of these ClOrdIDs."""
        return _under(self._by_cl_ord_id, cl_ord_ids)

    def quotes_of(self, symbols: Iterable[str]) -> list[Arrived]:
        """The quotes of these symbols that wait."""
        return _under(self._by_symbol, symbols)

    def add(self, arrived: Arrived) -> None:
        self._place(arrived.body)[arrived.number] = arrived
        if arrived.urgent:
            self._urgent[arrived.number] = arrived

    def remove(self, arrived: Arrived) -> None:
        number, body = arrived.number, arrived.body
        if arrived.urgent:
            del self._urgent[number]
        if isinstance(body, OfAnOrder):
            _drop(self._by_cl_ord_id, body.cl_ord_id, number)
        elif isinstance(body, QuoteChanged):
            _drop(self._by_symbol, body.symbol, number)
        if self._loose:
            self._loose.pop(number, None)

    def clear(self) -> None:
        for each in (self._by_cl_ord_id, self._by_symbol, self._loose, self._urgent):
            each.clear()

    def _place(self, body: object) -> Found:
        if isinstance(body, OfAnOrder) and self._is_by_cl_ord_id(body):
            return self._by_cl_ord_id.setdefault(body.cl_ord_id, {})
        if isinstance(body, QuoteChanged):
            return self._by_symbol.setdefault(body.symbol, {})
        return self._loose

    def _is_by_cl_ord_id(self, body: OfAnOrder) -> bool:
        """Also where the ClOrdID is nobody's yet: its order may be about to be made."""
        if body.cl_ord_id in self._cl_ord_ids:
            return True
        if not isinstance(body, ExecutionReport | CancelRejected):
            return True
        return body.orig_cl_ord_id not in self._cl_ord_ids and body.order_id not in self._order_ids


def _under(index: dict[str, Found], names: Iterable[str]) -> list[Arrived]:
    found = (index[name].values() for name in names if name in index)
    return _in_order(each for some in found for each in some)


def _in_order(found: Iterable[Arrived]) -> list[Arrived]:
    return sorted(found, key=lambda each: each.number)


def _drop(index: dict[str, Found], name: str, number: int) -> None:
    found = index.get(name)
    if found is not None:
        found.pop(number, None)
        if not found:
            del index[name]
