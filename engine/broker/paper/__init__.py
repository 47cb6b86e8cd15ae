"""The embedded paper exchange: quotes and orders in, executions out, with its own clock.

``open_paper`` puts one together for the composition root; ``server.serve`` and
``client.PaperClient`` run the same exchange in a process of its own. Modules, from the inside:
``contracts`` (names, ticks) – ``book`` (displayed liquidity) – ``orders``, ``ledger`` (records,
state file) – ``matching``, ``exchange`` (the rules) – ``synthetic``, ``lean`` (quotes) –
``feed``, ``broker`` (time and the event loop) – ``wire``, ``server``, ``client`` (processes).

The exchange may not import the engine's shell, store or machine: a broker does not know what
the desk thinks.
"""

from engine.broker.paper.client import PaperClient
from engine.broker.paper.opening import PaperMarket, open_paper
from engine.broker.paper.quotes import PaperError, QuotesError
from engine.broker.paper.server import serve

__all__ = ["PaperClient", "PaperError", "PaperMarket", "QuotesError", "open_paper", "serve"]
