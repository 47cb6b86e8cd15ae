"""What stands between a mistyped basket and the market: limits, kills, reconciliation."""

from ui.risk.kills import KillsPanel
from ui.risk.limits import LimitsPanel
from ui.risk.reconciliation import ReconciliationPanel

__all__ = ["KillsPanel", "LimitsPanel", "ReconciliationPanel"]
