"""A started engine with the window on it, for tests of the screen on the real thing."""

from __future__ import annotations

from decimal import Decimal as D

from PySide6.QtCore import Qt

from engine import Engine, EngineConfig
from tests.ui.scripted_broker import ScriptedBroker

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A started engine with its window."""

    def __init__(self, engine, broker, window, qtbot):
        self.engine, self.broker, self.window, self.qtbot = engine, broker, window, qtbot

    def until(self, condition):
        self.qtbot.waitUntil(condition)

    def confirm(self, strip):
        self.until(lambda: strip.confirm.isEnabled() or not strip.asking)
        assert strip.asking, strip.text.text()
        self.qtbot.keyClick(strip, Qt.Key.Key_Return)
        self.until(lambda: not strip.pending and not strip.asking)
        return strip.note.text()

    def submit(self, group_id="G1", lots="100", submitted=True):
        """A group by the ticket, as a trader does it."""
        window, ticket = self.window, self.window.ticket
        self.qtbot.keyClick(window, Qt.Key.Key_F9)
        self.qtbot.keyClicks(ticket.group_id, group_id)
        for leg, symbol, price in zip(ticket.legs, ("P1", "P2"), ("10", "20"), strict=True):
            for name, value in (("quantity", lots), ("symbol", symbol), ("price", price)):
                leg.put(name, value)
        self.until(ticket.submit.isEnabled)
        self.qtbot.mouseClick(ticket.submit, LEFT)
        answer = self.confirm(ticket.strip)
        if submitted:
            self.until(lambda: self.engine.group(group_id) is not None)
        return answer

    def short_of_hedge(self):
        """G1 ends with 40 lots that three levels could not hedge: a CRITICAL."""
        self.submit()
        self.until(lambda: len(self.broker.orders) == 1)
        self.broker.fill(0, 60)
        for sent in (2, 3, 4):
            self.until(lambda: self.pass_time_until(lambda: len(self.broker.orders) == sent))  # noqa: B023
        self.until(
            lambda: self.pass_time_until(
                lambda: any(e.severity.value == "CRITICAL" for e in self.engine.escalations())
            )
        )
        number = next(e.number for e in self.engine.escalations() if e.severity.value == "CRITICAL")
        rows = self.window.escalations.table.store
        self.until(lambda: (r := rows.row(str(number))) and r.view.severity.value == "CRITICAL")
        self.until(lambda: self.window.escalations.table.view.select_key(str(number)))
        form = self.window.escalations.action_bar.hedge
        self.until(lambda: form.quantity.text() == "40")
        return number

    def pass_time_until(self, condition):
        if not condition():
            self.broker.pass_time(1.0)
        return condition()


class RealDesks:
    """Starts engines on one database, each with a window, and ends them all."""

    def __init__(self, open_window, qtbot, loop, path):
        self._open_window, self._qtbot, self._loop, self._path = open_window, qtbot, loop, path
        self._running = []

    def __call__(self, broker=None, *, window=None, **config):
        """``window``: further options of the window; ``config``: of the engine."""
        broker = broker or ScriptedBroker()
        settings = {"silent_after_s": D(1000), "realarm_s": D(1000)} | config
        engine = Engine(self._path, broker, EngineConfig(**settings))
        self._do(engine.start())
        self._running.append(engine)
        if isinstance(broker, ScriptedBroker):
            for symbol, bid, ask in (("P1", "9.50", "10.00"), ("P2", "20.00", "20.50")):
                broker.quote(symbol, bid, ask)
        desk = Desk(engine, broker, self._open_window(engine, **(window or {})), self._qtbot)
        desk.stop = lambda: self.stop(engine)
        return desk

    def stop(self, engine):
        self._running.remove(engine)
        self._do(engine.stop())

    def stop_all(self):
        for engine in list(self._running):
            self.stop(engine)

    def _do(self, coro):
        task = self._loop.create_task(coro)
        self._qtbot.waitUntil(task.done)
        task.result()
