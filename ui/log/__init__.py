"""The desk's own log: commands with their answers, phases, faults."""

from ui.log.panel import LogPanel

__all__ = ["LogPanel"]
