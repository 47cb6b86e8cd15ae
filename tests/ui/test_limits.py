"""The limits panel: use, decisions as they came, and what only the risk role may do."""

import dataclasses
import time
from decimal import Decimal as D

import pytest
from PySide6.QtCore import Qt

from engine import AllowRepeats, Answer, LimitsError, OverrideLimit, ReloadLimits, Role
from engine.core.limits.rules import Limits, Rule
from engine.core.model import LimitDecision
from engine.core.terms import Verdict
from tests.ui.showroom_controls import fill_controls, limits

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NEW = Limits((Rule("desk", max_open_groups=None),), "limits.toml")


@pytest.fixture
def desk(full, open_window, qtbot):
    def open_(role=Role.RISK, read=lambda: NEW):
        fill_controls(full)
        full.roles = {"vera": role}
        window = open_window(full, read_limits=read)
        window.run("go.limits")
        panel = window.limits
        qtbot.waitUntil(lambda: len(panel.uses.store.shown) == 12)
        qtbot.waitUntil(lambda: len(panel.decisions.store.shown) == 7)
        return window

    return open_


def cells(panel, key):
    row = panel.uses.store.row(key)
    return {c.key: c.text(row, 0) for c in panel.uses.store.columns}


def with_reason(qtbot, strip, reason):
    assert strip.asking, strip.text.text()
    assert not strip.confirm.isEnabled(), "not without a reason"
    qtbot.keyClicks(strip.reason, reason)
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending and not strip.asking)


def test_rules_are_shown_with_what_is_used_of_them(desk):
    panel = desk().limits
    assert panel.words.text().startswith("limits.toml: 3 rules in force")
    assert "G-ES-009" in panel.words.text(), "what waits for a limit"
    net = cells(panel, "puts/max_net_exposure")
    assert (net["now"], net["share"], net["soft"], net["hard"]) == (
        "−412,500", "68", "400,000", "600,000",
    )  # fmt: skip
    assert (net["account"], net["symbol"]) == ("default", "ES*")
    assert net["state"] == "over the soft limit"
    assert cells(panel, "puts/max_gross_exposure")["state"] == "nearly used up"
    assert cells(panel, "desk/max_open_groups")["state"] == ""
    orders = cells(panel, "desk/max_orders_per_s")
    assert (orders["now"], orders["share"], orders["hard"]) == (
        "13 of 20 free", "35", "10/s, burst 20",
    )  # fmt: skip
    assert cells(panel, "desk/max_messages_per_s")["state"] == "used up: orders wait"
    assert cells(panel, "desk/max_order_qty")["now"] == "each order"
    assert cells(panel, "desk/trading_hours")["hard"] == "Mon–Fri 13:00–21:00"
    assert cells(panel, "closed/restricted")["hard"] == "restricted"
    assert cells(panel, "puts/duplicate_window_ms")["soft"] == "500 ms"


def test_tokens_come_back_without_any_news(desk, full, qtbot):
    panel = desk().limits
    view = limits()
    full.limits_view = dataclasses.replace(
        view, rates=(dataclasses.replace(view.rates[0], tokens=20), view.rates[1])
    )
    qtbot.waitUntil(lambda: cells(panel, "desk/max_orders_per_s")["now"] == "20 of 20 free")


def test_decisions_stand_as_they_came_newest_first(desk, qtbot):
    panel = desk().limits
    assert list(panel.decisions.store.shown) == [str(n) for n in range(7, 0, -1)]
    row = panel.decisions.store.row("4")
    assert [c.text(row, 0) for c in panel.decisions.store.columns][1:] == [
        "refused", "G-ES-030", "H1: an order of 800, the hard limit is 500", "max order qty",
        "desk", "vera",
    ]  # fmt: skip
    panel.decisions.filter.setText("soft:")
    qtbot.waitUntil(lambda: list(panel.decisions.store.shown) == ["3", "2"])


def test_what_was_refused_while_nobody_looked_is_counted_on_the_tab(desk, full, qtbot):
    window = desk()
    title = window.docks.dock("limits").windowTitle
    assert title() == "Limits"
    window.run("go.log")
    qtbot.waitUntil(lambda: not window.limits.in_sight())
    full.told.append(LimitDecision(8, time.time_ns(), Verdict.REFUSED, "G1", "v", "c", "r", "t"))
    full.told.append(LimitDecision(9, time.time_ns(), Verdict.ASKED, "G1", "v", "c", "r", "t"))
    qtbot.waitUntil(lambda: title() == "Limits 1")
    window.run("go.limits")
    qtbot.waitUntil(lambda: title() == "Limits")


