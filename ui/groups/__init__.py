"""The groups: one row a group, and what can be done to one."""

from ui.groups.panel import GroupsPanel

__all__ = ["GroupsPanel"]
