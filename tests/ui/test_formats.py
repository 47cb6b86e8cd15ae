"""Values as text."""

from decimal import Decimal as D

import pytest

from ui.formats import age, clock, decimals, money, parse_decimal, plain, px, qty, since, stamp

NOON = 1_772_452_987_120_456_789  # 2026-03-02 12:03:07.120 UTC


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (D("1200"), "1,200"),
        (D("0"), "0"),
        (D("-5"), "\N{MINUS SIGN}5"),
        (D("1E+3"), "1,000"),
        (D("2.50"), "2.5"),
        (None, "–"),
    ],
)
def test_quantity(value, text):
    assert qty(value) == text


def test_a_quantity_is_never_rounded():
    assert qty(D("0.0000000001")) == "0.0000000001"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (D("10.5"), 2, "10.50"),
        (D("3245.25"), None, "3,245.25"),
        (D("10.3333333333"), None, "10.333333"),
        (None, 2, "–"),
    ],
)
def test_price(value, places, text):
    assert px(value, places) == text


def test_plain_is_what_a_command_takes():
    assert plain(D("1E+3")) == "1000"
    assert plain(D("1.500")) == "1.5"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (12.9, "12 s"),
        (185, "3:05"),
        (3723, "1:02:03"),
        (200_000, "2 d 07 h"),
        (-3, "0.0 s"),
    ],
)
def test_age(seconds, text):
    assert age(seconds) == text


def test_instants_are_utc_to_the_millisecond():
    assert clock(NOON) == "12:03:07.120"
    assert stamp(NOON) == "2026-03-02 12:03:07.120"
    assert since(NOON - 3_200_000_000, NOON) == "3.2 s"


@pytest.mark.parametrize(
    ("value", "text"), [(D(84), "84.00"), (D(12_400), "12.4k"), (D(3_100_000), "3.1M")]
)
def test_money(value, text):
    assert money(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", D(1200)),
        (" 2.5 ", D("2.5")),
        ("", None),
        ("x", None),
        ("NaN", None),
        ("inf", None),
        ("\N{MINUS SIGN}3", D(-3)),
    ],
)
def test_typed_numbers(text, value):
    assert parse_decimal(text) == value


def test_decimals_ignore_trailing_zeros():
    assert decimals(D("10.250")) == 2
    assert decimals(D("1E+3")) == 0