def test_without_limits_it_says_so(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.limits")
    qtbot.waitUntil(lambda: "No limits are in force" in window.limits.words.text())
    assert window.limits.action_bar.reload.why == "the desk was started without a limits file"


# --- what the risk role may do ----------------------------------------------------------------
def test_reload_puts_the_file_in_force_with_a_reason(desk, full, qtbot):
    panel = desk().limits
    bar = panel.action_bar
    full.answer = lambda c: Answer("", "reload_limits", True, "rule puts is gone")
    qtbot.mouseClick(bar.reload, LEFT)
    assert "limits.toml" in bar.strip.text.text() and "1 rules" in bar.strip.text.text()
    with_reason(qtbot, bar.strip, "new day")
    assert full.commands == [ReloadLimits(user="vera", limits=NEW, reason="new day")]
    assert "rule puts is gone" in bar.strip.note.text()


def test_a_file_with_a_mistake_changes_nothing_and_says_what_is_wrong(desk, full, qtbot):
    def read():
        raise LimitsError("limits.toml: rules[0].max_order_qty: expected a number")

    panel = desk(read=read).limits
    panel.uses.view.setFocus()
    qtbot.keyClick(panel.uses.view, Qt.Key.Key_R, CTRL)
    assert "max_order_qty: expected a number" in panel.action_bar.strip.text.text()
    assert not panel.action_bar.strip.asking and full.commands == []


def test_limits_changed_by_somebody_else_meanwhile_are_not_overwritten(desk, full, qtbot):
    bar = desk().limits.action_bar
    qtbot.mouseClick(bar.reload, LEFT)
    full.limits_view = dataclasses.replace(limits(), rules=())
    qtbot.waitUntil(lambda: "limits in force was as shown, now others" in bar.strip.text.text())
    assert full.commands == []


def test_a_hard_limit_is_lifted_once_from_its_refusal(desk, full, qtbot):
    panel = desk().limits
    bar = panel.action_bar
    assert bar.override.why == "name the group or the order first"
    panel.decisions.view.select_key("4")
    qtbot.waitUntil(lambda: bar.target.text() == "G-ES-030")
    assert bar.control.currentText() == "max_order_qty"
    qtbot.keyClick(panel.decisions.view, Qt.Key.Key_O, CTRL | SHIFT)
    with_reason(qtbot, bar.strip, "client confirmed")
    assert full.commands == [
        OverrideLimit(
            user="vera", target="G-ES-030", controls=("max_order_qty",), reason="client confirmed"
        )
    ]


def test_all_controls_can_be_lifted_for_a_target_that_was_typed(desk, full, qtbot):
    bar = desk().limits.action_bar
    qtbot.keyClicks(bar.target, "G-NEW")
    qtbot.keyClick(bar.target, Qt.Key.Key_Return)
    with_reason(qtbot, bar.strip, "test")
    assert full.commands == [OverrideLimit(user="vera", target="G-NEW", controls=(), reason="test")]


def test_a_stopped_shape_is_let_go_on_with_a_reason(desk, full, qtbot):
    bar = desk().limits.action_bar
    assert bar.shape.isVisible()
    shape = bar.shape.currentText()
    qtbot.mouseClick(bar.allow, LEFT)
    with_reason(qtbot, bar.strip, "meant so")
    assert full.commands == [AllowRepeats(user="vera", shape=shape, reason="meant so")]
    full.limits_view = dataclasses.replace(limits(), repeats_stopped=())
    qtbot.waitUntil(lambda: not bar.shape.isVisible())


@pytest.mark.parametrize("role", [Role.TRADER, Role.VIEWER])
def test_everybody_else_sees_the_limits_and_cannot_touch_them(desk, full, qtbot, role):
    panel = desk(role).limits
    bar = panel.action_bar
    for button in (bar.reload, bar.override, bar.allow):
        assert not button.isEnabled()
        assert button.toolTip() == f"vera is {role.value}: this is for RISK"
    assert not bar.target.isEnabled() and not bar.control.isEnabled()
    assert "this is for RISK" in bar.row.note.text()
    panel.decisions.view.select_key("4")
    panel.uses.view.setFocus()
    qtbot.keyClick(panel.uses.view, Qt.Key.Key_R, CTRL)
    assert not bar.strip.asking and full.commands == []


def test_days_that_follow_each_other_are_a_span():
    from engine.core.limits.rules import TradingWindow
    from ui.risk.use_rows import _hours

    assert _hours(TradingWindow((1, 2, 3), 0, 3600)) == "Tue–Thu 00:00–01:00"
    assert _hours(TradingWindow((0, 2, 3), 0, 3600)) == "Mon,Wed,Thu 00:00–01:00"
    assert _hours(TradingWindow((5, 6), 0, 3600)) == "Sat,Sun 00:00–01:00"
    assert _hours(TradingWindow((4,), 0, 3600)) == "Fri 00:00–01:00"


def test_a_share_of_a_limit_of_zero_is_no_division(full):
    from engine.view_controls import LimitsView, UseView
    from ui.risk.use_rows import use_rows

    zero = limits().rules[1]
    use = UseView("puts", "*", "*", "max_net_exposure", D(0), None, D(0))
    rows = use_rows(LimitsView("x", (zero,), (), (use,), (), (), ()))
    assert rows["puts/max_net_exposure"].share is None
