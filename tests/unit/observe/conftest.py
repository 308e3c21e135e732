"""A worker that has done a bit of everything."""

from __future__ import annotations

import pytest

from streamseg.observe.stats import PartitionStats, RulesInForce, WorkerStats


@pytest.fixture
def stats() -> WorkerStats:
    """Numbers in which every metric of the table has a sample."""
    stats = WorkerStats(connected=True, assigned=3, ready=2, last_commit_ms=1_795_255_200_500)
    stats.expect(["cart_left"])
    stats.expect_counts(["cart_left"])
    stats.consumed["events"] += 300
    stats.consumed["products"] += 7
    stats.rejected["bad_time"] += 2
    stats.ignored["price"] = 4
    stats.rule_metrics.unreadable_dates["birthday"] = 2
    stats.rule_metrics.outcomes[3, True] = 5
    stats.lost["streamseg.events", 3] += 40
    stats.hanging["streamseg.changelog", 3] = 1
    stats.fired["cart_left"] += 1
    stats.cancelled["cart_left"] += 4
    stats.suppressed["cart_left", "cooldown"] += 5
    stats.deferred["cart_left", "quiet_hours"] += 7
    stats.membership["cart_left", "segment.entered"] += 6
    stats.active["cart_left"] += 3
    stats.latency["cart_left"].observe(0.02)
    stats.batch.observe(307)
    stats.commit.observe(0.004)
    stats.cycle.observe(0.009)
    stats.restore.observe(2)
    stats.restores, stats.warm_returns, stats.rebalances = 1, 2, 3
    stats.aborted, stats.fenced, stats.outgrown = 8, 9, 13
    stats.duplicates, stats.erased = 14, 15
    stats.rules = RulesInForce("shop.yaml", "0123456789ab", 3)
    stats.partitions["events", 5] = PartitionStats(
        "events",
        5,
        phase="running",
        lag_records={"events": 12, "signals": 0},
        unstable_records={"events": 3, "signals": 0},
        event_lag_ms={"events": 1_500, "signals": 0},
        contacts=1_000,
        state_bytes=200_000,
        timers=40,
        moved_events=11,
        members={"cart_left": 9},
    )
    stats.partitions["products", 1] = PartitionStats(
        "products", 1, phase="restoring", contacts=70, restored=30, restore_total=120
    )
    return stats
