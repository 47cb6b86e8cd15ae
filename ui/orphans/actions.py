"""Deciding about orphans: the resolutions the evidence allows, ask again, and why not the others.

Owns: these buttons and their commands. May not: offer what the engine doesn't offer, or resolve
several at once unless evidence and resolution are the same.
"""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine import Answer, Evidence, OrphanView, QueryOrphan, Resolution, ResolveOrphan
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.formats import clock, px, qty, words
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.theme import Tone

TITLES = {
    Resolution.ADOPT: "Adopt",
    Resolution.CANCEL_AT_BROKER: "Cancel at broker",
    Resolution.RESUBMIT: "Resubmit",
    Resolution.MARK_NEVER_SENT: "Mark never sent",
}
QUANTIFIED = frozenset(
    {Evidence.LIVE, Evidence.PARTIALLY_FILLED, Evidence.FILLED, Evidence.CLOSED_AT_BROKER}
)
MEANING = {
    Resolution.ADOPT: "count it as our order, as the broker shows it",
    Resolution.CANCEL_AT_BROKER: "adopt it, then ask the broker to cancel it",
    Resolution.RESUBMIT: "send it again under the same ClOrdID; the broker refuses a double",
    Resolution.MARK_NEVER_SENT: "a claim that can be revoked: a later report re-opens it",
}


class OrphanActions(QWidget):
    """The actions of the selected orphans. The panel places ``strip``, over its whole width."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._orphans: tuple[OrphanView, ...] = ()
        self.strip = ConfirmStrip(bridge, "orphans")
        self.evidence = Note("", Tone.NORMAL)
        self.refused = Note("", Tone.DIM)
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason for the resolution")
        self.reason.setPlaceholderText("Reason (stored with the evidence)")
        self.buttons = {r: ActionButton(TITLES[r] + "…", self._key, MEANING[r]) for r in Resolution}
        self.ask = ActionButton("Ask again", self._key, "Ask the broker about it once more")
        for button in self.buttons.values():
            bridge.bar(button, ResolveOrphan)
        bridge.bar(self.ask, QueryOrphan)
        self.row = ActionRow((*self.buttons.values(), self.ask))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(3)
        for widget in (self.evidence, self.reason, self.row, self.refused):
            column.addWidget(widget)
        column.addStretch(1)
        for resolution, button in self.buttons.items():
            button.acted.connect(lambda _, r=resolution: self._propose(r))
            button.slipped.connect(self._slipped)
        self.ask.acted.connect(lambda _: self._ask())
        self.ask.slipped.connect(self._slipped)
        self.show_orphans(())

    def bind(self, keymap: Keymap, home: QWidget) -> None:
        keymap.connect_action("orphan.resolve", home, self._preselected)
        keymap.connect_action("orphan.ask", home, self.ask.click)

    def show_orphans(self, orphans: tuple[OrphanView, ...]) -> None:
        """Act on these from now on."""
        self._orphans = orphans
        why = self._why_not()
        offered = orphans[0].offered if orphans and not why else ()
        for resolution, button in self.buttons.items():
            button.setVisible(resolution in offered or not orphans)
            button.allow("" if resolution in offered else why or "the evidence doesn't allow it")
            pre = bool(orphans) and orphans[0].preselected is resolution
            button.plain_text = ("● " if pre else "") + TITLES[resolution] + "…"
            button.set_pending("")
        self.ask.allow("" if orphans else "no orphan is selected")
        self.row.explain()
        self._say_evidence(why)

    # --- inside ------------------------------------------------------------------------
    def _key(self) -> str:
        return " ".join(o.ref for o in self._orphans)

    def _slipped(self) -> None:
        self.strip.say("The selection changed while you pressed; nothing was done.")

    def _why_not(self) -> str:
        if not self._orphans:
            return "no orphan is selected"
        if any(o.resolution is not None for o in self._orphans):
            return "already resolved"
        if len({(o.evidence, o.offered) for o in self._orphans}) > 1:
            return "several at once only with the same evidence"
        if not self._orphans[0].offered:
            return "nothing is proven; ask again"
        return ""

    def _say_evidence(self, why: str) -> None:
        if not self._orphans:
            self.evidence.say("Select an orphan.", Tone.DIM)
            self.refused.say("")
            return
        first = self._orphans[0]
        many = f"{len(self._orphans)} orphans. " if len(self._orphans) > 1 else ""
        asked = f" (asked {clock(first.evidence_wall_ns)} UTC)" if first.evidence_wall_ns else ""
        text = f"{many}{first.ref}: {first.evidence_text or 'not asked yet'}{asked}."
        self.evidence.say(f"{text} If it is live: {first.worst_case}.")
        lines = [f"{TITLES[r]}: {reason}" for r, reason in first.refused]
        lines += [f"Nothing can be decided: {why}."] if why else []
        self.refused.say("Refused — " + "; ".join(lines) if lines else "", Tone.DIM)

    def _preselected(self) -> None:
        if self._orphans and self._orphans[0].preselected is not None:
            self.buttons[self._orphans[0].preselected].click()
        else:
            self.strip.say(self._why_not() or "nothing is preselected: choose one", Tone.DIM)

    def _facts(self, refs: tuple[str, ...]) -> Facts:
        facts = []
        for ref in refs:
            orphan = self._bridge.engine.orphan(ref)
            if orphan is None:
                return ()
            evidence = orphan.evidence.value if orphan.evidence else "none"
            facts.append((f"{ref} evidence", words(evidence)))
            if orphan.evidence in QUANTIFIED:
                # Quantities matter; how often was asked since doesn't.
                facts.append((f"{ref} finding", orphan.evidence_text))
            facts.append((f"{ref} resolution", str(orphan.resolution or "open")))
        return tuple(facts)

    def _propose(self, resolution: Resolution) -> None:
        if not self.reason.text().strip():
            self.strip.say("A resolution needs a reason: type it, then choose again.")
            self.reason.setFocus()
            return
        orphans = self._orphans
        refs = tuple(o.ref for o in orphans)
        first = orphans[0]
        at = "MARKET" if first.price is None else px(first.price)
        what = (
            f"{first.ref} {first.side.value} {qty(first.quantity)} {first.symbol} @ {at}"
            if len(orphans) == 1
            else f"{len(orphans)} orphans: {', '.join(refs)}"
        )
        commands = [
            ResolveOrphan(
                user=self._bridge.user,
                order=o.ref,
                resolution=resolution,
                reason=self.reason.text().strip(),
                seen_evidence=o.evidence.value if o.evidence else None,
            )
            for o in orphans
        ]
        self.strip.propose(
            Proposal(
                f"{TITLES[resolution]}: {what}",
                MEANING[resolution],
                commands[0],
                lambda: self._facts(refs),
                Tone.WARNING,
                tuple(commands[1:]),
            )
        )

    def _ask(self) -> None:
        for orphan in self._orphans[1:]:
            self._bridge.submit(QueryOrphan(user=self._bridge.user, order=orphan.ref))
        first = self._orphans[0]
        many = f" and {len(self._orphans) - 1} more" if len(self._orphans) > 1 else ""
        self.strip.send(
            QueryOrphan(user=self._bridge.user, order=first.ref),
            f"Ask the broker about {first.ref}{many}",
        )

    def answered(self, answer: Answer) -> None:
        if answer.accepted:
            self.reason.clear()
