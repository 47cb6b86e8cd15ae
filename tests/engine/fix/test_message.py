"""FIX text: reading, writing, groups, names, secrets, instants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.broker.fix.message import (
    SOH,
    Draft,
    FixUnreadable,
    Group,
    frame,
    masked,
    named,
    parse_message,
    received,
)
from engine.broker.fix.stamps import NS, format_stamp, parse_stamp
from engine.broker.fix.tags import Tag, tag_name
from tests.engine.fix.fix_kit import message, wire

VALUE = st.text(st.characters(exclude_characters="\x01", codec="latin-1"))


@given(st.lists(st.tuples(st.integers(1, 99_999), VALUE)))
def test_what_is_framed_is_read_back(fields: list[tuple[int, str]]) -> None:
    kept = [(tag, value) for tag, value in fields if tag not in (8, 9, 10, 35)]
    raw = frame("8", kept)
    read = parse_message(raw)
    assert read.msg_type == "8"
    assert sorted(read.fields) == sorted(kept)
    assert read.raw == raw


def test_length_and_sum_are_the_standards() -> None:
    raw = frame("0", [(34, "2"), (49, "A"), (52, "20200106-08:40:00"), (56, "B")])
    body = raw[raw.index("35=") : raw.index("10=")]
    assert f"9={len(body)}{SOH}" in raw
    assert raw.endswith(f"10={sum(raw[: raw.index('10=')].encode()) % 256:03d}{SOH}")


@given(st.text(max_size=200))
def test_reading_is_total(text: str) -> None:
    """Anything that comes is read or refused with a sentence; naming it never fails."""
    named(text)
    masked(text)
    try:
        parse_message(text)
    except FixUnreadable as error:
        assert str(error)


def test_what_is_missing_or_no_number_is_said() -> None:
    report = message("8|14=ten|151=1e400|38=NaN")
    with pytest.raises(FixUnreadable, match=r"ExecutionReport: ExecID \(17\) is missing"):
        report.need(Tag.EXEC_ID)
    for tag in (Tag.CUM_QTY, Tag.ORDER_QTY):
        with pytest.raises(FixUnreadable, match="expected a number"):
            report.number(tag)
    assert report.number(Tag.PRICE) is None


def test_groups_keep_their_entries_apart() -> None:
    draft = Draft("W", ((55, "ES"),), (Group(268, (((269, "0"), (270, "5")), ((269, "1"),))),))
    read = parse_message(received(draft).raw)
    assert read.entries(268, 269) == [{269: "0", 270: "5"}, {269: "1"}]
    with pytest.raises(FixUnreadable, match="expected 1"):
        message("W|55=ES|268=2|269=0|270=5").entries(268, 269)


def test_the_log_names_tags_and_hides_secrets() -> None:
    logon = wire("A|34=1|49=DESK|56=VENUE|553=me|554=hunter2|96=xyz")
    text = named(masked(logon))
    assert "MsgType=A Logon" in text and "SenderCompID=DESK" in text and "Username=me" in text
    assert "hunter2" not in text and "xyz" not in text and "Password=***" in text


def test_names_are_the_standards() -> None:
    wanted = {11: "ClOrdID", 17: "ExecID", 34: "MsgSeqNum", 262: "MDReqID", 790: "OrdStatusReqID"}
    assert {tag: tag_name(tag) for tag in wanted} == wanted
    assert tag_name(12345) == "12345"


@given(st.integers(0, 4_000_000_000 * NS))
def test_instants_survive(instant_ns: int) -> None:
    assert parse_stamp(format_stamp(instant_ns)) == instant_ns
    assert parse_stamp(format_stamp(instant_ns, 3)) == instant_ns // 1_000_000 * 1_000_000


@pytest.mark.parametrize(
    "text",
    ["", "20200106", "20201306-00:00:00", "20200230-00:00:00", "20200106-24:00:00", "x" * 30],
)
def test_what_is_no_instant(text: str) -> None:
    assert parse_stamp(text) is None


def test_a_leap_second_is_an_instant() -> None:
    assert parse_stamp("20161231-23:59:60") == parse_stamp("20170101-00:00:00")
