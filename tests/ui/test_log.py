"""The log panel: newest first, bounded, each line once."""

import pytest

from engine import Changes, LogLine
from ui.log.panel import KEPT_MAX


@pytest.fixture
def desk(fake, open_window, qtbot):
    for n in range(3):
        fake.lines.append(LogLine(1_000 + n, "INFO", f"line {n}", "G1"))
    window = open_window(fake)
    window.run("go.log")
    qtbot.waitUntil(lambda: len(texts(window)) >= 3)
    return window


def texts(window):
    store = window.log.table.store
    lines = [store.row(key).line.text for key in store.shown]
    return [text for text in lines if text.startswith("line")]


def test_newest_first(desk):
    assert texts(desk) == ["line 2", "line 1", "line 0"]


def test_each_line_comes_once(desk, fake, qtbot):
    fake.lines.append(LogLine(2_000, "WARNING", "line 3"))
    fake.tell(Changes(log=True))
    fake.tell(Changes(log=True))
    qtbot.waitUntil(lambda: "line 3" in {x.line.text for x in desk.log._lines.values()})
    desk.log.table.store.let_in()
    assert texts(desk) == ["line 3", "line 2", "line 1", "line 0"]


def test_it_keeps_only_so_many(desk):
    for n in range(KEPT_MAX + 50):
        desk.log.add_own("INFO", f"remark {n}")
    assert len(desk.log._lines) == KEPT_MAX


def test_enter_on_a_line_goes_to_its_group(desk, qtbot):
    wanted = []
    desk.log.group_wanted.connect(wanted.append)
    desk.log.table.view.acted.emit("0", "text")
    assert wanted == ["G1"]
