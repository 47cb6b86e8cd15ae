"""The kills panel: every kill that stands, what of it is unknown, release, and a kill of a part.

Owns: this panel. May not: kill by itself: what it asks for is confirmed where every kill is, at
the top of the window; nor release without a reason.
"""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QLabel, QLineEdit, QVBoxLayout

from engine import Changes, Command, KillScope, KillView, Phase, ReleaseKillPart
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.panel import Panel
from ui.proposal import Facts, Proposal
from ui.risk.kill_rows import key_of, kill_columns
from ui.risk.kill_words import SCOPES, count_words, what_words
from ui.strip import ConfirmStrip
from ui.theme import Tone

REFS_SHOWN = 40


class KillsPanel(Panel):
    """``kill_wanted`` carries scope and target of a kill to confirm at the top of the window."""

    kill_wanted = Signal(object, str)  # KillScope, target

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._kills: dict[str, KillView] = {}
        super().__init__(bridge, keymap, "Kills")
        self.table = self.make_table(
            "Kills",
            kill_columns(),
            self._kills.get,
            lambda k: f"{what_words(k.scope, k.target)} {k.user} {k.reason}",
            why_empty=self._why_empty,
            sort=("at", True),
        )
        self.strip = ConfirmStrip(bridge, "kills")
        self.unknown = Note("", Tone.DIM)
        self.release = ActionButton(
            "Release…", self.table.view.current_key, "End this kill, with a reason"
        )
        self.scope, self.target = QComboBox(), QLineEdit()
        self.scope.setAccessibleName("What to kill")
        self.target.setAccessibleName("Group, instrument or account to kill")
        self.target.setMaximumWidth(170)
        for scope, word in SCOPES.items():
            self.scope.addItem(word, scope)
        self._known = QStringListModel()
        completer = QCompleter(self._known, self.target)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.target.setCompleter(completer)
        self.kill = ActionButton("KILL…", self._wanted, "Opens the confirmation at the top")
        self.row = ActionRow((self.release, QLabel("Kill"), self.scope, self.target, self.kill))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.table, self.strip, self.unknown, self.row):
            column.addWidget(widget)
        column.setStretchFactor(self.table, 1)
        for inner in (self.unknown, self.row):
            inner.setContentsMargins(6, 3, 6, 3)
        self._connect(keymap)
        self.refresh()

    def _connect(self, keymap: Keymap) -> None:
        self.bridge.bar(self.release, ReleaseKillPart)
        self.release.acted.connect(self._release)
        self.kill.acted.connect(lambda _: self.kill_wanted.emit(self._scope(), self._target()))
        for button in (self.release, self.kill):
            button.slipped.connect(
                lambda: self.strip.say("The selection changed while you pressed; nothing was done.")
            )
        self.scope.currentIndexChanged.connect(lambda _: self._offer())
        self.target.textChanged.connect(lambda _: self._allow())
        self.target.returnPressed.connect(self.kill.click)
        self.table.view.chosen.connect(lambda _: self._show_selected())
        self.table.view.acted.connect(self._acted)
        keymap.connect_action("kills.release", self, self.release.click)
        self._offer()

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        """A cancel may have been confirmed: as soon as the orders say so."""
        if changes.status or changes.orders:
            self.want()

    def refresh(self) -> None:
        self.want()

    def flush(self, deadline: float) -> bool:
        self._read()
        more = super().flush(deadline)
        if not more:
            self.table.view.choose_first_once()
        return more

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._read()
        if self.in_sight():
            self._allow()

    def ask(self, scope: KillScope, target: str) -> None:
        """Fill in the form, as from another place."""
        self.scope.setCurrentIndex(self.scope.findData(scope))
        self.target.setText(target)

    # --- inside ------------------------------------------------------------------------
    def _read(self) -> None:
        found = {key_of(kill): kill for kill in self.engine.kills()}
        if found == self._kills:
            return
        differing = [k for k in found if self._kills.get(k) != found[k]]
        differing += [k for k in self._kills if k not in found]
        self._kills.clear()
        self._kills.update(found)
        self.table.store.mark(differing)
        self.count_changed.emit(len(found))
        self._show_selected()
        self.want()

    def _selected(self) -> KillView | None:
        return self._kills.get(self.table.view.current_key())

    def _show_selected(self) -> None:
        kill = self._selected()
        if kill is None:
            self.unknown.say("")
        elif kill.unknown:
            refs = ", ".join(kill.unknown[:REFS_SHOWN])
            left = len(kill.unknown) - REFS_SHOWN
            more = f" and {left:,} more" if left > 0 else ""
            self.unknown.say(f"Not proven to have ended: {refs}{more}", Tone.CRITICAL)
        else:
            self.unknown.say(
                f"{what_words(kill.scope, kill.target)}: {count_words(kill)}.", Tone.DIM
            )
        self._allow()

    def _scope(self) -> KillScope:
        return KillScope(self.scope.currentData())

    def _target(self) -> str:
        return "" if self._scope() is KillScope.ALL else self.target.text().strip()

    def _wanted(self) -> str:
        return f"{self._scope().value}/{self._target()}"

    def _offer(self) -> None:
        """What can be named depends on the scope."""
        scope = self._scope()
        rows = [self.engine.group(g) for g in self.engine.group_ids()]
        live = [row for row in rows if row is not None and not row.closed]
        names: set[str] = set()
        if scope is KillScope.GROUP:
            names = {row.group_id for row in live}
        elif scope is KillScope.ACCOUNT:
            names = {row.account for row in live}
        elif scope is KillScope.INSTRUMENT:
            names = set(self.engine.symbols())
        self._known.setStringList(sorted(names))
        self.target.setEnabled(scope is not KillScope.ALL)
        self.target.setPlaceholderText("everything" if scope is KillScope.ALL else SCOPES[scope])
        self._allow()

    def _allow(self) -> None:
        self.release.allow("" if self._selected() is not None else "no kill is selected")
        scope, target = self._scope(), self._target()
        status = self.bridge.last_status
        if scope is KillScope.ALL:
            killed = status is not None and status.phase is Phase.KILLED
            self.kill.allow("the whole desk is killed" if killed else "")
        elif not target:
            self.kill.allow(f"name the {SCOPES[scope]}")
        else:
            stands = f"{scope.value}/{target}" in self._kills
            self.kill.allow(f"{what_words(scope, target)} is killed already" if stands else "")
        self.row.explain()

    def _facts(self, key: str) -> Facts:
        for kill in self.engine.kills():
            if key_of(kill) == key:
                return (("unknown", f"{len(kill.unknown):,}"),)
        return ()

    def _release(self, key: str) -> None:
        kill = self._kills.get(key)
        if kill is None:
            return
        user, scope, target = self.bridge.user, kill.scope, kill.target

        def make(reason: str) -> Command:
            return ReleaseKillPart(user=user, scope=scope, target=target, reason=reason)

        after = (
            "the engine resolves, and must be armed again"
            if scope is KillScope.ALL
            else "its groups go on where they stand, hedges first"
        )
        warn = f" · {len(kill.unknown):,} orders may still fill" if kill.unknown else ""
        self.strip.propose(
            Proposal(
                f"Release the kill of {what_words(scope, target)}: {after}",
                f"say why it is safe{warn}",
                None,
                lambda: self._facts(key),
                Tone.WARNING,
                with_reason=make,
            )
        )

    def _acted(self, key: str, column: str) -> None:
        kill = self._kills.get(key)
        if kill is not None and kill.scope is KillScope.GROUP:
            self.group_wanted.emit(kill.target)

    def _why_empty(self) -> str:
        if self.bridge.last_status is None:
            return "not yet known: the engine hasn't answered"
        return "nothing is killed"
