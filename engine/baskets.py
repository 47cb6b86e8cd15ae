"""What a group may look like from outside: the one reader of group objects.

Owns: ``parse_group`` and its errors; basket files, scenario files, the ticket and the local
socket all come through here. May not: read files (``basket_files``) or know the engine's state
(whether an id was used before, limits and margin are the machine's to check).
All errors are found at once; a value is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.core.commands import ChildSpec, GroupRequest, LegRequest, StopSpec
from engine.core.terms import LegType, OrdType, Release, RiskShortfall, Side, TimeInForce
from engine.fields import FieldError, FieldReader, join

LEGS_MAX = 100

_GROUP_FIELDS = ("group_id", "account", "release", "on_risk_shortfall", "legs")
_LEG_FIELDS = (
    "leg_id",
    "leg_type",
    "symbol",
    "side",
    "quantity",
    "order_type",
    "price",
    "tif",
    "hedge_symbol",
    "hedge_side",
    "child",
    "stop_loss",
)
_CHILD_FIELDS = ("max_quantity", "interval_s")
_STOP_FIELDS = ("trigger_price", "offset", "timeout_s")


class BasketError(ValueError):
    """A group or basket that cannot be taken; ``errors`` holds every reason, in file order."""

    def __init__(self, errors: tuple[FieldError, ...], source: str = "") -> None:
        self.errors = errors
        self.source = source
        prefix = f"{source}: " if source else ""
        super().__init__("\n".join(f"{prefix}{error}" for error in errors))


def parse_group(
    obj: object, where: str = "", lots: Mapping[str, Decimal] | None = None
) -> GroupRequest:
    """Read one group object (``{"group_id": …, "legs": [ … ]}``), numbers as text, int or Decimal.

    ``where`` is put before every field path. ``lots`` maps the symbols that are known to their
    lot; quantities must be multiples of it. Raises ``BasketError`` with all errors.
    """
    group, errors = check_group(obj, where, lots)
    if group is None:
        raise BasketError(errors)
    return group


def check_group(
    obj: object, where: str = "", lots: Mapping[str, Decimal] | None = None
) -> tuple[GroupRequest | None, tuple[FieldError, ...]]:
    """``parse_group`` without the exception: the group, or None and every error."""
    reader = _Reader(lots or {})
    group = reader.group(obj, where)
    return (None if reader.errors else group), tuple(reader.errors)


def group_object(group: GroupRequest) -> dict[str, object]:
    """The object that ``parse_group`` reads back as ``group``; numbers as text."""
    return {
        "group_id": group.group_id,
        "account": group.account,
        "release": str(group.release),
        "on_risk_shortfall": str(group.on_risk_shortfall),
        "legs": [_leg_object(leg) for leg in group.legs],
    }


def _leg_object(leg: LegRequest) -> dict[str, object]:
    values = _texts(leg, _LEG_FIELDS)
    if leg.child is not None:
        values["child"] = _texts(leg.child, _CHILD_FIELDS)
    if leg.stop_loss is not None:
        values["stop_loss"] = _texts(leg.stop_loss, _STOP_FIELDS)
    return values


def _texts(record: object, names: tuple[str, ...]) -> dict[str, object]:
    """The named fields of a record as text, without those that are None."""
    values = ((name, getattr(record, name)) for name in names)
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else str(value)
        for name, value in values
        if value is not None
    }


class _Reader(FieldReader):
    """Walks one object, field by field, and collects what is wrong with it."""

    def __init__(self, lots: Mapping[str, Decimal]) -> None:
        super().__init__()
        self._lots = lots

    def group(self, obj: object, where: str) -> GroupRequest | None:
        if not isinstance(obj, Mapping):
            self.wrong(where or "group", "an object with group_id and legs", obj)
            return None
        self.no_others(obj, where, _GROUP_FIELDS)
        group_id = self.ident(obj, where, "group_id")
        account = self.text(obj, where, "account", "default")
        release = self.choice(obj, where, "release", tuple(Release), Release.AFTER_HEDGE)
        shortfall = self.choice(
            obj, where, "on_risk_shortfall", tuple(RiskShortfall), RiskShortfall.KEEP
        )
        legs = self._legs(obj.get("legs"), join(where, "legs"))
        if group_id and account and release and shortfall and not self.errors:
            return GroupRequest(group_id, legs, account, release, shortfall)
        return None

    def _legs(self, obj: object, where: str) -> tuple[LegRequest, ...]:
        if not isinstance(obj, list | tuple):
            self.wrong(where, f"a list of 2 to {LEGS_MAX} legs", obj)
            return ()
        if not 2 <= len(obj) <= LEGS_MAX:
            self.errors.append(FieldError(where, f"2 to {LEGS_MAX} legs", str(len(obj))))
            return ()
        read = [self._leg(item, f"{where}[{index}]") for index, item in enumerate(obj)]
        legs = tuple(leg for leg in read if leg is not None)
        self._unique(obj, where)
        self._both_types(obj, where)
        return legs

    def _unique(self, legs: list[object] | tuple[object, ...], where: str) -> None:
        seen: set[str] = set()
        for index, leg in enumerate(legs):
            leg_id = leg.get("leg_id") if isinstance(leg, Mapping) else None
            if not isinstance(leg_id, str):
                continue
            if leg_id in seen:
                self.wrong(f"{where}[{index}].leg_id", "an id unique in the group", leg_id)
            seen.add(leg_id)

    def _both_types(self, legs: list[object] | tuple[object, ...], where: str) -> None:
        found = [leg.get("leg_type") if isinstance(leg, Mapping) else None for leg in legs]
        if any(kind not in tuple(LegType) for kind in found):
            return  # said already, and what it should have been is not known
        missing = [kind for kind in LegType if kind not in found]
        if missing:
            wanted = " and ".join(f"one {kind} leg" for kind in missing)
            self.wrong(where, f"at least {wanted}", None)

    def _leg(self, obj: object, where: str) -> LegRequest | None:
        if not isinstance(obj, Mapping):
            self.wrong(where, "an object with leg_id, leg_type, symbol, side, quantity", obj)
            return None
        before = len(self.errors)
        self.no_others(obj, where, _LEG_FIELDS)
        leg_id = self.ident(obj, where, "leg_id")
        leg_type = self.choice(obj, where, "leg_type", tuple(LegType))
        symbol = self.text(obj, where, "symbol")
        lot = self._lots.get(symbol) if symbol else None
        side = self.choice(obj, where, "side", tuple(Side))
        quantity = self.number(obj, where, "quantity", lot=lot)
        kind = self.choice(obj, where, "order_type", (OrdType.LIMIT, OrdType.MARKET), OrdType.LIMIT)
        price = self.number(obj, where, "price", needed=kind is OrdType.LIMIT)
        tif = self.choice(obj, where, "tif", tuple(TimeInForce), TimeInForce.DAY)
        hedge_symbol = self.text(obj, where, "hedge_symbol", needed=False)
        hedge_side = self.choice(obj, where, "hedge_side", tuple(Side), needed=False)
        child = self._child(obj.get("child"), join(where, "child"), lot)
        stop = self._stop(obj.get("stop_loss"), join(where, "stop_loss"))
        if len(self.errors) > before:
            return None
        assert leg_id and leg_type and symbol and side and quantity and kind and tif
        return LegRequest(
            leg_id=leg_id,
            leg_type=leg_type,
            symbol=symbol,
            side=side,
            quantity=quantity,
            order_type=kind,
            price=price if kind is OrdType.LIMIT else None,
            tif=tif,
            hedge_symbol=hedge_symbol,
            hedge_side=hedge_side,
            child=child,
            stop_loss=stop,
        )

    def _child(self, obj: object, where: str, lot: Decimal | None) -> ChildSpec | None:
        if obj is None:
            return None
        if not isinstance(obj, Mapping):
            self.wrong(where, "an object with max_quantity and interval_s", obj)
            return None
        self.no_others(obj, where, _CHILD_FIELDS)
        most = self.number(obj, where, "max_quantity", lot=lot)
        interval = self.number(obj, where, "interval_s", zero=True)
        return None if most is None or interval is None else ChildSpec(most, interval)

    def _stop(self, obj: object, where: str) -> StopSpec | None:
        if obj is None:
            return None
        if not isinstance(obj, Mapping):
            self.wrong(where, "an object with trigger_price", obj)
            return None
        self.no_others(obj, where, _STOP_FIELDS)
        trigger = self.number(obj, where, "trigger_price")
        offset = self.number(obj, where, "offset", needed=False, zero=True, below=Decimal(1))
        timeout = self.number(obj, where, "timeout_s", needed=False)
        return None if trigger is None else StopSpec(trigger, offset, timeout)
