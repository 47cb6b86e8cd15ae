"""Health: events, latency and exposure over time."""

from ui.health.panel import HealthPanel

__all__ = ["HealthPanel"]
