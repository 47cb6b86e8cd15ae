"""The engine's front door: what is exported here is public, nothing else is.

Qt-free. ``Engine`` takes commands and gives views; everything that has to be right about orders,
hedges, time and storage is behind it. What only simulation and scenarios need is loaded when it is
asked for: a desk that starts after a crash shall not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.api import Engine
from engine.basket_files import read_basket
from engine.baskets import BasketError, group_object, parse_group
from engine.broker.faults import PROFILES as FAULT_PROFILES
from engine.broker.faults import FaultProfile
from engine.broker.fix import (
    Direction,
    FixBroker,
    FixError,
    SessionLine,
    SessionState,
    SessionView,
    open_fix,
    serve_fix,
)
from engine.broker.paper import PaperClient, PaperError, PaperMarket, QuotesError, open_paper
from engine.broker.paper import serve as serve_paper
from engine.broker.port import BrokerPort, BrokerTraits
from engine.core.commands import (
    AcceptPartial,
    AcceptRisk,
    Acknowledge,
    AdoptExternal,
    AllowRepeats,
    Arm,
    AskBroker,
    CancelGroup,
    CancelOrder,
    ChildSpec,
    Command,
    EnterPositions,
    ExplainRejected,
    GroupRequest,
    Kill,
    KillPart,
    LegRequest,
    ManualHedge,
    OperateLink,
    OverrideLimit,
    PauseGroup,
    PositionEntry,
    QueryOrphan,
    Reconcile,
    ReleaseKill,
    ReleaseKillPart,
    ReloadLimits,
    ReplaceOrder,
    ResolveOrphan,
    ResumeGroup,
    StopSpec,
    SubmitGroup,
)
from engine.core.decisions import Answer
from engine.core.model import EngineConfig, Instrument
from engine.core.terms import (
    ChainState,
    EscalationKind,
    EscalationState,
    Evidence,
    IntentState,
    KillScope,
    LegStatus,
    LegType,
    LinkAction,
    OrdStatus,
    OrdType,
    Phase,
    Purpose,
    RejectReason,
    Release,
    RequestKind,
    RequestState,
    Resolution,
    RiskShortfall,
    Role,
    Severity,
    Side,
    StopState,
    TimeInForce,
    Verdict,
)
from engine.errors import EngineError
from engine.fields import FieldError
from engine.instruments_file import InstrumentsError, read_instruments
from engine.limits_file import LimitsError, read_limits
from engine.roles import Roles, RolesError, hash_pin, read_roles
from engine.shell.kill_file import note_kill
from engine.shell.kill_report import KillCounts, KillOutcome, KillWish
from engine.shell.kill_switch import KillSwitch
from engine.sim.faults import PROFILES as SIMULATION_PROFILES
from engine.store.archive import Archivable, Archived, archivable
from engine.store.archive import archive as archive_database
from engine.store.database import check_integrity
from engine.store.errors import StoreError
from engine.view_connections import ConnectionView
from engine.view_controls import (
    Bound,
    Break,
    KillView,
    LimitDecision,
    Limits,
    LimitsView,
    MarginPath,
    MarginStep,
    MarginView,
    PersonView,
    RateView,
    Reconciliation,
    ReconciliationView,
    Rule,
    TradingWindow,
    UseView,
)
from engine.views import (
    AcknowledgementView,
    ChainView,
    Changes,
    EscalationView,
    ExecutionView,
    ExternalView,
    GroupDetail,
    GroupRow,
    LegView,
    LogLine,
    OrderView,
    OrphanView,
    QuoteView,
    RejectedView,
    RequestView,
    StatusView,
    TimelineMark,
)

if TYPE_CHECKING:
    from engine.scenario.run import run_scenarios
    from engine.sim.simulate import run_simulation

_LATER = MappingProxyType(
    {"run_scenarios": "engine.scenario.run", "run_simulation": "engine.sim.simulate"}
)

__all__ = [
    "FAULT_PROFILES",
    "SIMULATION_PROFILES",
    "AcceptPartial",
    "AcceptRisk",
    "Acknowledge",
    "AcknowledgementView",
    "AdoptExternal",
    "AllowRepeats",
    "Answer",
    "Archivable",
    "Archived",
    "Arm",
    "AskBroker",
    "BasketError",
    "Bound",
    "Break",
    "BrokerPort",
    "BrokerTraits",
    "CancelGroup",
    "CancelOrder",
    "ChainState",
    "ChainView",
    "Changes",
    "ChildSpec",
    "Command",
    "ConnectionView",
    "Direction",
    "Engine",
    "EngineConfig",
    "EngineError",
    "EnterPositions",
    "EscalationKind",
    "EscalationState",
    "EscalationView",
    "Evidence",
    "ExecutionView",
    "ExplainRejected",
    "ExternalView",
    "FaultProfile",
    "FieldError",
    "FixBroker",
    "FixError",
    "GroupDetail",
    "GroupRequest",
    "GroupRow",
    "Instrument",
    "InstrumentsError",
    "IntentState",
    "Kill",
    "KillCounts",
    "KillOutcome",
    "KillPart",
    "KillScope",
    "KillSwitch",
    "KillView",
    "KillWish",
    "LegRequest",
    "LegStatus",
    "LegType",
    "LegView",
    "LimitDecision",
    "Limits",
    "LimitsError",
    "LimitsView",
    "LinkAction",
    "LogLine",
    "ManualHedge",
    "MarginPath",
    "MarginStep",
    "MarginView",
    "OperateLink",
    "OrdStatus",
    "OrdType",
    "OrderView",
    "OrphanView",
    "OverrideLimit",
    "PaperClient",
    "PaperError",
    "PaperMarket",
    "PauseGroup",
    "PersonView",
    "Phase",
    "PositionEntry",
    "Purpose",
    "QueryOrphan",
    "QuoteView",
    "QuotesError",
    "RateView",
    "Reconcile",
    "Reconciliation",
    "ReconciliationView",
    "RejectReason",
    "RejectedView",
    "Release",
    "ReleaseKill",
    "ReleaseKillPart",
    "ReloadLimits",
    "ReplaceOrder",
    "RequestKind",
    "RequestState",
    "RequestView",
    "Resolution",
    "ResolveOrphan",
    "ResumeGroup",
    "RiskShortfall",
    "Role",
    "Roles",
    "RolesError",
    "Rule",
    "SessionLine",
    "SessionState",
    "SessionView",
    "Severity",
    "Side",
    "StatusView",
    "StopSpec",
    "StopState",
    "StoreError",
    "SubmitGroup",
    "TimeInForce",
    "TimelineMark",
    "TradingWindow",
    "UseView",
    "Verdict",
    "archivable",
    "archive_database",
    "check_integrity",
    "group_object",
    "hash_pin",
    "note_kill",
    "open_fix",
    "open_paper",
    "parse_group",
    "read_basket",
    "read_instruments",
    "read_limits",
    "read_roles",
    "run_scenarios",
    "run_simulation",
    "serve_fix",
    "serve_paper",
]


def __getattr__(name: str) -> object:
    """What is loaded when it is asked for (PEP 562)."""
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
