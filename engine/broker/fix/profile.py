"""What one venue's FIX 4.4 is like: its quirks, and what it can prove.

Owns: the profile and its TOML form. May not: know a session or decide about orders. The
profiles that come with the adapter stand in ``venues/``; ``docs/fix.md`` explains each key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from engine.broker.fix.errors import FixError
from engine.broker.fix.message import Pair
from engine.broker.fix.reading import Errors, Table, read_toml
from engine.broker.fix.tags import HEADER, MSG_NAMES
from engine.broker.port import BrokerTraits

VENUES = Path(__file__).parent / "venues"
EXTRA_TYPES = ("D", "F", "G", "H", "AF", "AD", "V", "q")


class ListProof(StrEnum):
    """How the answer to a mass status request proves that it is complete."""

    TOTAL_AND_LAST = "911_912"
    LAST = "912"
    NONE = "none"


class ExecutionLists(StrEnum):
    """How executions since an instant are asked for."""

    TRADE_CAPTURE = "trade_capture"
    NONE = "none"


class MarketDataKind(StrEnum):
    """How quotes come: full refresh (W), incremental (X), or not at all."""

    SNAPSHOT = "snapshot"
    INCREMENTAL = "incremental"
    NONE = "none"


class ReportTime(StrEnum):
    """Which stamp of an unasked report is the server's time."""

    TRANSACT = "transact"
    SENDING = "sending"


@dataclass(frozen=True, slots=True)
class VenueProfile:
    """See ``docs/fix.md``. ``extra``: constant fields added to each message of a type."""

    name: str
    rejects_duplicates: bool = True
    exec_id_per_order: bool = False
    cl_ord_id_max: int = 32
    order_status: bool = True
    mass_status: bool = True
    list_proof: ListProof = ListProof.TOTAL_AND_LAST
    answer_timeout_s: float = 5.0
    mass_cancel: bool = False
    executions: ExecutionLists = ExecutionLists.NONE
    executions_carry_cum_qty: bool = False
    market_data: MarketDataKind = MarketDataKind.NONE
    report_time: ReportTime = ReportTime.TRANSACT
    transact_time_digits: int = 3
    fills_as_1_and_2: bool = False
    recovery_marker: str = ""
    account_required: bool = True
    extra: Mapping[str, tuple[Pair, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits(self.name, self.rejects_duplicates, self.exec_id_per_order)


def read_profile(name: str, folder: Path) -> VenueProfile:
    """The profile that ships under this name, or a TOML file (``*.toml``, relative to
    ``folder``). Raises ``FixError``."""
    if name.endswith(".toml"):
        return profile_from(folder / name)
    path = VENUES / f"{name}.toml"
    if "/" in name or not path.is_file():
        known = ", ".join(sorted(each.stem for each in VENUES.glob("*.toml")))
        raise FixError(
            f"There is no venue profile {name!r}; choose one of {known}, or a .toml file."
        )
    return profile_from(path)


def profile_from(path: Path) -> VenueProfile:
    """Read one profile. Raises ``FixError`` with everything that is wrong in it."""
    errors = Errors(f"The venue profile {path}")
    table = Table(read_toml(path), "", errors)
    profile = VenueProfile(
        name=table.text("name", most=32),
        rejects_duplicates=table.flag("rejects_duplicates", True),
        exec_id_per_order=table.flag("exec_id_per_order", False),
        cl_ord_id_max=table.whole("cl_ord_id_max", 32, 8, 256),
        order_status=table.flag("order_status", True),
        mass_status=table.flag("mass_status", True),
        list_proof=table.choice("list_proof", ListProof, ListProof.TOTAL_AND_LAST),
        answer_timeout_s=table.seconds("answer_timeout_s", 5.0),
        mass_cancel=table.flag("mass_cancel", False),
        executions=table.choice("executions", ExecutionLists, ExecutionLists.NONE),
        executions_carry_cum_qty=table.flag("executions_carry_cum_qty", False),
        market_data=table.choice("market_data", MarketDataKind, MarketDataKind.NONE),
        report_time=table.choice("report_time", ReportTime, ReportTime.TRANSACT),
        transact_time_digits=table.whole("transact_time_digits", 3, 3, 9),
        fills_as_1_and_2=table.flag("fills_as_1_and_2", False),
        recovery_marker=table.text("recovery_marker", ""),
        account_required=table.flag("account_required", True),
        extra=_extra(table.table("extra"), errors),
    )
    table.close()
    errors.raise_any()
    return profile


def _extra(table: Table, errors: Errors) -> Mapping[str, tuple[Pair, ...]]:
    """``[extra.D]`` with ``207 = "XCME"``: the tag's number is the key."""
    found: dict[str, tuple[Pair, ...]] = {}
    for msg_type in table.names():
        if msg_type not in EXTRA_TYPES:
            known = ", ".join(f"{each} ({MSG_NAMES[each]})" for each in EXTRA_TYPES)
            errors.add(f"extra.{msg_type}", f"one of {known}", msg_type)
            continue
        row = table.table(msg_type)
        pairs = []
        for tag in row.names():
            if not (tag.isascii() and tag.isdigit()) or int(tag) in HEADER or int(tag) < 1:
                errors.add(f"extra.{msg_type}.{tag}", "the number of a tag of the body", tag)
            pairs.append((int(tag) if tag.isdigit() else 0, row.text(tag)))
        found[msg_type] = tuple(pairs)
    return MappingProxyType(found)
