"""The table: order, freezing, membership, what is painted, copying."""

import csv
import io
import time
from dataclasses import dataclass, replace
from decimal import Decimal as D

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.table import Column, KeyTable, RowStore, TablePanel
from ui.table.copying import csv_head, csv_lines, csv_titles, tsv


@dataclass(frozen=True)
class Row:
    name: str
    qty: D


COLUMNS = (
    Column("name", "Name", lambda r, _: r.name),
    Column("qty", "Qty", lambda r, _: f"{r.qty:,}", sort=lambda r: r.qty, numeric=True),
)


class Rig:
    """A table panel on a dict of rows."""

    def __init__(self, qtbot, rows, sort=("qty", False)):
        self.rows = {r.name: r for r in rows}
        self.reads = 0
        self.store = RowStore(COLUMNS, self.read, lambda r: r.name, wall_ns=time.time_ns, sort=sort)
        self.panel = TablePanel(
            "Things",
            self.store,
            spawn=lambda name, coro: coro.close(),
            user="vera",
            wall_ns=lambda: 0,
            why_empty=lambda: "no things",
        )
        self.home = QWidget()
        box = QVBoxLayout(self.home)
        self.other = QLineEdit()
        box.addWidget(self.other)
        box.addWidget(self.panel)
        qtbot.addWidget(self.home)
        self.home.resize(400, 300)
        self.home.show()
        qtbot.waitExposed(self.home)
        self.home.activateWindow()
        self.other.setFocus()
        self.view: KeyTable = self.panel.view
        self.view._pointer_in = False
        self.store.reset(self.rows)
        self.flush()

    def read(self, key):
        self.reads += 1
        return self.rows.get(key)

    def put(self, *rows):
        for row in rows:
            self.rows[row.name] = row
        self.store.mark([r.name for r in rows])
        self.flush()

    def drop(self, name):
        del self.rows[name]
        self.store.mark([name])
        self.flush()

    def flush(self):
        return self.store.flush(time.perf_counter() + 1)

    @property
    def shown(self):
        return list(self.store.shown)

    def text(self, key, column=1):
        return self.store.model.item(self.store.at(key), column).text()

    def press_at(self, key):
        at = self.store.at(key)
        return QPoint(20, self.view.rowViewportPosition(at) + self.view.rowHeight(at) // 2)


@pytest.fixture
def rig(qtbot):
    return Rig(qtbot, [Row("a", D(10)), Row("b", D(9)), Row("c", D(200))])


def test_numbers_sort_as_numbers(rig):
    assert rig.shown == ["b", "a", "c"]
    rig.store.sort_by("qty", True)
    assert rig.shown == ["c", "a", "b"]


def test_a_click_on_the_header_sorts(rig, qtbot):
    header = rig.view.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(1) + 30, 8)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert rig.shown == ["c", "a", "b"]


def test_order_is_frozen_while_the_keyboard_is_in_the_table(rig, qtbot):
    rig.view.setFocus()
    assert rig.view.is_frozen()
    rig.put(Row("a", D(1)), Row("d", D(0)))
    assert rig.shown == ["b", "a", "c"]
    assert rig.text("a") == "1"
    assert rig.panel.pill.isVisible()
    assert rig.panel.pill.text() == "▲ 1 new"
    rig.other.setFocus()
    assert rig.shown == ["d", "a", "b", "c"]
    assert not rig.panel.pill.isVisible()


def test_the_first_filling_is_not_held_up_by_the_keyboard(qtbot):
    rig = Rig(qtbot, [])
    rig.view.setFocus()
    qtbot.waitUntil(rig.view.hasFocus)
    for n in range(5):
        rig.rows[f"r{n}"] = Row(f"r{n}", D(n))
    rig.store.mark(rig.rows)
    frames = next(n for n in range(1, 50) if not rig.store.flush(0))  # a row a frame
    assert frames > 1 and rig.shown == ["r0", "r1", "r2", "r3", "r4"]
    rig.put(Row("late", D(3)))
    assert rig.shown == ["r0", "r1", "r2", "r3", "r4"], "from then on nothing moves"
    assert rig.panel.pill.text() == "▲ 1 new"


def test_order_is_frozen_while_the_pointer_is_in_the_table(rig):
    rig.view._pointer_in = True
    rig.put(Row("d", D(0)))
    rig.drop("b")
    assert rig.shown == ["b", "a", "c"]
    rig.view._pointer_in = False
    rig.flush()
    assert rig.shown == ["d", "a", "c"]


