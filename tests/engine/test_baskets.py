"""Groups and basket files as the user writes them: what is read, and every error said."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.basket_files import read_basket
from engine.baskets import BasketError, check_group, group_object, parse_group
from engine.core.commands import ChildSpec, GroupRequest, LegRequest, StopSpec
from engine.core.terms import LegType, OrdType, Release, RiskShortfall, Side, TimeInForce

ROOT = Path(__file__).parent.parent.parent


def leg(**changes: Any) -> dict[str, Any]:
    """A hedge leg that is right; ``...`` removes a field."""
    fields = {
        "leg_id": "H1",
        "leg_type": "HEDGE",
        "symbol": "ES20H3000P",
        "side": "BUY",
        "quantity": 100,
        "order_type": "LIMIT",
        "price": Decimal("10.25"),
    } | changes
    return {name: value for name, value in fields.items() if value is not ...}


def group(*legs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    risk = leg(leg_id="R1", leg_type="RISK", symbol="ES20H3100P", side="SELL", price="25")
    fields = {"group_id": "G1", "legs": list(legs) or [leg(), risk]} | changes
    return {name: value for name, value in fields.items() if value is not ...}


def errors_of(obj: object, **options: Any) -> list[str]:
    _, errors = check_group(obj, **options)
    return [f"{error.field}: {error.expected} / {error.got}" for error in errors]


RISK = leg(leg_id="R1", leg_type="RISK", side="SELL")


class TestGroup:
    def test_defaults_are_those_of_the_documentation(self) -> None:
        read = parse_group(group())
        assert read == GroupRequest(
            group_id="G1",
            legs=(
                LegRequest(
                    "H1",
                    LegType.HEDGE,
                    "ES20H3000P",
                    Side.BUY,
                    Decimal(100),
                    OrdType.LIMIT,
                    Decimal("10.25"),
                    TimeInForce.DAY,
                ),
                LegRequest(
                    "R1",
                    LegType.RISK,
                    "ES20H3100P",
                    Side.SELL,
                    Decimal(100),
                    OrdType.LIMIT,
                    Decimal(25),
                    TimeInForce.DAY,
                ),
            ),
            account="default",
            release=Release.AFTER_HEDGE,
            on_risk_shortfall=RiskShortfall.KEEP,
        )

    def test_every_field_is_read(self) -> None:
        full = leg(
            tif="IOC",
            hedge_symbol="ESH0",
            hedge_side="SELL",
            child={"max_quantity": 25, "interval_s": "0.5"},
            stop_loss={"trigger_price": 40, "offset": "0.005", "timeout_s": 2},
        )
        read = parse_group(
            group(full, RISK, account="A7", release="proportional", on_risk_shortfall="unwind")
        )
        assert (read.account, read.release, read.on_risk_shortfall) == (
            "A7",
            Release.PROPORTIONAL,
            RiskShortfall.UNWIND,
        )
        first = read.legs[0]
        assert (first.tif, first.hedge_symbol, first.hedge_side) == (
            TimeInForce.IOC,
            "ESH0",
            Side.SELL,
        )
        assert first.child == ChildSpec(Decimal(25), Decimal("0.5"))
        assert first.stop_loss == StopSpec(Decimal(40), Decimal("0.005"), Decimal(2))

    def test_what_is_written_reads_back_as_the_same_group(self) -> None:
        full = leg(child={"max_quantity": 25, "interval_s": 0}, stop_loss={"trigger_price": "4.5"})
        read = parse_group(group(full, RISK, release="proportional"))
        assert parse_group(json.loads(json.dumps(group_object(read)))) == read

    def test_a_market_leg_needs_no_price_and_keeps_none(self) -> None:
        read = parse_group(group(leg(order_type="MARKET", price=...), RISK))
        assert read.legs[0].price is None
        read = parse_group(group(leg(order_type="MARKET", price=10), RISK))
        assert read.legs[0].price is None

    @pytest.mark.parametrize(
        ("change", "field", "expected"),
        [
            ({"leg_id": "H 1"}, "legs[0].leg_id", "1 to 64 of"),
            ({"leg_id": "H" * 65}, "legs[0].leg_id", "1 to 64 of"),
            ({"leg_id": ""}, "legs[0].leg_id", "1 to 64 of"),
            ({"leg_id": 7}, "legs[0].leg_id", "1 to 64 of"),
            ({"leg_id": "Hé"}, "legs[0].leg_id", "1 to 64 of"),
            ({"leg_id": "H1\n"}, "legs[0].leg_id", "1 to 64 of"),
            ({"leg_type": "hedge"}, "legs[0].leg_type", "HEDGE or RISK"),
            ({"symbol": ...}, "legs[0].symbol", "printable"),
            ({"symbol": " ES"}, "legs[0].symbol", "printable"),
            ({"side": "buy"}, "legs[0].side", "BUY or SELL"),
            ({"side": None}, "legs[0].side", "BUY or SELL"),
            ({"side": ["BUY"]}, "legs[0].side", "BUY or SELL"),
            ({"quantity": 0}, "legs[0].quantity", "> 0"),
            ({"quantity": -1}, "legs[0].quantity", "> 0"),
            ({"quantity": ...}, "legs[0].quantity", "> 0"),
            ({"quantity": True}, "legs[0].quantity", "> 0"),
            ({"quantity": "ten"}, "legs[0].quantity", "> 0"),
            ({"quantity": "1_000"}, "legs[0].quantity", "> 0"),
            ({"quantity": " 5"}, "legs[0].quantity", "> 0"),
            ({"quantity": "٣"}, "legs[0].quantity", "> 0"),
            ({"quantity": "NaN"}, "legs[0].quantity", "> 0"),
            ({"quantity": float("nan")}, "legs[0].quantity", "> 0"),
            ({"quantity": float("inf")}, "legs[0].quantity", "> 0"),
            ({"quantity": Decimal("NaN")}, "legs[0].quantity", "> 0"),
            ({"quantity": Decimal("Infinity")}, "legs[0].quantity", "> 0"),
            ({"quantity": "1e12"}, "legs[0].quantity", "> 0"),
            ({"quantity": "1e9999"}, "legs[0].quantity", "> 0"),
            ({"quantity": "0.00000000001"}, "legs[0].quantity", "at most 10 decimals"),
            ({"quantity": "1." + "0" * 40 + "1"}, "legs[0].quantity", "at most 10 decimals"),
            ({"quantity": "1e-9999"}, "legs[0].quantity", "at most 10 decimals"),
            ({"order_type": "STOP_LIMIT"}, "legs[0].order_type", "LIMIT or MARKET"),
            ({"price": ...}, "legs[0].price", "> 0"),
            ({"price": 0}, "legs[0].price", "> 0"),
            ({"tif": "GTD"}, "legs[0].tif", "DAY or IOC or FOK or GTC"),
            ({"hedge_side": "LONG"}, "legs[0].hedge_side", "BUY or SELL"),
            ({"hedge_symbol": ""}, "legs[0].hedge_symbol", "printable"),
            ({"child": 25}, "legs[0].child", "max_quantity"),
            ({"child": {"max_quantity": 25}}, "legs[0].child.interval_s", "≥ 0"),
            ({"child": {"max_quantity": 0, "interval_s": 1}}, "legs[0].child.max_quantity", "> 0"),
            ({"stop_loss": {"offset": 1}}, "legs[0].stop_loss.trigger_price", "> 0"),
            (
                {"stop_loss": {"trigger_price": 1, "offset": 1}},
                "legs[0].stop_loss.offset",
                "< 1",
            ),
            ({"quantty": 3}, "legs[0].quantty", "one of leg_id"),
            (
                {"stop_loss": {"trigger_price": 1, "x": 1}},
                "legs[0].stop_loss.x",
                "one of trigger_price",
            ),
        ],
    )
    def test_a_wrong_leg_field_is_named(
        self, change: dict[str, Any], field: str, expected: str
    ) -> None:
        _, errors = check_group(group(leg(**change), RISK))
        assert field in [error.field for error in errors]
        assert any(expected in error.expected for error in errors if error.field == field)

    @pytest.mark.parametrize(
        ("obj", "field"),
        [
            ([], "group"),
            (None, "group"),
            (group(group_id=...), "group_id"),
            (group(group_id="a/b"), "group_id"),
            (group(account=""), "account"),
            (group(release="later"), "release"),
            (group(on_risk_shortfall="drop"), "on_risk_shortfall"),
            (group(legs=...), "legs"),
            (group(legs={}), "legs"),
            (group(legs=[leg()]), "legs"),
            (group(legs=[leg(), "R1"]), "legs[1]"),
            (group(legs=[leg(), leg(leg_id="H2")]), "legs"),
            (group(legs=[leg(), leg(leg_type="RISK")]), "legs[1].leg_id"),
            (group(colour="red"), "colour"),
        ],
    )
    def test_a_wrong_group_field_is_named(self, obj: object, field: str) -> None:
        _, errors = check_group(obj)
        assert [error.field for error in errors] == [field]

    def test_all_errors_come_at_once(self) -> None:
        wrong = group(leg(side="B", quantity=0), leg(leg_id="R1", leg_type="RISK", price="x"))
        assert [error.split(":")[0] for error in errors_of(wrong)] == [
            "legs[0].side",
            "legs[0].quantity",
            "legs[1].price",
        ]

    def test_the_lot_is_checked_where_it_is_known(self) -> None:
        lots = {"ES20H3000P": Decimal(5)}
        assert errors_of(group(leg(quantity=105), RISK), lots=lots) == []
        wrong = leg(quantity=103, child={"max_quantity": 7, "interval_s": 1})
        assert errors_of(
            group(wrong, leg(leg_id="R1", leg_type="RISK", symbol="X")), lots=lots
        ) == [
            "legs[0].quantity: a multiple of the lot 5 / 103",
            "legs[0].child.max_quantity: a multiple of the lot 5 / 7",
        ]

    def test_trailing_zeros_are_no_decimals(self) -> None:
        read = parse_group(group(leg(quantity="10.00000000000000"), RISK))
        assert read.legs[0].quantity == 10

    def test_the_place_is_put_before_the_field(self) -> None:
        with pytest.raises(BasketError, match=r"^step 3\.group_id: expected 1 to 64"):
            parse_group(group(group_id=None), "step 3")

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["group_id", "legs", "leg_id", "leg_type", "quantity", "child"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        )
    )
    def test_rubbish_is_an_error_never_an_exception(self, obj: object) -> None:
        read, errors = check_group(obj)
        assert read is None
        assert errors


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def lines_of(path: Path, **options: Any) -> list[tuple[int | None, str]]:
    with pytest.raises(BasketError) as caught:
        read_basket(path, **options)
    assert str(path) in str(caught.value)
    return [(error.line, error.field) for error in caught.value.errors]


class TestJsonFile:
    def test_groups_come_in_file_order(self, tmp_path: Path) -> None:
        text = json.dumps({"groups": [group(group_id="B"), group(group_id="A")]}, default=str)
        read = read_basket(written(tmp_path, "two.json", text))
        assert [item.group_id for item in read] == ["B", "A"]

    def test_numbers_stay_exact(self, tmp_path: Path) -> None:
        # More digits than a float holds.
        price = "12345678901.1234567891"
        text = json.dumps({"groups": [group()]}, default=str).replace('"10.25"', price)
        read = read_basket(written(tmp_path, "one.json", text))
        assert read[0].legs[0].price == Decimal(price)

    def test_a_name_given_twice_is_an_error(self, tmp_path: Path) -> None:
        text = json.dumps({"groups": [group()]}, default=str)
        twice = text.replace('"group_id"', '"group_id": "G0",\n"group_id"')
        with pytest.raises(BasketError, match=r"line 2: .*groups\[0\]\.group_id is given twice"):
            read_basket(written(tmp_path, "twice.json", twice))

    def test_errors_have_their_lines(self, tmp_path: Path) -> None:
        objects = {"groups": [group(leg(side="B"), RISK), group(leg(price=...), RISK)]}
        text = json.dumps(objects, indent=1, default=str)
        found = lines_of(written(tmp_path, "bad.json", text))
        rows = text.split("\n")
        assert [field for _, field in found] == [
            "groups[0].legs[0].side",
            "groups[1].group_id",
            "groups[1].legs[0].price",
        ]
        assert found[0][0] is not None and '"side": "B"' in rows[found[0][0] - 1]
        assert found[1][0] is not None and '"group_id"' in rows[found[1][0] - 1]
        assert found[2][0] is not None and rows[found[2][0] - 1].strip() == "{"

    def test_nothing_is_returned_when_one_group_is_wrong(self, tmp_path: Path) -> None:
        objects = {"groups": [group(), group(group_id="G2", release="x")]}
        path = written(tmp_path, "bad.json", json.dumps(objects, default=str))
        assert lines_of(path) == [(1, "groups[1].release")]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ('{"groups":\n [}', 2),
            ("", 1),
            ('{"groups": []}', 1),
            ("[]", 1),
            ('{"groups": {}}', 1),
            ('{"groups": [NaN]}', None),
            ('{"groups": [], \n"groups": []}', 2),
            ("[" * 100_000, None),
        ],
    )
    def test_what_is_no_basket_says_so(self, tmp_path: Path, text: str, line: int | None) -> None:
        found = lines_of(written(tmp_path, "bad.json", text))
        assert [at for at, _ in found] == [line]

    def test_another_name_at_the_top_is_an_error(self, tmp_path: Path) -> None:
        text = json.dumps({"groups": [group()], "group": []}, default=str)
        assert lines_of(written(tmp_path, "bad.json", text)) == [(1, "group")]

    def test_strings_with_brackets_and_quotes_do_not_shift_lines(self, tmp_path: Path) -> None:
        text = '{"groups": [\n{"group_id": "a\\"]}{,:",\n"legs": [1, 2]}]}'
        assert lines_of(written(tmp_path, "bad.json", text)) == [
            (2, "groups[0].group_id"),
            (3, "groups[0].legs[0]"),
            (3, "groups[0].legs[1]"),
        ]


HEADER = (
    "group_id,release,leg_id,leg_type,symbol,side,quantity,price,"
    "child_max_quantity,child_interval_s"
)


class TestCsvFile:
    def test_rows_gather_into_groups(self, tmp_path: Path) -> None:
        rows = [
            "# two spreads",
            HEADER,
            "G1,proportional,H1,HEDGE,ES P3000,BUY,10,5.25,,",
            "G2,,H1,HEDGE,ES P3000,BUY,10,5,,",
            "",
            "G1,,R1,RISK,ES P3100,SELL,10,9,5,0.5",
            "G2,,R1,RISK,ES P3100,SELL,10,9,,",
        ]
        read = read_basket(written(tmp_path, "two.csv", "\r\n".join(rows)))
        assert [(item.group_id, len(item.legs), item.release) for item in read] == [
            ("G1", 2, Release.PROPORTIONAL),
            ("G2", 2, Release.AFTER_HEDGE),
        ]
        assert read[0].legs[1].child == ChildSpec(Decimal(5), Decimal("0.5"))

    def test_errors_have_line_and_column(self, tmp_path: Path) -> None:
        rows = [
            HEADER,
            "G1,later,H1,HEDGE,X,BUY,ten,5,,",
            "G1,later,R1,RISK,X,SELL,10,9,5,",
            "G1,keep,R2,RISK,X,SELL,10,9,,,,",
            "G1,now,R3,RISK,X,SELL,10,9,,",
        ]
        assert lines_of(written(tmp_path, "bad.csv", "\n".join(rows))) == [
            (2, "release"),
            (2, "quantity"),
            (3, "child_interval_s"),
            (4, "row"),
            (5, "release"),
        ]

    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ("", "file"),
            ("group_id,leg_id\n", "leg_type"),
            (HEADER + ",colour\nG1,,H1", "'colour'"),
            (HEADER + ",price\nG1,,H1", "price"),
            (HEADER + '\nG1,"', "row"),
        ],
    )
    def test_what_is_no_basket_says_so(self, tmp_path: Path, text: str, field: str) -> None:
        assert field in [name for _, name in lines_of(written(tmp_path, "bad.csv", text))]

    def test_a_repeated_leg_is_named_with_its_line(self, tmp_path: Path) -> None:
        rows = [
            HEADER,
            "G1,,H1,HEDGE,X,BUY,1,5,,",
            "G1,,R1,RISK,X,SELL,1,9,,",
            "G1,,R1,RISK,X,SELL,1,9,,",
        ]
        assert lines_of(written(tmp_path, "bad.csv", "\n".join(rows))) == [(4, "leg_id")]


class TestAnyFile:
    def test_an_unreadable_file_is_one_error(self, tmp_path: Path) -> None:
        assert lines_of(tmp_path / "none.json") == [(None, "file")]
        assert lines_of(written(tmp_path, "basket.xlsx", "x")) == [(None, "file")]
        binary = tmp_path / "binary.csv"
        binary.write_bytes(b"\xff\xfe\x00")
        assert lines_of(binary) == [(None, "file")]

    @pytest.mark.parametrize(
        "path", sorted((ROOT / "resources" / "demo").glob("basket*")), ids=lambda path: path.name
    )
    def test_the_examples_are_good(self, path: Path) -> None:
        assert read_basket(path)
