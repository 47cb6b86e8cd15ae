"""The connection: the link to the broker, its session, and the raw log."""

from ui.connection.panel import ConnectionPanel

__all__ = ["ConnectionPanel"]
