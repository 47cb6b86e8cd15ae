"""The panels of the window, each registered once.

Owns: which panels there are, in which order they are served, and where each stands by default.
May not: connect them with each other (the window does) or know what is in one. To add a panel: one
``_put`` here, and a binding ``go.<dock>`` in ``ui.actions`` for its key; menu, tab with its count,
search palette, saved layouts, theme and tick follow from these two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from engine import GroupRequest
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.connection import ConnectionPanel
from ui.detail import DetailPanel
from ui.escalations import EscalationsPanel
from ui.groups import GroupsPanel
from ui.health import HealthPanel
from ui.key_sheet import KeySheet
from ui.layouts import Docks
from ui.log import LogPanel
from ui.orphans import OrphansPanel
from ui.panel import Panel
from ui.rejected import RejectedPanel
from ui.risk import KillsPanel, LimitsPanel, ReconciliationPanel
from ui.risk.limit_actions import ReadLimits
from ui.ticket import BasketPanel, TicketPanel

ReadBasket = Callable[[Path], tuple[GroupRequest, ...]]
W = TypeVar("W", bound=QWidget)


class Where(Enum):
    """The sides of the window. What stands at the bottom shares it, as tabs."""

    CENTER = auto()
    LEFT = auto()
    RIGHT = auto()
    BOTTOM = auto()


_AREAS = {
    Where.LEFT: Qt.DockWidgetArea.LeftDockWidgetArea,
    Where.RIGHT: Qt.DockWidgetArea.RightDockWidgetArea,
    Where.BOTTOM: Qt.DockWidgetArea.BottomDockWidgetArea,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel stands. ``dock``: its id, in saved layouts and in ``go.<dock>``; ``title``:
    of its tab and menu entry. ``opens``: shown in the default layout. ``front``: its tab is the
    one in front there. ``fixed``: never closed and never in a tab."""

    dock: str
    title: str
    where: Where
    opens: bool = True
    front: bool = False
    fixed: bool = False


class Rooms:
    """Builds the panels. ``read_basket``: reads a basket file, raises ``BasketError``;
    ``read_limits``: reads the limits file, raises ``LimitsError``."""

    def __init__(
        self,
        bridge: Bridge,
        keymap: Keymap,
        read_basket: ReadBasket | None,
        read_limits: ReadLimits | None,
    ) -> None:
        self._placed: dict[str, tuple[Place, QWidget]] = {}
        left, right, bottom = Where.LEFT, Where.RIGHT, Where.BOTTOM
        # The order is the order of service in a frame (alarms first) and that of the tabs.
        self.escalations = self._put(
            Place("escalations", "Escalations", left, fixed=True), EscalationsPanel(bridge, keymap)
        )
        self.orphans = self._put(Place("orphans", "Orphans", bottom), OrphansPanel(bridge, keymap))
        self.groups = self._put(
            Place("groups", "Groups", Where.CENTER), GroupsPanel(bridge, keymap)
        )
        self.detail = self._put(Place("detail", "Detail", right), DetailPanel(bridge, keymap))
        self.rejected = self._put(
            Place("rejected", "Rejected events", bottom, front=True), RejectedPanel(bridge, keymap)
        )
        self.log = self._put(Place("log", "Log", bottom), LogPanel(bridge, keymap))
        self.health = self._put(Place("health", "Health", bottom), HealthPanel(bridge, keymap))
        self.connection = self._put(
            Place("connection", "Connection", bottom), ConnectionPanel(bridge, keymap)
        )
        self.limits = self._put(
            Place("limits", "Limits", bottom), LimitsPanel(bridge, keymap, read_limits)
        )
        self.kills = self._put(Place("kills", "Kills", bottom), KillsPanel(bridge, keymap))
        self.reconciliation = self._put(
            Place("reconciliation", "Reconciliation", bottom), ReconciliationPanel(bridge, keymap)
        )
        self.ticket = self._put(
            Place("ticket", "New group", bottom, opens=False), TicketPanel(bridge, keymap)
        )
        self.basket = self._put(
            Place("basket", "Basket", bottom, opens=False),
            BasketPanel(bridge, keymap, read_basket),
        )
        self.keys = self._put(Place("keys", "Keys", bottom, opens=False), KeySheet(keymap))

    @property
    def places(self) -> Sequence[Place]:
        """The registered places, in order."""
        return [place for place, _ in self._placed.values()]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All that are fed by the engine (the sheet of keys isn't)."""
        return tuple(w for _, w in self._placed.values() if isinstance(w, Panel))

    def panel(self, dock: str) -> QWidget:
        """The panel with this id. Raises ``KeyError``."""
        return self._placed[dock][1]

    def set_up(self, docks: Docks) -> None:
        """Put each into its dock, in the default layout."""
        for place, widget in self._placed.values():
            if place.where is Where.CENTER:
                continue
            area = _AREAS[place.where]
            docks.add(place.dock, place.title, widget, area, fixed=place.fixed)
        docks.stack(*(p.dock for p in self.places if p.where is Where.BOTTOM))
        for place in self.places:
            if not place.opens:
                docks.dock(place.dock).hide()
        for place in self.places:
            if place.front:
                docks.bring(place.dock)

    def _put(self, place: Place, widget: W) -> W:
        if place.dock in self._placed:
            raise ValueError(f"rooms: the dock id {place.dock!r} is used twice")
        self._placed[place.dock] = (place, widget)
        return widget
