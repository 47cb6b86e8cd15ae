"""limits.toml, instruments and roles: what is read, and what is said about what is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.commands import ReloadLimits
from engine.core.limits.rules import Bound, matches
from engine.core.terms import InstrumentKind, LegType, Role
from engine.instruments_file import InstrumentsError, day_of, read_instruments, read_scan_ranges
from engine.limits_file import LimitsError, parse_limits, read_limits
from engine.roles import Roles, RolesError, hash_pin, read_roles
from engine.store.records import record_codec

DEMO = Path(__file__).parents[3] / "resources" / "demo"


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# -- limits.toml -----------------------------------------------------------------------------------


def test_the_demo_limits_are_read_and_survive_the_journal() -> None:
    limits = read_limits(DEMO / "limits.toml")
    assert len(limits.rules) >= 3 and limits.margin is not None
    assert limits.cancel_on_disconnect == (LegType.RISK,)
    command = ReloadLimits(user="rita", limits=limits, reason="start")
    codec = record_codec()
    assert codec.decode(ReloadLimits, codec.encode(command)) == command


def test_number_is_hard_and_a_table_has_both_steps(tmp_path: Path) -> None:
    text = """
    [[rules]]
    name = "a"
    max_order_qty = 50
    max_open_groups = { soft = 5, hard = 10 }
    collar_pct = { soft = 2.5 }
    """
    (rule,) = read_limits(_write(tmp_path, "limits.toml", text)).rules
    assert rule.max_order_qty == Bound(hard=Decimal(50))
    assert rule.max_open_groups == Bound(Decimal(5), Decimal(10))
    assert rule.collar_pct == Bound(soft=Decimal("2.5"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("max_order_qtty = 5", "unknown (did you mean max_order_qty?)"),
        ("max_order_qty = 0", "expected a number above 0, got 0"),
        ("max_order_qty = -1", "expected a number above 0, got -1"),
        ("max_order_qty = nan", "expected a number above 0, got NaN"),
        ("max_order_qty = true", "expected a number above 0, got True"),
        ('max_order_qty = "5"', "expected a number above 0, got '5'"),
        ("max_order_qty = { soft = 6, hard = 5 }", "expected at most the hard limit 5"),
        ("max_order_qty = {}", "expected soft, hard or both"),
        ("max_order_qty = { hrad = 5 }", "did you mean hard?"),
        ("orders_burst = 5", "expected max_orders_per_s beside it"),
        ("max_repeats = 1.5", "expected a whole number"),
        ("restricted = 1", "expected true or false"),
        ('trading_hours = [{ from = "9:00", to = "10:00" }]', 'such as "14:30"'),
        ('trading_hours = [{ days = ["SO"], from = "09:00", to = "10:00" }]', "a list of MON"),
        ("duplicate_window_ms = { soft = 1, hard = 5 }", "expected at least the hard limit 5"),
        ('symbol = ""', "expected text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    path = _write(tmp_path, "limits.toml", f'[[rules]]\nname = "a"\n{line}\n')
    with pytest.raises(LimitsError) as error:
        read_limits(path)
    assert said in str(error.value) and "rules[0]" in str(error.value)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    text = 'colar = 1\n[[rules]]\nname = "a"\nmax_order_qty = 0\n[[rules]]\nname = "a"\n'
    with pytest.raises(LimitsError) as error:
        read_limits(_write(tmp_path, "limits.toml", text))
    assert len(str(error.value).splitlines()) == 4
    with pytest.raises(LimitsError, match="not TOML"):
        read_limits(_write(tmp_path, "limits.toml", "[[["))
    with pytest.raises(LimitsError, match="can't be read"):
        read_limits(tmp_path / "none.toml")


def test_margin_products_from_a_table_by_date(tmp_path: Path) -> None:
    _write(tmp_path, "ES.csv", "date,initial,maintenance\n20200106,6930,6300\n20190101,6000,5500\n")
    text = """
    [margin]
    available = { default = 100000 }
    [[margin.products]]
    underlying = "ES"
    multiplier = 50
    scan_ranges = "ES.csv"
    """
    margin = read_limits(_write(tmp_path, "limits.toml", text)).margin
    assert margin is not None
    (product,) = margin.products
    assert [each.amount for each in product.scan_ranges] == [6000, 6930]
    with pytest.raises(LimitsError, match=r"margin.products\[0\].scan_ranges: .*can't be read"):
        read_limits(_write(tmp_path, "limits.toml", text.replace("ES.csv", "NQ.csv")))


def test_a_scenario_names_no_files() -> None:
    table = {
        "margin": {"products": [{"underlying": "ES", "multiplier": 50, "scan_ranges": "ES.csv"}]}
    }
    with pytest.raises(LimitsError, match="a file can't be named here"):
        parse_limits(table, "config: limits")


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "", True),
        ("ES*", "ES", True),
        ("ES*P", "ES20H3000P", True),
        ("ES*P", "ES20H3000C", False),
        ("*H*3000*", "ES20H3000P", True),
        ("a*a", "a", False),
        ("ES", "ES2", False),
        ("*x*y*", "yx", False),
    ],
)
def test_patterns(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits


# -- instruments -----------------------------------------------------------------------------------


def test_the_demo_instruments_are_read() -> None:
    found = {each.symbol: each for each in read_instruments(DEMO / "instruments.csv")}
    assert found["ESH20"].kind is InstrumentKind.FUTURE
    put = found["ES200320P3000"]
    assert (put.kind, put.strike, put.underlying) == (InstrumentKind.PUT, 3000, "ES")
    assert put.expiry_day == day_of("2020-03-20")


def test_toml_says_the_same_as_csv(tmp_path: Path) -> None:
    toml = """
    [[instruments]]
    symbol = "A"
    kind = "CALL"
    underlying = "ES"
    multiplier = 50
    tick = 0.25
    strike = 3000
    expiry = 2020-03-20
    """
    rows = "symbol,kind,underlying,multiplier,tick,strike,expiry\nA,call,ES,50,0.25,3000,2020-03-20"
    one = read_instruments(_write(tmp_path, "a.toml", toml))
    assert one == read_instruments(_write(tmp_path, "a.csv", rows))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("symbol,kid\nA,x", "'kid': unknown"),
        ("symbol,kind\nA,PUTT", "expected one of CASH, FUTURE, CALL, PUT"),
        ("symbol,kind,underlying\nA,PUT,ES", "strike: expected a number above 0, got nothing"),
        ("symbol,kind,underlying\nA,PUT,ES", "expiry: expected the option's date"),
        ("symbol,multiplier\nA,0", "multiplier: expected a number above 0, got 0"),
        ("symbol\nA\nA", "expected a symbol given once"),
        ("symbol,lot\nA", "expected 2 values"),
    ],
)
def test_wrong_instruments_are_said(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(InstrumentsError) as error:
        read_instruments(_write(tmp_path, "a.csv", rows))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("date,initial\n2020010,1", "expected a date"),
        ("date,initial\n20200106,x", "expected a number above 0, got x"),
        ("date,maintenance\n20200106,5", "initial: expected a number above 0, got nothing"),
        ("date,initial\n20200106,1\n20200106,2", "a date given once"),
        ("date,initial\n", "no scan ranges"),
    ],
)
def test_wrong_scan_ranges_are_said(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(InstrumentsError) as error:
        read_scan_ranges(_write(tmp_path, "a.csv", rows))
    assert said in str(error.value)


# -- roles -----------------------------------------------------------------------------------------

PEOPLE = """
[[people]]
user = "anna"
role = "trader"
os_user = "anna"

