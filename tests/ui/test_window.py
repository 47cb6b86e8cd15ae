"""The window: KILL, staleness, search, keys, layouts, themes, names for everything."""

import asyncio
import dataclasses
import json
from decimal import Decimal as D

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QTabBar,
    QTabWidget,
    QWidget,
)

from engine import Answer, BasketError, FieldError, Kill, Phase, ReleaseKill
from tests.ui.fakes import escalation, group
from ui.actions import BINDINGS, Keymap
from ui.sound import Sound
from ui.theme import Theme

LEFT, CTRL, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


# --- KILL ---------------------------------------------------------------------------------
def test_a_short_press_on_kill_only_opens_the_second_step(fake, open_window, qtbot):
    window = open_window(fake)
    qtbot.mouseClick(window.glance.kill, LEFT)
    assert fake.commands == []
    strip = window.top.kill_strip
    assert strip.asking
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending)
    assert [type(c) for c in fake.commands] == [Kill]


def test_holding_kill_kills(fake, open_window, qtbot):
    window = open_window(fake)
    qtbot.mousePress(window.glance.kill, LEFT)
    qtbot.waitUntil(lambda: len(fake.commands) == 1)
    qtbot.mouseRelease(window.glance.kill, LEFT)
    qtbot.waitUntil(lambda: not window.top.kill_strip.pending)
    assert [type(c) for c in fake.commands] == [Kill]
    assert not window.top.kill_strip.asking


def test_kill_by_keyboard(fake, open_window, qtbot):
    window = open_window(fake)
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL | SHIFT)
    strip = window.top.kill_strip
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(fake.commands) == 1)


def test_releasing_a_kill_needs_a_reason(fake, open_window, qtbot):
    fake.phase = Phase.KILLED
    window = open_window(fake)
    qtbot.waitUntil(lambda: window.glance.kill.text() == "Release kill…")
    qtbot.mouseClick(window.glance.kill, LEFT)
    strip = window.top.kill_strip
    qtbot.keyClicks(strip.reason, "broker confirmed flat")
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(fake.commands) == 1)
    assert fake.commands == [ReleaseKill(user="vera", reason="broker confirmed flat")]


# --- when the engine doesn't answer --------------------------------------------------------
def test_stale_is_shown_within_two_seconds_and_kill_stays_reachable(full, open_window, qtbot):
    window = open_window(full)
    full.frozen_wall_ns = 1
    full.broken = True
    qtbot.waitUntil(lambda: window.bridge.stale)
    qtbot.waitUntil(lambda: window.glance.phase.value.text().startswith("STALE"))
    overlay = window.escalations.table.overlay
    qtbot.waitUntil(lambda: overlay.stale_text.startswith("STALE"))
    qtbot.waitUntil(lambda: "STALE" in window.windowTitle())
    assert window.glance.kill.isEnabled()
    full.hold = asyncio.Event()
    qtbot.mouseClick(window.glance.kill, LEFT)
    strip = window.top.kill_strip
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(full.commands) == 1)
    assert strip.pending
    full.hold.set()
    qtbot.waitUntil(lambda: not strip.pending)
    full.broken, full.frozen_wall_ns, full.hold = False, None, None
    qtbot.waitUntil(lambda: not window.bridge.stale)
    qtbot.waitUntil(lambda: window.escalations.table.overlay.stale_text == "")


def test_a_panel_that_fails_does_not_darken_the_others(full, open_window, qtbot):
    window = open_window(full)

    def bad(deadline):
        raise RuntimeError("no such column")

    window.frame._flushes["Detail"] = bad
    window.show_group("G-ES-004")
    full.put_escalation(escalation(77, group="G77"))
    qtbot.waitUntil(lambda: "77" in window.escalations.table.store.shown)
    said = "Detail: RuntimeError: no such column"
    qtbot.waitUntil(lambda: any(said in x.line.text for x in window.log._lines.values()))


def test_a_failing_sound_is_shown(full, open_window, qtbot, monkeypatch):
    monkeypatch.setattr(Sound, "test", lambda self: None)  # its outcome would come in between
    window = open_window(full)
    window.sound._note("aplay failed (no device)")
    qtbot.waitUntil(lambda: "aplay failed" in window.glance.sound.toolTip())
    assert window.glance.sound.value.text() == "failing"
    assert window.glance.sound.property("tone") == "warning"


