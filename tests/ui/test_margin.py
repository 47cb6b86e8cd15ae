"""The margin in the ticket: live, named at its worst, red when above what is available."""

from decimal import Decimal as D

import pytest

from engine.view_controls import MarginView
from tests.ui.showroom_controls import margin
from ui.ticket.margin import ASK_MS, MarginBox


@pytest.fixture
def desk(full, open_window):
    full.margin_view = margin()
    window = open_window(full)
    window.run("go.ticket")
    return window


def fill_in(ticket, quantity="10"):
    for leg in ticket.legs:
        for name, value in {"quantity": quantity, "symbol": "ESH0", "price": "10.5"}.items():
            leg.put(name, value)
    ticket.group_id.setText("T1")


def test_an_empty_ticket_has_no_margin(desk, full, qtbot):
    box = desk.ticket.margin
    qtbot.wait(300)
    assert (
        full.margin_asked == 0 and box.figures.text() == "Margin: as soon as the ticket is a group."
    )
    assert not box.plot.isVisible()


def test_it_is_shown_while_typing_with_the_worst_state_and_scenario(desk, full, qtbot):
    box = desk.ticket.margin
    full.margin_view = margin(D(100_000))
    fill_in(desk.ticket)
    qtbot.waitUntil(lambda: box.view is not None)
    assert box.figures.text().splitlines() == [
        "Margin now 12,500, end 31,400",
        "Worst on the way 71,300",
        "Available 100,000",
    ]
    assert box.worst.text() == (
        "Worst: H1 failed, R1 filled; ES, price down 3/3 of the range, volatility up"
    )
    assert not box.over.isVisible()
    assert box.plot.isVisible()
    plot = box.plot.widget
    x, y = plot.line.getData()
    assert list(y) == [12_500.0, 14_250.0, 31_400.0] and len(x) == 4
    assert plot.worst.value() == 71_300 and plot.available.value() == 100_000


def test_above_what_is_available_is_loud_and_says_by_how_much(desk, full, qtbot):
    box = desk.ticket.margin
    fill_in(desk.ticket)
    qtbot.waitUntil(box.over.isVisible)
    assert box.over.text() == "▲ 11,300 over: it will be refused"
    assert box.over.property("tone") == "critical"
    full.margin_view = margin(D(71_300))
    fill_in(desk.ticket, "9")
    qtbot.waitUntil(lambda: not box.over.isVisible())


def test_what_cannot_be_valued_says_why(desk, full, qtbot):
    full.margin_view = MarginView(None, D(5), "no scan range for VX")
    fill_in(desk.ticket)
    box = desk.ticket.margin
    qtbot.waitUntil(lambda: box.figures.text() == "Margin: no scan range for VX")
    assert not box.plot.isVisible()


def test_many_edits_ask_once_and_a_ticket_that_is_no_group_any_more_clears_it(desk, full, qtbot):
    box = desk.ticket.margin
    for quantity in ("1", "10", "100"):
        fill_in(desk.ticket, quantity)
    qtbot.waitUntil(lambda: box.view is not None)
    assert full.margin_asked <= 2, "debounced"
    desk.ticket.legs[0].put("quantity", "")
    qtbot.waitUntil(lambda: box.view is None)


def test_the_dearer_it_is_the_less_often_it_is_asked(desk, qtbot):
    now = [0.0]
    box = MarginBox(desk.bridge, mono=lambda: now[0])
    qtbot.addWidget(box)
    assert box.wait_ms() == ASK_MS
    real = desk.bridge.engine.margin

    def slow(request):
        now[0] += 0.095
        return real(request)

    desk.bridge.engine.margin = slow
    box._request = object()
    box._ask()
    assert box.wait_ms() == 950, "at most a tenth of the time"


def test_an_engine_that_fails_at_it_is_told_and_does_not_stop_the_ticket(desk, full, qtbot):
    def broken(request):
        raise RuntimeError("boom")

    full.margin = broken
    told = []
    desk.bridge.failed.connect(lambda what, why: told.append((what, why)))
    fill_in(desk.ticket)
    qtbot.waitUntil(lambda: told == [("margin", "RuntimeError: boom")])
    assert "could not be computed" in desk.ticket.margin.figures.text()
    assert desk.ticket.submit.isEnabled()
