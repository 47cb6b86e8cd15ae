"""The orphan desk: intents a crash left in doubt, and orders nobody here sent."""

from ui.orphans.panel import OrphansPanel

__all__ = ["OrphansPanel"]
