"""The confirmation strip."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine import Answer, CancelGroup
from ui.bridge import Bridge
from ui.frame import Frame
from ui.proposal import Proposal, what_changed
from ui.strip import ConfirmStrip


class Rig:
    def __init__(self, qtbot, fake):
        self.now = 100.0
        self.facts = (("unhedged", "5"),)
        self.fake = fake
        self.home = QWidget()
        self.frame = Frame(self.home)
        self.bridge = Bridge(fake, self.frame, user="vera")
        self.strip = ConfirmStrip(self.bridge, "test", mono=lambda: self.now)
        self.field = QLineEdit()
        box = QVBoxLayout(self.home)
        box.addWidget(self.field)
        box.addWidget(self.strip)
        qtbot.addWidget(self.home)
        self.home.show()
        self.home.activateWindow()
        qtbot.waitExposed(self.home)
        self.field.setFocus()
        self.qtbot = qtbot

    def propose(self, **more):
        self.strip.propose(
            Proposal(
                "Cancel group G1",
                "costs 2",
                CancelGroup(user="vera", group="G1"),
                lambda: self.facts,
                **more,
            )
        )

    def press(self, key):
        self.qtbot.keyClick(self.strip, key)

    def settle(self):
        self.qtbot.wait(30)
        if self.fake.hold is None or self.fake.hold.is_set():
            self.qtbot.waitUntil(lambda: not self.strip.pending)


@pytest.fixture
def rig(qtbot, loop, fake):
    made = Rig(qtbot, fake)
    yield made
    made.bridge.close()
    made.frame.stop()


def test_enter_confirms_and_the_answer_is_shown(rig):
    rig.propose()
    assert rig.strip.isVisible()
    assert rig.strip.hasFocus()
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    assert rig.strip.pending
    rig.settle()
    assert [type(c) for c in rig.fake.commands] == [CancelGroup]
    assert "Taken up by the engine" in rig.strip.note.text()
    assert rig.field.hasFocus()


def test_a_refusal_is_shown_with_its_reason(rig):
    rig.fake.answer = lambda c: Answer("", "CancelGroup", False, "it has ended", "group")
    rig.propose()
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    assert rig.strip.note.text() == "Refused (group): it has ended"
    assert rig.strip.property("tone") == "warning"


def test_an_engine_that_fails_is_no_success(rig):
    rig.fake.broken = True
    rig.propose()
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    assert "no answer from the engine" in rig.strip.note.text()


def test_esc_does_nothing_and_gives_the_keyboard_back(rig):
    rig.propose()
    rig.press(Qt.Key.Key_Escape)
    assert not rig.strip.isVisible()
    assert rig.field.hasFocus()
    assert rig.fake.commands == []


def test_it_expires_after_ten_seconds(rig, qtbot):
    rig.propose()
    rig.now += 9.9
    qtbot.wait(150)
    assert rig.strip.asking
    rig.now += 0.2
    qtbot.waitUntil(lambda: not rig.strip.asking)
    assert "Expired" in rig.strip.text.text()
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    assert rig.fake.commands == []


def test_it_refuses_when_what_it_shows_has_changed(rig):
    rig.propose()
    rig.now += 1
    rig.facts = (("unhedged", "3"),)
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    assert rig.fake.commands == []
    assert "unhedged was 5, now 3" in rig.strip.text.text()


def test_a_change_is_noticed_without_a_key(rig, qtbot):
    rig.propose()
    rig.facts = ()
    qtbot.waitUntil(lambda: not rig.strip.asking)
    assert "it no longer exists" in rig.strip.text.text()


def test_the_second_half_of_a_double_click_confirms_nothing(rig, qtbot):
    rig.propose()
    rig.now += 0.1
    qtbot.mouseClick(rig.strip.confirm, Qt.MouseButton.LeftButton)
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    assert rig.fake.commands == []
    assert rig.strip.asking


def test_two_clicks_on_confirm_send_once(rig, qtbot):
    rig.fake.hold = asyncio.Event()
    rig.propose()
    rig.now += 1
    qtbot.waitUntil(rig.strip.confirm.isEnabled)
    qtbot.mouseDClick(rig.strip.confirm, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(rig.strip.confirm, Qt.MouseButton.LeftButton)
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.propose()
    rig.settle()
    assert len(rig.fake.commands) == 1
    assert rig.strip.pending
    rig.fake.hold.set()
    rig.settle()
    assert not rig.strip.pending


@pytest.mark.parametrize(("accepted", "stays_s"), [(True, 6), (False, 20)])
def test_an_answer_stays_as_long_as_it_needs_to_be_read(rig, qtbot, accepted, stays_s):
    rig.fake.answer = lambda c: Answer("", "x", accepted, "because")
    rig.propose()
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    rig.now += stays_s - 0.1
    qtbot.wait(150)
    assert rig.strip.isVisible()
    rig.now += 0.2
    qtbot.waitUntil(lambda: not rig.strip.isVisible())


def test_a_refusal_is_seen_although_the_strip_was_closed_before_it_came(rig, qtbot):
    rig.fake.answer = lambda c: Answer("", "x", False, "it has ended")
    rig.fake.hold = asyncio.Event()
    rig.propose()
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.press(Qt.Key.Key_Escape)
    assert not rig.strip.isVisible()
    qtbot.waitUntil(lambda: len(rig.fake.commands) == 1)
    rig.fake.hold.set()
    qtbot.waitUntil(rig.strip.isVisible)
    assert rig.strip.text.text() == "Refused: it has ended"
    assert rig.strip.property("tone") == "warning"


def test_while_there_is_no_answer_it_says_so(rig, qtbot):
    rig.fake.hold = asyncio.Event()
    rig.propose()
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.now += 3.2
    said = "asked 3.2 s ago, no answer yet"
    qtbot.waitUntil(lambda: rig.strip.note.text().startswith(said))
    rig.fake.hold.set()
    rig.settle()


def test_a_reason_must_be_typed_where_one_is_needed(rig, qtbot):
    rig.strip.propose(
        Proposal(
            "Release",
            "",
            None,
            lambda: rig.facts,
            with_reason=lambda reason: CancelGroup(user="vera", group=reason),
        )
    )
    assert rig.strip.reason.hasFocus()
    rig.now += 1
    qtbot.keyClick(rig.strip.reason, Qt.Key.Key_Return)
    rig.settle()
    assert rig.fake.commands == []
    qtbot.keyClicks(rig.strip.reason, "quiet again")
    rig.now += 1
    qtbot.keyClick(rig.strip.reason, Qt.Key.Key_Return)
    rig.settle()
    assert rig.fake.commands == [CancelGroup(user="vera", group="quiet again")]


def test_several_commands_stop_at_the_first_refusal(rig):
    rig.fake.answer = lambda c: Answer("", "x", c.group != "G2", "no")
    rig.propose(also=(CancelGroup(group="G2"), CancelGroup(group="G3")))
    rig.now += 1
    rig.press(Qt.Key.Key_Return)
    rig.settle()
    assert [c.group for c in rig.fake.commands] == ["G1", "G2"]
    assert "1 of 3 were taken up" in rig.strip.note.text()


def test_enter_on_the_cancel_button_cancels(rig):
    rig.propose()
    rig.now += 1
    rig.strip.cancel.setFocus()
    rig.qtbot.keyClick(rig.strip.cancel, Qt.Key.Key_Return)
    assert not rig.strip.isVisible()
    assert rig.fake.commands == []


def test_esc_from_anywhere_in_the_panel_cancels(rig):
    rig.propose()
    rig.field.setFocus()
    rig.qtbot.keyClick(rig.field, Qt.Key.Key_Escape)
    assert not rig.strip.isVisible()
    assert rig.fake.commands == []


def test_enter_elsewhere_in_the_panel_confirms_nothing(rig):
    rig.propose()
    rig.now += 1
    rig.field.setFocus()
    rig.qtbot.keyClick(rig.field, Qt.Key.Key_Return)
    rig.qtbot.wait(50)
    assert rig.strip.asking
    assert rig.fake.commands == []


def test_tab_goes_from_the_question_to_its_buttons(rig):
    rig.propose()
    rig.now += 1
    rig.qtbot.waitUntil(rig.strip.confirm.isEnabled)
    rig.qtbot.keyClick(rig.strip, Qt.Key.Key_Tab)
    assert rig.strip.confirm.hasFocus()
    rig.qtbot.keyClick(rig.strip.confirm, Qt.Key.Key_Tab)
    assert rig.strip.cancel.hasFocus()


@pytest.mark.parametrize(("width", "beside"), [(250, False), (900, True)])
def test_the_words_have_room_in_a_narrow_panel(rig, width, beside):
    rig.home.resize(width, 200)
    rig.propose()
    rig.qtbot.wait(50)
    strip = rig.strip
    below = strip.confirm.y() >= strip.note.geometry().bottom()
    assert below != beside
    assert strip.text.width() > 0.9 * (strip.width() - 24) or beside


def test_what_changed_names_only_what_did():
    was = (("a", "1"), ("b", "2"))
    assert what_changed(was, was) == ""
    assert what_changed(was, (("a", "1"), ("b", "3"))) == "b was 2, now 3"
    assert what_changed(was, ()) == "it no longer exists"
