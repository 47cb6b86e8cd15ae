"""The exchange's memory: what survives, and what is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.broker.paper import ledger as ledger_module
from engine.broker.paper.exchange import Exchange
from engine.broker.paper.ledger import Ledger
from engine.broker.paper.quotes import PaperError
from engine.core.decisions import AskExecutions
from engine.core.events import ExecutionReport, ExecutionsListed
from tests.engine.broker.paper_kit import (
    NOW,
    D,
    ask_order,
    cancel,
    exchange,
    fills,
    order,
    quote,
    replace,
    said,
)


def restarted(market: Exchange, path: Path, **options: object) -> Exchange:
    """The same file again, as after a kill: what was not committed is gone."""
    market.ledger.close()
    return exchange(path, **options)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.db"


def test_open_orders_go_on_after_a_restart(path: Path) -> None:
    market = exchange(path)
    market.on_quote(quote(), NOW)
    market.on_message(order(qty=20), NOW)
    market.on_message(replace("r1", "c1", 30), NOW)
    market.ledger.commit()
    again = restarted(market, path)
    answer = again.on_question(ask_order("c1"), NOW)
    assert isinstance(answer, ExecutionReport)
    assert (answer.cum_qty, answer.leaves_qty, answer.avg_px) == (D(15), D(15), D("10.5"))
    events = again.on_quote(quote(), NOW)
    assert fills(events) == [("5", "10.25"), ("5", "10.5"), ("5", "10.75")]
    assert said(events)[-1] == ("TRADE", "FILLED", "30", "0")


def test_executions_survive_whole(path: Path) -> None:
    market = exchange(path)
    market.on_quote(quote(), NOW)
    market.on_message(order(qty=20, px="10.50"), NOW)
    before = market.on_question(AskExecutions("q", None), NOW)
    after = restarted(market, path).on_question(AskExecutions("q", None), NOW)
    assert isinstance(before, ExecutionsListed) and len(before.executions) == 2
    assert after == before


def test_an_execution_keeps_the_quote_of_its_moment(path: Path) -> None:
    market = exchange(path)
    market.on_quote(quote(), NOW)
    market.on_message(order(qty=7), NOW)
    market.ledger.commit()
    market.ledger.close()
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT last_qty, last_px, level, bid, ask, ask_size FROM executions")
        assert rows.fetchall() == [
            ("5", "10.25", 0, "10", "10.25", "5"), ("2", "10.5", 1, "10", "10.25", "5"),
        ]  # fmt: skip
    db.close()


def test_no_id_is_given_out_twice(path: Path) -> None:
    seen: list[str] = []
    for run in range(3):
        market = exchange(path, epoch=f"E{run}")
        market.on_quote(quote(ask_size=1), NOW)
        events = market.on_message(order(f"c{run}", qty=3), NOW)
        seen += [e.exec_id for e in events if isinstance(e, ExecutionReport)]
        seen.append(market.ledger.new_order_id())
        market.ledger.commit()
        market.ledger.close()
    assert len(set(seen)) == len(seen) == 15
    assert {i.partition("-")[0] for i in seen} == {"E0"}, "the file's own epoch stays"


def test_a_number_that_was_never_committed_was_never_reported(path: Path) -> None:
    market = exchange(path)
    market.on_message(order(qty=3), NOW)
    again = restarted(market, path)
    assert said(again.on_message(order(qty=3), NOW))[0] == ("NEW", "NEW", "0", "3")


def test_duplicates_are_known_after_a_restart_also_of_closed_orders(path: Path) -> None:
    market = exchange(path)
    market.on_message(order(qty=3), NOW)
    market.on_message(cancel("x1", "c1"), NOW)
    market.ledger.commit()
    again = restarted(market, path)
    assert said(again.on_message(order(qty=3), NOW)) == [("REJECTED", "CANCELED", "0", "0")]


def test_memory_holds_a_bounded_number_of_closed_orders(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "CLOSED_KEPT_MAX", 3)
    market = exchange(path)
    market.on_quote(quote(), NOW)
    for number in range(10):
        market.on_message(order(f"c{number}", qty=1), NOW)
        market.on_message(cancel(f"x{number}", f"c{number}"), NOW)
        market.ledger.commit()
    assert len(market.ledger._orders) <= 3
    answer = market.on_question(ask_order("c0"), NOW)
    assert isinstance(answer, ExecutionReport) and answer.cum_qty == 1


def test_an_order_of_a_symbol_no_longer_traded_can_be_canceled(path: Path) -> None:
    from tests.engine.broker.paper_kit import FUTURE

    market = exchange(path)
    market.on_message(order(px="9"), NOW)
    market.ledger.commit()
    again = restarted(market, path, traded=[FUTURE])
    assert said(again.on_message(cancel("x1", "c1"), NOW))[0][0] == "CANCELED"


def test_a_second_holder_is_told(path: Path) -> None:
    first = Ledger(path, "A")
    with pytest.raises(PaperError, match="held by another process"):
        Ledger(path, "B")
    first.close()
    Ledger(path, "B").close()


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("these are not the rows you are looking for " * 40)
    with pytest.raises(PaperError, match=r"paper\.db: .*not a database"):
        Ledger(path, "A")


def test_somebody_elses_database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(PaperError, match="not a paper exchange's state"):
        Ledger(path, "A")


def test_a_newer_version(path: Path) -> None:
    Ledger(path, "A").close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(PaperError, match="it says version 99"):
        Ledger(path, "A")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="cannot be used"):
        Ledger(tmp_path / "nowhere" / "paper.db", "A")
