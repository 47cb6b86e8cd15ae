"""The table all panels are made of: columns, item store, view, and the frame around them.

Owns: how rows are shown, ordered, frozen, copied and exported. May not: know what a row means.
"""

from ui.table.column import Cell, Column, Look
from ui.table.panel import TablePanel
from ui.table.store import RowStore
from ui.table.view import KeyTable

__all__ = ["Cell", "Column", "KeyTable", "Look", "RowStore", "TablePanel"]
