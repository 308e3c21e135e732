"""What a scrape says of the worker's numbers."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from streamseg.observe.collector import StatsCollector, new_registry
from streamseg.observe.stats import Histogram, PartitionStats, WorkerStats


class Scrape:
    """Figures by name and labels; a second one of the same stats is a second scrape."""

    def __init__(self, stats: WorkerStats, topic_prefix: str = "streamseg.") -> None:
        self._registry = CollectorRegistry()
        self._registry.register(StatsCollector(stats, topic_prefix, clock=lambda: 1_000.0))

    def __call__(self, name: str, **labels: str) -> float | None:
        return self._registry.get_sample_value(f"streamseg_{name}", labels)


def test_counts_are_those_of_the_worker(stats: WorkerStats) -> None:
    scrape = Scrape(stats)
    assert scrape("events_consumed_total", topic="streamseg.events") == 300
    assert scrape("events_rejected_total", code="bad_time") == 2
    assert scrape("fields_ignored_total", field="price") == 4
    assert scrape("events_moved_total", topic="streamseg.events", partition="5") == 11
    assert scrape("triggers_fired_total", segment="cart_left") == 1
    assert scrape("triggers_cancelled_total", segment="cart_left") == 4
    assert scrape("triggers_suppressed_total", segment="cart_left", reason="cooldown") == 5
    assert scrape("membership_changes_total", segment="cart_left", change="entered") == 6
    assert scrape("transactions_aborted_total") == 8
    assert scrape("fences_total") == 9
    assert scrape("contacts_outgrown_total") == 13
    assert scrape("events_duplicate_total") == 14
    assert scrape("events_erased_total") == 15
    assert scrape("rebalances_total") == 3
    assert scrape("takeovers_total", state="restored") == 1
    assert scrape("takeovers_total", state="warm") == 2


def test_figures_of_a_partition_carry_the_topics_full_name(stats: WorkerStats) -> None:
    scrape = Scrape(stats, topic_prefix="shop.")
    assert scrape("lag_records", topic="shop.events", partition="5") == 12
    assert scrape("lag_records", topic="shop.signals", partition="5") == 0
    assert scrape("lag_unstable_records", topic="shop.events", partition="5") == 3
    assert scrape("lag_seconds", topic="shop.events", partition="5") == 1.5
    assert scrape("state_bytes", topic="shop.events", partition="5") == 200_000
    assert scrape("restore_progress_ratio", topic="shop.products", partition="1") == 0.25
    assert scrape("restore_progress_ratio", topic="shop.events", partition="5") == 1


def test_contacts_and_products_are_told_apart(stats: WorkerStats) -> None:
    scrape = Scrape(stats)
    assert scrape("contacts", partition="5") == 1_000
    assert scrape("contacts", partition="1") is None
    assert scrape("products", partition="1") == 70
    assert scrape("timers_pending", partition="5") == 40


def test_a_partition_that_is_assigned_and_not_yet_known_is_being_claimed(
    stats: WorkerStats,
) -> None:
    scrape = Scrape(stats)
    phases = ("claiming", "restoring", "waiting", "running")
    assert [scrape("partitions", phase=phase) for phase in phases] == [1, 1, 0, 1]


def test_a_partition_that_left_is_not_told_of_any_more(stats: WorkerStats) -> None:
    scrape = Scrape(stats)
    stats.partitions.clear()
    stats.assigned = None
    assert scrape("contacts", partition="5") is None
    assert scrape("partitions", phase="running") == 0


def test_a_restore_whose_length_is_not_known_yet_has_made_no_progress() -> None:
    stats = WorkerStats()
    stats.partitions["events", 0] = PartitionStats("events", 0, phase="restoring")
    place = {"topic": "streamseg.events", "partition": "0"}
    assert Scrape(stats)("restore_progress_ratio", **place) == 0


def test_times_are_seconds(stats: WorkerStats) -> None:
    stats.turned_at = 998.5
    scrape = Scrape(stats)
    assert scrape("loop_age_seconds") == 1.5
    assert scrape("last_commit_timestamp_seconds") == 1_795_255_200.5
    assert scrape("trigger_latency_seconds_sum", segment="cart_left") == 0.02


@pytest.mark.parametrize(
    ("connected", "answering", "up"), [(True, True, 1), (True, False, 0), (False, True, 0)]
)
def test_kafka_is_up_while_the_worker_is_in_the_group_and_gets_answers(
    connected: bool, answering: bool, up: int
) -> None:
    assert Scrape(WorkerStats(connected=connected, answering=answering))("kafka_up") == up


def test_buckets_add_up_from_the_lowest() -> None:
    stats = WorkerStats()
    stats.batch = Histogram((1, 10))
    for records in (1, 2, 10, 11, 500):
        stats.batch.observe(records)
    scrape = Scrape(stats)
    bounds = ("1.0", "10.0", "+Inf")
    assert [scrape("batch_records_bucket", le=bound) for bound in bounds] == [1, 3, 5]
    assert scrape("batch_records_count") == 5
    assert scrape("batch_records_sum") == 524


def test_a_scrape_tells_of_the_process_too() -> None:
    names = {family.name for family in new_registry(WorkerStats()).collect()}
    assert {"process_cpu_seconds", "python_gc_collections"} <= names


def test_a_registry_refuses_the_metrics_twice() -> None:
    registry = new_registry(WorkerStats())
    with pytest.raises(ValueError, match="streamseg_lag_records"):
        registry.register(StatsCollector(WorkerStats()))
