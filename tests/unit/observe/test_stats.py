"""The worker's numbers."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic

import pytest

from streamseg.observe.stats import REJECTION_CODES, Histogram, WorkerStats

SCHEMA = Path(__file__).parents[3] / "topics" / "schemas" / "dlq-headers.schema.json"


def test_a_value_on_a_bound_belongs_to_the_bucket_below_it() -> None:
    tally = Histogram((0.1, 1.0))
    for value in (0.0, 0.1, 0.11, 1.0, 1.01):
        tally.observe(value)
    assert tally.counts == [2, 2, 1]
    assert tally.number == 5
    assert tally.total == pytest.approx(2.22)


def test_a_segment_that_is_expected_counts_from_zero() -> None:
    stats = WorkerStats()
    stats.expect(["cart_left"])
    assert stats.fired == {"cart_left": 0}
    assert stats.suppressed["cart_left", "stale"] == 0
    assert stats.latency["cart_left"].number == 0
    stats.fired["cart_left"] += 1
    stats.latency["cart_left"].observe(1)
    stats.expect(["cart_left", "gone_quiet"])
    assert stats.fired == {"cart_left": 1, "gone_quiet": 0}
    assert stats.latency["cart_left"].number == 1


def test_the_codes_are_those_of_the_dead_letters() -> None:
    properties = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    assert list(REJECTION_CODES) == properties["streamseg.error.code"]["enum"]


def test_a_segment_that_nobody_expected_is_counted_too() -> None:
    stats = WorkerStats()
    stats.latency["new"].observe(0.3)
    stats.suppressed["new", "left"] += 1
    assert (stats.latency["new"].number, stats.suppressed["new", "left"]) == (1, 1)


def test_a_turn_is_stamped() -> None:
    stats = WorkerStats(turned_at=0.0)
    before = monotonic()
    stats.turn()
    assert before <= stats.turned_at <= monotonic()


def test_two_workers_do_not_share_their_numbers() -> None:
    first, second = WorkerStats(), WorkerStats()
    first.batch.observe(1)
    first.consumed["events"] += 1
    assert (second.batch.number, second.consumed) == (0, {})
