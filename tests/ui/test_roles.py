"""Who acts is shown; what the role may not do is disabled with the reason, on mouse and keys."""

import pytest
from PySide6.QtCore import Qt

from engine import Kill, Role
from ui.controls import ActionButton

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def open_as(full, open_window, role):
    full.roles = {"vera": role, "rita": Role.RISK}
    return open_window(full)


def test_who_acts_and_in_what_role_is_always_in_sight(full, open_window):
    window = open_as(full, open_window, Role.TRADER)
    who = window.top.who
    assert who.isVisible() and who.text() == "vera · trader"
    assert "limits are the risk role's" in who.toolTip()


@pytest.mark.parametrize(
    ("roles", "text"),
    [({}, "vera · no roles set"), ({"rita": Role.RISK}, "vera · no role here")],
)
def test_no_roles_and_no_role_are_two_things(full, open_window, roles, text):
    full.roles = roles
    window = open_window(full)
    assert window.top.who.text() == text
    assert window.top.who.property("tone") == ("warning" if roles else "dim")


def test_the_viewer_can_do_nothing_but_kill(full, open_window, qtbot):
    window = open_as(full, open_window, Role.VIEWER)
    for name in ("connection", "limits", "kills", "reconciliation", "ticket", "orphans"):
        window.run(f"go.{name}")
    qtbot.wait(700)
    free = {"Silence 60 s", "Show group", "KILL…", "Read", "Stop"}
    for button in window.findChildren(ActionButton):
        if button.plain_text.lstrip("● ") in free or button.plain_text.startswith("Export"):
            continue
        assert not button.isEnabled(), button.plain_text
    for button in (window.groups.action_bar.cancel, window.escalations.action_bar.acknowledge):
        assert button.why == button.toolTip() == "vera is VIEWER: this is for TRADER"
    assert "VIEWER" in window.groups.action_bar.row.note.text(), "said in text, not only as a tip"
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL | SHIFT)
    strip = window.top.kill_strip
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [type(c) for c in full.commands] == [Kill])


def test_a_key_does_not_get_around_the_role(full, open_window, qtbot):
    window = open_as(full, open_window, Role.VIEWER)
    window.groups.table.view.select_key("G-ES-004")
    window.groups.table.view.setFocus()
    qtbot.keyClick(window.groups.table.view, Qt.Key.Key_Delete, CTRL)
    qtbot.wait(100)
    assert not window.groups.strip.asking and full.commands == []


def test_what_reaches_a_strip_all_the_same_is_said_there(full, open_window, qtbot):
    window = open_as(full, open_window, Role.VIEWER)
    window.groups.action_bar._cancel("G-ES-004")
    strip = window.groups.strip
    assert not strip.asking
    assert strip.text.text() == "Not possible: vera is VIEWER: this is for TRADER"
    full.phase = type(full.phase).KILLED
    window.top._release()
    assert not window.top.kill_strip.asking, "a reason doesn't help whoever may not release"
    assert "this is for TRADER" in window.top.kill_strip.text.text()


def test_the_risk_role_stops_and_looks_but_sends_no_new_group(full, open_window, qtbot):
    window = open_as(full, open_window, Role.RISK)
    window.groups.table.view.select_key("G-ES-004")
    qtbot.waitUntil(window.groups.action_bar.cancel.isEnabled)
    assert not window.groups.action_bar.partial.isEnabled()
    assert not window.ticket.submit.isEnabled()
    assert "this is for TRADER" in window.ticket.submit.why


# --- somebody else acts -----------------------------------------------------------------------
def prove(user, pin):
    return user if (user, pin) == ("rita", "2580") else None


@pytest.fixture
def shared(full, open_window):
    full.roles = {"vera": Role.TRADER, "rita": Role.RISK}
    return open_window(full, prove=prove)


def act_as(window, qtbot, name, pin):
    if not window.top.act_as.isVisible():
        qtbot.keyClick(window, Qt.Key.Key_U, CTRL | SHIFT)
    strip = window.top.act_as
    strip.name.setText(name)
    strip.pin.setText(pin)
    qtbot.keyClick(strip.pin, Qt.Key.Key_Return)
    qtbot.waitUntil(strip.go.isEnabled)


def test_with_a_pin_another_person_acts_and_the_controls_follow(shared, full, qtbot):
    window = shared
    assert not window.limits.action_bar.target.isEnabled()
    act_as(window, qtbot, "rita", "2580")
    qtbot.waitUntil(lambda: window.top.who.text() == "rita · risk")
    assert not window.top.act_as.isVisible() and window.top.act_as.pin.text() == ""
    assert window.limits.action_bar.target.isEnabled()
    assert "this is for TRADER" in window.ticket.submit.why
    window.groups.table.view.select_key("G-ES-004")
    window.groups.action_bar._cancel("G-ES-004")
    strip = window.groups.strip
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(full.commands) == 1)
    assert full.commands[0].user == "rita"
    window.run("act_as")
    qtbot.mouseClick(window.top.act_as.back, LEFT)
    assert window.top.who.text() == "vera · trader"
    assert "RISK" not in window.ticket.submit.why
    assert not window.limits.action_bar.target.isEnabled()


def test_a_wrong_pin_changes_nothing_and_guessing_is_slowed_down(shared, full, qtbot):
    strip = shared.top.act_as
    for _ in range(3):
        act_as(shared, qtbot, "rita", "0000")
        qtbot.waitUntil(lambda: "don't belong together" in strip.note.text())
        strip.note.say("")
    act_as(shared, qtbot, "rita", "2580")
    assert "wait 5 s" in strip.note.text() and shared.bridge.user == "vera"
    strip._not_before = 0.0
    act_as(shared, qtbot, "rita", "2580")
    qtbot.waitUntil(lambda: shared.bridge.user == "rita")


def test_a_role_that_is_left_open_goes_back_by_itself(shared, full, qtbot):
    act_as(shared, qtbot, "rita", "2580")
    qtbot.waitUntil(lambda: shared.bridge.user == "rita")
    idle = shared.top.act_as._idle
    assert idle.isActive() and idle.interval() == 5 * 60 * 1000
    idle.setInterval(50)
    qtbot.waitUntil(lambda: shared.bridge.user == "vera")
    assert shared.top.who.text() == "vera · trader" and not idle.isActive()


def test_without_a_roles_file_nobody_can_be_proven(full, open_window, qtbot):
    window = open_window(full)
    window.run("act_as")
    strip = window.top.act_as
    assert not strip.pin.isEnabled() and "without a roles file" in strip.note.text()
    window.run("act_as")
    assert not strip.isVisible()
