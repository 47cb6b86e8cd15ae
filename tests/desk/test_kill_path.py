"""``desk kill`` from another terminal, with a desk whose loop or store does not answer.

Real processes: the desk, the exchange and the other terminal. What counts is what the exchange
says about the orders, and what a restart finds.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desk import kill as desk_kill
from desk.client import ask
from desk.paths import find_paths
from engine.broker.paper.wire import Watch, from_json, to_json
from engine.core.decisions import AskOpenOrders
from engine.core.events import OpenOrdersListed
from engine.shell import kill_file
from tests.desk.processes import PATIENCE_S, DeskProcess, desk
from tests.desk.test_run import basket, spread

pytestmark = pytest.mark.process

GROUPS = 4
REFS = [f"G{n}/R1/1" for n in range(GROUPS)]


@contextmanager
def market(folder: Path) -> Iterator[tuple[object, ...]]:
    """The exchange in its own process; the options of a desk that trades there."""
    address = folder / "exchange.sock"
    with DeskProcess(
        "exchange", "--listen", address, "--state", folder / "exchange.db", "--data-dir", folder,
        folder=folder,
    ) as process:  # fmt: skip
        process.until("the exchange", address.exists)
        yield ("run", "--headless", "--data-dir", folder, "--exchange", address)


def resting(folder: Path) -> Path:
    """Groups whose hedges fill and whose risk orders rest far from the market."""
    return basket(folder, *(spread(f"G{n}", 5, risk_price="90") for n in range(GROUPS)))


def start(run: tuple[object, ...], folder: Path, module: str = "desk") -> DeskProcess:
    return DeskProcess(*run, folder=folder, module=module)


def until_resting(running: DeskProcess) -> None:
    running.until("the risk orders to rest", lambda: set(orders_of(running)) >= set(REFS))


def orders_of(running: DeskProcess) -> list[str]:
    groups: dict[str, Any] = running.report()["groups"]
    orders = (order for group in groups.values() for order in group["orders"])
    return [each["ref"] for each in orders if each["ord_status"] == "NEW"]


def live_at_the_exchange(folder: Path) -> int:
    """What works there, by its own word on a line of our own."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_S)
        line.connect(str(folder / "exchange.sock"))
        line.sendall(f"{to_json(Watch(()))}\n{to_json(AskOpenOrders('q'))}\n".encode())
        for text in line.makefile("rb"):
            event = from_json(text)
            if isinstance(event, OpenOrdersListed):
                return len(event.orders)
    raise AssertionError("the exchange hung up")


def kills(folder: Path) -> dict[str, Any]:
    return ask(folder / "desk.kill", {"do": "kills"}, PATIENCE_S)


def kill(folder: Path, *more: object) -> tuple[int, str]:
    done = desk("kill", "--reason", "drill", "--data-dir", folder, *more, folder=folder)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def check_killed_for_good(run: tuple[object, ...], folder: Path) -> None:
    """A new process stands killed, knows every order's end, and takes nothing new."""
    with start(run, folder) as again:
        again.until_answering()
        again.until("KILLED", lambda: again.request(do="status")["phase"] == "KILLED")
        again.until("the counts", lambda: kills(folder).get("unknown") == 0)
        assert "drill" in " ".join(again.request(do="status")["blocks"])
        refused = desk("submit", basket(folder, spread("G9", 1)), "--data-dir", folder,
                       folder=folder)  # fmt: skip
        assert refused.returncode == 1, refused.stdout
        assert again.request(do="release_kill", reason="drill over")["ok"]
        assert again.end() == 0
    assert not kill_file.standing(folder / "desk.db")


def test_a_desk_whose_loop_hangs_is_killed_beside_it(tmp_path: Path) -> None:
    hang = tmp_path / "hang"
    with market(tmp_path) as run:
        running = start(
            (*run, "--basket", resting(tmp_path)), tmp_path, module="tests.desk.stalled_desk"
        )
        with running:
            running.until_answering()
            until_resting(running)
            hang.touch()
            os.kill(running.process.pid, signal.SIGUSR1)
            running.until("the hang", hang.with_suffix(".hangs").exists)
            status, told = kill(tmp_path, "--wait", 0)
            assert status == 0, told
            assert "new orders are blocked" in told and f"{GROUPS} cancels asked" in told
            assert "beside it" in told
            running.until("the cancels", lambda: live_at_the_exchange(tmp_path) == 0)
            assert hang.with_suffix(".hangs").exists(), "it hung all the while"
            assert kill_file.standing(tmp_path / "desk.db")
            hang.unlink()
            running.until("waking", lambda: running.request(do="status")["phase"] == "KILLED")
            running.until("the counts", lambda: kills(tmp_path).get("unknown") == 0)
            assert (kills(tmp_path)["asked"], kills(tmp_path)["confirmed"]) == (GROUPS, GROUPS)
            assert not kill_file.standing(tmp_path / "desk.db"), "it is in the books now"
            report = running.report()
            assert report["ledger"]["ok"], report
            running.kill()
        check_killed_for_good(run, tmp_path)


