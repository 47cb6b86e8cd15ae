"""Quotes from a folder in LEAN's layout."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from engine.broker.paper.lean import LeanFolder
from engine.broker.paper.quotes import QuotesError
from engine.core.events import QuoteChanged
from tests.engine.broker.lean_kit import (
    FUTURES,
    INDEX,
    MARCH,
    OPTIONS,
    PUT_3000,
    SPXW,
    line,
    member,
    put_zip,
    small_folder,
)

MIDNIGHT_20200106 = 1_578_268_800_000_000_000
MINUTE_NS = 60_000_000_000


def read(folder: Path, start_ns: int | None = None, **options: object) -> list[QuoteChanged]:
    return list(LeanFolder(folder, **options).stream(start_ns))  # type: ignore[arg-type]


def minutes(quotes: list[QuoteChanged]) -> list[tuple[str, int]]:
    return [(q.symbol, ((q.server_time_ns or 0) - MIDNIGHT_20200106) // MINUTE_NS) for q in quotes]


def test_all_contracts_in_time_order_at_the_end_of_their_bar(tmp_path: Path) -> None:
    quotes = read(small_folder(tmp_path))
    assert minutes(quotes) == [
        ("ES200320P3000", 1), ("ESH20", 1), ("ES200320P3000", 2), ("ES200320P3100", 2),
        ("ES200320P3000", 4),
    ]  # fmt: skip


def test_a_quote_is_the_bars_close_with_its_sizes(tmp_path: Path) -> None:
    first = read(small_folder(tmp_path))[0]
    assert first == QuoteChanged(
        "ES200320P3000", Decimal("29.25"), Decimal(12), Decimal(30), Decimal(164), None,
        MIDNIGHT_20200106 + MINUTE_NS,
    )  # fmt: skip


def test_an_empty_side_is_no_quote(tmp_path: Path) -> None:
    last = read(small_folder(tmp_path))[-1]
    assert (last.bid, last.ask, last.ask_size) == (Decimal(28), None, Decimal(0))


def test_contracts_and_their_specifications(tmp_path: Path) -> None:
    contracts = LeanFolder(small_folder(tmp_path)).contracts
    assert list(contracts) == ["ES200320P3000", "ES200320P3100", "ESH20"]
    put = contracts["ES200320P3000"]
    assert (put.instrument.multiplier, put.strike, put.right) == (Decimal(50), Decimal(3000), "P")
    assert (put.tick_at(Decimal("4.95")), put.tick_at(Decimal(5))) == (
        Decimal("0.05"), Decimal("0.25"),
    )  # fmt: skip


def test_index_options_are_scaled_and_new_yorks(tmp_path: Path) -> None:
    put_zip(tmp_path, INDEX, **{member(SPXW): "34200000,1,1,1,103000,7,1,1,1,112500,18\n"})
    (quote,) = read(tmp_path)
    assert (quote.symbol, quote.bid, quote.ask) == (
        "SPXW210108C3800", Decimal("10.3"), Decimal("11.25"),
    )  # fmt: skip
    assert quote.server_time_ns == 1_609_943_400_000_000_000 + MINUTE_NS, "09:30 in New York"


def test_only_the_symbols_wanted(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    assert {q.symbol for q in read(folder, symbols=["ESH20"])} == {"ESH20"}
    with pytest.raises(QuotesError, match="no quotes for NOPE; expected symbols such as ES200320"):
        LeanFolder(folder, ["NOPE", "ESH20"])


def test_a_start_time_begins_with_the_last_quote_before_it(tmp_path: Path) -> None:
    quotes = read(small_folder(tmp_path), MIDNIGHT_20200106 + 3 * MINUTE_NS)
    assert minutes(quotes) == [
        ("ESH20", 1), ("ES200320P3000", 2), ("ES200320P3100", 2), ("ES200320P3000", 4),
    ]  # fmt: skip


def test_days_follow_each_other_and_are_opened_when_reached(tmp_path: Path) -> None:
    for day in ("20200107", "20200106", "20200108"):
        name = FUTURES.replace("20200106", day)
        text = line(5, "3000", 1, "3001", 1)
        put_zip(tmp_path, name, **{member(MARCH).replace("20200106", day): text})
    folder = LeanFolder(tmp_path)
    stream = folder.stream(None)
    seen = []
    for quote in stream:
        seen.append(((quote.server_time_ns or 0) - MIDNIGHT_20200106) // MINUTE_NS)
        assert len(folder._open) <= 1
    assert seen == [6, 1446, 2886]
    assert folder._open == {}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("60000,1,2,3", "line 2: 4 columns; expected 11 columns"),
        ("sixty,1,1,1,1,1,1,1,1,1,1", "line 2: time 'sixty'; expected whole milliseconds"),
        ("90000000,1,1,1,1,1,1,1,1,1,1", "line 2: time 90000000; expected milliseconds from 0"),
        ("0,1,1,1,1,1,1,1,1,1,1", "line 2: time 0; expected a time after the line before"),
        ("60000,1,1,1,x,1,1,1,1,1,1", "line 2: a price or size that is no number"),
        ("60000,1,1,1,NaN,1,1,1,1,1,1", "line 2: a price or size that is no number"),
        ("60000,1,1,1,-5,1,1,1,1,1,1", "line 2: a price or size that is no number"),
        ("60000,1,1,1,5,1,1,1,1,4,1", "line 2: bid 5 above ask 4; expected a bid not above"),
        ("\x00\xff" * 3000, "line 2: 1 columns"),
    ],
)
def test_a_bad_line_is_skipped_told_and_counted(tmp_path: Path, bad: str, says: str) -> None:
    text = "\n".join([line(0, "5", 1, "6", 1), bad, line(2, "5", 1, "6", 1)])
    put_zip(tmp_path, FUTURES, **{member(MARCH): text})
    folder = LeanFolder(tmp_path)
    assert minutes(list(folder.stream(None)))[0] == ("ESH20", 1)
    assert folder.problems.count >= 1
    assert f"{MARCH}, {says}" in folder.problems.kept[0]
    assert str(tmp_path) in folder.problems.kept[0]


def test_many_bad_lines_are_all_counted_and_some_kept(tmp_path: Path) -> None:
    put_zip(tmp_path, FUTURES, **{member(MARCH): "x\n" * 500})
    folder = LeanFolder(tmp_path)
    assert list(folder.stream(None)) == []
    assert (folder.problems.count, len(folder.problems.kept)) == (500, 20)


def test_a_truncated_archive_is_told_at_open(tmp_path: Path) -> None:
    path = small_folder(tmp_path) / OPTIONS
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(QuotesError, match=r"20200106_quote_american\.zip: damaged archive"):
        LeanFolder(tmp_path)


def test_a_flipped_byte_is_told_at_open(tmp_path: Path) -> None:
    path = small_folder(tmp_path) / OPTIONS
    content = bytearray(path.read_bytes())
    content[120] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(QuotesError, match=r"damaged archive .* expected an intact zip"):
        LeanFolder(tmp_path)


def test_damage_found_later_ends_that_contract_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.broker.paper.lean_layout.CHECKED_BYTES_MAX", 0)
    path = small_folder(tmp_path) / OPTIONS
    content = bytearray(path.read_bytes())
    content[120] ^= 0xFF
    path.write_bytes(bytes(content))
    folder = LeanFolder(tmp_path)
    assert ("ESH20", 1) in minutes(list(folder.stream(None)))
    assert any("damaged" in sentence and PUT_3000 in sentence for sentence in folder.problems.kept)


def test_a_folder_without_quotes(tmp_path: Path) -> None:
    with pytest.raises(QuotesError, match="no minute quotes found; expected LEAN's layout"):
        LeanFolder(tmp_path)
    with pytest.raises(QuotesError, match="no such folder"):
        LeanFolder(tmp_path / "nowhere")


def test_unknown_security_types_and_members_are_noted(tmp_path: Path) -> None:
    small_folder(tmp_path)
    put_zip(tmp_path, "crypto/x/minute/btc/20200106_quote.zip", readme="1")
    put_zip(tmp_path, "equity/usa/minute/spy/20200106_quote.zip", notes="1")
    folder = LeanFolder(tmp_path)
    assert len(folder.contracts) == 3
    assert folder.problems.count == 2


def test_a_date_that_is_none(tmp_path: Path) -> None:
    put_zip(tmp_path, FUTURES.replace("20200106", "20201399"), **{member(MARCH): ""})
    with pytest.raises(QuotesError, match="20201399 is no date; expected yyyymmdd"):
        LeanFolder(tmp_path)


def test_two_folders_with_one_symbol(tmp_path: Path) -> None:
    small_folder(tmp_path)
    put_zip(tmp_path, OPTIONS.replace("202003/", "202006/"), **{member(PUT_3000): ""})
    with pytest.raises(QuotesError, match="are both named ES200320P3000"):
        LeanFolder(tmp_path)


def test_a_contract_of_unknown_size_is_noted(tmp_path: Path) -> None:
    path = "future/cme/minute/zz/20200106_quote.zip"
    put_zip(tmp_path, path, **{"20200106_zz_minute_quote_202003": ""})
    folder = LeanFolder(tmp_path)
    assert "size and tick of ZZ are not known" in folder.problems.kept[0]


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    text = "\n".join(line(minute, "5", 1, "6", 1) for minute in range(300))
    names = [f"20200106_es_minute_quote_american_put_{n}0000_20200320" for n in range(3000, 3100)]
    put_zip(tmp_path, OPTIONS, **dict.fromkeys(names, text))
    folder = LeanFolder(tmp_path)
    tracemalloc.start()
    count = sum(1 for _ in folder.stream(None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 12_000_000, f"{peak} bytes for 100 contracts"
