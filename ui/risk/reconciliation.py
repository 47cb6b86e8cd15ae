"""The reconciliation panel: ours against the broker's, on demand, and what differs.

Owns: this panel. May not: compare, or mend a break: that is for a person.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout

from engine import Break, Changes, Reconcile, Reconciliation, ReconciliationView
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.formats import SECOND_NS, age, stamp
from ui.panel import Panel
from ui.strip import ConfirmStrip
from ui.table import Column, Look
from ui.table.export import ExportStrip
from ui.theme import Tone

NEVER = "Not compared with the broker yet."


def _look(row: Break) -> Look:
    return Look(Tone.WARNING, icon="warning")


def break_columns() -> tuple[Column[Break], ...]:
    """One row a break."""
    return (
        Column("what", "What", lambda b, _: b.what, look=_look, width=92),
        Column("key", "Order, ExecID or position", lambda b, _: b.key, width=190),
        Column("account", "Account", lambda b, _: b.account, width=80),
        Column("symbol", "Symbol", lambda b, _: b.symbol, width=120),
        Column("ours", "Ours", lambda b, _: b.ours or "–", numeric=True, width=150),
        Column("theirs", "The broker's", lambda b, _: b.theirs or "–", numeric=True, width=150),
        Column("text", "Difference", lambda b, _: b.text, width=360),
    )


def breaks_of(done: Reconciliation) -> int:
    """How many breaks there were, those beyond what is kept in the table included."""
    return len(done.breaks) + done.more_breaks


def result_words(done: Reconciliation) -> str:
    """The result in one sentence, with who, when and how long."""
    took = age((done.done_wall_ns - done.asked_wall_ns) / SECOND_NS)
    clean = "" if breaks_of(done) else "Clean: "
    beyond = f" The table has the first {len(done.breaks):,}." if done.more_breaks else ""
    return (
        f"{clean}{done.summary()}. Asked by {done.asked_by}, done {stamp(done.done_wall_ns)} UTC, "
        f"took {took}.{beyond}"
    )


class ReconciliationPanel(Panel):
    """Run it, read the breaks, export them. Its tab counts the breaks."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._breaks: dict[str, Break] = {}
        self._shown: ReconciliationView | None = None
        super().__init__(bridge, keymap, "Reconciliation")
        self.result = Note(NEVER, Tone.DIM)
        self.table = self.make_table(
            "Breaks",
            break_columns(),
            self._breaks.get,
            lambda b: f"{b.what} {b.key} {b.account} {b.symbol} {b.ours} {b.theirs} {b.text}",
            why_empty=self._why_empty,
        )
        self.strip = ConfirmStrip(bridge, "the reconciliation")
        self.run_now = ActionButton(
            "Run now",
            lambda: "now",
            "Ask the broker for its orders, executions and positions, and compare",
        )
        bridge.bar(self.run_now, Reconcile)
        self.export = ActionButton(
            "Export CSV…", lambda: "csv", "All breaks as the engine has them"
        )
        self.row = ActionRow((self.run_now, self.export))
        self.export_strip = ExportStrip(self._prepare, bridge.spawn)
        self.export_strip.path.setAccessibleName("File to export the breaks to")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.result, self.table, self.export_strip, self.strip, self.row):
            column.addWidget(widget)
        column.setStretchFactor(self.table, 1)
        self.result.setContentsMargins(8, 4, 8, 4)
        self.row.setContentsMargins(6, 3, 6, 3)
        self.run_now.acted.connect(lambda _: self._run())
        self.export.acted.connect(lambda _: self._ask_export())
        self.table.view.acted.connect(self._acted)
        keymap.connect_action("reconciliation.run", self, self.run_now.click)
        self.refresh()

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        if changes.status or changes.escalations or changes.log:
            self.want()

    def refresh(self) -> None:
        self._read()
        self.want()

    def flush(self, deadline: float) -> bool:
        self._read()
        return super().flush(deadline)

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._read()
        if self.in_sight() and self._shown is not None and self._shown.asked_wall_ns:
            self._say(self._shown)

    def take_focus(self) -> None:
        self.run_now.setFocus()

    # --- inside ------------------------------------------------------------------------
    def _read(self) -> None:
        view = self.engine.reconciliation()
        if view == self._shown:
            return
        self._shown = view
        rows = {} if view.last is None else {str(n): b for n, b in enumerate(view.last.breaks)}
        differing = [k for k in rows if self._breaks.get(k) != rows[k]]
        differing += [k for k in self._breaks if k not in rows]
        self._breaks.clear()
        self._breaks.update(rows)
        if differing:
            self.table.store.mark(differing)
        self.count_changed.emit(0 if view.last is None else breaks_of(view.last))
        self._say(view)
        self.want()

    def _say(self, view: ReconciliationView) -> None:
        under_way = ""
        if view.asked_wall_ns is not None:
            waited = age(self.bridge.age_s(view.asked_wall_ns))
            under_way = f"Asked {waited} ago; the broker has not answered everything yet. "
        if view.last is None:
            self.result.say(under_way or NEVER, Tone.PENDING if under_way else Tone.DIM)
        else:
            tone = Tone.WARNING if breaks_of(view.last) else Tone.NORMAL
            before = "Before: " if under_way else ""
            self.result.say(
                f"{under_way}{before}{result_words(view.last)}", Tone.PENDING if under_way else tone
            )
        self.run_now.allow("one is under way" if under_way else "")
        self.export.allow("" if view.last is not None else "nothing was compared yet")
        self.row.explain()

    def _run(self) -> None:
        self.strip.send(
            Reconcile(user=self.bridge.user),
            "Compare orders, executions and positions with the broker's",
        )

    def _ask_export(self) -> None:
        done = None if self._shown is None else self._shown.last
        if done is not None:
            at = done.done_wall_ns // SECOND_NS
            self.export_strip.ask(f"reconciliation-{at}.csv", "")

    def _prepare(self) -> tuple[int, str, Callable[[int, int], str]]:
        """The engine's own CSV, cut into a head and its lines."""
        text = self.engine.reconciliation_csv() or ""
        head, _, rest = text.partition("\r\n")
        lines = rest.split("\r\n")[:-1] if rest else []
        # A break's own text may hold a line end inside quotes: then lines are not rows, and the
        # pieces are only pieces; together they are the engine's text again.
        return len(lines), f"{head}\r\n", lambda a, b: "".join(f"{x}\r\n" for x in lines[a:b])

    def _acted(self, key: str, column: str) -> None:
        row = self._breaks.get(key)
        group = "" if row is None else row.key.split("/", 1)[0]
        if group and self.engine.group(group) is not None:
            self.group_wanted.emit(group)

    def _why_empty(self) -> str:
        if self._shown is None or self._shown.last is None:
            return "not compared with the broker yet: Run now"
        done = self._shown.last
        return f"no breaks: {done.orders} open orders, {done.executions} executions compared"