[[people]]
user = "rita"
role = "risk"
pin = "{pin}"
"""


def _roles(tmp_path: Path) -> Roles:
    pin = hash_pin("4711", bytes(range(16)))
    return read_roles(_write(tmp_path, "roles.toml", PEOPLE.format(pin=pin)))


def test_people_prove_who_they_are(tmp_path: Path) -> None:
    roles = _roles(tmp_path)
    anna, rita = roles.by_os_user("anna"), roles.by_pin("rita", "4711")
    assert anna is not None and anna.role is Role.TRADER
    assert rita is not None and rita.role is Role.RISK
    assert roles.by_os_user("") is None and roles.by_os_user("root") is None
    assert roles.by_pin("rita", "4712") is None
    assert roles.by_pin("anna", "4711") is None and roles.by_pin("who", "") is None
    assert [(each.user, each.role) for each in roles.for_engine()] == [
        ("anna", Role.TRADER),
        ("rita", Role.RISK),
    ]


def test_the_pin_itself_is_nowhere_in_its_hash() -> None:
    one, other = hash_pin("471147114711", b"a" * 16), hash_pin("471147114711", b"b" * 16)
    assert one != other and "4711" not in bytes.fromhex(one.rpartition(":")[2]).decode("latin-1")
    with pytest.raises(RolesError, match="at least 4"):
        hash_pin("471", b"a" * 16)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"risk"', '"boss"', "expected one of trader, risk, viewer"),
        ('"risk"', '"viewer"', "nobody has the role RISK"),
        ('os_user = "anna"', "", "expected os_user or pin"),
        ('os_user = "anna"', 'pin = "4711"', "not the PIN itself"),
        ('user = "rita"', 'user = "anna"', "'anna' is given twice"),
        ('user = "rita"', 'usr = "rita"', "usr: unknown"),
    ],
)
def test_wrong_roles_are_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = PEOPLE.format(pin=hash_pin("4711", bytes(16))).replace(old, new)
    with pytest.raises(RolesError) as error:
        read_roles(_write(tmp_path, "roles.toml", text))
    assert said in str(error.value)


def test_the_demo_roles_are_read() -> None:
    assert {each.role for each in read_roles(DEMO / "roles.toml").people} == set(Role)