def test_a_window_that_hangs_is_killed_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with the window: Qt's loop, which qasync drives, stands still."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    hang = tmp_path / "hang"
    with market(tmp_path) as run:
        with_window = tuple(each for each in run if each != "--headless")
        running = start(
            (*with_window, "--basket", resting(tmp_path)), tmp_path,
            module="tests.desk.stalled_desk",
        )  # fmt: skip
        with running:
            running.until_answering()
            until_resting(running)
            hang.touch()
            os.kill(running.process.pid, signal.SIGUSR1)
            running.until("the hang", hang.with_suffix(".hangs").exists)
            status, told = kill(tmp_path, "--wait", 0)
            assert status == 0 and f"{GROUPS} cancels asked" in told, told
            running.until("the cancels", lambda: live_at_the_exchange(tmp_path) == 0)
            hang.unlink()
            running.until("waking", lambda: running.request(do="status")["phase"] == "KILLED")
            running.until("the counts", lambda: kills(tmp_path).get("unknown") == 0)
            assert running.end() == 0


def test_a_desk_whose_store_is_stuck_is_killed_beside_it(tmp_path: Path) -> None:
    with market(tmp_path) as run:
        with start((*run, "--basket", resting(tmp_path)), tmp_path) as running:
            running.until_answering()
            until_resting(running)
            lock = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            status, told = kill(tmp_path, "--wait", 0)
            assert status == 0, told
            assert f"{GROUPS} cancels asked" in told and "beside it" in told
            running.until("the cancels", lambda: live_at_the_exchange(tmp_path) == 0)
            # A store that cannot commit stops trading, when its patience has ended.
            running.until("STOPPED", lambda: running.request(do="status")["phase"] == "STOPPED")
            lock.execute("ROLLBACK")
            lock.close()
            assert kill_file.standing(tmp_path / "desk.db")
            running.kill()
        check_killed_for_good(run, tmp_path)


def test_a_desk_that_answers_is_killed_by_its_engine(tmp_path: Path) -> None:
    with market(tmp_path) as run:
        with start((*run, "--basket", resting(tmp_path)), tmp_path) as running:
            running.until_answering()
            until_resting(running)
            status, told = kill(tmp_path, "--group", "G0")
            assert (status, "1 cancels asked" in told) == (0, True), told
            assert "1 asked, 1 ended, 0 unknown" in told or "1 ended, 0 not known" in told, told
            assert running.request(do="status")["phase"] == "ARMED", "the rest goes on"
            assert running.ask("release", "--group", "G0", "--reason", "x") == "released\n"
            again = desk("release", "--group", "G0", "--reason", "x", "--data-dir", tmp_path,
                         folder=tmp_path)  # fmt: skip
            assert again.returncode == 1 and "no such kill stands" in again.stdout
            status, told = kill(tmp_path)
            assert status == 0 and f"{GROUPS - 1} cancels asked" in told, told
            assert "beside" not in told
            status, told = kill(tmp_path)
            assert status == 0 and "killed already" in told, told
            status, told = kill(tmp_path, "--group", "G77")
            assert status == 1 and "no group 'G77'" in told, told
            running.kill()
        check_killed_for_good(run, tmp_path)


def test_a_process_that_does_not_answer_at_all_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk_kill, "ANSWER_S", 0.2)
    paths = find_paths({}, tmp_path)
    paths.lock.write_text("process 4711 of ann")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
        deaf.bind(str(paths.kill_socket))
        deaf.listen()
        wish = {"user": "ann", "reason": "drill", "scope": "ALL", "target": ""}
        assert desk_kill.kill(paths, wish, 0) == 1
    told = capsys.readouterr().out
    assert "process 4711 of ann" in told and "NOTHING WAS CANCELED" in told
    paths.kill_socket.unlink()
    (noted,) = kill_file.standing(paths.database)
    assert (noted.user, noted.reason, noted.asked) == ("ann", "drill", ())
    with start(("run", "--headless", "--data-dir", tmp_path), tmp_path) as running:
        running.until_answering()
        running.until("KILLED", lambda: running.request(do="status")["phase"] == "KILLED")
        running.until("the file's end", lambda: not kill_file.standing(paths.database))
        assert running.end() == 0


def test_without_a_desk_there_is_nothing_to_kill(tmp_path: Path) -> None:
    done = desk("kill", "--data-dir", tmp_path, folder=tmp_path)
    assert done.returncode == 2
    assert "No desk is running" in done.stderr
    assert not kill_file.standing(tmp_path / "desk.db")


def test_a_silent_caller_does_not_keep_a_kill_out(tmp_path: Path) -> None:
    with start(("run", "--headless", "--data-dir", tmp_path), tmp_path) as running:
        running.until_answering()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
            silent.connect(str(tmp_path / "desk.kill"))
            status, told = kill(tmp_path, "--wait", 0)
            assert status == 0, told
        assert running.request(do="status")["phase"] == "KILLED"
        for garbage in (b"{", b"[]\n", b'{"do":"kill","scope":"EVERYBODY"}\n', b'{"do":"x"}\n'):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
                caller.connect(str(tmp_path / "desk.kill"))
                caller.sendall(garbage)
                caller.shutdown(socket.SHUT_WR)
                assert b'"ok": false' in caller.recv(65536), garbage
        assert running.end() == 0
        assert not (tmp_path / "desk.kill").exists()
