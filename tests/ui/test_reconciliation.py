"""The reconciliation panel: run, result, breaks, CSV."""

import dataclasses
import time

import pytest
from PySide6.QtCore import Qt

from engine import Reconcile, Role
from engine.view_controls import ReconciliationView
from tests.ui.showroom_controls import BREAKS, CSV, reconciled

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(full, open_window):
    window = open_window(full)
    window.run("go.reconciliation")
    return window


def test_nothing_was_compared_yet(desk):
    panel = desk.reconciliation
    assert panel.result.text() == "Not compared with the broker yet."
    assert panel.export.why == "nothing was compared yet"


def test_run_now_asks_and_shows_that_it_waits(desk, full, qtbot):
    panel = desk.reconciliation
    qtbot.mouseClick(panel.run_now, LEFT)
    qtbot.waitUntil(lambda: full.commands == [Reconcile(user="vera")])
    full.reconciled = ReconciliationView(time.time_ns() - 3_000_000_000, None)
    qtbot.waitUntil(lambda: "the broker has not answered everything yet" in panel.result.text())
    assert panel.run_now.why == "one is under way"
    assert panel.result.property("tone") == "pending"


def test_a_clean_one_says_so_with_counts_who_and_when(desk, full, qtbot):
    panel = desk.reconciliation
    full.reconciled = reconciled()
    qtbot.waitUntil(lambda: panel.result.text().startswith("Clean: no breaks: 14 open orders, 212"))
    assert "Asked by vera, done 20" in panel.result.text() and "took 1.0 s" in panel.result.text()
    assert panel.result.property("tone") == "normal"
    assert desk.docks.dock("reconciliation").windowTitle() == "Reconciliation"


def test_breaks_are_a_table_and_a_count_on_the_tab(desk, full, qtbot):
    panel = desk.reconciliation
    full.reconciled = reconciled(*BREAKS)
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 3)
    row = panel.table.store.row("1")
    assert [c.text(row, 0) for c in panel.table.store.columns] == [
        "execution", "E0091", "default", "ES20H P3100", "10 @ 18.75", "12 @ 18.75",
        "booked otherwise on G-ES-004/R1/1",
    ]  # fmt: skip
    assert panel.result.property("tone") == "warning"
    assert desk.docks.dock("reconciliation").windowTitle() == "Reconciliation 3"
    shown = []
    panel.group_wanted.connect(shown.append)
    panel.table.view.acted.emit("0", "key")
    panel.table.view.acted.emit("2", "key")
    assert shown == ["G-ES-004"], "a position leads to no group"


def test_breaks_beyond_the_table_are_counted_and_said(desk, full, qtbot):
    done = dataclasses.replace(reconciled(*BREAKS).last, more_breaks=40)
    full.reconciled = ReconciliationView(None, done)
    panel = desk.reconciliation
    qtbot.waitUntil(lambda: "43 breaks" in panel.result.text())
    assert panel.result.text().endswith("The table has the first 3.")
    assert desk.docks.dock("reconciliation").windowTitle() == "Reconciliation 43"


def test_a_row_that_is_no_break_any_more_goes(desk, full, qtbot):
    panel = desk.reconciliation
    full.reconciled = reconciled(*BREAKS)
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 3)
    desk.setFocus()
    full.reconciled = reconciled(BREAKS[0])
    qtbot.waitUntil(lambda: list(panel.table.store.shown) == ["0"])


def test_the_csv_is_the_engines_own(desk, full, qtbot, tmp_path):
    panel = desk.reconciliation
    full.reconciled, full.csv = reconciled(*BREAKS), CSV
    qtbot.waitUntil(panel.export.isEnabled)
    qtbot.mouseClick(panel.export, LEFT)
    path = tmp_path / "breaks.csv"
    panel.export_strip.path.setText(str(path))
    qtbot.keyClick(panel.export_strip.path, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.export_strip.label.text().startswith("Wrote"))
    assert path.read_bytes() == CSV.encode()


def test_by_key_and_by_role(full, open_window, qtbot):
    full.roles = {"vera": Role.VIEWER}
    window = open_window(full)
    window.run("go.reconciliation")
    panel = window.reconciliation
    panel.table.view.setFocus()
    qtbot.keyClick(panel.table.view, Qt.Key.Key_R, CTRL)
    qtbot.wait(50)
    assert full.commands == [] and panel.run_now.why == "vera is VIEWER: this is for TRADER"


def test_ctrl_r_runs_it(desk, full, qtbot):
    panel = desk.reconciliation
    panel.table.view.setFocus()
    qtbot.keyClick(panel.table.view, Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: full.commands == [Reconcile(user="vera")])