# --- glance line -------------------------------------------------------------------------
def test_the_glance_line_says_what_can_hurt(full, open_window, qtbot):
    window = open_window(full)
    glance = window.glance
    qtbot.waitUntil(lambda: glance.critical.value.text() == "2")
    assert glance.phase.value.text() == "ARMED"
    assert glance.worst.value.text().startswith("G-ES-004 8 ≈ 84.00")
    assert glance.critical.property("tone") == "critical"
    assert glance.standing.value.text().startswith("5 · 5:")
    assert glance.orphans.value.text() == "4"
    assert glance.broker.value.text() == "paper 0.1 s"
    assert glance.skew.value.text() == "\N{MINUS SIGN}12 ms"
    assert glance.paper.isVisible()
    assert glance.paper.text() == "PAPER"
    assert "2 CRITICAL" in window.windowTitle()


def test_a_market_on_its_own_time_is_no_clock_error(full, open_window, qtbot):
    window = open_window(full, market_time=True)
    status = full.status
    full.status = lambda **_: dataclasses.replace(status(), broker_minus_local_s=-2.1e8)
    qtbot.waitUntil(lambda: window.glance.skew.value.text() == "replay")
    assert window.glance.skew.property("tone") == "normal"
    plain = open_window(full)
    qtbot.waitUntil(lambda: plain.glance.skew.property("tone") == "warning")


def test_no_figure_is_cut_off_at_1280(full, open_window, qtbot):
    window = open_window(full)
    window.resize(1280, 800)
    status = full.status
    slow = {"decision_p99_ms": 1234.5, "commit_p99_ms": 88.25, "broker_minus_local_s": -0.999}
    full.status = lambda **_: dataclasses.replace(status(), **slow)
    qtbot.waitUntil(lambda: window.glance.decision.value.text() == "1.2 s")
    assert window.glance.commit.value.text() == "88.2 ms"
    for cell in window.glance.cells:
        words = cell.value.fontMetrics().horizontalAdvance(cell.value.text())
        assert words <= cell.value.width(), f"{cell.accessibleName()}: {cell.value.text()}"


def test_the_curves_stand_on_zero(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.health")
    plot = window.health.curves[
        2
    ].widget  # a quantity that stays 8: no cliff, and not the axis' edge

    def from_zero():
        low, high = plot.getViewBox().viewRange()[1]
        return abs(low) < 1e-9 and abs(high - 8.8) < 1e-6

    qtbot.waitUntil(from_zero)


@pytest.mark.parametrize("how", ["system bell", "QtMultimedia", "paplay", "aplay", ""])
def test_how_it_sounds_fits_its_cell(full, open_window, qtbot, monkeypatch, how):
    monkeypatch.setattr(Sound, "test", lambda self: None)
    window = open_window(full)
    window.resize(1280, 800)
    window.sound.trouble, window.sound.how = "", how
    cell = window.glance.sound
    qtbot.waitUntil(lambda: window.glance.width() == 1280 and how in cell.toolTip())
    words = cell.value.fontMetrics().horizontalAdvance(cell.value.text())
    assert words <= cell.value.width(), cell.value.text()


def test_a_long_name_of_the_worst_leaves_its_figures_whole(full, open_window, qtbot):
    window = open_window(full)
    window.resize(1280, 800)
    name = "A-VERY-LONG-NAME-OF-A-GROUP-THAT-HAS-NO-END"
    full.groups[name] = group(name, unhedged=76, legs=full.groups["G-ES-004"].legs)
    worst = window.glance.worst
    qtbot.waitUntil(lambda: " 76 ≈ 798" in worst.value.text())
    assert "…" in worst.value.text()
    words = worst.value.fontMetrics().horizontalAdvance(worst.value.text())
    assert words <= worst.value.width()
    assert worst.value.toolTip().startswith(f"{name} 76")


def test_it_is_readable_at_1280(full, open_window, qtbot):
    window = open_window(full)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (1280, 800))
    qtbot.waitUntil(lambda: window.glance.kill.geometry().right() <= 1280)
    assert window.escalations.isVisible()
    assert window.groups.isVisible()
    assert window.detail.isVisible()


