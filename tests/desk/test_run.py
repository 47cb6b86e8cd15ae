"""The desk as a user runs it: real processes, real files, the real engine on the paper exchange."""

from __future__ import annotations

import json
import socket
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.client import answers, ask
from tests.desk.processes import DeskProcess, desk, written_report

pytestmark = pytest.mark.process


def leg(leg_id: str, leg_type: str, strike: int, side: str, price: str, quantity: int) -> Any:
    return {
        "leg_id": leg_id,
        "leg_type": leg_type,
        "symbol": f"ES200320P{strike}",
        "side": side,
        "quantity": quantity,
        "price": price,
    }


def spread(group_id: str, quantity: int, *, risk_price: str = "15") -> dict[str, Any]:
    """A put spread whose limits cross the synthetic market, so that it fills by itself."""
    legs = [
        leg("H1", "HEDGE", 3000, "BUY", "12", quantity),
        leg("R1", "RISK", 3100, "SELL", risk_price, quantity),
    ]
    return {"group_id": group_id, "legs": legs}


def basket(folder: Path, *groups: dict[str, Any]) -> Path:
    path = folder / "basket.json"
    path.write_text(json.dumps({"groups": groups}))
    return path


def test_a_basket_runs_to_its_end_and_the_ledger_adds_up(tmp_path: Path) -> None:
    path = basket(tmp_path, *(spread(f"G{n}", 5 * n) for n in range(1, 6)))
    done = desk(
        "run", "--headless", "--data-dir", tmp_path, "--basket", path, "--speed", 20,
        "--exit-when-idle", "--report", tmp_path / "report.json", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "G5: COMPLETED" in done.stdout
    assert "ended: idle" in done.stdout
    report = written_report(tmp_path / "report.json")
    assert {group["lifecycle"] for group in report["groups"].values()} == {"COMPLETED"}
    assert report["ledger"]["ok"]
    check_against_the_exchange(report, tmp_path / "desk-exchange.db")


def check_against_the_exchange(report: dict[str, Any], exchange: Path) -> None:
    """Our orders and executions are the exchange's, each once, within the quotes of their
    moment."""
    with sqlite3.connect(exchange) as connection:
        rows = connection.execute(
            "SELECT cl_ord_id, exec_id, last_qty, last_px, side, level, bid, ask FROM executions"
        ).fetchall()
        entered = {row[0] for row in connection.execute("SELECT cl_ord_id FROM orders")}
    connection.close()
    theirs = sorted((row[0], row[1], Decimal(row[2]), Decimal(row[3])) for row in rows)
    orders = [order for group in report["groups"].values() for order in group["orders"]]
    ours = sorted(
        (order["cl_ord_id"], item["exec_id"], Decimal(item["qty"]), Decimal(item["px"]))
        for order in orders
        for item in order["executions"]
    )
    assert ours == theirs
    assert entered <= {order["cl_ord_id"] for order in orders}
    for _, exec_id, _, px, side, level, best_bid, best_ask in rows:
        touch = Decimal(best_ask if side == "BUY" else best_bid)
        if level == 0:
            assert Decimal(px) == touch, exec_id


def test_another_terminal_submits_looks_and_exports(tmp_path: Path) -> None:
    with DeskProcess(
        "run", "--headless", "--data-dir", tmp_path, "--speed", 20, folder=tmp_path
    ) as running:
        running.until_answering()
        running.until("arming", lambda: "ARMED" in running.ask("status"))
        assert running.ask("submit", basket(tmp_path, spread("G1", 5))) == "1 groups submitted\n"
        running.until("G1's end", lambda: "done groups: 1" in running.ask("status"))
        again = desk("submit", "basket.json", "--data-dir", tmp_path, folder=tmp_path)
        assert again.returncode == 1
        assert "G1" in again.stdout
        running.ask("export", tmp_path / "out")
        assert "COMPLETED" in (tmp_path / "out" / "groups.csv").read_text()
        running.ask("kill", "--reason", "drill")
        assert "phase: KILLED" in running.ask("status")
        assert running.end() == 0
        assert "ended: signal SIGTERM" in running.output
    assert not (tmp_path / "desk.sock").exists()


def test_nothing_is_submitted_when_one_group_is_wrong(tmp_path: Path) -> None:
    path = basket(tmp_path, spread("G1", 5), spread("G 2", 5), spread("G3", 0))
    with DeskProcess("run", "--headless", "--data-dir", tmp_path, folder=tmp_path) as running:
        running.until_answering()
        running.until("arming", lambda: "ARMED" in running.ask("status"))
        done = desk("submit", path, "--data-dir", tmp_path, folder=tmp_path)
        assert done.returncode == 2
        assert "groups[1].group_id" in done.stderr
        assert "groups[2].legs[0].quantity" in done.stderr
        assert running.report()["groups"] == {}


def test_a_second_desk_on_one_database_is_refused(tmp_path: Path) -> None:
    with DeskProcess("run", "--headless", "--data-dir", tmp_path, folder=tmp_path) as running:
        running.until_answering()
        done = desk("run", "--headless", "--data-dir", tmp_path, folder=tmp_path)
        assert done.returncode == 2
        assert f"process {running.process.pid} of " in done.stderr
        assert running.process.poll() is None


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()


def damaged_quotes(folder: Path) -> None:
    minute = folder / "quotes" / "future" / "cme" / "minute" / "es"
    minute.mkdir(parents=True)
    (minute / "20200106_quote.zip").write_text("no zip")


@pytest.mark.parametrize(
    ("prepare", "arguments", "said"),
    [
        (lambda folder: foreign_database(folder / "desk.db"), [], "desk.db"),
        (lambda folder: (folder / "desk.db").write_bytes(b"x" * 9000), [], "not a database"),
        (lambda folder: (folder / "desk.db").mkdir(), [], "desk.db"),
        (damaged_quotes, ["--quotes", "quotes"], "20200106_quote.zip"),
        (lambda folder: (folder / "empty").mkdir(), ["--quotes", "empty"], "LEAN"),
        (lambda folder: None, ["--faults", "earthquake"], "Choose one of none, demo"),
        (lambda folder: (folder / "desk.toml").write_text("[engin]"), [], "did you mean engine"),
        (lambda folder: basket(folder, spread("G 1", 1)), ["--basket", "basket.json"], "line 1"),
    ],
    ids=["foreign", "junk", "folder", "damaged zip", "no quotes", "faults", "config", "basket"],
)
def test_bad_input_is_a_sentence_and_status_2(
    tmp_path: Path, prepare: Any, arguments: list[str], said: str
) -> None:
    prepare(tmp_path)
    done = desk("run", "--headless", "--data-dir", tmp_path, *arguments, folder=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "desk.sock").exists()


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = desk("exchange", "--listen", address, "--data-dir", tmp_path, folder=tmp_path)
    assert done.returncode == 2
    assert address in done.stderr


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_window_runs_a_basket_and_ends_in_order(tmp_path: Path, theme: str) -> None:
    path = basket(tmp_path, spread("G1", 5), spread("G2", 7))
    with DeskProcess(
        "run", "--data-dir", tmp_path, "--speed", 20, "--basket", path, "--theme", theme,
        folder=tmp_path,
    ) as running:  # fmt: skip
        running.until_answering()
        running.until("both groups' end", lambda: running.request(do="status")["done_groups"] == 2)
        assert running.end() == 0, running.output
        assert "Traceback" not in running.output
    log = (tmp_path / "desk.log").read_text()
    assert "the window is open" in log
    assert "ERROR" not in log, log


def waiting(sock: Path) -> list[dict[str, Any]]:
    orphans = ask(sock, {"do": "orphans"})["orphans"]
    assert isinstance(orphans, list)
    return orphans


def test_with_nothing_configured_every_panel_has_something_true_to_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    demo = tmp_path / "desk"
    with DeskProcess("run", folder=tmp_path) as running:
        sock = demo / "demo.sock"
        running.until("its socket", lambda: answers(sock))
        report = ask(sock, {"do": "report"})["report"]
        assert isinstance(report, dict)
        kinds = {item["kind"] for item in report["escalations"].values()}
        assert report["groups"]["PAST-FILLED"]["lifecycle"] == "COMPLETED"
        assert report["groups"]["PAST-REHEDGED"]["hedges"]
        assert "HEDGE_DEPTH_EXCEEDED" in kinds
        assert report["counts"]["rejected_events"] > 0
        orphans = waiting(sock)
        assert {row["order"] for row in orphans} == {"CRASH-LOST/R1/1", "CRASH-TAKEN/R1/1"}
        running.until("the evidence", lambda: all(item["preselected"] for item in waiting(sock)))
        for row in orphans:
            choice = "ADOPT" if row["order"].startswith("CRASH-TAKEN") else "MARK_NEVER_SENT"
            decision = {"order": row["order"], "resolution": choice, "reason": "seen"}
            reply = ask(sock, {"do": "resolve", **decision})
            assert reply["ok"], reply
        running.until("arming", lambda: bool(ask(sock, {"do": "arm"})["ok"]))
        running.until("the live groups", lambda: "DEMO-RESTING" in str(ask(sock, {"do": "report"})))
        assert running.end() == 0, running.output
