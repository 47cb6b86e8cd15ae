"""The tray and the desktop's notifications: CRITICALs, where the platform has them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QSystemTrayIcon

from engine import Severity
from tests.ui.fakes import escalation
from ui.icons import Icons
from ui.notify import Notifier
from ui.theme import Theme


@pytest.fixture
def shown(monkeypatch, qapp):
    """What was shown, on a platform that has a tray."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda self, title, text, *more: told.append((title, text))
    )
    return told


def test_a_critical_is_told_with_group_and_quantity(shown):
    notifier = Notifier()
    notifier.set_theme(Theme())
    notifier.tell(escalation(1, group="G-7", qty=8, symbol="ES20H P3000"))
    assert len(shown) == 1
    title, text = shown[0]
    assert title == "CRITICAL"
    assert text.startswith("G-7: ")
    assert text.endswith("8 ES20H P3000 unhedged")
    notifier.close()


def test_the_window_tells_each_critical_once_and_nothing_less(shown, full, open_window, qtbot):
    window = open_window(full)
    shown.clear()
    full.put_escalation(escalation(90, group="G-90"))
    full.put_escalation(escalation(91, group="G-91", severity=Severity.WARNING))
    qtbot.waitUntil(lambda: len(shown) == 1)
    window.pulse.beat(True)
    window.pulse.beat(False)
    qtbot.wait(200)
    assert [text.split(":")[0] for _, text in shown] == ["G-90"]
    worse = replace(full.escalation_views[90], level=2)
    full.put_escalation(worse)
    qtbot.waitUntil(lambda: len(shown) == 2)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_its_icon_is_seen_on_a_tray_of_any_color(qapp, name):
    """It brings its own ground: the sign and the ground differ, whatever lies behind."""
    image = Icons(Theme(name)).on_ground("desk").pixmap(22, 22).toImage()
    inside = [image.pixelColor(x, y) for x in range(3, 19) for y in range(3, 19)]
    assert all(color.alpha() == 255 for color in inside)
    shades = [color.lightness() for color in inside]
    assert max(shades) - min(shades) > 120


def test_without_a_tray_nothing_is_shown_and_nothing_fails(monkeypatch, qapp):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    notifier = Notifier()
    notifier.set_theme(Theme())
    assert not notifier.available
    notifier.tell(escalation(1))
    notifier.close()
