"""The workload is the same for the same seed, and is what its description says."""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal

from bench.workload import QTY, Workload
from engine.core.events import ExecutionReport
from engine.core.terms import ExecType, OrdStatus


def reports(seed: int, groups: int = 300) -> list[ExecutionReport]:
    return list(Workload(groups, seed=seed).reports(lambda ref: ref))


def test_the_same_seed_gives_the_same_reports() -> None:
    assert reports(7) == reports(7)


def test_another_seed_gives_others() -> None:
    assert reports(7) != reports(8)


def test_every_order_is_acknowledged_once_and_filled_to_its_quantity() -> None:
    first: dict[str, dict[str, ExecutionReport]] = {}
    for report in reports(1):
        first.setdefault(report.cl_ord_id, {}).setdefault(report.exec_id, report)
    assert len(first) == 600
    for of_order in first.values():
        kinds = Counter(report.exec_type for report in of_order.values())
        assert kinds[ExecType.NEW] == 1
        assert 2 <= kinds[ExecType.TRADE] <= 8
        filled = sum((r.last_qty or Decimal(0) for r in of_order.values()), Decimal(0))
        assert filled == QTY
        assert sum(r.ord_status is OrdStatus.FILLED for r in of_order.values()) == 1


def test_about_one_in_a_hundred_comes_twice_and_one_late() -> None:
    found = reports(3, groups=2_000)
    twice = sum(report.poss_dup for report in found)
    assert 0.005 < twice / len(found) < 0.02
    highest: dict[str, Decimal] = {}
    late = 0
    for report in found:
        if not report.poss_dup:
            late += report.cum_qty < highest.get(report.cl_ord_id, Decimal(0))
            highest[report.cl_ord_id] = max(
                report.cum_qty, highest.get(report.cl_ord_id, Decimal(0))
            )
    assert 0.003 < late / len(found) < 0.02


def test_the_reports_of_the_groups_are_mixed() -> None:
    ids = [report.cl_ord_id.split("/")[0] for report in reports(1)]
    changes = sum(a != b for a, b in itertools.pairwise(ids))
    assert changes > len(ids) * 0.9


def test_the_risk_of_a_group_is_answered_after_its_hedge_is_filled() -> None:
    hedged: set[str] = set()
    for report in reports(1):
        group_id, leg_id, _ = report.cl_ord_id.split("/")
        if leg_id == "H1" and report.cum_qty == QTY:
            hedged.add(group_id)
        if leg_id == "R1":
            assert group_id in hedged


def test_server_time_runs_forward_but_for_what_comes_twice() -> None:
    stamps = [r.server_time_ns for r in reports(1) if not r.poss_dup]
    assert stamps == sorted(stamps, key=lambda each: each or 0)
