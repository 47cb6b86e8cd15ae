"""What every broker adapter must do: numbered cases, run against a real link.

``python -m tests.acceptance --broker paper|fix``; ``docs/adapters.md`` says how to add one.
"""
