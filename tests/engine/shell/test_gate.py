"""The last door before the broker, and the kill's file beside the database."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.broker.port import NotSent
from engine.core.commands import KillPart
from engine.core.decisions import Outbound, SendCancel, SendOrder, SendReplace
from engine.core.events import DirectCancel, KillThrown
from engine.core.terms import KillScope, OrdType, Purpose, Side, TimeInForce
from engine.shell import kill_file
from engine.shell.gate import Gate
from tests.engine.shell.shell_kit import D

ORDER = SendOrder(
    "G1/H1/1", "c1", "acc", "P1", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, D(1), D(10),
    Purpose.HEDGE,
)  # fmt: skip
CANCEL = SendCancel("G1/H1/1", 1, "c2", "c1", "o1", "acc", "P1", Side.BUY, D(1))
REPLACE = SendReplace(
    "G1/H1/1", 1, "c3", "c1", "o1", "acc", "P1", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, D(2),
    D(10),
)  # fmt: skip


def thrown(scope: KillScope = KillScope.ALL, target: str = "", kill_id: str = "k1") -> KillThrown:
    return KillThrown(kill_id, scope, target, "ann", "drill", 5, 1)


@pytest.mark.parametrize(
    ("scope", "target", "holds"),
    [
        (KillScope.ALL, "", True),
        (KillScope.GROUP, "G1", True),
        (KillScope.GROUP, "G", False),
        (KillScope.ACCOUNT, "acc", True),
        (KillScope.ACCOUNT, "other", False),
        (KillScope.INSTRUMENT, "P1", True),
        (KillScope.INSTRUMENT, "P2", False),
    ],
)
def test_while_shut_only_cancels_pass(scope: KillScope, target: str, holds: bool) -> None:
    gate, sent = Gate(), list[Outbound]()
    assert gate.shut(thrown(scope, target), 0)
    gate.hand_over(sent.append, CANCEL)
    for message in (ORDER, REPLACE):
        if holds:
            with pytest.raises(NotSent, match="ann killed"):
                gate.hand_over(sent.append, message)
        else:
            gate.hand_over(sent.append, message)
    assert sent == ([CANCEL] if holds else [CANCEL, ORDER, REPLACE])


def test_it_opens_only_when_the_kill_is_taken() -> None:
    gate, taken, sent = Gate(), list[str](), list[Outbound]()
    gate.when_taken = taken.append
    gate.shut(thrown(), 0)
    gate.shut(thrown(kill_id="k2"), 0)
    gate.after([ORDER, KillPart("ann", "another")])
    assert gate.holds("k1") and gate.holds("k2")
    gate.after([thrown()])
    gate.after([KillPart("ann", "k2")])
    assert not gate.is_shut and taken == ["another", "k1", "k2"]
    gate.hand_over(sent.append, ORDER)
    assert sent == [ORDER]


def test_a_hand_over_under_way_is_told_and_is_the_last() -> None:
    gate, sent = Gate(), list[Outbound]()
    inside, go_on = threading.Event(), threading.Event()

    def slow(message: Outbound) -> None:
        inside.set()
        assert go_on.wait(10)
        sent.append(message)

    thread = threading.Thread(target=gate.hand_over, args=(slow, ORDER))
    thread.start()
    assert inside.wait(10)
    assert not gate.shut(thrown(), 0.01), "one may still leave"
    go_on.set()
    thread.join()
    assert gate.shut(thrown(kill_id="k2"), 10)
    with pytest.raises(NotSent):
        gate.hand_over(sent.append, ORDER)
    assert sent == [ORDER]


def test_a_kill_on_disk_comes_back_whole(tmp_path: Path) -> None:
    database = tmp_path / "a [odd]* name.db"
    first = KillThrown(
        "1", KillScope.GROUP, "G1", "änn", 'why "so"', 5, 3, (DirectCancel("G1/H1/1", "c2", "c1"),)
    )
    second = thrown(kill_id="0")
    kill_file.write(database, first)
    kill_file.write(database, second)
    kill_file.write(tmp_path / "other.db", thrown(kill_id="9"))
    assert kill_file.standing(database) == [second, first]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*kill*")} == {0o600}
    kill_file.remove(database, "1")
    kill_file.remove(database, "1")
    assert kill_file.standing(database) == [second]


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"\xff\xfe", b'{"scope": "NOBODY"}'])
def test_one_that_cannot_be_read_kills_everything(tmp_path: Path, text: bytes) -> None:
    database = tmp_path / "desk.db"
    kill_file.write(database, thrown())
    (path,) = tmp_path.glob("*.kill-*")
    path.write_bytes(text)
    (found,) = kill_file.standing(database)
    assert (found.scope, found.kill_id, bool(found.user)) == (KillScope.ALL, "k1", True)
    assert path.name in found.reason


def test_an_id_that_is_no_name_is_refused(tmp_path: Path) -> None:
    for kill_id in ("", "../x", "a/b", "x" * 65):
        with pytest.raises(ValueError, match="expected an id"):
            kill_file.write(tmp_path / "desk.db", thrown(kill_id=kill_id))
