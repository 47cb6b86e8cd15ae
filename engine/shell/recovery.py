"""Starting on a database: load, then the ordinary cycle with ``EngineStarted`` as its first input.

Owns: how a runner comes to life. May not: decide anything about what is found; there is no
second recovery logic, the core treats the start as one more event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from engine.broker.port import BrokerPort
from engine.core import machine
from engine.core.events import EngineStarted
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.shell.checkpoints import Checkpoints
from engine.shell.clock import Clock
from engine.shell.runner import Runner
from engine.store.store import Store


async def load(store: Store, config: EngineConfig) -> tuple[DeskState, int]:
    """The state as last committed and the number of the journal's last entry."""
    state = machine.new_state(config)
    last_seq = await store.load(state)
    machine.rebuild(state)
    return state, last_seq


async def recover_execution_from_crash(
    path: Path,
    broker: BrokerPort,
    config: EngineConfig,
    make_clock: Callable[[int], Clock],
    new_instance_id: Callable[[], str],
    checkpoints: Checkpoints | None = None,
    open_store: Callable[[Path], Awaitable[Store]] = Store.open,
) -> tuple[Store, Runner]:
    """Open the database and make a runner whose first input is ``EngineStarted``.

    The same for a first start, an ordinary one and one after a crash. ``make_clock`` gets the
    last monotonic instant in the database. ``new_instance_id`` is asked once in a database's
    life; ClOrdIDs are derived from it. Raises ``StoreError``.
    """
    store = await open_store(path)
    try:
        state, last_seq = await load(store, for_broker(config, broker))
    except BaseException:
        await store.close()
        raise
    runner = Runner(state, store, broker, make_clock(state.mono_ns), last_seq, checkpoints)
    instance_id = state.meta.instance_id or new_instance_id()
    runner.deliver(EngineStarted(state.meta.run + 1, instance_id))
    return store, runner


def for_broker(config: EngineConfig, broker: BrokerPort) -> EngineConfig:
    """The settings with what the venue declares about itself."""
    traits = broker.traits
    return replace(
        config,
        broker=traits.name,
        rejects_duplicates=traits.rejects_duplicates,
        exec_id_per_order=traits.exec_id_per_order,
        asks_positions=traits.tells_positions,
    )