# --- search and keys ------------------------------------------------------------------------
def test_ctrl_k_finds_a_group_and_goes_there(full, open_window, qtbot):
    window = open_window(full)
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL)
    field = window.palette_.field
    assert field.hasFocus()
    qtbot.keyClicks(field, "es-007")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.groups.table.view.current_key() == "G-ES-007"
    assert not window.palette_.isVisible()


def test_ctrl_k_finds_an_order_and_selects_it(full, open_window, qtbot):
    window = open_window(full)
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL)
    qtbot.keyClicks(window.palette_.field, "G-ES-004/H1/3")
    qtbot.keyClick(window.palette_.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.detail.orders.view.current_key() == "G-ES-004/H1/3")


def test_ctrl_k_runs_commands_and_esc_gives_the_keyboard_back(full, open_window, qtbot):
    window = open_window(full)
    window.groups.take_focus()
    qtbot.keyClick(window.groups.table.view, Qt.Key.Key_K, CTRL)
    qtbot.keyClick(window.palette_.field, Qt.Key.Key_Escape)
    assert window.groups.table.view.hasFocus()
    qtbot.keyClick(window.groups.table.view, Qt.Key.Key_K, CTRL)
    qtbot.keyClicks(window.palette_.field, "go to health")
    qtbot.keyClick(window.palette_.field, Qt.Key.Key_Return)
    assert window.health.isVisible()


def test_f1_shows_the_keys_and_a_key_can_be_changed(full, open_window, qtbot, tmp_path):
    settings = tmp_path / "screen.json"
    window = open_window(full, settings_path=settings)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = window.keys
    assert sheet.isVisible()
    assert sheet.tree.topLevelItemCount() >= len(BINDINGS)
    assert window.keymap.rebind("go.groups", "F2") == "F2 already means “Go to escalations”"
    assert window.keymap.rebind("go.groups", "Ctrl+G") == ""
    qtbot.keyClick(window, Qt.Key.Key_G, CTRL)
    assert window.groups.table.view.hasFocus()
    window.close()
    assert json.loads(settings.read_text())["keys"] == {"go.groups": "Ctrl+G"}


def test_default_keys_do_not_clash():
    keymap = Keymap()
    assert {b.name: keymap.clash(b.name, b.default) for b in BINDINGS} == {
        b.name: "" for b in BINDINGS
    }


def test_destructive_keys_only_open_a_confirmation():
    arming = {b.name for b in BINDINGS if b.arms}
    assert {
        "kill",
        "group.cancel",
        "order.cancel",
        "escalation.hedge",
        "escalation.accept",
    } <= arming


# --- access ---------------------------------------------------------------------------------
def test_every_control_has_an_accessible_name(full, open_window):
    window = open_window(full)
    nameless = []
    for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QTabBar):
        for widget in window.findChildren(kind):
            inner = widget.objectName().startswith("qt_") or widget.metaObject().className() in (
                "QTableCornerButton",
                "QHeaderView",
                "QComboBoxListView",
                "QLineEditIconButton",
                "QListView",
                "QMenuBarExtension",
                "QToolBarExtension",
            )
            inside = isinstance(widget.parent(), QTabBar | QTabWidget | QComboBox | QDockWidget)
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            dock_tabs = isinstance(widget, QTabBar) and widget.parent() is window
            if not (inner or inside or dock_tabs or widget.accessibleName() or text):
                nameless.append(f"{widget.metaObject().className()} in {widget.parent()}")
    assert nameless == []


def test_every_panel_is_reached_by_key(full, open_window, qtbot):
    window = open_window(full)
    for key, panel in (
        (Qt.Key.Key_F2, window.escalations),
        (Qt.Key.Key_F3, window.groups),
        (Qt.Key.Key_F4, window.detail),
        (Qt.Key.Key_F5, window.orphans),
        (Qt.Key.Key_F6, window.rejected),
        (Qt.Key.Key_F7, window.log),
        (Qt.Key.Key_F9, window.ticket),
    ):
        qtbot.keyClick(window, key)
        assert panel.isVisible()
        assert panel.isAncestorOf(window.focusWidget())


