"""The escalations: what can hurt now, and what to press."""

from ui.escalations.knowledge import ADVICE, Advice, advice
from ui.escalations.panel import EscalationsPanel

__all__ = ["ADVICE", "Advice", "EscalationsPanel", "advice"]
