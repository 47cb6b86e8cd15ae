"""Each panel is registered once, and key, menu, tab and look follow from that."""

import pytest
from PySide6.QtWidgets import QMenu, QWidget

from ui.actions import BINDINGS
from ui.rooms import Place, Where


def _entries(menu: QMenu) -> list[str]:
    found = []
    for action in menu.actions():
        below = action.menu()
        found += _entries(below) if isinstance(below, QMenu) else [action.text().split("\t")[0]]
    return found


def test_each_panel_has_a_key_a_menu_entry_and_a_dock(full, open_window):
    window = open_window(full)
    bound = {b.name for b in BINDINGS}
    said = [t for a in window.top.menu.actions() for t in _entries(a.menu())]
    for place in window.rooms.places:
        assert f"go.{place.dock}" in bound or place.dock in bound, place
        assert place.title in said, place
        if place.where is not Where.CENTER:
            assert window.docks.dock(place.dock).widget() is window.rooms.panel(place.dock)
    assert [p.dock for p in window.rooms.places if p.where is Where.CENTER] == ["groups"]


def test_each_panel_is_reached_by_its_name(full, open_window):
    window = open_window(full)
    for place in window.rooms.places:
        window.going.go(place.dock)
        panel = window.rooms.panel(place.dock)
        assert panel.isVisible()
        assert panel.isAncestorOf(window.focusWidget()), place.dock


def test_a_dock_id_is_used_once(full, open_window):
    rooms = open_window(full).rooms
    with pytest.raises(ValueError, match="'log' is used twice"):
        rooms._put(Place("log", "Log", Where.BOTTOM), QWidget())


def test_the_count_of_any_panel_stands_in_its_tab(full, open_window):
    window = open_window(full)
    window.log.count_changed.emit(3)
    assert window.docks.titles()["log"] == "Log 3"
    window.log.count_changed.emit(0)
    assert window.docks.titles()["log"] == "Log"