def test_tab_leaves_a_table(full, open_window, qtbot):
    window = open_window(full)
    window.groups.take_focus()
    qtbot.keyClick(window.groups.table.view, Qt.Key.Key_Tab)
    assert not window.groups.table.view.hasFocus()


# --- look ------------------------------------------------------------------------------------
def test_theme_and_text_size_change_and_are_kept(full, open_window, qtbot, tmp_path):
    settings = tmp_path / "screen.json"
    window = open_window(full, settings_path=settings)
    qtbot.keyClick(window, Qt.Key.Key_T, CTRL)
    assert window.theme.name == "light"
    row = window.groups.table.view.rowHeight(0)
    window.set_scale(200)
    qtbot.waitUntil(lambda: window.groups.table.view.rowHeight(0) == 2 * row)
    window.close()
    again = open_window(full, settings_path=settings)
    assert (again.theme.name, again.theme.scale) == ("light", 200)


def test_bold_words_follow_the_text_size(full, open_window, qtbot):
    window = open_window(full)
    item = window.escalations.table.store.model.item
    assert item(0, 0).font().bold()
    for percent in (200, 100):
        window.set_scale(percent)
        wanted = Theme("dark", percent).font().pixelSize()
        qtbot.waitUntil(
            lambda size=wanted: (cell := item(0, 0)) and cell.font().pixelSize() == size
        )


def test_a_panel_on_another_monitor_is_there_again_after_a_restart(
    full, open_window, qtbot, tmp_path
):
    settings = tmp_path / "screen.json"
    window = open_window(full, settings_path=settings)
    window.docks.float("detail")
    assert window.docks.dock("detail").isFloating()
    window.close()
    again = open_window(full, settings_path=settings)
    assert again.docks.dock("detail").isFloating()
    again.docks.reset()
    assert not again.docks.dock("detail").isFloating()


def test_a_theme_that_was_asked_for_wins_over_the_kept_one(full, open_window, tmp_path):
    settings = tmp_path / "screen.json"
    settings.write_text('{"theme": "light"}')
    assert open_window(full, settings_path=settings).theme.name == "light"
    window = open_window(full, settings_path=settings, theme="dark", theme_wins=True)
    assert window.theme.name == "dark"


def test_another_theme_is_put_on_part_by_part(full, open_window, qtbot):
    window = open_window(full)
    panels = [window.escalations, window.groups, window.ticket, window.health]
    window.switch_theme()
    # The loop runs between two parts: nothing but the frame is dressed in this very turn.
    assert {p.theme.name for p in panels} == {"dark"}
    qtbot.waitUntil(lambda: {p.theme.name for p in panels} == {"light"})
    surface = Theme("light").tokens.surface
    assert window.groups.palette().base().color().name() == surface
    qtbot.waitUntil(lambda: all(shade > 200 for shade in frame_shades(window)))


