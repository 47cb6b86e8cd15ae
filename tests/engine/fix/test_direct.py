"""Cancels over a FIX session from another thread, while the event loop stands still."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.core.decisions import SendCancel
from engine.core.events import BrokerConnected, ExecutionReport, OrderHandedOver, SendFailed
from engine.core.terms import ExecType
from tests.engine.broker.paper_kit import cancel, order
from tests.engine.fix.fix_kit import free_port, needs_quickfix
from tests.engine.fix.session_kit import SYMBOL, Desk, desk, settings, venue

pytestmark = needs_quickfix
COUNT = 50


def beside_the_loop(one: Desk, cancels: list[SendCancel]) -> list[OrderHandedOver | SendFailed]:
    """On another thread; this one, the loop's, waits for it and does nothing else."""
    told: list[OrderHandedOver | SendFailed] = []
    thread = threading.Thread(target=lambda: told.extend(one.broker.cancel_directly(cancels)))
    thread.start()
    thread.join(20)
    return told


async def test_they_leave_and_are_answered_when_the_loop_turns(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        for number in range(COUNT):
            one.broker.send(order(f"c{number}", qty=5, px="0.05", symbol=SYMBOL))
        await one.ear.until_heard(ExecutionReport, COUNT)
        cancels = [cancel(f"x{n}", f"c{n}") for n in range(COUNT)]
        told = beside_the_loop(one, cancels)
        assert told == [OrderHandedOver(f"x{n}") for n in range(COUNT)]
        await one.ear.until_heard(ExecutionReport, 2 * COUNT)
        ended = [r for r in one.ear.reports() if r.exec_type is ExecType.CANCELED]
        assert sorted(r.cl_ord_id for r in ended) == sorted(f"x{n}" for n in range(COUNT))
        assert [r.orig_cl_ord_id for r in ended] == [f"c{r.cl_ord_id[1:]}" for r in ended]


async def test_without_a_session_it_is_certain_that_nothing_left(tmp_path: Path) -> None:
    async with desk(settings(tmp_path, free_port())) as one:
        (told,) = beside_the_loop(one, [cancel("x1", "c1")])
        assert isinstance(told, SendFailed) and not told.left
        (told,) = beside_the_loop(one, [cancel("x" * 400, "c1")])
        assert isinstance(told, SendFailed) and not told.left and "characters" in told.why