def test_the_pill_lets_new_rows_in(rig, qtbot):
    rig.view.setFocus()
    rig.put(Row("d", D(0)), Row("e", D(500)))
    qtbot.mouseClick(rig.panel.pill, Qt.MouseButton.LeftButton)
    assert rig.shown == ["d", "b", "a", "c", "e"]


def test_ctrl_u_lets_new_rows_in(rig, qtbot):
    rig.view.setFocus()
    rig.put(Row("d", D(0)))
    qtbot.keyClick(rig.view, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert rig.shown[0] == "d"


def test_selection_follows_the_key_through_reordering(rig):
    rig.view.select_key("c")
    rig.put(Row("c", D(1)))
    assert rig.shown == ["c", "b", "a"]
    assert rig.view.current_key() == "c"
    assert rig.view.selected_keys() == ["c"]
    assert rig.view.currentIndex().row() == 0


def test_a_click_acts_on_the_key_caught_at_press(rig, qtbot):
    acted = []
    rig.view.acted.connect(lambda key, column: acted.append(key))
    qtbot.mouseClick(rig.view.viewport(), Qt.MouseButton.LeftButton, pos=rig.press_at("a"))
    assert acted == ["a"]


def test_a_row_that_changes_between_press_and_release_is_not_acted_on(rig, qtbot):
    acted, slipped = [], []
    rig.view.acted.connect(lambda key, column: acted.append(key))
    rig.view.slipped.connect(lambda: slipped.append(1))
    spot = rig.press_at("a")
    qtbot.mousePress(rig.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    rig.store.sort_by("qty", True)
    rig.store.sort_by("name", True)
    assert rig.shown.index("a") != 1
    qtbot.mouseRelease(rig.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert acted == []
    assert slipped == [1]


def test_the_filter_shows_what_matches_and_an_empty_table_says_why(rig):
    rig.panel.filter.setText("zz")
    assert rig.shown == []
    assert "zz" in rig.panel.overlay.reason
    rig.panel.filter.setText("C")
    assert rig.shown == ["c"]
    rig.panel.filter.clear()
    for key in list(rig.rows):
        rig.drop(key)
    assert rig.panel.overlay.reason == "no things"


def test_rows_that_leave_while_their_end_is_in_sight_do_not_paint_the_whole_table(qtbot):
    rig = Rig(qtbot, [Row(f"r{i:05d}", D(i)) for i in range(3000)], sort=("name", False))
    qtbot.wait(100)
    bar = rig.view.verticalScrollBar()
    bar.setValue(bar.maximum())
    painted: list[int] = []
    paint = rig.store._painter.paint

    def noted(at, *rest, **named):
        painted.append(at)
        paint(at, *rest, **named)

    rig.store._painter.paint = noted
    gone = [key for key in rig.rows if key >= "r00500"]
    for key in gone:
        del rig.rows[key]
    rig.store.mark(gone)
    rig.flush()
    rig.store.arrange()
    assert len(rig.shown) == 500
    assert len(set(painted)) < 60
    qtbot.waitUntil(lambda: rig.view.visible_rows().stop == 500)
    assert rig.text("r00499") == "499"


def test_only_visible_cells_are_painted(qtbot):
    rig = Rig(qtbot, [Row(f"r{i:05d}", D(i)) for i in range(3000)])
    painted = sum(rig.store.model.item(at, 0) is not None for at in range(3000))
    assert 0 < painted < 60
    assert rig.store.model.rowCount() == 3000
    qtbot.wait(100)
    rig.view.verticalScrollBar().setValue(rig.view.verticalScrollBar().maximum())
    assert rig.text("r02999", 0) == "r02999"


def test_what_is_out_of_sight_is_right_when_it_comes_into_sight(qtbot):
    rig = Rig(qtbot, [Row(f"r{i:05d}", D(i)) for i in range(500)], sort=("name", False))
    qtbot.wait(100)
    bar = rig.view.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert rig.text("r00499") == "499"
    bar.setValue(0)
    rig.put(Row("r00499", D(7)))
    bar.setValue(bar.maximum())
    assert rig.text("r00499") == "7"


def test_a_flush_keeps_to_its_deadline(qtbot):
    rig = Rig(qtbot, [Row(f"r{i:05d}", D(i)) for i in range(2000)])
    rig.reads = 0
    rig.store.mark(rig.rows)
    assert rig.store.flush(time.perf_counter() - 1)
    assert rig.reads < 100
    while rig.store.flush(time.perf_counter() + 0.01):
        pass
    assert rig.store.left == 0


def test_ctrl_c_copies_the_selected_rows_as_tsv(rig, qtbot):
    rig.view.setFocus()
    rig.put(Row("c", D(2000)))
    rig.view.select_key("c")
    qtbot.keyClick(rig.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Name\tQty\nc\t2000\n"


def test_tsv_has_titles_and_no_stray_tabs_or_grouping():
    text = tsv(COLUMNS, [Row("a\tb\nc", D(1200))], 0)
    assert text == "Name\tQty\na b c\t1200\n"


def test_csv_says_filter_user_and_time_and_guards_formulas():
    noon = 1_772_452_987_120_000_000
    head = csv_head("Groups", "Live; ES", "vera", noon)
    assert head.splitlines() == [
        "# Groups",
        "# filter: Live; ES",
        "# user: vera",
        "# time: 2026-03-02 12:03:07.120 UTC",
    ]
    body = csv_titles(COLUMNS) + csv_lines(COLUMNS, [Row("=1+1", D(3)), Row('a,"b', D(4))], 0)
    assert list(csv.reader(io.StringIO(body))) == [["Name", "Qty"], ["'=1+1", "3"], ['a,"b', "4"]]


def test_room_that_is_left_goes_to_columns_that_can_use_it(rig, qtbot):
    wide = replace(COLUMNS[0], width=100, wide=160)
    store = RowStore(
        (wide, COLUMNS[1]), rig.read, lambda r: r.name, wall_ns=time.time_ns, sort=("qty", False)
    )
    panel = TablePanel(
        "Others",
        store,
        spawn=lambda name, coro: coro.close(),
        user="vera",
        wall_ns=lambda: 0,
        why_empty=lambda: "",
    )
    qtbot.addWidget(panel)
    panel.resize(195, 300)
    panel.show()
    header = panel.view.horizontalHeader()
    qtbot.waitUntil(lambda: header.sectionSize(0) in (100, 101, 102, 103))
    panel.resize(600, 300)
    qtbot.waitUntil(lambda: header.sectionSize(0) == 160)
    assert panel.columns.state()[0] == ["name", 100, False], "nobody chose that width"
    header.resizeSection(0, 130)  # the trader did
    panel.resize(700, 300)
    qtbot.wait(50)
    assert header.sectionSize(0) == 130 and panel.columns.state()[0][1] == 130


def test_columns_are_kept_by_key(rig):
    layout = rig.panel.columns
    layout.restore([["qty", 120, False], ["gone", 50, False], ["name", 60, True]])
    assert layout.shown_columns() == [1]
    assert layout.state() == [["qty", 120, False], ["name", 60, True]]
    layout.reset()
    assert layout.shown_columns() == [0, 1]


def test_a_broken_column_preference_changes_nothing(rig):
    rig.panel.columns.restore({"not": "a list"})
    rig.panel.columns.restore([["name"], 7, ["name", "wide", False]])
    assert rig.panel.columns.shown_columns() == [0, 1]


def test_stale_data_is_hatched_and_said(rig):
    rig.panel.tick(True, 3.4, True)
    assert rig.panel.overlay.isVisible()
    assert rig.panel.overlay.stale_text == "STALE 3.4 s"
    assert rig.panel.age.property("tone") == "stale"
    rig.panel.tick(True, 0.1, False)
    assert rig.panel.overlay.stale_text == ""


def test_unchanged_rows_are_not_set_again(rig):
    changes = []
    rig.store.model.dataChanged.connect(lambda *a: changes.append(a))
    rig.put(replace(rig.rows["a"]))
    assert changes == []


def test_rows_in_sight_are_served_in_slices(qtbot, loop):
    """A flush with no time left takes one row and says that the others in sight still wait."""
    rig = Rig(qtbot, [Row("a", D(1)), Row("b", D(2)), Row("c", D(3))])
    for key in "abc":
        rig.rows[key] = replace(rig.rows[key], qty=D(77))
    rig.store.mark("abc")
    past = 0.0
    assert rig.store.flush(past)
    assert rig.store.urgent
    assert rig.store.left == 2
    rig.store.flush(past)
    rig.store.flush(past)
    assert rig.store.left == 0
    rig.store.flush(past)
    assert not rig.store.urgent
