"""The detail of one group: timeline, orders, executions, intents, hedges."""

from ui.detail.panel import DetailPanel

__all__ = ["DetailPanel"]
