"""The words of the field: FIX 4.4 enumerations and the group's own.

Owns: every enumeration the engine speaks in. May not: hold rules (those are tables in
``lifecycle`` and ``order_table``). Member names are FIX 4.4's names in capitals, and each
member's value is its name, so that what is stored and reported reads like the standard.
"""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """FIX Side (54), the two sides this desk trades."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class OrdType(StrEnum):
    """FIX OrdType (40)."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP_LIMIT = "STOP_LIMIT"


class TimeInForce(StrEnum):
    """FIX TimeInForce (59)."""

    DAY = "DAY"
    IOC = "IOC"
    FOK = "FOK"
    GTC = "GTC"


class OrdStatus(StrEnum):
    """FIX OrdStatus (39)."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    PENDING_CANCEL = "PENDING_CANCEL"
    STOPPED = "STOPPED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    CALCULATED = "CALCULATED"
    EXPIRED = "EXPIRED"
    PENDING_REPLACE = "PENDING_REPLACE"


class ExecType(StrEnum):
    """FIX ExecType (150)."""

    NEW = "NEW"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    PENDING_CANCEL = "PENDING_CANCEL"
    STOPPED = "STOPPED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    PENDING_NEW = "PENDING_NEW"
    CALCULATED = "CALCULATED"
    EXPIRED = "EXPIRED"
    RESTATED = "RESTATED"
    PENDING_REPLACE = "PENDING_REPLACE"
    TRADE = "TRADE"
    TRADE_CORRECT = "TRADE_CORRECT"
    TRADE_CANCEL = "TRADE_CANCEL"
    ORDER_STATUS = "ORDER_STATUS"


class CxlRejReason(StrEnum):
    """FIX CxlRejReason (102), the ones that matter to a decision."""

    TOO_LATE = "TOO_LATE"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    ALREADY_PENDING = "ALREADY_PENDING"
    OTHER = "OTHER"


class LegType(StrEnum):
    """What a leg is for: HEDGE is the protection and is worked first, RISK is what it protects."""

    HEDGE = "HEDGE"
    RISK = "RISK"


class LegStatus(StrEnum):
    """Where one leg stands, for people; decisions are taken from quantities."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    SHORT = "SHORT"


class Release(StrEnum):
    """When risk orders may go: after the whole hedge, or as the hedge is proven."""

    AFTER_HEDGE = "after_hedge"
    PROPORTIONAL = "proportional"


class RiskShortfall(StrEnum):
    """What happens to surplus hedge when the risk ended short."""

    KEEP = "keep"
    UNWIND = "unwind"


class Purpose(StrEnum):
    """Why an order was sent."""

    HEDGE = "HEDGE"
    RISK = "RISK"
    EMERGENCY_HEDGE = "EMERGENCY_HEDGE"
    STOP_LOSS = "STOP_LOSS"
    MARKET_FALLBACK = "MARKET_FALLBACK"
    MANUAL_HEDGE = "MANUAL_HEDGE"
    UNWIND = "UNWIND"


class IntentState(StrEnum):
    """How far an intent is known to have come (safeguard 3)."""

    INTENT_PERSISTED = "INTENT_PERSISTED"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    CLOSED = "CLOSED"
    ORPHANED = "ORPHANED"


class RequestKind(StrEnum):
    """What a request on an existing order asks for."""

    CANCEL = "CANCEL"
    REPLACE = "REPLACE"


