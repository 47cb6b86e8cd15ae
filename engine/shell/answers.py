"""Commands under way and the futures of those who asked.

Owns: tying the core's ``Answer`` to its asker. May not: judge a command.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from engine.core.commands import Command
from engine.core.decisions import Answer


class Answers:
    """The futures of commands that wait for the engine's answer, by command id."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._next = 1

    def expect(self, command: Command, run: int) -> tuple[Command, asyncio.Future[Answer]]:
        """Give a command an id where it has none, and a future for its answer."""
        if not command.command_id:
            command = replace(command, command_id=f"c{run}.{self._next}")
            self._next += 1
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(command.command_id, future)
        return command, future

    def is_waiting(self, command_id: str) -> bool:
        return command_id in self._waiting

    def give(self, answer: Answer) -> None:
        """Hand an answer to whoever asked; an asker that has gone away is no harm."""
        future = self._waiting.pop(answer.command_id, None)
        if future is not None and not future.done():
            future.set_result(answer)

    def refuse_all(self, reason: str) -> None:
        """Nothing under way will be answered by the core any more."""
        for command_id in list(self._waiting):
            self.give(Answer(command_id, "command", False, reason))