def frame_shades(window):
    """How light the window's own frame is: status line, and the ground beside the dock's tabs."""
    picture = window.grab().toImage()
    bar = next(b for b in window.findChildren(QTabBar) if b.parent() is window)
    beside = bar.mapTo(window, QPoint(bar.width() - 3, bar.height() // 2))
    status = QPoint(window.width() - 3, window.height() - 3)
    return [picture.pixelColor(at).lightness() for at in (status, beside)]


def test_the_frame_between_the_panels_wears_the_theme_too(full, open_window, qtbot):
    window = open_window(full)
    assert all(shade < 60 for shade in frame_shades(window))
    before = [b for b in window.findChildren(QTabBar) if b.parent() is window]
    window.tabifyDockWidget(window.docks.dock("detail"), window.docks.dock("log"))

    def bars():
        return [b for b in window.findChildren(QTabBar) if b.parent() is window]

    qtbot.waitUntil(lambda: len(bars()) > len(before))
    qtbot.waitUntil(lambda: all(b.styleSheet() for b in bars() if b.isVisible()))


def test_of_two_quick_switches_the_last_holds(full, open_window, qtbot):
    window = open_window(full)
    window.switch_theme()
    qtbot.wait(1)
    window.switch_theme()
    qtbot.waitUntil(lambda: not window._dresser.busy)
    assert {p.theme.name for p in window.panels} == {"dark"}


def test_safe_mode_ignores_what_was_kept(full, open_window, tmp_path):
    settings = tmp_path / "screen.json"
    settings.write_text('{"theme": "light", "scale": 200}')
    assert open_window(full, settings_path=settings, safe_mode=True).theme.name == "dark"


def test_unreadable_preferences_are_set_aside_and_said(full, open_window, tmp_path):
    settings = tmp_path / "screen.json"
    settings.write_text("{nonsense")
    window = open_window(full, settings_path=settings)
    assert "can't be read" in window.preferences.trouble
    assert (tmp_path / "screen.json.unreadable").read_text() == "{nonsense"


def test_preferences_of_another_version_survive(full, open_window, tmp_path):
    settings = tmp_path / "screen.json"
    settings.write_text('{"theme": "neon", "from_the_future": [1], "columns": 7, "docks": "%%"}')
    window = open_window(full, settings_path=settings)
    assert window.theme.name == "dark"
    window.close()
    assert json.loads(settings.read_text())["from_the_future"] == [1]


def test_the_escalations_can_be_moved_but_not_closed_or_tabbed(full, open_window, qtbot):
    window = open_window(full)
    dock = window.docks.dock("escalations")
    assert not dock.features() & QDockWidget.DockWidgetFeature.DockWidgetClosable
    window.tabifyDockWidget(window.docks.dock("detail"), dock)
    window.docks.restore(window.docks.state())
    assert window.tabifiedDockWidgets(dock) == []
    assert dock.isVisible()


def test_named_layouts_are_saved_used_and_reset(full, open_window, qtbot):
    window = open_window(full)
    window.docks.dock("detail").hide()
    window.top.layout_name.ask()
    qtbot.keyClicks(window.top.layout_name.field, "narrow")
    qtbot.keyClick(window.top.layout_name.field, Qt.Key.Key_Return)
    assert window.docks.names() == ["narrow"]
    window.docks.reset()
    assert window.docks.dock("detail").isVisible()
    assert window.docks.use("narrow")
    assert not window.docks.dock("detail").isVisible()
    window.docks.delete("narrow")
    assert window.docks.names() == []


@pytest.mark.parametrize("size", [(2560, 1440), (1280, 800)])
def test_the_sides_keep_their_share_when_the_window_grows_or_shrinks(
    full, open_window, qtbot, size
):
    window = open_window(full)
    sides = [window.docks.dock(name) for name in ("escalations", "detail", "orphans")]

    def shares():
        left, right, bottom = sides
        width, height = window.width(), window.height()
        return left.width() / width, right.width() / width, bottom.height() / height

    qtbot.waitUntil(lambda: all(d in window.docks._shares._sizes for d in sides))
    qtbot.waitUntil(lambda: window.docks._shares._sizes[sides[1]] == sides[1].size())
    before = shares()
    window.resize(*size)
    qtbot.waitUntil(lambda: abs(sides[1].width() / size[0] - before[1]) < 0.02)
    assert shares() == pytest.approx(before, abs=0.03)


def test_a_share_that_was_chosen_is_kept_too(full, open_window, qtbot):
    window = open_window(full)
    detail = window.docks.dock("detail")
    window.resizeDocks([detail], [600], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: detail.width() == 600)
    window.resize(2250, 950)
    qtbot.waitUntil(lambda: abs(detail.width() - 900) < 20)


def test_nothing_in_the_window_is_modal(full, open_window):
    window = open_window(full)
    assert not any(w.isModal() for w in window.findChildren(QWidget))


# --- baskets ---------------------------------------------------------------------------------
def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)


def test_a_dropped_basket_with_errors_shows_all_and_submits_nothing(
    fake, open_window, qtbot, tmp_path
):
    def read(path):
        raise BasketError(
            (
                FieldError("groups[0].legs[1].price", "a number above 0", "-1", 4),
                FieldError("groups[2].group_id", "a new id", "G1", 9),
            )
        )

    window = open_window(fake, read_basket=read)
    drop(window, tmp_path / "b.json")
    store = window.basket.table.store
    qtbot.waitUntil(lambda: len(store.shown) == 2)
    assert store.row("1").where == "line 4, groups[0].legs[1].price"
    assert store.row("2").what == "expected a new id, got G1"
    assert not window.basket.submit.isEnabled()
    assert fake.commands == []


@pytest.fixture
def basket(fake, open_window, qtbot, tmp_path):
    from engine import GroupRequest, LegRequest, LegType, Side

    legs = (
        LegRequest("H1", LegType.HEDGE, "X", Side.BUY, D(5), price=D(1)),
        LegRequest("R1", LegType.RISK, "Y", Side.SELL, D(5), price=D(2)),
    )
    groups = tuple(GroupRequest(f"B{n}", legs) for n in range(1, 4))
    window = open_window(fake, read_basket=lambda path: groups)
    drop(window, tmp_path / "b.json")
    qtbot.waitUntil(lambda: len(window.basket.table.store.shown) == 3)
    return window


def test_a_basket_is_confirmed_and_each_answer_shown(basket, fake, qtbot):
    panel = basket.basket
    fake.answer = lambda c: Answer("", "x", c.group.group_id != "B2", "not twice")
    qtbot.mouseClick(panel.submit, LEFT)
    assert panel.strip.text.text() == "Submit 3 groups, 30 lots over all legs"
    qtbot.waitUntil(panel.strip.confirm.isEnabled)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "2 groups accepted, 1 refused" in panel.note.text())
    qtbot.waitUntil(lambda: panel.table.store.row("2").state == "refused: not twice")
    assert [c.group.group_id for c in fake.commands] == ["B1", "B2", "B3"]


