"""Drives one partition and the catalog by hand: a host without Kafka and without a clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streamseg.core.counting.ledger import Ledger
from streamseg.core.events import Event, ProductEvent
from streamseg.core.messages.outcomes import AlertNews, ContactNews, Outcome, ProductChange
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.tables.mail import TableSet

Told = Outcome | ContactNews | AlertNews | TableSet
_BATCH: Final = 1_000


class Driver:
    """Feeds events of both kinds to the engine, and collects its outcomes.

    ``lateness`` in ms. ``restart_every`` writes out and reloads the whole state after so many
    events, ``batch`` commits after so many; neither changes anything in the output.
    """

    def __init__(
        self,
        rules: RuleSet,
        lateness: int = 0,
        restart_every: int | None = None,
        batch: int = _BATCH,
        tables: Sequence[TableSet] | None = None,
    ) -> None:
        self._rules = rules
        self._lateness = lateness
        self._restart_every = restart_every
        self._tables = tables
        self._batch = min(restart_every or batch, batch)
        self._catalog_log: dict[bytes, bytes] = {}
        self._partition_log: dict[bytes, bytes] = {}
        self._count = 0
        self._start()

    def _start(self) -> None:
        self._catalog = Catalog()
        for key, value in self._catalog_log.items():
            self._catalog.load(key, value)
        self._catalog.ready()
        self._partition = Partition(self._rules, self._lateness)
        for key, value in self._partition_log.items():
            self._partition.load(key, value)
        self._partition.ready()
        if self._tables is not None:
            self._partition.give_tables(self._tables)

    def feed(self, event: Event | ProductEvent) -> list[Told]:
        """Apply an event; returns the outcomes since the last call, in order.

        Outcomes come out a batch at a time, and all of them with ``advance``.
        """
        if type(event) is ProductEvent:
            self._catalog.apply(event, None)
            self._partition.advance(event.reaches, None)
            for change in self._commit_catalog():
                self._partition.apply(change, None)
        elif type(event) is Event:
            self._partition.apply(event, None)
        self._count += 1
        if self._count % self._batch:
            return []
        outcomes = self._commit()
        if self._restart_every and self._count % self._restart_every == 0:
            self._start()
        return outcomes

    def advance(self, now: int) -> list[Told]:
        """Advance to an instant; returns the outcomes that were not returned yet, in order."""
        self._partition.advance(now, None)
        return self._commit()

    @property
    def partition(self) -> Partition:
        """The partition; another object after a restart."""
        return self._partition

    @property
    def counted(self) -> Ledger | None:
        """The counters; None where the rules ask for no counts."""
        return self._partition.counted

    @property
    def now(self) -> int:
        """The logical time."""
        return self._partition.now

    def _commit_catalog(self) -> list[ProductChange]:
        batch = self._catalog.take()
        self._catalog.install()
        if self._restart_every:
            _append(self._catalog_log, batch.changes)
        return batch.outcomes

    def _commit(self) -> list[Told]:
        batch = self._partition.take()
        self._partition.install()
        if self._restart_every:
            _append(self._partition_log, batch.changes)
        return batch.outcomes


def _append(log: dict[bytes, bytes], changes: list[tuple[bytes, bytes | None]]) -> None:
    """Add records to a compacted changelog."""
    for key, value in changes:
        if value is None:
            log.pop(key, None)
        else:
            log[key] = value
