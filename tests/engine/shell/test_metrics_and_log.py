"""Figures of the last minute and the bounded log."""

from __future__ import annotations

from engine.shell.clock import SystemClock
from engine.shell.desk_log import LINES_MAX, DeskLog
from engine.shell.metrics import NS, Metrics


def test_quantiles_are_of_the_last_minute() -> None:
    metrics = Metrics()
    assert metrics.commit.quantile_ms(0, 0.5) is None
    metrics.note_commit(0, 1_000 * 1_000_000)
    for number in range(1, 101):
        at = 100 * NS + number
        metrics.commit.add(at, number * 1_000_000)
    assert metrics.commit.quantile_ms(100 * NS + 200, 0.5) == 51.0
    assert metrics.commit.quantile_ms(100 * NS + 200, 0.99) == 100.0
    assert metrics.commits == 1


def test_the_rate_forgets() -> None:
    metrics = Metrics()
    metrics.note_inputs(NS, 100)
    metrics.note_inputs(2 * NS, 400)
    assert metrics.events_per_s(2 * NS) == 100.0
    assert metrics.events_per_s(60 * NS) == 0.0


def test_log_lines_are_numbered_for_good() -> None:
    log = DeskLog()
    for number in range(LINES_MAX + 5):
        log.add(number, "INFO", str(number))
    assert log.count == LINES_MAX + 5
    assert [line.text for line in log.after(LINES_MAX + 3)] == [
        str(LINES_MAX + 3),
        str(LINES_MAX + 4),
    ]
    assert len(log.after(0)) == LINES_MAX
    assert log.after(log.count) == ()


def test_the_monotonic_clock_runs_forward_over_a_reboot() -> None:
    clock = SystemClock()
    ahead = clock.mono_ns() + 10**15
    clock.not_before(ahead)
    assert clock.mono_ns() >= ahead
