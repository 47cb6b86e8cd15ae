"""What the paper exchange remembers: orders, ClOrdIDs, executions, its clock.

Owns: the records and their commit; memory holds the open orders and a bounded number of closed
ones, the file holds everything. May not: match, or decide about a message. Nothing may be
reported before ``commit`` returned.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path

from engine.broker.paper.contracts import plain
from engine.broker.paper.ledger_schema import open_state
from engine.broker.paper.orders import PaperOrder
from engine.core.events import ExecutionReport, QuoteChanged
from engine.core.terms import ExecType, OrdStatus, OrdType, Side, TimeInForce

CLOSED_KEPT_MAX = 2_000
_EXECUTIONS_SINCE = """SELECT exec_id, order_id, cl_ord_id, account, symbol, side, ord_type,
    order_qty, price, last_qty, last_px, cum_qty, leaves_qty, avg_px, ord_status, time_ns
    FROM executions WHERE time_ns >= ? ORDER BY number"""


class Ledger:
    """The exchange's memory on one SQLite file (``path`` None: in memory only)."""

    def __init__(self, path: Path | None, epoch: str) -> None:
        self._db = open_state(path, epoch)
        meta = dict(self._db.execute("SELECT key, value FROM meta"))
        self._epoch = meta["epoch"]
        self._next_number = int(meta["next_number"])
        self.clock_ns: int | None = int(meta["clock_ns"]) if meta["clock_ns"] else None
        self._orders: dict[str, PaperOrder] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._new_ids: dict[str, str] = {}
        self._new_executions: list[tuple[object, ...]] = []
        self._touched: dict[str, PaperOrder] = {}
        self._clock_moved = False
        for row in self._db.execute("SELECT * FROM orders WHERE is_open = 1 ORDER BY priority"):
            order = _order(row)
            self._orders[order.order_id] = order

    def number(self) -> int:
        """The next number of this file; none is given out twice, also across restarts."""
        self._next_number += 1
        return self._next_number - 1

    def new_order_id(self) -> str:
        return f"{self._epoch}-O{self.number()}"

    def new_exec_id(self) -> str:
        return f"{self._epoch}-E{self.number()}"

    def open_orders(self) -> list[PaperOrder]:
        """All open orders in the order of their priority."""
        return sorted((o for o in self._orders.values() if o.is_open), key=lambda o: o.priority)

    def find(self, cl_ord_id: str, order_id: str = "") -> PaperOrder | None:
        """The order that this ClOrdID (any of its chain), else this OrderID, belongs to."""
        found = self._new_ids.get(cl_ord_id)
        if found is None:
            row = self._db.execute(
                "SELECT order_id FROM cl_ord_ids WHERE cl_ord_id = ?", (cl_ord_id,)
            ).fetchone()
            found = row[0] if row else order_id
        return self._by_order_id(found)

    def _by_order_id(self, order_id: str) -> PaperOrder | None:
        if order_id in self._orders or not order_id:
            return self._orders.get(order_id)
        row = self._db.execute("SELECT * FROM orders WHERE order_id = ?", (order_id,)).fetchone()
        if row is None:
            return None
        self._orders[order_id] = order = _order(row)
        self._closed[order_id] = None
        return order

    def touch(self, order: PaperOrder, *cl_ord_ids: str) -> None:
        """Note a new or changed order, and ClOrdIDs that from now on mean it."""
        self._orders[order.order_id] = order
        self._touched[order.order_id] = order
        for cl_ord_id in cl_ord_ids:
            self._new_ids[cl_ord_id] = order.order_id

    def book(self, report: ExecutionReport, level: int, quote: QuoteChanged) -> None:
        """Note an execution with the quote of its moment. ``level``: 0 is the touch."""
        number = int(report.exec_id.rpartition("-E")[2])
        values = (
            report.exec_id, report.order_id, report.cl_ord_id, report.account, report.symbol,
            str(report.side), str(report.ord_type), _text(report.order_qty), _text(report.price),
            _text(report.last_qty), _text(report.last_px), _text(report.cum_qty),
            _text(report.leaves_qty), _text(report.avg_px), str(report.ord_status),
            report.server_time_ns, level, _text(quote.bid), _text(quote.bid_size),
            _text(quote.ask), _text(quote.ask_size),
        )  # fmt: skip
        self._new_executions.append((number, *values))

    def set_clock(self, resume_ns: int | None) -> None:
        """Where exchange time goes on after a restart; None: from the start of the quotes."""
        if resume_ns != self.clock_ns:
            self.clock_ns = resume_ns
            self._clock_moved = True

    def commit(self) -> None:
        """Make all that was noted durable. Raises ``sqlite3.Error``; then nothing was."""
        if not (self._touched or self._new_executions or self._clock_moved):
            return
        clock = "" if self.clock_ns is None else str(self.clock_ns)
        meta = ((str(self._next_number), "next_number"), (clock, "clock_ns"))
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._write(meta)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._forget()

    def _write(self, meta: tuple[tuple[str, str], ...]) -> None:
        rows = [_row(order) for order in self._touched.values()]
        marks = ",".join("?" * 18)
        self._db.executemany(f"INSERT OR REPLACE INTO orders VALUES ({marks})", rows)
        self._db.executemany("INSERT INTO cl_ord_ids VALUES (?, ?)", self._new_ids.items())
        marks = ",".join("?" * 22)
        self._db.executemany(f"INSERT INTO executions VALUES ({marks})", self._new_executions)
        self._db.executemany("UPDATE meta SET value = ? WHERE key = ?", meta)

    def _forget(self) -> None:
        """Clear what is durable now, and let old closed orders go from memory."""
        for order in self._touched.values():
            if order.is_open:
                self._closed.pop(order.order_id, None)
            else:
                self._closed[order.order_id] = None
        while len(self._closed) > CLOSED_KEPT_MAX:
            del self._orders[self._closed.popitem(last=False)[0]]
        self._touched.clear()
        self._new_ids.clear()
        self._new_executions.clear()
        self._clock_moved = False

    def executions_since(self, since_ns: int | None, query_id: str) -> list[ExecutionReport]:
        """TRADE reports with exchange time at or after ``since_ns`` (None: all), oldest first.
        Commits first, so that the answer holds everything booked."""
        self.commit()
        rows = self._db.execute(_EXECUTIONS_SINCE, (-1 if since_ns is None else since_ns,))
        return [_execution(row, query_id) for row in rows]

    def abandon(self) -> None:
        """Let go of what could not be committed."""
        self._forget()

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._db.close()


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _row(order: PaperOrder) -> tuple[object, ...]:
    return (
        order.order_id, order.cl_ord_id, order.account, order.symbol, str(order.side),
        str(order.ord_type), str(order.tif), _text(order.order_qty), _text(order.price),
        _text(order.stop_px), order.entered_ns, order.priority, str(order.ord_status),
        _text(order.cum_qty), _text(order.notional), int(order.triggered), order.text,
        int(order.is_open),
    )  # fmt: skip


