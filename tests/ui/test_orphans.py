"""The orphan desk: evidence, resolutions, several at once, ask again, unknown orders, Arm."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt

from engine import (
    AdoptExternal,
    Answer,
    Arm,
    CancelOrder,
    Changes,
    Evidence,
    Phase,
    QueryOrphan,
    Resolution,
    ResolveOrphan,
)

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
LIVE, LOST, LOST2, UNSURE = "G-ES-020/R1/2", "G-ES-021/R1/1", "G-ES-022/R1/1", "G-ES-023/R1/1"


@pytest.fixture
def desk(full, open_window, qtbot):
    full.phase, full.blocks = Phase.RESOLVING, ("4 orphans wait for you",)
    window = open_window(full)
    qtbot.waitUntil(window.orphans.isVisible)
    qtbot.waitUntil(lambda: "4 orphans" in window.orphans.blocked.text())
    qtbot.waitUntil(lambda: len(window.orphans.table.store.shown) == 4)
    qtbot.waitUntil(lambda: bool(window.orphans.external_table.store.shown))
    return window


def confirm(qtbot, strip):
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending)


def test_it_opens_by_itself_and_says_what_is_blocked(desk):
    assert desk.orphans.isVisible()
    assert "new groups and risk orders are refused — 4 orphans wait" in desk.orphans.blocked.text()
    assert desk.docks.titles()["orphans"] == "Orphans 5"


def test_only_what_the_evidence_allows_is_offered(desk, qtbot):
    panel = desk.orphans
    panel.table.view.select_key(LIVE)
    shown = {r for r, b in panel.action_bar.buttons.items() if b.isVisible()}
    assert shown == {Resolution.ADOPT, Resolution.CANCEL_AT_BROKER}
    assert "Resubmit: the order lives: it would be doubled" in panel.action_bar.refused.text()
    assert "CumQty 10" in panel.action_bar.evidence.text()
    assert "25 unhedged" in panel.action_bar.evidence.text()


def test_the_preselected_one_is_marked_and_still_needs_the_trader(desk, full, qtbot):
    panel = desk.orphans
    panel.table.view.select_key(LIVE)
    assert panel.action_bar.buttons[Resolution.ADOPT].text().startswith("● ")
    qtbot.wait(250)
    assert full.commands == []


def test_resolve_by_keyboard_stores_reason_and_evidence(desk, full, qtbot):
    qtbot.keyClick(desk, Qt.Key.Key_F5)
    panel = desk.orphans
    panel.table.view.select_key(LIVE)
    panel.action_bar.reason.setText("seen at the broker's screen")
    qtbot.keyClick(panel.table.view, Qt.Key.Key_R, CTRL)
    assert panel.action_bar.strip.text.text().startswith("Adopt: G-ES-020/R1/2 SELL 25")
    confirm(qtbot, panel.action_bar.strip)
    assert full.commands == [
        ResolveOrphan(
            user="vera",
            order=LIVE,
            resolution=Resolution.ADOPT,
            reason="seen at the broker's screen",
            seen_evidence="PARTIALLY_FILLED",
        )
    ]


def test_new_evidence_while_confirming_refuses(desk, full, qtbot):
    panel = desk.orphans
    panel.table.view.select_key(LIVE)
    panel.action_bar.reason.setText("the broker has it")
    qtbot.mouseClick(panel.action_bar.buttons[Resolution.ADOPT], LEFT)
    full.put_orphan(replace(full.orphan_views[LIVE], evidence=Evidence.FILLED))
    qtbot.waitUntil(lambda: not panel.action_bar.strip.asking)
    assert "evidence was partially filled, now filled" in panel.action_bar.strip.text.text()
    assert full.commands == []


def select_both(panel, first, second):
    panel.table.view.select_key(first)
    model = panel.table.store.model
    flags = QItemSelectionModel.SelectionFlag
    panel.table.view.selectionModel().select(
        model.index(panel.table.store.at(second), 0), flags.Select | flags.Rows
    )


def test_several_at_once_only_with_the_same_evidence(desk, full, qtbot):
    panel = desk.orphans
    select_both(panel, LOST, LIVE)
    assert all(not b.isVisible() or not b.isEnabled() for b in panel.action_bar.buttons.values())
    assert "only with the same evidence" in panel.action_bar.refused.text()
    panel.table.view.clearSelection()
    select_both(panel, LOST, LOST2)
    qtbot.mouseClick(panel.action_bar.buttons[Resolution.MARK_NEVER_SENT], LEFT)
    assert (
        "needs a reason" in panel.action_bar.strip.note.text() + panel.action_bar.strip.text.text()
    )
    assert full.commands == []
    panel.action_bar.reason.setText("lost on the line")
    qtbot.mouseClick(panel.action_bar.buttons[Resolution.MARK_NEVER_SENT], LEFT)
    confirm(qtbot, panel.action_bar.strip)
    assert {c.order for c in full.commands} == {LOST, LOST2}
    assert {c.resolution for c in full.commands} == {Resolution.MARK_NEVER_SENT}


def test_without_proof_only_asking_again_is_possible(desk, full, qtbot):
    panel = desk.orphans
    panel.table.view.select_key(UNSURE)
    assert not any(b.isVisible() for b in panel.action_bar.buttons.values())
    assert "nothing is proven; ask again" in panel.action_bar.refused.text()
    qtbot.mouseClick(panel.action_bar.ask, LEFT)
    qtbot.waitUntil(lambda: full.commands == [QueryOrphan(user="vera", order=UNSURE)])


def test_arm_says_what_is_missing_and_then_arms(desk, full, qtbot):
    panel = desk.orphans
    assert not panel.arm.isEnabled()
    assert "first resolve" in panel.arm.toolTip()
    full.blocks = ()
    for view in list(full.orphan_views.values()):
        full.put_orphan(replace(view, resolution=Resolution.ADOPT, resolved_by="vera"))
    adopted = replace(full.external_views["TEL-7781"], adopted_into="G-ES-004/R1")
    full.external_views["TEL-7781"] = adopted
    full.tell(Changes(externals=frozenset({"TEL-7781"}), status=True))
    qtbot.waitUntil(panel.arm.isEnabled)
    qtbot.mouseClick(panel.arm, LEFT)
    confirm(qtbot, panel.action_bar.strip)
    assert full.commands == [Arm(user="vera")]


def test_arm_refused_by_the_engine_is_shown(desk, full, qtbot):
    full.blocks = ("it must be armed",)
    for view in list(full.orphan_views.values()):
        full.put_orphan(replace(view, resolution=Resolution.ADOPT, resolved_by="vera"))
    adopted = replace(full.external_views["TEL-7781"], adopted_into="G-ES-004/R1")
    full.external_views["TEL-7781"] = adopted
    full.tell(Changes(externals=frozenset({"TEL-7781"}), status=True))
    full.answer = lambda c: Answer("", "Arm", False, "an unknown order works at the broker")
    qtbot.waitUntil(desk.orphans.arm.isEnabled)
    qtbot.keyClick(desk.orphans.table.view, Qt.Key.Key_A, CTRL | Qt.KeyboardModifier.ShiftModifier)
    confirm(qtbot, desk.orphans.action_bar.strip)
    assert "an unknown order works" in desk.orphans.action_bar.strip.note.text()


def test_unknown_orders_are_adopted_or_canceled(desk, full, qtbot):
    panel = desk.orphans
    panel.external_table.view.select_key("TEL-7781")
    acts = panel.external_actions
    assert not acts.adopt.isEnabled()
    acts.group.setText("G-ES-004")
    acts.leg.setCurrentText("R1")
    acts.reason.setText("by telephone")
    qtbot.mouseClick(acts.adopt, LEFT)
    confirm(qtbot, panel.action_bar.strip)
    qtbot.mouseClick(acts.cancel, LEFT)
    confirm(qtbot, panel.action_bar.strip)
    assert full.commands == [
        AdoptExternal(
            user="vera", cl_ord_id="TEL-7781", group="G-ES-004", leg="R1", reason="by telephone"
        ),
        CancelOrder(user="vera", order="TEL-7781"),
    ]
