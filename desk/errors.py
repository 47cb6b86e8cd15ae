"""What the user can mend, told apart from what we did wrong.

Owns: ``UserError``. Its text is for the user: one sentence or more that says what, where and
what to do. The command line prints it and ends with status 2; a bug ends with a traceback.
"""

from __future__ import annotations


class UserError(Exception):
    """Something about the input or the machine that the user can mend."""
