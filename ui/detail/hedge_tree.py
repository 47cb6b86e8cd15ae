"""The hedge tree: each chain, and under it the order of each level.

Owns: that tree. May not: judge a chain; it shows the engine's states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from engine import ChainState, ChainView, OrderView
from ui.detail.columns import purpose_words
from ui.formats import clock, px, qty, words
from ui.theme import Theme, Tone

TITLES = ("Chain / order", "State", "Filled", "Of", "Price", "Started UTC")
_TONES = {ChainState.UNCERTAIN: Tone.WARNING, ChainState.EXHAUSTED: Tone.CRITICAL}


class HedgeTree(QTreeWidget):
    """Shows the chains of one group."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Hedge tree")
        self.setHeaderLabels(list(TITLES))
        self.setRootIsDecorated(True)
        self.setUniformRowHeights(True)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for at, width in enumerate((210, 110, 56, 56, 70, 100)):
            self.header().resizeSection(at, width)
        self._theme = Theme()
        self._shown: tuple[object, ...] = ()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._shown = ()

    def show_chains(self, chains: Sequence[ChainView], orders: Mapping[str, OrderView]) -> None:
        """Build the tree anew when something in it changed."""
        content = (tuple(chains), tuple(orders.get(r) for c in chains for r in c.orders))
        if content == self._shown:
            return
        self._shown = content
        self.clear()
        for chain in chains:
            top = QTreeWidgetItem(
                [
                    f"{chain.leg_id}: {chain.cause}",
                    words(chain.state.value),
                    qty(chain.filled_qty),
                    qty(chain.target_qty),
                    "",
                    clock(chain.started_wall_ns),
                ]
            )
            tone = _TONES.get(chain.state)
            if tone is not None:
                top.setForeground(1, QBrush(self._theme.text(tone)))
            for ref in chain.orders:
                top.addChild(self._order(ref, orders.get(ref)))
            self.addTopLevelItem(top)
            top.setExpanded(True)
        if not chains:
            none = QTreeWidgetItem(["no hedge chains in this group"])
            none.setForeground(0, QBrush(self._theme.text(Tone.DIM)))
            self.addTopLevelItem(none)

    def _order(self, ref: str, order: OrderView | None) -> QTreeWidgetItem:
        if order is None:
            return QTreeWidgetItem([ref, "not in memory"])
        return QTreeWidgetItem(
            [
                f"{ref.split('/', 1)[1]} {purpose_words(order)}",
                words(order.ord_status.value),
                qty(order.cum_qty),
                qty(order.order_qty),
                px(order.avg_px) if order.cum_qty else "",
                clock(order.created_wall_ns),
            ]
        )
