"""The local socket: the same user's, bounded, and it outlives every caller."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from desk import socket as desk_socket
from desk.client import ask
from desk.errors import UserError
from desk.socket import LocalSocket
from tests.desk.processes import PATIENCE_S


async def echo(request: Mapping[str, object]) -> dict[str, object]:
    if request.get("do") == "fail":
        raise ValueError("a bug")
    if request.get("do") == "refuse":
        raise UserError("Not that.")
    return {"ok": True, "got": dict(request)}


@pytest.fixture
async def ear(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "desk.sock"
    server = LocalSocket(path, echo)
    await server.start()
    yield path
    await server.stop()
    assert not path.exists()


async def asked(path: Path, **request: object) -> dict[str, object]:
    return await asyncio.to_thread(ask, path, request, PATIENCE_S)


async def raw(path: Path, data: bytes) -> list[dict[str, object]]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(data)
    writer.write_eof()
    lines = (await reader.read()).splitlines()
    writer.close()
    await writer.wait_closed()
    return [json.loads(line) for line in lines]


async def test_an_object_goes_there_and_back(ear: Path) -> None:
    reply = await asked(ear, do="x", text="ü\n", number=1.5)
    assert reply == {"ok": True, "got": {"do": "x", "text": "ü\n", "number": "1.5"}}


async def test_only_its_user_can_call(ear: Path) -> None:
    assert stat.S_IMODE(ear.stat().st_mode) == 0o600


async def test_another_user_is_refused(ear: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_socket, "peer_user", lambda peer: 12345)
    assert await asked(ear, do="x") == {"ok": False, "reason": "This desk belongs to another user."}


async def test_several_lines_on_one_connection_are_answered_in_order(ear: Path) -> None:
    replies = await raw(ear, b'{"do":"a"}\n{"do":"b"}\n')
    assert [reply["got"] for reply in replies] == [{"do": "a"}, {"do": "b"}]


@pytest.mark.parametrize("line", [b"nonsense\n", b"[1]\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n"])
async def test_what_is_no_object_is_refused_and_the_next_is_heard(ear: Path, line: bytes) -> None:
    replies = await raw(ear, line + b'{"do":"a"}\n')
    assert [reply["ok"] for reply in replies] == [False, True]


async def test_a_user_error_is_its_sentence(ear: Path) -> None:
    assert await asked(ear, do="refuse") == {"ok": False, "reason": "Not that."}


@pytest.mark.logs_warnings
async def test_a_bug_is_logged_and_the_next_is_heard(
    ear: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await asked(ear, do="fail")
    assert reply["ok"] is False
    assert "a bug" in caplog.text
    assert "a bug" not in str(reply["reason"])
    assert (await asked(ear, do="a"))["ok"]


async def test_a_message_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_socket, "MESSAGE_BYTES_MAX", 1000)
    server = LocalSocket(tmp_path / "s", echo)
    await server.start()
    try:
        (reply,) = await raw(tmp_path / "s", b'{"do":"' + b"x" * 2000 + b'"}\n')
        assert reply == {"ok": False, "reason": "A message may have 1000 bytes."}
    finally:
        await server.stop()


@pytest.mark.logs_warnings
async def test_a_silent_caller_is_hung_up_on(ear: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_socket, "READ_TIMEOUT_S", 0.05)
    reader, writer = await asyncio.open_unix_connection(str(ear))
    assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
    writer.close()
    await writer.wait_closed()


async def test_too_many_callers_are_refused(ear: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_socket, "CALLERS_MAX", 1)
    _, first = await asyncio.open_unix_connection(str(ear))
    assert "More than 1 callers" in str((await asked(ear, do="a"))["reason"])
    first.close()
    await first.wait_closed()


async def test_the_end_hangs_up_on_who_is_connected(tmp_path: Path) -> None:
    server = LocalSocket(tmp_path / "s", echo)
    await server.start()
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    while not server._callers:  # connected is not yet taken in
        await asyncio.sleep(0.001)
    await server.stop()
    assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
    writer.close()
    await writer.wait_closed()


async def test_a_leftover_socket_is_replaced_and_another_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "s"
    desk_socket.bind(path).close()
    assert path.is_socket()
    server = LocalSocket(path, echo)
    await server.start()
    await server.stop()
    path.write_text("mine")
    with pytest.raises(UserError, match="in the way"):
        await LocalSocket(path, echo).start()
    assert path.read_text() == "mine"


async def test_without_a_desk_it_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No desk is running .* `desk run`"):
        await asked(tmp_path / "none", do="a")
    desk_socket.bind(tmp_path / "dead").close()
    with pytest.raises(UserError, match="No desk is running"):
        await asked(tmp_path / "dead", do="a")
