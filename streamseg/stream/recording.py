"""Counts what the cycle does, for metrics."""

from __future__ import annotations

import logging
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from streamseg.core.identity.graves import pseudonym
from streamseg.core.messages.outcomes import (
    CANCELLED,
    DEFERRED,
    ENTERED,
    FIRED,
    SUPPRESSED,
    Outcome,
)

if TYPE_CHECKING:
    from streamseg.core.counting.figures import News
    from streamseg.core.messages.outcomes import Batch
    from streamseg.core.rule_metrics import RuleMetrics
    from streamseg.observe.stats import PartitionStats, WorkerStats
    from streamseg.stream.assignment import Assignment
    from streamseg.stream.tasks import StreamTask

log = logging.getLogger(__name__)

MOST_NAMED: Final = 1_000
SURVEY_SECONDS: Final = 1.0  # between two looks at every partition's size and lag


class Recorder:
    """Writes ``stats``: what a transaction contains counts once it is committed.

    ``key`` makes the pseudonyms that stand for contacts in the log.
    """

    def __init__(self, stats: WorkerStats, lateness_ms: int, key: bytes) -> None:
        self._key = key
        self.stats = stats
        self._lateness_ms = lateness_ms
        self._told: list[Outcome] = []
        self._refused: list[str] = []
        self._outgrown: list[tuple[str, int]] = []
        self._duplicates = 0
        self._rule_metrics: list[RuleMetrics] = []
        self._news: list[News] = []
        self._erased = 0
        self._named: set[str] = set()  # contacts that outgrew, named in the log
        self._surveyed = 0.0

    def collected(self, task: StreamTask, batch: Batch) -> None:
        """Take a task's part of the transaction that is about to begin."""
        if task.kind == "events":
            self._told += [one for one in batch.outcomes if isinstance(one, Outcome)]
            if batch.news is not None:
                self._news.append(batch.news)
        self._outgrown += batch.outgrown
        self._duplicates += batch.duplicates
        if batch.rule_metrics is not None:
            self._rule_metrics.append(batch.rule_metrics)
        self._erased += batch.erased
        self._refused += [letter.error.code for letter in task.letters]

    def aborted(self) -> None:
        """Note that the transaction was aborted."""
        self.forget()
        self.stats.aborted += 1

    def forget(self) -> None:
        """Forget the parts: no transaction begins, or it is counted."""
        self._told.clear()
        self._refused.clear()
        self._outgrown.clear()
        self._duplicates = self._erased = 0
        self._rule_metrics.clear()
        self._news.clear()

    def committed(self, records: int, commit_seconds: float, cycle_seconds: float) -> None:
        """Count the committed transaction; the seconds are those since its begin, and since the
        poll.
        """
        stats, now_ms = self.stats, int(time() * 1000)
        stats.batch.observe(records)
        stats.commit.observe(commit_seconds)
        stats.cycle.observe(cycle_seconds)
        stats.last_commit_ms = now_ms
        for code in self._refused:
            stats.rejected[code] += 1
        for outcome in self._told:
            self._count(outcome, now_ms)
        for contact, forgotten in self._outgrown:
            self._note_outgrown(contact, forgotten)
        stats.duplicates += self._duplicates
        for rule_metrics in self._rule_metrics:
            stats.rule_metrics.add(rule_metrics)
        for news in self._news:
            self._add_up(news)
        stats.erased += self._erased
        self.forget()

    def _add_up(self, news: News) -> None:
        """Count what partitions counted."""
        stats = self.stats
        for segment, count in news.entered.items():
            stats.entered[segment] += count
        for segment, count in news.active.items():
            stats.active[segment] += count
        for segment, variant, count, amount in news.conversions:
            stats.converted[segment, variant] += count
            stats.revenue[segment, variant] += max(0.0, amount)

    def _note_outgrown(self, contact: str, forgotten: int) -> None:
        self.stats.outgrown += 1
        if contact in self._named or len(self._named) >= MOST_NAMED:
            return
        self._named.add(contact)
        log.warning(
            "The contact %s (streamseg contact pseudonym ID) has outgrown a record of the "
            "changelog, and what it has had for keys for longest is forgotten (%d things): it may "
            "stand for many people, such as all whose id a sender lost. Of this contact this is "
            "said once",
            pseudonym(contact, self._key),
            forgotten,
        )

    def _count(self, outcome: Outcome, now_ms: int) -> None:
        stats, segment = self.stats, outcome.segment
        if outcome.type == FIRED:
            stats.fired[segment] += 1
            stats.minutes.add("fired", segment, now_ms)
            # from the event, or from the instant at which time alone allowed it
            decided = outcome.entered_at if outcome.released_at is None else outcome.released_at
            since = min(outcome.emitted_at, decided + self._lateness_ms)
            stats.latency[segment].observe((now_ms - since) / 1000)
        elif outcome.type == CANCELLED:
            stats.cancelled[segment] += 1
        elif outcome.type == SUPPRESSED:
            stats.suppressed[segment, outcome.reason or ""] += 1
            stats.minutes.add("suppressed", segment, now_ms)
        elif outcome.type == DEFERRED:
            stats.deferred[segment, outcome.reason or ""] += 1
        else:
            stats.membership[segment, outcome.type] += 1
            if outcome.type == ENTERED:
                stats.minutes.add("entered", segment, now_ms)

    def surveyed(self, assignment: Assignment) -> None:
        """Note sizes and lags, at most once a second."""
        now = monotonic()
        if now - self._surveyed < SURVEY_SECONDS:
            return
        self._surveyed = now
        now_ms = int(time() * 1000)
        for task in assignment.tasks():
            shown = self.stats.partitions.get((task.kind, task.tp.partition))
            if shown is not None:
                _survey(task, shown, now_ms)


def _survey(task: StreamTask, shown: PartitionStats, now_ms: int) -> None:
    core = task.core
    shown.contacts = core.contacts
    shown.state_bytes = core.state_bytes
    shown.timers = core.timers
    shown.members = core.members
    shown.waiting = core.waiting_triggers
    shown.moved_events = task.moved
    for source in task.inputs:
        shown.lag_records[source.name] = source.lag
        shown.unstable_records[source.name] = source.unstable
        shown.event_lag_ms[source.name] = 0 if source.drained else max(0, now_ms - core.now)
