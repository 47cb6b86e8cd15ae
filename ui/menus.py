"""The menu bar: everything the keys do, with words.

Owns: the menus. May not: do anything itself; it calls what the window passes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QMenu, QMenuBar

from ui.actions import Keymap
from ui.layouts import Docks
from ui.rooms import Place
from ui.theme import SCALES

Run = Callable[[str], None]


class Menus:
    """Builds the menus; ``run`` executes an action by name."""

    def __init__(
        self,
        bar: QMenuBar,
        docks: Docks,
        places: Sequence[Place],
        keymap: Keymap,
        run: Run,
        set_scale: Callable[[int], None],
        ask_layout_name: Callable[[], None],
    ) -> None:
        self._docks = docks
        self._keymap = keymap
        self._run = run
        bar.setAccessibleName("Menu")
        desk = bar.addMenu("&Desk")
        self._add(desk, "search", "Search…")
        self._add(desk, "go.ticket", "New group…")
        self._add(desk, "go.basket", "Import basket…")
        desk.addSeparator()
        self._add(desk, "arm", "Arm…")
        self._add(desk, "kill", "KILL…")
        self._add(desk, "act_as", "Act as…")
        desk.addSeparator()
        self._add(desk, "sound_test", "Test the sounds")
        self._add(desk, "archive", "Archive what is over…")
        desk.addSeparator()
        self._add(desk, "quit", "Close")
        view = bar.addMenu("&View")
        for place in places:
            if keymap.knows(f"go.{place.dock}"):
                self._add(view, f"go.{place.dock}", place.title)
        self._add(view, "next_alarm", "Next unacknowledged escalation")
        view.addSeparator()
        self._add(view, "theme", "Dark or light")
        scale = view.addMenu("Text size")
        for percent in SCALES:
            scale.addAction(f"{percent} %", partial(set_scale, percent))
        float_ = view.addMenu("Own window")
        for name, title in docks.titles().items():
            float_.addAction(title, partial(docks.float, name))
        self._layouts = bar.addMenu("&Layout")
        self._ask = ask_layout_name
        docks.changed.connect(self._fill_layouts)
        self._fill_layouts()
        help_ = bar.addMenu("&Help")
        self._add(help_, "keys", "Keys")

    def _add(self, menu: QMenu, name: str, text: str) -> None:
        key = self._keymap.shown(name) if self._keymap.knows(name) else ""
        menu.addAction(f"{text}\t{key}" if key else text, lambda: self._run(name))

    def _fill_layouts(self) -> None:
        menu = self._layouts
        menu.clear()
        for name in self._docks.names():
            menu.addAction(name, partial(self._docks.use, name))
        if self._docks.names():
            menu.addSeparator()
        menu.addAction("Save as…", self._ask)
        gone = menu.addMenu("Delete")
        for name in self._docks.names():
            gone.addAction(name, partial(self._docks.delete, name))
        gone.setEnabled(bool(self._docks.names()))
        menu.addAction("Reset", self._docks.reset)
