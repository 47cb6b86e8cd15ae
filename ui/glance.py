"""The glance line: what can hurt now, in one row that never scrolls.

Owns: the line: which figures stand in it, and where. May not: compute risk; it reads the status
view.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel

from engine import Phase, QuoteView, StatusView
from ui.bridge import Bridge
from ui.cost import notional
from ui.formats import MINUS, age, duration_ms, money, qty, since
from ui.glance_cell import Cell
from ui.kill_button import KillButton
from ui.theme import Theme

BROKER_SILENT_S = 3.0
STALL_WARN_MS = 250.0
SKEW_WARN_S = 1.0
CELL_PX = 88


#: How it sounds, short enough for its cell.
SOUND_WORDS = {"": "not tested", "system bell": "bell", "QtMultimedia": "Qt"}


class Glance(QFrame):
    """The line. ``chosen`` carries the name of the panel a cell belongs to."""

    kill_wanted = Signal(bool)  # True: held, needs no second step
    release_wanted = Signal()

    def __init__(
        self,
        bridge: Bridge,
        banner: str,
        quote_of: Callable[[str], QuoteView | None],
        *,
        market_time: bool = False,
    ) -> None:
        super().__init__()
        self._market_time = market_time
        self.setObjectName("glance")
        self._bridge = bridge
        self._quote_of = quote_of
        self._killed = False
        self._cell_px = CELL_PX
        self.paper = QLabel(banner)
        self.paper.setObjectName("paper")
        self.paper.setVisible(bool(banner))
        self.paper.setAccessibleName(f"This desk trades on: {banner}")
        self.phase = Cell("Engine", 15, "State of the engine and what still blocks")
        self.worst = Cell("Worst unhedged", 17, "Group, quantity, quantity × price")
        self.critical = Cell("CRITICAL", 8, "Unacknowledged CRITICAL escalations")
        self.standing = Cell("Standing", 12, "Standing escalations and the oldest one's age")
        self.orphans = Cell("Orphans", 7, "Orphans that wait for a resolution")
        self.broker = Cell("Broker", 12, "Link and age of the last message")
        self.skew = Cell("Clock diff", 10, "Broker clock minus ours")
        self.decision = Cell("p99 decision", 9, "Event to decision, 99th percentile, last minute")
        self.commit = Cell("Commit p99", 9, "Durable commit, 99th percentile, last minute")
        self.stall = Cell("Loop stall", 8, "Longest stall of the event loop in the last minute")
        self.sound = Cell("Sound", 9, "Whether the alarm can be heard")
        self.kill = KillButton()
        self.cells = (
            self.phase,
            self.worst,
            self.critical,
            self.standing,
            self.orphans,
            self.broker,
            self.skew,
            self.decision,
            self.commit,
            self.stall,
            self.sound,
        )
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        self._rows = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.setSpacing(0)
        row.addWidget(self.paper)
        row.addLayout(self._grid, 1)
        row.addWidget(self.kill)
        self._arrange(1)
        self.kill.held.connect(lambda: self._kill(True))
        self.kill.pressed_short.connect(lambda: self._kill(False))

    def set_theme(self, theme: Theme) -> None:
        self._cell_px = theme.px(CELL_PX)
        self.kill.setMinimumSize(theme.px(74), theme.px(34))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many lines as the text size needs: it never scrolls and never cuts a figure off."""
        left = self.width() - self.kill.minimumWidth() - self.paper.sizeHint().width() - 20
        a_line = max(1, left // self._cell_px)
        rows = -(-len(self.cells) // a_line)
        if rows != self._rows:
            self._arrange(rows)

    def _arrange(self, rows: int) -> None:
        self._rows = rows
        a_line = -(-len(self.cells) // rows)
        for at in range(self._grid.columnCount()):
            self._grid.setColumnStretch(at, 0)
        for n, cell in enumerate(self.cells):
            # In one line each cell has its share; in several they stand below each other.
            column = n % a_line
            self._grid.addWidget(cell, n // a_line, column)
            share = cell.share if rows == 1 else 10
            self._grid.setColumnStretch(column, share)

    def press_kill(self) -> None:
        """The key for KILL: opens the second step."""
        self._kill(False)

    def show_status(self, stall_ms: float, sound_trouble: str, sound_how: str) -> None:
        """Read the last status into the cells."""
        status, bridge = self._bridge.last_status, self._bridge
        self.stall.put(
            duration_ms(stall_ms, 0), "warning" if stall_ms > STALL_WARN_MS else "normal"
        )
        short = "failing" if sound_trouble else SOUND_WORDS.get(sound_how, sound_how)
        self.sound.put(short, "warning" if sound_trouble else "normal")
        self.sound.setToolTip(
            sound_trouble or f"The alarm can be heard ({sound_how or 'not tested'})"
        )
        if status is None:
            self.phase.put("no answer", "stale")
            return
        self._phase(status)
        self._risk(status)
        self._link(status)
        self.decision.put(duration_ms(status.decision_p99_ms))
        self.commit.put(duration_ms(status.commit_p99_ms))
        if bridge.stale:
            self.phase.put(f"STALE {age(bridge.silence_s())}", "stale")
            for cell in (self.worst, self.broker, self.decision, self.commit):
                cell.put(cell.value.text(), "stale")

    # --- inside ------------------------------------------------------------------------
    def _kill(self, held: bool) -> None:
        if self._killed:
            self.release_wanted.emit()
        else:
            self.kill_wanted.emit(held)

    def _phase(self, status: StatusView) -> None:
        tones = {
            Phase.RECOVERING: "warning",
            Phase.RESOLVING: "warning",
            Phase.ARMED: "normal",
            Phase.KILLED: "critical",
            Phase.STOPPED: "critical",
        }
        blocks = "; ".join(status.blocks) or status.stopped_why
        self.phase.put(
            status.phase.value, tones[status.phase], f"Engine · {blocks}" if blocks else "Engine"
        )
        self.phase.setToolTip(blocks or "State of the engine; nothing blocks")
        killed = status.phase is Phase.KILLED
        if killed != self._killed:
            self._killed = killed
            self.kill.setText("Release kill…" if killed else "KILL")

    def _risk(self, status: StatusView) -> None:
        if status.worst_unhedged_qty:
            rest = f" {qty(status.worst_unhedged_qty)}{self._worth(status)}"
            self.worst.put(
                self.worst.fitting(status.worst_unhedged_group, rest),
                "warning",
                whole=f"{status.worst_unhedged_group}{rest}",
            )
        else:
            self.worst.put("none")
        critical = status.unacknowledged_critical
        self.critical.put(str(critical), "critical" if critical else "normal")
        oldest = since(status.oldest_standing_wall_ns, self._bridge.wall_ns())
        self.standing.put(
            f"{status.standing} · {oldest}" if status.standing else "0",
        )
        self.orphans.put(str(status.orphans_open), "warning" if status.orphans_open else "normal")

    def _worth(self, status: StatusView) -> str:
        row = self._bridge.engine.group(status.worst_unhedged_group)
        if row is None:
            return ""
        short = [leg for leg in row.legs if leg.leg_type.value == "HEDGE"]
        quote = self._quote_of(short[0].symbol) if short else None
        worth = notional(quote, status.worst_unhedged_qty)
        return "" if worth is None else f" ≈ {money(worth)}"

    def _link(self, status: StatusView) -> None:
        heard = "" if status.broker_age_s is None else f" {age(status.broker_age_s)}"
        silent = status.broker_age_s is None or status.broker_age_s > BROKER_SILENT_S
        if not status.connected:
            self.broker.put("no link" + heard, "critical")
        else:
            self.broker.put(f"{status.broker_name}{heard}", "warning" if silent else "normal")
        skew = status.broker_minus_local_s
        if skew is None:
            self.skew.put("no clock")
        elif self._market_time and abs(skew) > SKEW_WARN_S:
            self.skew.put("replay")
            self.skew.setToolTip("The market runs on its own time, so this is no clock error")
        else:
            sign = MINUS if skew < 0 else "+"
            size = abs(skew)
            text = f"{sign}{size * 1000:.0f} ms" if size < 10 else f"{sign}{age(size)}"
            self.skew.put(text, "warning" if size > SKEW_WARN_S else "normal")
