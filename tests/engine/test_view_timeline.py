"""The broker's clock on the timeline: exact where it stamped, straight lines between."""

from __future__ import annotations

from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.view_timeline import BrokerTimes


def times(*pairs: tuple[int, int]) -> BrokerTimes:
    made = BrokerTimes(DeskState(EngineConfig()), [])
    made._pairs = sorted(pairs)
    return made


def test_nothing_known() -> None:
    assert times().at(5) is None


def test_one_pair_is_an_offset() -> None:
    assert times((10, 1_000)).at(4) == 994


def test_a_replay_at_sixty_times_the_speed() -> None:
    line = times((0, 1_000), (10, 1_600), (20, 1_600))
    assert [line.at(n) for n in (-1, 0, 5, 10, 15, 30)] == [940, 1_000, 1_300, 1_600, 1_600, 1_600]


def test_the_clock_itself_is_a_pair() -> None:
    state = DeskState(EngineConfig())
    state.clock.now_ns, state.clock.evidence_mono_ns = 500, 7
    assert BrokerTimes(state, []).at(8) == 501
