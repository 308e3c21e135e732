"""Reads a contact's past from the topics: its events and those of ids that were merged into it, the
changes of the products that they name, and the quantile tables that workers made.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition

from streamseg.core.errors import Refused
from streamseg.core.events import arrive
from streamseg.explain.past import Past, Playing, products_of
from streamseg.formats.canonical import decode_event
from streamseg.formats.signals import decode_change
from streamseg.formats.tables import decode_tables
from streamseg.kafka.partitioning import partition_of

if TYPE_CHECKING:
    from streamseg.core.events import Event
    from streamseg.core.messages.outcomes import ProductChange
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.core.tables.mail import TableSet
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan

MERGE: Final = "contact_merged"
AT_ONCE: Final = 20  # events played between two turns of the event loop; some milliseconds


class History:
    """Reads the topics for one contact, up to an instant ``at`` (ms) of stream time.

    ``partition`` is that of the contact. Of who was merged into them the events lie elsewhere; of
    ``partitions`` there are in all. None: keys do not tell where, and all of one person is there.
    """

    def __init__(
        self, settings: Settings, rules: RuleSet, partition: int, partitions: int | None
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._partition = partition
        self._partitions = partitions
        self._signals = TopicPartition(settings.topic("signals"), partition)

    async def past(self, contact: str, at: int, scan: Scan) -> Past:
        """The contact at the instant. Raises NotAskedError where no event of it is left.

        Where ``scan`` is not complete afterwards, time was up before all was read.
        """
        events: list[Event] = []
        history_from: int | None = None
        known: set[str] = set()
        names = {contact}
        while names and scan.complete:
            known |= names
            for partition, some in self._by_partition(names).items():
                tp = TopicPartition(self._settings.topic("events"), partition)
                found, oldest = await self._read_events(tp, some, at, scan)
                events += found
                if scan.first.get(tp) and oldest is not None:
                    history_from = oldest if history_from is None else max(history_from, oldest)
            names = {one.data["from"] for one in events if one.type == MERGE} - known
        changes = await self._read_changes(products_of(events), at, scan)
        tables = await self._read_tables(scan)
        lateness = self._settings.lateness_ms
        playing = Playing(self._rules, contact, events, changes, at, lateness, history_from, tables)
        while scan.complete and playing.play(AT_ONCE):
            await asyncio.sleep(0)  # others have their turn
            scan.complete = not scan.is_up
        return playing.past()

    def _by_partition(self, names: set[str]) -> dict[int, set[str]]:
        """The contacts to read, by the partitions that their events lie in."""
        count = self._partitions
        if count is None:
            return {self._partition: names}
        found: dict[int, set[str]] = {}
        for name in names:
            found.setdefault(partition_of(name.encode(), count), set()).add(name)
        return found

    async def _read_events(
        self, tp: TopicPartition, names: set[str], at: int, scan: Scan
    ) -> tuple[list[Event], int | None]:
        """The events of contacts in a partition until its time was past the instant; when its
        oldest record arrived.
        """
        keys = {name.encode() for name in names}
        found: list[Event] = []
        oldest: int | None = None
        async with aclosing(scan.read([tp])) as polls:
            async for records in polls:
                for record in records:
                    oldest = record.timestamp if oldest is None else oldest
                    if record.key not in keys and record.timestamp <= at:
                        continue  # its time is past the instant, but not its arrival
                    event = event_of(record)
                    if event is None:
                        continue
                    if event.reaches > at:
                        return found, oldest
                    if record.key in keys and event.contact in names:
                        found.append(event)
        return found, oldest

    async def _read_changes(self, products: set[str], at: int, scan: Scan) -> list[ProductChange]:
        keys = {product.encode() for product in products}
        found: list[ProductChange] = []
        if not keys:
            return found
        async with aclosing(scan.read([self._signals])) as polls:
            async for records in polls:
                for record in records:
                    if record.key in keys:
                        try:
                            change = decode_change(record.value)
                        except Refused:
                            continue
                        if change.reaches <= at:
                            found.append(change)
        return found

    async def _read_tables(self, scan: Scan) -> list[TableSet]:
        """The quantile tables that workers made, where the rules ask for any."""
        found: dict[int, TableSet] = {}
        if not self._rules.tabled:
            return []
        only = TopicPartition(self._settings.topic("tables"), 0)
        async with aclosing(scan.read([only])) as polls:
            async for records in polls:
                for record in records:
                    if record.value is not None:
                        tables = decode_tables(record.value)
                        found[tables.boundary] = tables
        return [found[boundary] for boundary in sorted(found)]


def event_of(record: Any) -> Event | None:
    """The event in a record; None where it is refused."""
    try:
        event = decode_event(record.value, record.key)
    except Refused:
        return None
    arrive(event, record.timestamp)
    if event.id is None:
        event.name = f"{record.topic}-{record.partition}-{record.offset}"
    return event
