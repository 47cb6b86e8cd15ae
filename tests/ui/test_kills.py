"""Kills of a part: asked from everywhere, confirmed in one place, counted until nothing is open."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from engine import Kill, KillPart, KillScope, Phase, ReleaseKillPart, Role
from tests.ui.showroom_controls import kills
from ui.risk.kill_line import line_words

LEFT = Qt.MouseButton.LeftButton
G, I, A = KillScope.GROUP, KillScope.INSTRUMENT, KillScope.ACCOUNT  # noqa: E741


def confirm(qtbot, window):
    strip = window.top.kill_strip
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending and not strip.asking)


def asked(full):
    return [(c.scope, c.target, c.user) for c in full.commands if isinstance(c, KillPart)]


def menu_of(window, qtbot, texts):
    """The open menu that has these entries."""
    qtbot.waitUntil(lambda: any(m.isVisible() for m in window.findChildren(QMenu)))
    menu = next(m for m in window.findChildren(QMenu) if m.isVisible())
    found = {a.text(): a for a in menu.actions()}
    assert set(texts) <= set(found), found
    return menu, found


def test_the_palette_offers_accounts_groups_and_instruments(full, open_window, qtbot):
    window = open_window(full)
    window.run("search")
    palette = window.palette_
    qtbot.keyClicks(palette.field, "kill g-spx")
    assert palette.list.item(0).text() == "G-SPX-001   KILL group"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert full.commands == [], "the palette only asks"
    strip = window.top.kill_strip
    assert "KILL group G-SPX-001: block every new order of it" in strip.text.text()
    confirm(qtbot, window)
    assert asked(full) == [(G, "G-SPX-001", "vera")]
    window.run("search")
    qtbot.keyClicks(palette.field, "KILL es20h p3100")
    assert palette.list.item(0).text() == "ES20H P3100   KILL instrument"
    palette.field.clear()
    qtbot.keyClicks(palette.field, "kill defa")
    assert palette.list.item(0).text() == "default   KILL account"


def test_a_groups_menu_kills_the_group_its_instruments_or_its_account(full, open_window, qtbot):
    window = open_window(full)
    view = window.groups.table.view
    view.select_key("G-SPX-001")
    view.menu_wanted.emit("G-SPX-001", "group", view.mapToGlobal(view.rect().center()))
    menu, found = menu_of(
        window,
        qtbot,
        ("KILL group G-SPX-001…", "KILL instrument SPXW 3700P…", "KILL account default…"),
    )
    found["KILL instrument SPXW 3700P…"].trigger()
    menu.close()
    confirm(qtbot, window)
    assert asked(full) == [(I, "SPXW 3700P", "vera")]


def test_the_ticket_kills_its_account_or_an_instrument_in_it(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.ticket")
    window.ticket.legs[0].put("symbol", "ESH0")
    qtbot.mouseClick(window.ticket.kill, LEFT)
    menu, found = menu_of(window, qtbot, ("KILL account default…", "KILL instrument ESH0…"))
    found["KILL account default…"].trigger()
    menu.close()
    confirm(qtbot, window)
    assert asked(full) == [(A, "default", "vera")]


def test_the_panel_names_any_part_and_asks_at_the_top(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.kills")
    panel = window.kills
    assert panel.release.why == "no kill is selected" and not panel.release.isEnabled()
    assert panel.kill.why == "name the group"
    panel.scope.setCurrentIndex(panel.scope.findData(I))
    assert panel.kill.why == "name the instrument"
    qtbot.keyClicks(panel.target, "VXH0")
    qtbot.keyClick(panel.target, Qt.Key.Key_Return)
    confirm(qtbot, window)
    assert asked(full) == [(I, "VXH0", "vera")]
    panel.scope.setCurrentIndex(panel.scope.findData(KillScope.ALL))
    assert not panel.target.isEnabled() and panel.kill.isEnabled()
    qtbot.mouseClick(panel.kill, LEFT)
    assert "KILL the desk" in window.top.kill_strip.text.text()
    confirm(qtbot, window)
    assert isinstance(full.commands[-1], Kill)
    full.phase = Phase.KILLED
    qtbot.waitUntil(lambda: panel.kill.why == "the whole desk is killed")


def test_the_line_at_the_top_stands_until_the_kill_is_released(full, open_window, qtbot):
    window = open_window(full)
    line = window.top.kill_line
    assert not line.isVisible()
    full.kill_list = kills()
    qtbot.waitUntil(line.isVisible)
    assert line.words.text() == (
        "KILLED group G-ES-010 by vera: 2 asked, 1 confirmed, 1 unknown  ·  "
        "KILLED instrument VXH0 by rita: nothing of it worked"
    )
    assert line.property("tone") == "critical", "something may still fill"
    done = dataclasses.replace(kills()[0], confirmed=2, unknown=())
    full.kill_list = (done,)
    qtbot.waitUntil(lambda: line.property("tone") == "warning")
    assert "2 asked, 2 confirmed, 0 unknown" in line.words.text()
    qtbot.mouseClick(line.button, LEFT)
    qtbot.waitUntil(window.kills.in_sight)
    full.kill_list = ()
    qtbot.waitUntil(lambda: not line.isVisible())


def test_many_kills_stay_one_line_with_the_worst_first():
    one = kills()[0]
    many = [dataclasses.replace(one, target=f"G{n}", unknown=("r",) * n) for n in range(5)]
    text = line_words(tuple(many))
    assert text.startswith("KILLED group G4 ") and text.endswith("and 2 more")


def test_counts_run_until_nothing_is_unknown(full, open_window, qtbot):
    window = open_window(full)
    full.kill_list = kills()
    window.run("go.kills")
    panel = window.kills
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 2)

    def cells(key):
        row = panel.table.store.row(key)
        return [c.text(row, 0) for c in panel.table.store.columns]

    assert cells("GROUP/G-ES-010")[:7] == [
        "group G-ES-010", "may still fill: end not proven", "2", "1", "1", "vera",
        "wrong basket",
    ]  # fmt: skip
    panel.table.view.select_key("GROUP/G-ES-010")
    qtbot.waitUntil(lambda: "G-ES-010/H1/1" in panel.unknown.text())
    assert panel.unknown.property("tone") == "critical"
    full.kill_list = (dataclasses.replace(kills()[0], confirmed=2, unknown=()), kills()[1])
    qtbot.waitUntil(lambda: cells("GROUP/G-ES-010")[1] == "nothing of it works")
    assert window.docks.dock("kills").windowTitle() == "Kills 2"


def test_release_needs_a_reason_and_says_what_may_still_fill(full, open_window, qtbot):
    window = open_window(full)
    full.kill_list = kills()
    window.run("go.kills")
    panel = window.kills
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 2)
    panel.table.view.select_key("GROUP/G-ES-010")
    qtbot.waitUntil(panel.release.isEnabled)
    qtbot.mouseClick(panel.release, LEFT)
    assert "Release the kill of group G-ES-010" in panel.strip.text.text()
    assert "1 orders may still fill" in panel.strip.note.text()
    qtbot.keyClicks(panel.strip.reason, "was the right one")
    qtbot.waitUntil(panel.strip.confirm.isEnabled)
    qtbot.keyClick(panel.strip.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(full.commands) == 1)
    assert full.commands == [
        ReleaseKillPart(user="vera", scope=G, target="G-ES-010", reason="was the right one")
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_anybody_may_kill_a_part_and_only_some_release(full, open_window, qtbot, role):
    full.roles = {"rita": Role.RISK} | ({"vera": role} if role else {})
    full.kill_list = kills()
    window = open_window(full)
    window.run("go.kills")
    panel = window.kills
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 2)
    panel.table.view.select_key("GROUP/G-ES-010")
    qtbot.wait(100)
    assert not panel.release.isEnabled() and "vera" in panel.release.why
    panel.target.setText("G-ES-001")
    qtbot.waitUntil(panel.kill.isEnabled)
    qtbot.mouseClick(panel.kill, LEFT)
    confirm(qtbot, window)
    assert asked(full) == [(G, "G-ES-001", "vera")]