def test_a_basket_can_be_stopped_midway(basket, fake, qtbot):
    panel = basket.basket
    fake.hold = asyncio.Event()
    qtbot.mouseClick(panel.submit, LEFT)
    qtbot.waitUntil(panel.strip.confirm.isEnabled)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(fake.commands) == 1)
    assert panel.progress.isVisible()
    qtbot.mouseClick(panel.cancel, LEFT)
    fake.hold.set()
    qtbot.waitUntil(lambda: "2 not submitted" in panel.note.text())
    assert len(fake.commands) == 1


# --- export -----------------------------------------------------------------------------------
def test_export_writes_filter_user_and_time(full, open_window, qtbot, tmp_path):
    window = open_window(full)
    table = window.groups.table
    table.filter.setText("hedged")
    table.export()
    path = tmp_path / "out.csv"
    table.export_strip.path.setText(str(path))
    qtbot.keyClick(table.export_strip.path, Qt.Key.Key_Return)
    qtbot.waitUntil(path.exists)
    lines = path.read_text().splitlines()
    assert lines[:3] == ["# Groups", "# filter: Live; hedged", "# user: vera"]
    assert lines[3].startswith("# time: ")
    assert lines[4].startswith("Group,Lifecycle,Unhedged")
    assert len(lines) == 5 + len(table.store.shown)


def test_export_says_what_is_wrong_with_a_path(full, open_window, qtbot, tmp_path):
    window = open_window(full)
    strip = window.groups.table.export_strip
    window.groups.table.export()
    strip.path.setText(str(tmp_path / "no" / "out.csv"))
    qtbot.keyClick(strip.path, Qt.Key.Key_Return)
    assert "is no folder" in strip.label.text()
    (tmp_path / "there.csv").write_text("old")
    strip.path.setText(str(tmp_path / "there.csv"))
    qtbot.keyClick(strip.path, Qt.Key.Key_Return)
    assert "Enter again to replace" in strip.label.text()
    assert (tmp_path / "there.csv").read_text() == "old"


def test_a_new_group_does_not_take_the_focus(full, open_window, qtbot):
    window = open_window(full)
    window.ticket_focus = window.run("go.ticket")
    field = window.ticket.group_id
    assert field.hasFocus()
    full.put_group(group("NEW-2"))
    full.put_escalation(escalation(90))
    qtbot.waitUntil(lambda: "90" in window.escalations.table.store.shown)
    assert field.hasFocus()


def test_hover_position_is_kept_out_of_tables(full, open_window, qtbot):
    window = open_window(full)
    at = window.groups.table.view.viewport()
    qtbot.mouseMove(at, QPoint(40, 40))
    qtbot.waitUntil(window.groups.table.view.is_frozen)
    qtbot.mouseMove(window, QPoint(3, 3))
    qtbot.waitUntil(lambda: not window.groups.table.view.is_frozen())
