"""What another terminal may ask: each verb becomes the right command, each answer is the
engine's."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from desk.errors import UserError
from desk.requests import Requests
from engine import (
    Arm,
    CancelGroup,
    Engine,
    FieldError,
    Kill,
    KillScope,
    ReleaseKill,
    ReleaseKillPart,
    Resolution,
    ResolveOrphan,
    SubmitGroup,
)
from tests.desk.fake_engine import FakeEngine


def group(group_id: str, **changes: Any) -> dict[str, Any]:
    leg = {"symbol": "A", "side": "BUY", "quantity": "5", "price": "1"}
    legs = [{"leg_id": "H", "leg_type": "HEDGE", **leg}, {"leg_id": "R", "leg_type": "RISK", **leg}]
    return {"group_id": group_id, "legs": legs, **changes}


class Host:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.ended: list[str] = []
        lots = {"A": Decimal(5)}
        self.requests = Requests(cast(Engine, self.engine), lots, self.ended.append)

    async def ask(self, do: object, **fields: object) -> dict[str, object]:
        return await self.requests.handle({"do": do, "user": "ann", **fields})


@pytest.fixture
def host() -> Host:
    return Host()


async def test_groups_are_submitted_in_order_under_the_callers_name(host: Host) -> None:
    reply = await host.ask("submit", groups=[group("G1"), group("G2")])
    assert reply == {"ok": True, "reason": "", "accepted": ["G1", "G2"]}
    commands = [item for item in host.engine.commands if isinstance(item, SubmitGroup)]
    assert [(item.user, item.group and item.group.group_id) for item in commands] == [
        ("ann", "G1"),
        ("ann", "G2"),
    ]


async def test_one_malformed_group_and_none_is_submitted(host: Host) -> None:
    reply = await host.ask("submit", groups=[group("G1"), group("G 2"), group("G3", x=1)])
    assert reply["ok"] is False
    assert "groups[1].group_id" in str(reply["reason"])
    assert "groups[2].x" in str(reply["reason"])
    assert host.engine.commands == []


async def test_the_known_lots_count(host: Host) -> None:
    wrong = group("G1")
    wrong["legs"][0]["quantity"] = "3"
    assert "a multiple of the lot 5" in str((await host.ask("submit", groups=[wrong]))["reason"])


async def test_one_objection_of_the_engine_and_none_is_submitted(host: Host) -> None:
    host.engine.objections = (FieldError("group_id", "an id never used before", "G1"),)
    reply = await host.ask("submit", groups=[group("G1")])
    assert reply["ok"] is False
    assert "an id never used before" in str(reply["reason"])
    assert host.engine.commands == []


async def test_a_refusal_is_passed_on(host: Host) -> None:
    host.engine.refuse["SubmitGroup"] = "the engine is KILLED"
    reply = await host.ask("submit", groups=[group("G1")])
    assert reply == {"ok": False, "reason": "G1: the engine is KILLED", "accepted": []}


@pytest.mark.parametrize(
    ("do", "fields", "command"),
    [
        ("arm", {}, Arm(user="ann")),
        ("kill", {"reason": "fat finger"}, Kill(user="ann", reason="fat finger")),
        ("release_kill", {"reason": "mended"}, ReleaseKill(user="ann", reason="mended")),
        (
            "release_kill",
            {"reason": "over", "scope": "GROUP", "target": "G1"},
            ReleaseKillPart(user="ann", scope=KillScope.GROUP, target="G1", reason="over"),
        ),
        ("cancel_group", {"group": "G1"}, CancelGroup(user="ann", group="G1")),
        (
            "resolve",
            {"order": "G9/H1/1", "resolution": "ADOPT", "reason": "seen"},
            ResolveOrphan(user="ann", order="G9/H1/1", resolution=Resolution.ADOPT, reason="seen"),
        ),
    ],
)
async def test_a_verb_is_its_command(
    host: Host, do: str, fields: dict[str, object], command: object
) -> None:
    assert await host.ask(do, **fields) == {"ok": True, "reason": ""}
    host.engine.refuse[type(command).__name__] = "no"
    assert await host.ask(do, **fields) == {"ok": False, "reason": "no"}
    assert host.engine.commands == [command, command]


async def test_orphans_are_shown_with_evidence_and_choices(host: Host) -> None:
    (row,) = cast(list[dict[str, object]], (await host.ask("orphans"))["orphans"])
    assert (row["order"], row["evidence"], row["preselected"]) == ("G9/H1/1", "LIVE", "ADOPT")
    assert row["offered"] == ["ADOPT", "CANCEL_AT_BROKER"]


async def test_status_is_the_glance_line(host: Host) -> None:
    reply = await host.ask("status")
    assert (reply["phase"], reply["done_groups"]) == ("ARMED", 1)


async def test_quit_asks_for_the_end(host: Host) -> None:
    await host.ask("quit")
    assert host.ended == ["asked by ann from another terminal"]


async def test_export_writes_where_it_was_told(host: Host, tmp_path: Path) -> None:
    reply = await host.ask("export", folder=str(tmp_path / "out"))
    assert [Path(str(file)).name for file in cast(list[str], reply["files"])] == [
        "groups.csv",
        "legs.csv",
        "orders.csv",
        "executions.csv",
        "escalations.csv",
        "orphans.csv",
        "rejected_events.csv",
    ]
    text = (tmp_path / "out" / "escalations.csv").read_text()
    assert text.startswith("# escalations, exported by ann at 2")
    assert "'=40 of 100 were short" in text


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("explode", {}),
        (None, {}),
        (["arm"], {}),
        ("submit", {}),
        ("submit", {"groups": []}),
        ("resolve", {"resolution": "FORGET"}),
        ("kill", {"reason": 5}),
        ("release_kill", {"reason": "x", "scope": "EVERYBODY"}),
        ("export", {"folder": "here"}),
    ],
)
async def test_what_is_not_understood_is_a_sentence(
    host: Host, do: object, fields: dict[str, object]
) -> None:
    with pytest.raises(UserError):
        await host.ask(do, **fields)
    assert host.engine.commands == []
