"""From the worker's plain numbers to Prometheus metrics, when somebody scrapes.

Each metric of the table has one function here that reads its samples; a metric without one, or
the other way round, fails the tests.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from math import inf
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

import streamseg
from streamseg.core.compiled import IS_COMPILED
from streamseg.observe import metric as described
from streamseg.observe.stats import Histogram, PartitionStats, RulesInForce, WorkerStats
from streamseg.observe.table import TABLE

Sample = tuple[tuple[str, ...], float | Histogram]  # label values, in the table's order; value
Read = Callable[["Reading"], Iterable[Sample]]

PHASES: Final = ("claiming", "restoring", "waiting", "running")


class Reading:
    """One look at the numbers, with the names and the clock that they need."""

    def __init__(self, stats: WorkerStats, topic_prefix: str, now: float) -> None:
        self.stats = stats
        self.now = now  # monotonic
        self._prefix = topic_prefix

    def topic(self, short: str) -> str:
        """The full name of a topic."""
        return self._prefix + short

    def partitions(self, *kinds: str) -> Iterator[tuple[tuple[str, str], PartitionStats]]:
        """The partitions of these kinds (all without one), with their topic and number."""
        for one in self.stats.partitions.values():
            if not kinds or one.kind in kinds:
                yield (self.topic(one.kind), str(one.partition)), one

    def inputs(
        self, figure: Callable[[PartitionStats], dict[str, int]], scale: float
    ) -> Iterator[Sample]:
        """A figure that every input of every partition has."""
        for one in self.stats.partitions.values():
            for short, value in figure(one).items():
                yield (self.topic(short), str(one.partition)), value * scale


def _single(value: float | Histogram) -> list[Sample]:
    return [((), value)]


def _each(figures: Mapping[str, float | Histogram]) -> Iterator[Sample]:
    return (((label,), value) for label, value in figures.items())


def _phases(reading: Reading) -> Iterator[Sample]:
    stats = reading.stats
    counts = dict.fromkeys(PHASES, 0)
    for one in stats.partitions.values():
        counts[one.phase] += 1
    # what is assigned and not yet claimed has no state that could be told of
    counts["claiming"] += max(0, (stats.assigned or 0) - len(stats.partitions))
    return (((phase,), count) for phase, count in counts.items())


def _members(stats: WorkerStats) -> Iterator[Sample]:
    members: dict[str, int] = {}
    for one in stats.partitions.values():
        if one.phase == "running":
            for segment, count in one.members.items():
                members[segment] = members.get(segment, 0) + count
    return _each(members)


def _waiting(stats: WorkerStats) -> Iterator[Sample]:
    """Triggers that wait, of all partitions; 0 where one may wait and none does."""
    waiting = dict.fromkeys(stats.deferred, 0)
    for one in stats.partitions.values():
        for where, count in one.waiting.items():
            waiting[where] = waiting.get(where, 0) + count
    yield from waiting.items()


def _restored(one: PartitionStats) -> float:
    if one.phase in ("waiting", "running"):
        return 1.0
    return min(1.0, one.restored / one.restore_total) if one.restore_total else 0.0


@cache
def _versions() -> tuple[str, ...]:
    python = platform.python_version()
    compiled = "yes" if IS_COMPILED else "no"
    return (
        streamseg.__version__,
        compiled,
        python,
        version("aiokafka"),
        version("faust-streaming"),
    )


def _rules(rules: RulesInForce) -> tuple[str, ...]:
    return rules.file, rules.hash, str(rules.segments)


READERS: Final[dict[str, Read]] = {
    "streamseg_events_consumed_total": lambda r: (
        ((r.topic(short),), count) for short, count in r.stats.consumed.items()
    ),
    "streamseg_events_rejected_total": lambda r: _each(r.stats.rejected),
    "streamseg_fields_ignored_total": lambda r: _each(r.stats.ignored),
    "streamseg_events_moved_total": lambda r: (
        (place, one.moved_events) for place, one in r.partitions()
    ),
    "streamseg_unknown_zones_total": lambda r: _single(r.stats.rule_metrics.unknown_zones),
    "streamseg_unreadable_dates_total": lambda r: _each(r.stats.rule_metrics.unreadable_dates),
    "streamseg_prediction_outcome_total": lambda r: (
        ((f"{tenth / 10:.1f}", "yes" if hit else "no"), count)
        for (tenth, hit), count in r.stats.rule_metrics.outcomes.items()
    ),
    "streamseg_capped_messages_total": lambda r: [
        (("named",), r.stats.rule_metrics.for_triggers),
        (("missing",), r.stats.rule_metrics.other_messages),
    ],
    "streamseg_events_duplicate_total": lambda r: _single(r.stats.duplicates),
    "streamseg_events_erased_total": lambda r: _single(r.stats.erased),
    "streamseg_lag_records": lambda r: r.inputs(lambda one: one.lag_records, 1),
    "streamseg_lag_unstable_records": lambda r: r.inputs(lambda one: one.unstable_records, 1),
    "streamseg_lag_seconds": lambda r: r.inputs(lambda one: one.event_lag_ms, 0.001),
    "streamseg_records_lost_total": lambda r: (
        ((topic, str(number)), count) for (topic, number), count in r.stats.lost.items()
    ),
    "streamseg_contacts_outgrown_total": lambda r: _single(r.stats.outgrown),
    "streamseg_triggers_fired_total": lambda r: _each(r.stats.fired),
    "streamseg_triggers_suppressed_total": lambda r: r.stats.suppressed.items(),
    "streamseg_triggers_deferred_total": lambda r: r.stats.deferred.items(),
    "streamseg_triggers_waiting": lambda r: _waiting(r.stats),
    "streamseg_triggers_cancelled_total": lambda r: _each(r.stats.cancelled),
    "streamseg_membership_changes_total": lambda r: (
        ((segment, kind.removeprefix("segment.")), count)
        for (segment, kind), count in r.stats.membership.items()
    ),
    "streamseg_trigger_latency_seconds": lambda r: _each(r.stats.latency),
    "streamseg_segment_members": lambda r: _members(r.stats),
    "streamseg_segment_entered_total": lambda r: _each(r.stats.entered),
    "streamseg_segment_activity_total": lambda r: _each(r.stats.active),
    "streamseg_segment_converted_total": lambda r: r.stats.converted.items(),
    "streamseg_segment_revenue_total": lambda r: r.stats.revenue.items(),
    "streamseg_batch_records": lambda r: _single(r.stats.batch),
    "streamseg_commit_duration_seconds": lambda r: _single(r.stats.commit),
    "streamseg_cycle_duration_seconds": lambda r: _single(r.stats.cycle),
    "streamseg_loop_age_seconds": lambda r: _single(max(0.0, r.now - r.stats.turned_at)),
    "streamseg_last_commit_timestamp_seconds": lambda r: _single(r.stats.last_commit_ms / 1000),
    "streamseg_transactions_aborted_total": lambda r: _single(r.stats.aborted),
    "streamseg_hanging_transactions": lambda r: (
        ((topic, str(number)), count) for (topic, number), count in r.stats.hanging.items()
    ),
    "streamseg_fences_total": lambda r: _single(r.stats.fenced),
    "streamseg_contacts": lambda r: (
        ((number,), one.contacts) for (_, number), one in r.partitions("events")
    ),
    "streamseg_products": lambda r: (
        ((number,), one.contacts) for (_, number), one in r.partitions("products")
    ),
    "streamseg_state_bytes": lambda r: ((place, one.state_bytes) for place, one in r.partitions()),
    "streamseg_timers_pending": lambda r: (
        ((number,), one.timers) for (_, number), one in r.partitions("events")
    ),
    "streamseg_partitions": _phases,
    "streamseg_restore_progress_ratio": lambda r: (
        (place, _restored(one)) for place, one in r.partitions()
    ),
    "streamseg_restore_duration_seconds": lambda r: _single(r.stats.restore),
    "streamseg_takeovers_total": lambda r: [
        (("restored",), r.stats.restores),
        (("warm",), r.stats.warm_returns),
    ],
    "streamseg_rebalances_total": lambda r: _single(r.stats.rebalances),
    "streamseg_api_tokens_stale": lambda r: _single(r.stats.tokens_stale()),
    "streamseg_kafka_up": lambda r: _single(r.stats.connected and r.stats.answering),
    "streamseg_rules_info": lambda r: [] if r.stats.rules is None else [(_rules(r.stats.rules), 1)],
    "streamseg_build_info": lambda _: [(_versions(), 1)],
}


class StatsCollector(Collector):
    """Exports `stats` as the metrics of the table.

    `topic_prefix` completes the short names of topics; `clock` is the monotonic clock, seconds.
    """

    def __init__(
        self,
        stats: WorkerStats,
        topic_prefix: str = "streamseg.",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._stats = stats
        self._topic_prefix = topic_prefix
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """The metrics without samples, so that a registry can refuse a name given twice."""
        return [_family(metric, ()) for metric in TABLE]

    def collect(self) -> Iterator[Metric]:
        """All metrics, each as it is when it is asked for."""
        for metric in TABLE:
            reading = Reading(self._stats, self._topic_prefix, self._clock())
            yield _family(metric, READERS[metric.name](reading))


def new_registry(stats: WorkerStats, topic_prefix: str = "streamseg.") -> CollectorRegistry:
    """A registry with the worker's metrics, and those of its process and garbage collector."""
    registry = CollectorRegistry()
    registry.register(StatsCollector(stats, topic_prefix))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def _family(metric: described.Metric, samples: Iterable[Sample]) -> Metric:
    name, labels = metric.family, metric.labels
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(name, metric.help, labels=labels, unit=metric.unit)
        for values, tally in samples:
            assert isinstance(tally, Histogram)
            histogram.add_metric(values, _buckets(tally), tally.total)
        return histogram
    if metric.kind == "info":
        info = InfoMetricFamily(name, metric.help)
        for values, _ in samples:
            info.add_metric((), dict(zip(labels, values, strict=True)))
        return info
    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = make(name, metric.help, labels=labels, unit=metric.unit)
    for values, value in samples:
        assert not isinstance(value, Histogram)
        family.add_metric(values, value)
    return family


def _buckets(tally: Histogram) -> list[tuple[str, float]]:
    """Cumulative counts by upper bound, as the exposition wants them."""
    buckets, below = [], 0
    for bound, count in zip((*tally.bounds, inf), tally.counts, strict=True):
        below += count
        buckets.append(("+Inf" if bound == inf else str(float(bound)), float(below)))
    return buckets
