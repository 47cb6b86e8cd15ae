"""Errors that are meant for the user.

Owns: the base class. May not: be raised for a bug; a bug is any other exception.
"""

from __future__ import annotations


class EngineError(Exception):
    """Something the user can act on; its text is one or more whole sentences."""
