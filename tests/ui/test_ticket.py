"""The ticket: live errors at the field, confirmation, soft limits."""

from decimal import Decimal as D

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QScrollArea

from engine import Answer, FieldError, LegType, OrdType, Phase, Side, SubmitGroup
from ui.ticket.words import split_field

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def desk(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.ticket")
    return window


def looked(qtbot, ticket):
    """Until the ticket has checked what was typed."""
    qtbot.waitUntil(lambda: not ticket._later.isActive())


def fill_in(qtbot, ticket, **changes):
    values = {"quantity": "10", "symbol": "ES20H P3000", "price": "10.5"} | changes
    qtbot.keyClicks(ticket.group_id, "T1")
    for leg in ticket.legs:
        for name, value in values.items():
            leg.put(name, value)
    looked(qtbot, ticket)


def confirm(qtbot, strip):
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending)


def test_an_empty_ticket_is_not_scolded_but_cannot_be_sent(desk):
    assert not desk.ticket.submit.isEnabled()
    assert not any(leg.wrong.isVisible() for leg in desk.ticket.legs)


def test_what_is_wrong_is_said_at_the_field(desk, qtbot):
    ticket = desk.ticket
    fill_in(qtbot, ticket, price="-1")
    leg = ticket.legs[0]
    assert leg.fields["price"].property("wrong") == "true"
    assert leg.fields["quantity"].property("wrong") != "true"
    assert leg.wrong.text().startswith("Price: expected ")
    assert not ticket.submit.isEnabled()


def test_the_engine_checks_while_typing(desk, full, qtbot):
    full.errors = (FieldError("legs[1].quantity", "at most 5 by the limit", "10", None),)
    fill_in(qtbot, desk.ticket)
    assert "Quantity: expected at most 5 by the limit, got 10" in desk.ticket.legs[1].wrong.text()
    assert not desk.ticket.legs[0].wrong.isVisible()
    assert not desk.ticket.submit.isEnabled()


def test_submit_sends_the_group_as_typed(desk, full, qtbot):
    ticket = desk.ticket
    fill_in(qtbot, ticket)
    ticket.legs[1].put("order_type", "MARKET")
    ticket.legs[0].put("child.max_quantity", "4")
    ticket.legs[0].put("child.interval_s", "0.5")
    looked(qtbot, ticket)
    qtbot.mouseClick(ticket.submit, LEFT)
    assert "Submit group T1: BUY 10 ES20H P3000 @ 10.5" in ticket.strip.text.text()
    confirm(qtbot, ticket.strip)
    sent = full.commands[0]
    assert isinstance(sent, SubmitGroup)
    hedge, risk = sent.group.legs
    assert (hedge.leg_type, hedge.side, hedge.quantity) == (LegType.HEDGE, Side.BUY, D(10))
    assert hedge.child.max_quantity == D(4)
    assert (risk.order_type, risk.price) == (OrdType.MARKET, None)
    assert ticket.group_id.text() == ""


def test_editing_while_confirming_refuses(desk, full, qtbot):
    ticket = desk.ticket
    fill_in(qtbot, ticket)
    qtbot.mouseClick(ticket.submit, LEFT)
    ticket.legs[0].put("quantity", "99")
    qtbot.waitUntil(lambda: not ticket.strip.asking)
    assert "ticket was unchanged, now edited" in ticket.strip.text.text()
    assert full.commands == []


def test_a_refusal_names_the_field(desk, full, qtbot):
    ticket = desk.ticket
    full.answer = lambda c: Answer(
        "", "SubmitGroup", False, "above the day's limit", "legs[0].quantity"
    )
    fill_in(qtbot, ticket)
    qtbot.mouseClick(ticket.submit, LEFT)
    confirm(qtbot, ticket.strip)
    assert "Refused (legs[0].quantity): above the day's limit" in ticket.strip.note.text()
    assert ticket.legs[0].fields["quantity"].property("wrong") == "true"
    assert ticket.group_id.text() == "T1"


def test_a_soft_limit_is_confirmed_in_the_strip(desk, full, qtbot):
    ticket = desk.ticket
    full.answer = lambda c: (
        None
        if c.confirm
        else Answer("", "x", False, "10 is over 5: send it all the same?", "", confirmable=True)
    )
    fill_in(qtbot, ticket)
    qtbot.mouseClick(ticket.submit, LEFT)
    confirm(qtbot, ticket.strip)
    assert ticket.strip.asking
    assert "Over a soft limit" in ticket.strip.text.text()
    assert "10 is over 5" in ticket.strip.note.text()
    confirm(qtbot, ticket.strip)
    assert [c.confirm for c in full.commands] == [False, True]


def test_while_not_armed_it_says_so(desk, full, qtbot):
    full.phase, full.blocks = Phase.RESOLVING, ("2 orphans wait",)
    desk.bridge.probe()
    fill_in(qtbot, desk.ticket)
    assert not desk.ticket.submit.isEnabled()
    assert "RESOLVING: 2 orphans wait" in desk.ticket.row.note.text().replace("The engine is ", "")


def test_every_field_is_in_sight_at_1280(desk, qtbot):
    desk.resize(1280, 800)
    desk.docks.share()
    ticket = desk.ticket
    scroll = ticket.findChild(QScrollArea)
    at_the_edge = (*ticket.legs[0].findChildren(QPushButton), ticket.shortfall)

    def in_sight():
        view = scroll.viewport()
        ends = [w.mapTo(view, QPoint(w.width(), 0)).x() for w in at_the_edge if w.isVisible()]
        return len(ends) == 3 and max(ends) <= view.width()

    qtbot.waitUntil(lambda: desk.width() == 1280)
    qtbot.waitUntil(in_sight)
    assert not scroll.horizontalScrollBar().isVisible()


def test_legs_are_added_and_removed(desk, qtbot):
    qtbot.mouseClick(desk.ticket.add, LEFT)
    assert len(desk.ticket.legs) == 3
    desk.ticket.legs[2].removed.emit(desk.ticket.legs[2])
    assert len(desk.ticket.legs) == 2


def test_symbols_are_completed(desk):
    completer = desk.ticket.legs[0].fields["symbol"].completer()
    completer.setCompletionPrefix("p31")
    assert completer.currentCompletion() == "ES20H P3100"


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("legs[1].price", (1, "price")),
        ("legs.0.child.interval_s", (0, "child.interval_s")),
        ("group_id", (None, "group_id")),
        ("legs", (None, "legs")),
        ("legs[2]", (2, "")),
    ],
)
def test_field_paths(field, parts):
    assert split_field(field) == parts
