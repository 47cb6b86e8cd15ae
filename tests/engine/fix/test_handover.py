"""Between the threads: nothing lost, nothing reordered, and a full queue holds the sender."""

from __future__ import annotations

import asyncio
import threading

from engine.broker.fix.handover import Handover


async def test_a_burst_from_another_thread_arrives_in_order() -> None:
    taken: list[int] = []
    loop_thread = threading.get_ident()

    def take(item: int) -> None:
        assert threading.get_ident() == loop_thread
        taken.append(item)

    handover = Handover(asyncio.get_running_loop(), take, lambda: True, limit=100)
    count = 20_000
    thread = threading.Thread(target=lambda: [handover.put(n) for n in range(count)])
    thread.start()
    async with asyncio.timeout(20):
        while len(taken) < count:
            await asyncio.sleep(0.001)
    thread.join()
    assert taken == list(range(count))


async def test_a_full_queue_holds_the_sender_and_nothing_is_dropped() -> None:
    taken: list[int] = []
    may = False
    handover = Handover(asyncio.get_running_loop(), taken.append, lambda: may, limit=10)
    thread = threading.Thread(target=lambda: [handover.put(n) for n in range(25)])
    thread.start()
    await asyncio.sleep(0.2)
    assert thread.is_alive() and len(handover) == 10 and taken == []
    may = True
    handover.resume()
    async with asyncio.timeout(5):
        while len(taken) < 25:
            await asyncio.sleep(0.01)
    thread.join()
    assert taken == list(range(25))


async def test_the_end_frees_a_sender_that_waits() -> None:
    handover = Handover(asyncio.get_running_loop(), lambda n: None, lambda: False, limit=1)
    thread = threading.Thread(target=lambda: [handover.put(n) for n in range(5)])
    thread.start()
    await asyncio.sleep(0.05)
    handover.close()
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()


async def test_a_loop_gives_others_their_turn() -> None:
    taken: list[int] = []
    handover = Handover(asyncio.get_running_loop(), taken.append, lambda: True)
    thread = threading.Thread(target=lambda: [handover.put(n) for n in range(5_000)])
    thread.start()
    thread.join()
    await asyncio.sleep(0)
    assert 0 < len(taken) < 5_000
    async with asyncio.timeout(5):
        while len(taken) < 5_000:
            await asyncio.sleep(0)
