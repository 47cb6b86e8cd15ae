"""What is wrong with a FIX set-up, as a sentence for the user.

Owns: ``FixError``. May not: be raised for what a counterparty sends (that is an event).
"""

from __future__ import annotations

from engine.errors import EngineError


class FixError(EngineError):
    """The FIX link cannot be opened as configured; the text says where and what to do."""
