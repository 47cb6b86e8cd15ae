"""A FIX 4.4 counterparty as a broker, and the paper exchange as a FIX counterparty.

``open_fix`` puts a broker together from ``fix.toml``; ``serve_fix`` runs the paper exchange as an
acceptor. Both need the extra ``desk[fix]`` (QuickFIX) when they run; nothing here needs it to be
imported. Modules, from the inside:

``tags``, ``stamps``, ``message``, ``codes`` (FIX as text and values) – ``profile``, ``config``,
``reading`` (settings) – ``outgoing``, ``incoming``, ``market_data``, ``sent``, ``questions``,
``translator`` (the desk's end, pure) – ``venue_incoming``, ``venue_outgoing`` (the exchange's end,
pure) – ``acknowledged``, ``handover``, ``view`` (durability, threads, the panel's read model) –
``link``, ``quickfix_app``, ``quickfix_link``, ``acceptor_pump``, ``dictionary``,
``engine_settings``, ``tls`` (the session) –
``broker``, ``opening``, ``venue`` (put together).
"""

from engine.broker.fix.broker import FixBroker
from engine.broker.fix.config import FixSettings, read_fix_config
from engine.broker.fix.errors import FixError
from engine.broker.fix.opening import open_fix
from engine.broker.fix.venue import serve_fix
from engine.broker.fix.view import Direction, SessionLine, SessionState, SessionView

__all__ = [
    "Direction",
    "FixBroker",
    "FixError",
    "FixSettings",
    "SessionLine",
    "SessionState",
    "SessionView",
    "open_fix",
    "read_fix_config",
    "serve_fix",
]
