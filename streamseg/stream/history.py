"""A contact's past from the topics: its events, and the changes of the products they name."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from streamseg.core.errors import Refused
from streamseg.core.events import arrive
from streamseg.explain.past import Past, past_of_records, products_of
from streamseg.formats.canonical import decode_event
from streamseg.formats.signals import decode_change

if TYPE_CHECKING:
    from streamseg.core.events import Event
    from streamseg.core.outcomes import ProductChange
    from streamseg.core.rule_set import RuleSet
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan


class History:
    """Reads one partition for one contact, up to an instant ``at`` (ms) of stream time."""

    def __init__(self, settings: Settings, rules: RuleSet, partition: int) -> None:
        self._settings = settings
        self._rules = rules
        self._events = TopicPartition(settings.topic("events"), partition)
        self._signals = TopicPartition(settings.topic("signals"), partition)

    async def past(self, contact: str, at: int, scan: Scan) -> Past:
        """The contact at the instant. Raises NotAskedError where no event of it is left.

        Where ``scan`` is not complete afterwards, time was up before all was read.
        """
        events, oldest = await self._read_events(contact, at, scan)
        is_cut = bool(scan.first.get(self._events))
        history_from = oldest if is_cut else None
        changes = await self._read_changes(products_of(events), at, scan)
        lateness = self._settings.lateness_ms
        return past_of_records(self._rules, events, changes, at, lateness, history_from)

    async def _read_events(
        self, contact: str, at: int, scan: Scan
    ) -> tuple[list[Event], int | None]:
        """The contact's events until time was past the instant; when the oldest record arrived."""
        key = contact.encode()
        found: list[Event] = []
        oldest: int | None = None
        async with aclosing(scan.read([self._events])) as polls:
            async for records in polls:
                for record in records:
                    oldest = record.timestamp if oldest is None else oldest
                    if record.key != key and record.timestamp <= at:
                        continue  # it moves time no further than its arrival
                    event = event_of(record)
                    if event is None:
                        continue
                    if event.reaches > at:
                        return found, oldest
                    if record.key == key and event.contact == contact:
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
