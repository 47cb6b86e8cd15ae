"""Each panel in its states looks as it did: empty, calm, alarm, stale, flood; the whole window
in both themes and two sizes. ``make pictures`` draws the references anew; look at what changed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from engine import EscalationKind, EscalationState, Phase, Severity
from tests.ui.fakes import FakeEngine, escalation
from tests.ui.likeness import check, unlike
from tests.ui.likeness import pixels as pixels_of
from tests.ui.showroom import fill
from ui.sound import Sound

STATES = ("empty", "calm", "alarm", "stale", "flood")


@pytest.fixture(autouse=True)
def _silence(monkeypatch):
    """What this machine's sound can do stands in the log and in the glance line."""
    monkeypatch.setattr(Sound, "play", lambda self, severity: None)
    monkeypatch.setattr(Sound, "test", lambda self: None)
    monkeypatch.setattr(Sound, "_choose", lambda self: setattr(self, "how", "system bell"))


def engine_in(state: str) -> FakeEngine:
    made = FakeEngine()
    if state == "empty":
        return made
    fill(made)
    if state == "calm":
        made.escalation_views.clear()
        made.orphan_views.clear()
        made.external_views.clear()
        for key, row in list(made.groups.items()):
            if row.needs_me or row.short_qty:
                del made.groups[key]
    if state == "flood":
        for n in range(100, 118):
            kind = EscalationKind.HEDGE_PARTIAL if n % 3 else EscalationKind.LEG_HELD
            made.put_escalation(
                escalation(n, severity=Severity.WARNING, kind=kind, group=f"G-{n}", age_s=n - 90)
            )
        for n in range(120, 123):
            made.put_escalation(escalation(n, group=f"G-{n}", age_s=n - 110))
    if state == "alarm":
        made.phase, made.blocks = Phase.RESOLVING, ("4 orphaned intents wait for a decision",)
    return made


def stand_still(window, qtbot, *, stale=False):
    """No blinking, no ages that run, no measured stall: the same picture each time."""
    window.frame._tick.stop()
    window.stall.worst_ms = lambda: 3.0
    if stale:
        window.bridge._sign -= 3.4
        window.bridge.engine.broken = True
    window.statusBar().clearMessage()
    show_all(window, qtbot)


def show_all(window, qtbot):
    """Until everything that was asked for is on the screen."""
    frame = window.frame
    tables = [t for p in window.panels for t in p.tables if t.isVisible()]
    for _ in range(2):
        window.pulse.beat(False)
        qtbot.waitUntil(lambda: not (frame._wanted or frame._turn or frame._awake))
        qtbot.waitUntil(lambda: not any(t.store.left for t in tables))


@pytest.mark.parametrize("state", STATES)
def test_each_panel_looks_as_it_did(state, open_window, qtbot):
    window = open_window(engine_in(state))
    if state != "empty":
        window.show_group("G-ES-004" if state != "calm" else "G-ES-001")
        window.setFocus()
    stand_still(window, qtbot, stale=state == "stale")
    found = [check(f"top-{state}", window.top.grab().toImage())]
    for place in window.rooms.places:
        if place.dock in ("keys", "basket") and state != "empty":
            continue  # they show nothing that could be in another state
        window.going.go(place.dock)
        window.setFocus()
        show_all(window, qtbot)
        picture = window.rooms.panel(place.dock).grab().toImage()
        found.append(check(f"{place.dock}-{state}", picture))
    assert [f for f in found if f] == []


@pytest.mark.parametrize("size", [(1280, 800), (2560, 1440)])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_window_looks_as_it_did(theme, size, open_window, qtbot):
    window = open_window(engine_in("alarm"), theme=theme)
    window.resize(*size)
    window.docks.share()
    window.show_group("G-ES-004")
    window.docks.bring("orphans")
    window.setFocus()
    stand_still(window, qtbot)
    assert check(f"window-{theme}-{size[0]}", window.grab().toImage()) == ""


# --- that they can fail ------------------------------------------------------------------------
@pytest.fixture
def alarm(open_window, qtbot):
    window = open_window(engine_in("alarm"))
    window.resize(1280, 800)
    window.docks.share()
    window.show_group("G-ES-004")
    window.docks.bring("orphans")
    window.setFocus()
    stand_still(window, qtbot)
    return window


def said(window) -> str:
    return check("window-dark-1280", window.grab().toImage())


def test_a_missing_panel_is_seen(alarm, qtbot):
    assert said(alarm) == ""
    alarm.docks.dock("detail").hide()
    qtbot.wait(150)
    assert "regions differ" in said(alarm)


def test_lost_actions_are_seen(alarm, qtbot):
    alarm.escalations.action_bar.hide()
    alarm.groups.action_bar.hide()
    qtbot.wait(150)
    assert "regions differ" in said(alarm)


def test_a_lost_alarm_color_is_seen(alarm, qtbot):
    """The glance line's CRITICAL without its ground: a small spot that matters."""
    whole = alarm.grab().toImage()
    tile = alarm.glance.critical
    painter = QPainter(whole)
    painter.fillRect(QRect(tile.mapTo(alarm, QPoint(0, 0)), tile.size()), QColor("#171b1f"))
    painter.end()
    assert "critical's color" in check("window-dark-1280", whole)


def test_alarms_that_were_seen_look_otherwise(alarm, qtbot):
    seen = EscalationState.ACKNOWLEDGED
    for view in list(alarm.bridge.engine.escalation_views.values()):
        if view.severity is Severity.CRITICAL:
            alarm.bridge.engine.put_escalation(replace(view, state=seen))
    show_all(alarm, qtbot)
    assert "differ" in said(alarm) or "color" in said(alarm)


def test_a_cut_off_window_is_seen(alarm, qtbot):
    whole = alarm.grab().toImage()
    moved = QImage(whole.size(), whole.format())
    moved.fill(QColor("black"))
    painter = QPainter(moved)
    painter.drawImage(-140, 0, whole)
    painter.end()
    assert "differ" in check("window-dark-1280", moved)


def test_another_font_is_not_taken_for_a_fault(alarm, qtbot):
    """All words a little bolder and a pixel off, as another hinting would have them."""
    whole = alarm.grab().toImage()
    moved = QImage(whole)
    painter = QPainter(moved)
    painter.setOpacity(0.5)
    painter.drawImage(1, 1, whole)
    painter.end()
    assert (pixels_of(moved) != pixels_of(whole)).any()
    assert check("window-dark-1280", moved) == ""


def test_size_is_compared():
    image = QImage(160, 160, QImage.Format.Format_RGB888)
    image.fill(QColor("white"))
    reference = QImage(12, 20, QImage.Format.Format_RGB888)
    reference.fill(QColor("white"))
    assert unlike(image, reference) == "width 160, was 96"
