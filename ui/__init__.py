"""The trader's screen: reads the engine's views, submits commands, decides nothing.

Owns: the Qt window. May not: import anything of the engine but its front door, or run a loop.
"""

from ui.archiving import ArchiveOffer
from ui.window import MainWindow

__all__ = ["ArchiveOffer", "MainWindow"]
