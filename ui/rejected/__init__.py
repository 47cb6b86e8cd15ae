"""Rejected events: a work queue of what the broker said and we didn't apply."""

from ui.rejected.panel import RejectedPanel

__all__ = ["RejectedPanel"]
