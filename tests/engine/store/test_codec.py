"""The codec: exact both ways, strict on the way in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands, events, model
from engine.core.terms import ExecType, OrdStatus, Side
from engine.store.codec import Codec
from engine.store.decoding import CodecError
from engine.store.records import record_codec


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Other:
    flag: bool


@dataclass(slots=True)
class Sample:
    number: int
    quantity: Decimal
    maybe: Decimal | None
    inner: Inner
    pair: tuple[str, int]
    row: tuple[Inner, ...] = ()
    items: list[int] = field(default_factory=list)
    table: dict[str, Decimal] = field(default_factory=dict)
    either: Inner | Other | None = None


SAMPLES = st.builds(
    Sample,
    number=st.integers(),
    quantity=st.decimals(allow_nan=False),
    maybe=st.none() | st.decimals(allow_nan=False),
    inner=st.builds(Inner, name=st.text(), color=st.none() | st.sampled_from(Color)),
    pair=st.tuples(st.text(), st.integers()),
    row=st.lists(st.builds(Inner, name=st.text())).map(tuple),
    items=st.lists(st.integers()),
    table=st.dictionaries(st.text(), st.decimals(allow_nan=False)),
    either=st.none() | st.builds(Inner, name=st.text()) | st.builds(Other, flag=st.booleans()),
)


@given(SAMPLES)
def test_what_goes_in_comes_out(sample: Sample) -> None:
    codec = Codec()
    text = codec.encode(sample)
    json.loads(text)
    back = codec.decode(Sample, text)
    assert back == sample
    assert codec.encode(back) == text


def test_text_is_json_with_decimals_as_strings() -> None:
    sample = Sample(1, Decimal("1.50"), None, Inner('quo"te\n'), ("a", 2), either=Other(True))
    value = json.loads(Codec().encode(sample))
    assert value["quantity"] == "1.50"
    assert value["maybe"] is None
    assert value["inner"] == {"name": 'quo"te\n'}
    assert value["pair"] == ["a", 2]
    assert value["either"] == {"kind": "Other", "flag": True}


GOOD = '{"number":1,"quantity":"2","maybe":null,"inner":{"name":"x","color":null},"pair":["a",1]}'


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"number":1', '"number":true', "Sample.number: expected int"),
        ('"number":1', '"number":"1"', "Sample.number: expected int"),
        ('"quantity":"2"', '"quantity":2', "Sample.quantity: expected a decimal"),
        ('"quantity":"2"', '"quantity":"two"', "Sample.quantity: expected a decimal"),
        ('"color":null', '"color":"green"', "Sample.inner.color: expected one of"),
        ('"color":null', '"colour":null', "unknown field 'colour'"),
        ('"name":"x",', "", "Sample.inner: field 'name' is missing"),
        ('["a",1]', '["a"]', "Sample.pair: expected 2 values"),
        ('["a",1]', '["a",1],"either":{"kind":"Nothing"}', "expected a kind of"),
        ('["a",1]', '["a",1],"items":{}', "Sample.items: expected an array"),
        ('["a",1]', '["a",1],"table":[]', "Sample.table: expected an object"),
        ("{", "", "not JSON"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(old: str, new: str, complaint: str) -> None:
    assert Codec().decode(Sample, GOOD).number == 1
    with pytest.raises(CodecError, match=complaint.replace("(", r"\(")):
        Codec().decode(Sample, GOOD.replace(old, new, 1))


def test_fields_kept_elsewhere_are_left_out() -> None:
    codec = Codec(omit={Inner: frozenset({"color"})})
    text = codec.encode(Inner("x", Color.RED))
    assert text == '{"name":"x"}'
    assert codec.decode(Inner, text) == Inner("x")
    with pytest.raises(CodecError, match="unknown field"):
        codec.decode(Inner, '{"name":"x","color":"red"}')


def _classes(module: object) -> list[type]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and hasattr(value, "__dataclass_fields__")
        and value.__name__ != "Envelope"
    ]


@pytest.mark.parametrize("module", [events, commands, model], ids=lambda m: m.__name__)
def test_every_record_event_and_command_can_be_stored(module: object) -> None:
    codec = record_codec()
    for cls in _classes(module):
        codec.prepare(cls)


def test_a_lone_surrogate_survives() -> None:
    codec = record_codec()
    event = events.RawReceived(raw="\ud800 \x00 é", why="odd")
    text = codec.encode(event)
    assert text.isascii()
    assert codec.decode(events.RawReceived, text) == event


def test_a_report_keeps_every_field() -> None:
    codec = record_codec()
    report = events.ExecutionReport(
        cl_ord_id="a",
        exec_id="e",
        exec_type=ExecType.TRADE,
        ord_status=OrdStatus.FILLED,
        cum_qty=Decimal("10"),
        leaves_qty=Decimal("0.000"),
        side=Side.BUY,
        server_time_ns=5,
    )
    assert codec.decode(events.ExecutionReport, codec.encode(report)) == report