class RequestState(StrEnum):
    """What became of a cancel or replace request."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"


class Evidence(StrEnum):
    """What the broker could prove about an orphaned intent."""

    LIVE = "LIVE"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CLOSED_AT_BROKER = "CLOSED_AT_BROKER"
    NOT_FOUND = "NOT_FOUND"
    NOT_FOUND_INCOMPLETE = "NOT_FOUND_INCOMPLETE"
    UNREACHABLE = "UNREACHABLE"


class Resolution(StrEnum):
    """What the trader may decide about an orphaned intent."""

    ADOPT = "ADOPT"
    CANCEL_AT_BROKER = "CANCEL_AT_BROKER"
    RESUBMIT = "RESUBMIT"
    MARK_NEVER_SENT = "MARK_NEVER_SENT"


class RejectReason(StrEnum):
    """Why an inbound event was recorded instead of applied."""

    DUPLICATE = "DUPLICATE"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    CONFLICTING_EXECUTION = "CONFLICTING_EXECUTION"
    UNSUPPORTED_STATE = "UNSUPPORTED_STATE"
    MALFORMED = "MALFORMED"


class Severity(StrEnum):
    """How much an escalation matters."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class EscalationKind(StrEnum):
    """The causes of escalations; ``docs/escalations.md`` says what each means."""

    HEDGE_PARTIAL = "HEDGE_PARTIAL"
    HEDGE_DEPTH_EXCEEDED = "HEDGE_DEPTH_EXCEEDED"
    HEDGE_UNCERTAIN = "HEDGE_UNCERTAIN"
    HEDGE_BLOCKED = "HEDGE_BLOCKED"
    MANUAL_HEDGE_SHORT = "MANUAL_HEDGE_SHORT"
    LEG_HELD = "LEG_HELD"
    RISK_SHORT = "RISK_SHORT"
    FILL_AFTER_DONE = "FILL_AFTER_DONE"
    OVERFILL = "OVERFILL"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    CONFLICTING_EXECUTION = "CONFLICTING_EXECUTION"
    NEVER_SENT_REVOKED = "NEVER_SENT_REVOKED"
    CANCEL_UNCERTAIN = "CANCEL_UNCERTAIN"
    STOP_LOSS_UNCERTAIN = "STOP_LOSS_UNCERTAIN"
    STOP_LOSS_SHORT = "STOP_LOSS_SHORT"
    BROKER_SILENT = "BROKER_SILENT"
    EXECUTION_GAP = "EXECUTION_GAP"
    ORDER_UNCONFIRMED = "ORDER_UNCONFIRMED"
    LIMIT_BLOCKED = "LIMIT_BLOCKED"
    HEDGE_OVER_LIMIT = "HEDGE_OVER_LIMIT"
    REPEATED_EXECUTION = "REPEATED_EXECUTION"
    RECONCILIATION_BREAK = "RECONCILIATION_BREAK"


class EscalationState(StrEnum):
    """Where an escalation stands (ISA-18.2's alarm states)."""

    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RETURNED_UNACKNOWLEDGED = "RETURNED_UNACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class ChainState(StrEnum):
    """Where a hedge chain stands."""

    CANCELING = "CANCELING"
    WORKING = "WORKING"
    UNCERTAIN = "UNCERTAIN"
    EXHAUSTED = "EXHAUSTED"
    TAKEN_OVER = "TAKEN_OVER"
    DONE = "DONE"


class StopState(StrEnum):
    """Where a protective stop stands."""

    WATCHING = "WATCHING"
    WORKING = "WORKING"
    CANCELING = "CANCELING"
    UNCERTAIN = "UNCERTAIN"
    FALLBACK = "FALLBACK"
    DONE = "DONE"


class Phase(StrEnum):
    """What the engine is doing and what it allows."""

    RECOVERING = "RECOVERING"
    RESOLVING = "RESOLVING"
    ARMED = "ARMED"
    KILLED = "KILLED"
    STOPPED = "STOPPED"


class KillScope(StrEnum):
    """What a kill blocks."""

    GROUP = "GROUP"
    INSTRUMENT = "INSTRUMENT"
    ACCOUNT = "ACCOUNT"
    ALL = "ALL"


class Role(StrEnum):
    """What a person may do at this desk (``engine.core.permissions``)."""

    TRADER = "TRADER"
    RISK = "RISK"
    VIEWER = "VIEWER"


class Verdict(StrEnum):
    """What the controls said about an order or a group, or what was done about the limits."""

    REFUSED = "REFUSED"
    ASKED = "ASKED"
    CONFIRMED = "CONFIRMED"
    OVERRIDDEN = "OVERRIDDEN"
    WAITS = "WAITS"
    LET_THROUGH = "LET_THROUGH"
    LIFTED = "LIFTED"
    ALLOWED = "ALLOWED"
    RELOADED = "RELOADED"


class LinkAction(StrEnum):
    """What may be asked of the link to the broker by hand."""

    LOGON = "LOGON"
    LOGOUT = "LOGOUT"
    CANCEL_ALL = "CANCEL_ALL"


class InstrumentKind(StrEnum):
    """How an instrument's value moves with its underlying."""

    CASH = "CASH"
    FUTURE = "FUTURE"
    CALL = "CALL"
    PUT = "PUT"
