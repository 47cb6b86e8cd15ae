"""What can be done to the selected group: cancel, pause, accept partial, hedge by hand.

Owns: the row of controls, its strip, and what each confirmation rests on. May not: decide what is
allowed; what it disables it explains, and the engine answers in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from engine import (
    AcceptPartial,
    CancelGroup,
    GroupRow,
    LegType,
    LegView,
    ManualHedge,
    OrdType,
    PauseGroup,
    ResumeGroup,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow
from ui.formats import qty
from ui.hedge_form import HedgeForm, HedgeTarget
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.theme import Tone

NO_GROUP = "no group is selected"


class GroupActions(QWidget):
    """``current`` reads the selected group, ``key`` names it ("" for none)."""

    def __init__(
        self, bridge: Bridge, current: Callable[[], GroupRow | None], key: Callable[[], str]
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._engine = bridge.engine
        self._current = current
        self.strip = ConfirmStrip(bridge, "groups")
        self.cancel = ActionButton("Cancel group…", key, "Cancel what works and send no more")
        self.pause = ActionButton("Pause…", key, "Hold back further leg orders; hedging goes on")
        self.partial = ActionButton(
            "Accept partial…", key, "Go on at the size the hedge has proven"
        )
        self.leg = QComboBox()
        self.leg.setAccessibleName("Leg to hedge by hand")
        self.hedge = HedgeForm(self._engine.quote)
        bridge.bar(self.cancel, CancelGroup)
        bridge.bar(self.pause, PauseGroup)
        bridge.bar(self.partial, AcceptPartial)
        bridge.bar(self.hedge.button, ManualHedge)
        caption = QLabel("Hedge leg")
        self.row = ActionRow((self.cancel, self.pause, self.partial, caption, self.leg, self.hedge))
        self.row.setContentsMargins(6, 4, 6, 4)
        self.cancel.acted.connect(self._cancel)
        self.pause.acted.connect(self._pause)
        self.partial.acted.connect(self._partial)
        self.leg.currentTextChanged.connect(lambda _: self._retarget())
        self.hedge.proposed.connect(self.strip.propose)
        self.hedge.wrong.connect(lambda text: self.strip.say(text, Tone.WARNING))
        for button in (self.cancel, self.pause, self.partial):
            button.slipped.connect(
                lambda: self.strip.say("The selection changed while you pressed; nothing was done.")
            )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.row)
        self.allow(None)

    def bind(self, keymap: Keymap, home: QWidget) -> None:
        """Give the buttons their keys, which work in ``home``."""
        for name, button in (
            ("group.cancel", self.cancel),
            ("group.pause", self.pause),
            ("group.accept_partial", self.partial),
            ("group.hedge", self.hedge.button),
        ):
            keymap.connect_action(name, home, button.click)

    def choose(self, row: GroupRow | None) -> None:
        """Another group is selected: offer its legs and what can be done."""
        self.leg.blockSignals(True)
        self.leg.clear()
        if row is not None:
            self.leg.addItems([leg.leg_id for leg in row.legs])
        self.leg.blockSignals(False)
        self.allow(row)

    def allow(self, row: GroupRow | None) -> None:
        """The selected group changed: enable what makes sense, explain the rest."""
        over = f"{row.group_id} has ended" if row is not None and row.closed else ""
        why = NO_GROUP if row is None else over
        self.cancel.allow(why)
        self.pause.allow(why)
        self.partial.allow(why)
        paused = row is not None and row.paused
        self.pause.plain_text = "Resume…" if paused else "Pause…"
        self.pause.set_pending("")
        self._retarget()
        self.row.explain()

    def _leg(self, row: GroupRow) -> LegView | None:
        wanted = self.leg.currentText()
        return next((leg for leg in row.legs if leg.leg_id == wanted), None)

    def _retarget(self) -> None:
        row = self._current()
        leg = None if row is None else self._leg(row)
        if row is None or leg is None:
            self.hedge.set_target(None)
            return
        group_id, leg_id = row.group_id, leg.leg_id

        def make(
            quantity: Decimal, kind: OrdType, price: Decimal | None, excess: bool
        ) -> ManualHedge:
            return ManualHedge(
                user=self._bridge.user,
                group=group_id,
                leg=leg_id,
                quantity=quantity,
                order_type=kind,
                price=price,
                allow_excess=excess,
            )

        target = HedgeTarget(
            f"{group_id}/{leg_id}",
            leg.symbol,
            leg.side,
            _short(row, leg_id),
            make,
            lambda: self._exposure(group_id, leg_id),
        )
        self.hedge.set_target(target)

    def _alive(self, group_id: str) -> Facts:
        """What stopping or pausing a group rests on: that there is something to stop. Fills
        that go on meanwhile must not keep a cancel from going out."""
        row = self._engine.group(group_id)
        return () if row is None else (("ended", "yes" if row.closed else "no"),)

    def _exposure(self, group_id: str, leg_id: str) -> Facts:
        """What a hedge by hand rests on."""
        row = self._engine.group(group_id)
        return () if row is None else (("unhedged", qty(_short(row, leg_id))),)

    def _sizes(self, group_id: str) -> Facts:
        """What accepting a smaller size rests on."""
        row = self._engine.group(group_id)
        if row is None:
            return ()
        return tuple(
            (leg.leg_id, f"{qty(leg.filled_qty)}/{qty(leg.target_qty)}") for leg in row.legs
        )

    def _working(self, group_id: str) -> str:
        row = self._engine.group(group_id)
        if row is None:
            return ""
        works = [
            f"{qty(leg.working_qty)} {leg.side.value} {leg.symbol}"
            for leg in row.legs
            if leg.working_qty
        ]
        return "works: " + ", ".join(works) if works else "nothing works"

    def _cancel(self, group_id: str) -> None:
        self.strip.propose(
            Proposal(
                f"Cancel group {group_id}: cancel its working orders, send no more of its own",
                f"now {self._working(group_id)} · it may still fill; exposure is hedged",
                CancelGroup(user=self._bridge.user, group=group_id),
                lambda: self._alive(group_id),
                Tone.WARNING,
            )
        )

    def _pause(self, group_id: str) -> None:
        row = self._engine.group(group_id)
        if row is None:
            return
        user = self._bridge.user
        if row.paused:
            verb, cost = f"Resume group {group_id}", "its leg orders go on"
            command = ResumeGroup(user=user, group=group_id)
        else:
            verb, cost = f"Pause group {group_id}", f"now {self._working(group_id)}; that goes on"
            command = PauseGroup(user=user, group=group_id)  # type: ignore[assignment]
        self.strip.propose(Proposal(verb, cost, command, lambda: self._alive(group_id)))

    def _partial(self, group_id: str) -> None:
        row = self._engine.group(group_id)
        if row is None:
            return
        legs = ", ".join(
            f"{leg.leg_id} {qty(leg.filled_qty)}/{qty(leg.target_qty)}" for leg in row.legs
        )
        self.strip.propose(
            Proposal(
                f"Accept group {group_id} at the size its hedge has proven",
                f"risk legs are scaled down: {legs}",
                AcceptPartial(user=self._bridge.user, group=group_id),
                lambda: self._sizes(group_id),
                Tone.WARNING,
            )
        )


def _short(row: GroupRow, leg_id: str) -> Decimal:
    """What a hedge of this leg would be for; a risk leg is hedged by whichever leg is short."""
    hedges = (leg for leg in row.legs if leg.leg_type is LegType.HEDGE)
    return next((leg.short_qty for leg in hedges if leg.leg_id == leg_id), row.short_qty)
