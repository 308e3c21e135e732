"""The worker's numbers, as plain integers; the metrics are read from them at scrape.

A labelled counter of the Prometheus client costs 1.7 µs an increment, an integer a thirtieth of
it. So the worker's loop writes here, and `observe.collector` reads when somebody asks. Both run
in the thread of the event loop: nothing here needs a lock.

    stats.consumed["events"] += 300
    stats.latency["cart_left"].observe(0.021)
    stats.turn()

Durations are seconds; a name that ends in `_ms` holds milliseconds, of the wall clock where it is
an instant. Topics go by their short names, as in `streamseg.topics`: `events`, `signals`,
`products`. No field names a contact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from streamseg.core.messages.outcomes import GATES, REASONS
from streamseg.core.rule_metrics import RuleMetrics
from streamseg.observe.minutes import Minutes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Phase = Literal["claiming", "restoring", "waiting", "running"]  # waiting: for the catalog

LATENCY_BOUNDS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip
CYCLE_BOUNDS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
RESTORE_BOUNDS: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
BATCH_BOUNDS: Final = (1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 20_000, 50_000)

REJECTION_CODES: Final = (
    "not_utf8", "not_json", "not_object", "no_type", "no_contact", "no_product", "bad_time",
    "bad_field", "missing_field", "not_finite", "id_too_long", "too_deep", "too_large",
    "null_value", "key_mismatch", "wrong_partition", "engine_error",
)  # fmt: skip


class RulesInForce(NamedTuple):
    """Which rules a worker runs: their file, its hash, and how many segments it has."""

    file: str
    hash: str  # the first 12 hexadecimal digits of the SHA-256 of the file's bytes
    segments: int
    text: str = ""


class Histogram:
    """Counts of values by bucket; a value on a bound belongs to the bucket below it.

    `counts[i]` are the values in (bounds[i-1], bounds[i]], the last one those above all bounds.
    """

    __slots__ = ("bounds", "counts", "number", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0  # sum of the values
        self.number = 0

    def observe(self, value: float) -> None:
        """Counts one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
        self.number += 1


@dataclass(slots=True)
class PartitionStats:
    """How one partition of the engine's state stands.

    `kind` is the short name of the topic that carries its ownership: `events` (the state is of
    contacts) or `products` (of products). The dicts go by the short name of the input.
    """

    kind: str
    partition: int
    phase: Phase = "claiming"
    lag_records: dict[str, int] = field(default_factory=dict)  # offsets from reached to the end
    unstable_records: dict[str, int] = field(default_factory=dict)  # of them, in open transactions
    event_lag_ms: dict[str, int] = field(default_factory=dict)  # 0 when read to the end
    contacts: int = 0  # keys with state: of kind `products` they are products
    state_bytes: int = 0
    timers: int = 0
    members: dict[str, int] = field(default_factory=dict)  # by segment, where they are counted
    # by segment and gate: triggers that wait for a policy, where any do
    waiting: dict[tuple[str, str], int] = field(default_factory=dict)
    moved_events: int = 0  # dated too far after their arrival, and counted at it
    restored: int = 0  # offsets of the changelog read so far
    restore_total: int = 0


def _latency() -> Histogram:
    return Histogram(LATENCY_BOUNDS)


@dataclass(slots=True)
class WorkerStats:
    """Everything one worker counts since it started. Counters only grow."""

    # by the input's short name; a batch that is redone counts again
    consumed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # by field: of a wrong type, taken for missing; a batch that is redone counts again
    ignored: dict[str, int] = field(default_factory=dict)
    # by code; this and what follows up to `batch`: when committed
    rejected: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    fired: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by segment
    cancelled: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by segment
    # by segment and reason
    suppressed: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    # by segment and the first gate that was closed
    deferred: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    # by segment and type of outcome
    membership: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    # where they are counted: by segment, and by segment and variant
    entered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    active: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    converted: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    revenue: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    # by segment: from the event, or the instant at which time alone allowed it, to the commit
    latency: dict[str, Histogram] = field(default_factory=lambda: defaultdict(_latency))

    # fired, suppressed and entered, by segment: for the rates that the API tells
    minutes: Minutes = field(default_factory=Minutes)

    batch: Histogram = field(default_factory=lambda: Histogram(BATCH_BOUNDS))  # records
    commit: Histogram = field(default_factory=lambda: Histogram(CYCLE_BOUNDS))  # from the begin
    # from the end of the poll to the end of the commit, of cycles that had something to do
    cycle: Histogram = field(default_factory=lambda: Histogram(CYCLE_BOUNDS))
    # one for each takeover that read changelogs, all its partitions together
    restore: Histogram = field(default_factory=lambda: Histogram(RESTORE_BOUNDS))

    # by topic and partition: records gone before they were read, or that state needed
    lost: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    # by topic and partition: transactions found there that nobody will end
    hanging: dict[tuple[str, int], int] = field(default_factory=dict)

    rule_metrics: RuleMetrics = field(default_factory=RuleMetrics)  # when committed
    duplicates: int = 0  # events that had come before, when committed
    erased: int = 0  # events of contacts who were erased, when committed
    outgrown: int = 0  # times that a contact too large for the changelog was made smaller
    aborted: int = 0  # transactions
    fenced: int = 0  # producers discarded: fenced by another worker, or of unknown fate
    rebalances: int = 0
    restores: int = 0  # partitions restored from the changelog
    warm_returns: int = 0  # partitions that came back with their state still here

    rules: RulesInForce | None = None
    tokens_stale: Callable[[], bool] = lambda: False  # whether the API's file of them is
    connected: bool = False  # a member of the group, with Kafka in reach
    answering: bool = True  # False while a cycle waits for Kafka for long
    assigned: int | None = None  # partitions of state; None while no assignment is in force
    ready: int = 0  # of these, those whose state is here
    last_commit_ms: int = 0
    turned_at: float = field(default_factory=monotonic)  # monotonic; see `turn`
    partitions: dict[tuple[str, int], PartitionStats] = field(default_factory=dict)

    def turn(self) -> None:
        """The worker's loop goes round once more: it works, waits for partitions or backs off."""
        self.turned_at = monotonic()

    def expect(self, segments: Iterable[str]) -> None:
        """Starts the counters of these segments, and of every reason, at 0.

        A counter that appears with its first event hides that event from `rate` and `increase`.
        """
        for code in REJECTION_CODES:
            self.rejected.setdefault(code, 0)
        for segment in segments:
            self.fired.setdefault(segment, 0)
            self.cancelled.setdefault(segment, 0)
            for reason in REASONS:
                self.suppressed.setdefault((segment, reason), 0)
            for gate in GATES:
                self.deferred.setdefault((segment, gate), 0)
            self.latency.setdefault(segment, _latency())

    def expect_counts(self, segments: Iterable[str]) -> None:
        """Starts what is counted of these segments at 0."""
        for segment in segments:
            self.entered.setdefault(segment, 0)
            self.converted.setdefault((segment, ""), 0)
            self.revenue.setdefault((segment, ""), 0.0)
