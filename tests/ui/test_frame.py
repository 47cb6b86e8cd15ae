"""The frame: each who wants is served, once, in order; nothing is dropped."""

import time

import pytest
from PySide6.QtCore import QTimer

from ui import frame as frame_module
from ui.frame import PAUSE_MAX_S, PAUSE_S, PAUSE_SHARE, Frame

PAUSE_MS = round(1000 * PAUSE_S)


@pytest.fixture
def frame(qapp):
    made = Frame()
    yield made
    made.stop()


def server(served, name, more=(), slow_s=0.0):
    left = list(more)

    def flush(deadline):
        served.append(name)
        time.sleep(slow_s)
        return left.pop(0) if left else False

    return flush


def test_the_order_of_service_is_that_of_adding(frame, qtbot):
    served = []
    for name in ("alarms", "groups", "log"):
        frame.add(name, server(served, name))
    for name in ("log", "alarms", "log", "groups"):
        frame.want(name)
    qtbot.waitUntil(lambda: len(served) == 3)
    qtbot.wait(3 * PAUSE_MS)
    assert served == ["alarms", "groups", "log"]


def test_who_has_more_is_served_again(frame, qtbot):
    served = []
    frame.add("groups", server(served, "groups", [True, True]))
    frame.want("groups")
    qtbot.waitUntil(lambda: len(served) == 3)
    qtbot.wait(3 * PAUSE_MS)
    assert len(served) == 3


def test_what_is_wanted_while_serving_is_not_lost(frame, qtbot):
    served = []

    def first(deadline):
        served.append("first")
        if served.count("first") == 1:
            frame.want("second")
            frame.want("first")
        return False

    frame.add("second", server(served, "second"))
    frame.add("first", first)
    frame.want("first")
    qtbot.waitUntil(lambda: sorted(served) == ["first", "first", "second"])


def test_nothing_is_lost_when_a_turn_takes_longer_than_a_frame(frame, qtbot):
    served, news = [], []
    for name in ("a", "b", "c", "d"):
        frame.add(name, server(served, name, slow_s=0.03))

    def collect():
        for name in news:
            frame.want(name)
        news.clear()

    frame.collect_first(collect)
    for name in ("a", "b", "c", "d"):
        frame.want(name)
    for step in range(12):
        qtbot.wait(9)
        news.append("abcd"[step % 4])
        frame.wake()
        if step % 4 == 0:
            frame.want("d")
    qtbot.waitUntil(lambda: not (news or frame._wanted or frame._turn or frame._awake))
    assert {"a", "b", "c", "d"} <= set(served[4:])


def test_news_that_come_during_a_turn_are_collected_in_the_next(frame, qtbot):
    collected, served = [], []
    news = ["one"]

    def collect():
        if news:
            collected.append(news.pop(0))
            frame.want("panel")

    def panel(deadline):
        served.append(len(collected))
        if len(served) == 1:
            news.append("two")
            frame.wake()
        return False

    frame.add("panel", panel)
    frame.collect_first(collect)
    frame.wake()
    qtbot.waitUntil(lambda: collected == ["one", "two"])
    qtbot.waitUntil(lambda: served == [1, 2])


def test_a_failing_panel_is_named_and_the_rest_served(frame, qtbot):
    served, faults = [], []

    def bad(deadline):
        raise ValueError("no column")

    frame.add("bad", bad)
    frame.add("good", server(served, "good"))
    frame.faulted.connect(lambda name, why: faults.append((name, why)))
    frame.want("bad")
    frame.want("good")
    qtbot.waitUntil(lambda: served == ["good"])
    assert faults == [("bad", "ValueError: no column")]


def test_a_name_given_twice_is_refused(frame):
    frame.add("groups", lambda deadline: False)
    with pytest.raises(ValueError, match="added twice"):
        frame.add("groups", lambda deadline: False)


def test_what_is_in_sight_is_served_again_in_the_same_frame(frame, qtbot, monkeypatch):
    """The others come in between, and the frames' clock isn't waited for."""
    served, left = [], [3]

    def flush(deadline):
        served.append("rows")
        left[0] -= 1
        return left[0] > 0

    def other(deadline):
        served.append("other")
        return False

    frame.add("rows", flush, urgent=lambda: left[0] > 0)
    frame.add("other", other)
    monkeypatch.setattr(frame_module, "PAUSE_S", 10.0)  # only the first frame comes
    monkeypatch.setattr(frame_module, "PAUSE_MAX_S", 10.0)
    frame.want("rows")
    frame.want("other")
    frame._begin()
    qtbot.waitUntil(lambda: left[0] == 0)
    assert served == ["rows", "other", "rows", "rows"]


@pytest.mark.parametrize(
    ("took_s", "pause_s"),
    [(0.001, PAUSE_S), (0.025, PAUSE_SHARE * 0.025), (0.2, PAUSE_MAX_S)],
)
def test_the_pause_is_as_long_as_the_frame_was_costly(frame, qtbot, monkeypatch, took_s, pause_s):
    """The engine gets its share of the loop back, and the screen is never slower than that."""
    now, ends = [100.0], []
    monkeypatch.setattr(frame_module, "perf_counter", lambda: now[0])

    def flush(deadline):
        now[0] += took_s
        return False

    frame.add("rows", flush)
    frame._end.timeout.connect(lambda: ends.append(now[0]))
    frame.want("rows")
    qtbot.waitUntil(lambda: len(ends) == 1)
    assert frame._next_s - ends[0] == pytest.approx(pause_s)


def test_after_a_quiet_moment_a_frame_comes_at_once(frame, qtbot, monkeypatch):
    now, served = [100.0], []
    monkeypatch.setattr(frame_module, "perf_counter", lambda: now[0])
    frame.add("rows", server(served, "rows"))
    frame.want("rows")
    qtbot.waitUntil(lambda: len(served) == 1 and not frame._end.isActive())
    frame.want("rows")
    assert frame._frame.interval() == PAUSE_MS, "not before the pause is over"
    frame._frame.stop()
    now[0] += 1.0
    frame.want("rows")
    assert frame._frame.interval() == 0


def test_news_while_what_was_served_is_painted_gets_its_frame(frame, qtbot):
    """Its frame, after its pause: not in the middle of this one."""
    served, began = [], []

    def flush(deadline):
        served.append("rows")
        if len(served) == 1:
            QTimer.singleShot(0, late)
        return False

    def late():
        assert frame._end.isActive() or frame._next_s > time.perf_counter()
        frame.want("rows")
        began.append(frame._frame.isActive())

    frame.add("rows", flush)
    frame._end.setInterval(20)  # painting takes a while
    frame.want("rows")
    qtbot.waitUntil(lambda: len(served) == 2)
    assert began == [False]
