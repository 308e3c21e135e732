"""Who led to a contact, and whether one was erased, as its partition's changelog has it."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka import TopicPartition

from streamseg.core.graves import PREFIX as GRAVE
from streamseg.core.graves import Grave, decode_grave, pseudonym
from streamseg.core.identities import LINKS
from streamseg.core.links import Links, decode_links
from streamseg.kafka.cluster import connected
from streamseg.kafka.partitioning import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan

CONTACT: Final = b"c"
LAYOUT: Final = b"l"


class AtRest(msgspec.Struct):
    """What the changelog has of one contact: bytes at rest, their layouts, links, a grave."""

    partition: int | None = None
    value: bytes | None = None
    layouts: dict[int, bytes] = {}
    links: Links = msgspec.field(default_factory=Links)
    grave: Grave | None = None

    @property
    def ids(self) -> list[str]:
        """The ids that led to the contact."""
        return sorted(self.links.ids)


async def at_rest(settings: Settings, contact: str, scan: Scan) -> AtRest:
    """Read what is committed of a contact."""
    found: dict[int, AtRest] = {}
    layouts: dict[int, dict[int, bytes]] = {}
    grave = GRAVE + pseudonym(contact, settings.pseudonym_key).encode()
    keys = {CONTACT + contact.encode(), LINKS + contact.encode(), grave}
    async with aclosing(scan.read(await _changelogs(settings, contact))) as polls:
        async for records in polls:
            for record in records:
                if record.key[:1] == LAYOUT:
                    known = layouts.setdefault(record.partition, {})
                    _set(known, int(record.key[1:]), record.value)
                elif record.key in keys:
                    _take(found.setdefault(record.partition, AtRest(record.partition)), record)
    if not found:
        return AtRest()
    rest = max(found.values(), key=lambda one: one.value is not None)  # of several only with `any`
    rest.layouts = layouts.get(rest.partition or 0, {})
    return rest


async def ids_of_person(
    settings: Settings, contact: str, new_scan: Callable[[], Scan]
) -> tuple[list[str], int | None]:
    """An id, to whom it leads, and who led there; and the partition of its state, if it has any."""
    rest, ids = await at_rest(settings, contact, new_scan()), [contact]
    partition = rest.partition
    while (into := rest.links.leads_to) is not None and into not in ids:
        ids.append(into)
        rest = await at_rest(settings, into, new_scan())
    return list(dict.fromkeys([*ids, *rest.ids])), partition


def _take(rest: AtRest, record: Any) -> None:
    kind, raw, value = record.key[:1], record.key[1:], record.value
    if kind == CONTACT:
        rest.value = value
    elif kind == LINKS:
        rest.links = Links() if value is None else decode_links(raw, value)
    else:
        rest.grave = None if value is None else decode_grave(raw, value)


def _set(known: dict[int, bytes], number: int, value: bytes | None) -> None:
    if value is None:
        known.pop(number, None)
    else:
        known[number] = value


async def _changelogs(settings: Settings, contact: str) -> list[TopicPartition]:
    """The partitions of the changelog that the contact can be in."""
    topic = settings.topic("changelog")
    async with connected(settings.connection(), settings.request_timeout_ms) as cluster:
        there = await cluster.topics([topic])
    count = len(there[topic].leaders) if topic in there else 0
    if settings.partitioner == "any" or not count:
        return [TopicPartition(topic, number) for number in range(count)]
    return [TopicPartition(topic, partition_of(contact.encode(), count))]