def _order(row: tuple[str, ...]) -> PaperOrder:
    return PaperOrder(
        order_id=row[0], cl_ord_id=row[1], account=row[2], symbol=row[3], side=Side(row[4]),
        ord_type=OrdType(row[5]), tif=TimeInForce(row[6]), order_qty=Decimal(row[7]),
        price=_number(row[8]), stop_px=_number(row[9]), entered_ns=int(row[10]),
        priority=int(row[11]), ord_status=OrdStatus(row[12]), cum_qty=Decimal(row[13]),
        notional=Decimal(row[14]), triggered=bool(row[15]), text=row[16],
    )  # fmt: skip


def _execution(row: tuple[str, ...], query_id: str) -> ExecutionReport:
    return ExecutionReport(
        exec_id=row[0], order_id=row[1], cl_ord_id=row[2], account=row[3], symbol=row[4],
        side=Side(row[5]), ord_type=OrdType(row[6]), order_qty=Decimal(row[7]),
        price=_number(row[8]), last_qty=Decimal(row[9]), last_px=Decimal(row[10]),
        cum_qty=Decimal(row[11]), leaves_qty=Decimal(row[12]), avg_px=Decimal(row[13]),
        ord_status=OrdStatus(row[14]), server_time_ns=int(row[15]), exec_type=ExecType.TRADE,
        query_id=query_id,
    )  # fmt: skip
