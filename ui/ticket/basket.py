"""Groups from a basket file: read, every error at once, confirm, submit with progress.

Owns: the import. May not: submit anything when one line of the file is wrong, or parse it; the
host gives the function that reads a basket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from engine import BasketError, Changes, GroupRequest, Phase, SubmitGroup
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.formats import qty
from ui.panel import Panel
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.table import Column, Look
from ui.theme import Tone
from ui.ticket.words import leg_words

ReadBasket = Callable[[Path], tuple[GroupRequest, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: an error of the file, or a group with what became of it."""

    number: int
    where: str
    what: str
    state: str
    wrong: bool


def _look(row: Entry) -> Look:
    return Look(Tone.WARNING, icon="warning") if row.wrong else Look()


def columns() -> tuple[Column[Entry], ...]:
    return (
        Column(
            "no", "No.", lambda r, _: str(r.number), sort=lambda r: r.number, numeric=True, width=44
        ),
        Column("where", "Line, field / group", lambda r, _: r.where, look=_look, width=190),
        Column("what", "Expected, got / legs", lambda r, _: r.what, look=_look, width=460),
        Column("state", "State", lambda r, _: r.state, look=_look, width=240),
    )


class BasketPanel(Panel):
    """Import of a basket."""

    def __init__(self, bridge: Bridge, keymap: Keymap, read_basket: ReadBasket | None) -> None:
        super().__init__(bridge, keymap, "Basket")
        self._read_basket = read_basket
        self._entries: dict[str, Entry] = {}
        self._groups: tuple[GroupRequest, ...] = ()
        self._busy = False
        self._stop = False
        self.setAcceptDrops(True)
        self.path = QLineEdit()
        self.path.setAccessibleName("Basket file")
        self.path.setPlaceholderText(
            "Basket file (JSON or CSV): path, or drop the file on the desk"
        )
        self.browse = QPushButton("Browse…")
        self.browse.setAccessibleName("Choose a basket file")
        self.note = Note("", Tone.DIM)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the submission")
        self.progress.setFormat("%v of %m")
        self.progress.hide()
        self.strip = ConfirmStrip(bridge, "the basket")
        self.table = self.make_table(
            "Basket",
            columns(),
            self._entries.get,
            lambda r: f"{r.where} {r.what} {r.state}",
            why_empty=lambda: "drop a basket file here",
            sort=("no", False),
        )
        self.read = ActionButton("Read", lambda: "basket", "Read the file and check every line")
        self.submit = ActionButton("Submit all…", lambda: "basket", "Opens a confirmation")
        self.cancel = ActionButton("Stop", lambda: "basket", "Submit no more of this basket")
        bridge.bar(self.submit, SubmitGroup)
        self.row = ActionRow((self.read, self.submit, self.cancel))
        self._lay_out()
        self.browse.clicked.connect(self._browse)
        self.path.returnPressed.connect(self.load)
        self.read.acted.connect(lambda _: self.load())
        self.submit.acted.connect(lambda _: self._confirm())
        self.cancel.acted.connect(lambda _: self._halt())
        self._allow()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 2)
        head.addWidget(self.path, 1)
        head.addWidget(self.browse)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 2, 8, 4)
        for widget in (self.strip, self.note, self.progress, self.row):
            foot.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addLayout(foot)

    # --- reading -----------------------------------------------------------------------
    def open_file(self, path: str) -> None:
        """Take a file (dropped or chosen) and read it."""
        self.path.setText(path)
        self.load()

    def load(self) -> None:
        """Read the file named in the field, off the loop's thread."""
        if self._read_basket is None or self._busy or not self.path.text().strip():
            self._allow()
            return
        self._busy = True
        self._groups = ()
        self._show({})
        self.note.say("Reading…", Tone.DIM)
        self._allow()
        self.bridge.spawn("basket", self._load(Path(self.path.text().strip()).expanduser()))

    async def _load(self, path: Path) -> None:
        assert self._read_basket is not None
        try:
            groups = await asyncio.to_thread(self._read_basket, path)
        except BasketError as error:
            self._show(
                {
                    str(n): Entry(
                        n,
                        (f"line {e.line}, " if e.line is not None else "") + e.field,
                        f"expected {e.expected}, got {e.got}",
                        "wrong",
                        True,
                    )
                    for n, e in enumerate(error.errors, 1)
                }
            )
            self.note.say(
                f"{path.name}: {len(error.errors)} errors; nothing is submitted.", Tone.WARNING
            )
        except OSError as error:
            self.note.say(
                f"{path}: {error.strerror or error}; expected a readable file", Tone.WARNING
            )
        else:
            self._groups = groups
            self._show(
                {
                    str(n): Entry(n, g.group_id, leg_words(g), "read", False)
                    for n, g in enumerate(groups, 1)
                }
            )
            self.note.say(f"{path.name}: {len(groups)} groups, no errors.", Tone.DIM)
        finally:
            self._busy = False
            self._allow()

    # --- submitting --------------------------------------------------------------------
    def _confirm(self) -> None:
        groups, path = self._groups, self.path.text()
        lots = sum((leg.quantity for g in groups for leg in g.legs), start=Decimal(0))

        def look() -> Facts:
            same = self._groups is groups and self.path.text() == path
            return (
                ("state", self.engine.status().phase.value),
                ("basket", "unchanged" if same else "another one"),
            )

        self.strip.propose(
            Proposal(
                f"Submit {len(groups)} groups, {qty(lots)} lots over all legs",
                "one after the other, each answered by the engine; Stop ends it",
                None,
                look,
                act=lambda: self._start(groups),
            )
        )

    def _start(self, groups: tuple[GroupRequest, ...]) -> None:
        self._stop = False
        self._busy = True
        self.progress.setRange(0, len(groups))
        self.progress.setValue(0)
        self.progress.show()
        self._allow()
        self.bridge.spawn("basket", self._submit_all(groups))

    async def _submit_all(self, groups: tuple[GroupRequest, ...]) -> None:
        refused = done = 0
        try:
            for number, group in enumerate(groups, 1):
                if self._stop:
                    break
                answer = await self.bridge.ask(SubmitGroup(user=self.bridge.user, group=group))
                done = number
                refused += not answer.accepted
                state = "accepted" if answer.accepted else f"refused: {answer.reason}"
                entry = Entry(number, group.group_id, leg_words(group), state, not answer.accepted)
                self._entries[str(number)] = entry
                self.table.store.mark([str(number)])
                self.want()
                self.progress.setValue(number)
                self.note.say(f"Submitted {number} of {len(groups)}", Tone.DIM)
        finally:
            self._busy = False
            self._groups = ()
            left = f", {len(groups) - done} not submitted" if done < len(groups) else ""
            self.note.say(
                f"{done - refused} groups accepted, {refused} refused{left}.",
                Tone.WARNING if refused or left else Tone.DIM,
            )
            self.progress.hide()
            self._allow()

    # --- inside ------------------------------------------------------------------------
    def _halt(self) -> None:
        self._stop = True
        self._allow()

    def _show(self, entries: dict[str, Entry]) -> None:
        self._entries.clear()
        self._entries.update(entries)
        self.table.store.reset(entries)
        self.want()

    def _allow(self) -> None:
        status = self.bridge.last_status
        if self._read_basket is None:
            self.read.allow("this desk was started without a basket reader")
        else:
            self.read.allow("busy" if self._busy else "")
        if self._busy:
            why = "under way"
        elif not self._groups:
            why = "no basket without errors is read"
        elif status is not None and status.phase is not Phase.ARMED:
            why = f"the engine is {status.phase.value}"
        else:
            why = ""
        self.submit.allow(why)
        self.cancel.allow("" if self._busy else "nothing is under way")
        self.row.explain()

    def on_changes(self, changes: Changes) -> None:
        if changes.status and self.isVisible():
            self.want()

    def flush(self, deadline: float) -> bool:
        self._allow()
        return super().flush(deadline)

    def take_focus(self) -> None:
        self.path.setFocus()

    def _browse(self) -> None:
        # Shown, never executed: the loop and the engine go on beneath it.
        dialog = QFileDialog(self, "Basket file", "", "Baskets (*.json *.csv);;All files (*)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_file)
        dialog.show()
