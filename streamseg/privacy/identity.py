"""Reads a contact's state, links and grave from the changelog."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec
from aiokafka import TopicPartition

from streamseg.core.identity.graves import PREFIX as GRAVE
from streamseg.core.identity.graves import Grave, decode_grave, pseudonym
from streamseg.core.identity.identity_state import LINKS
from streamseg.core.identity.links import Links, decode_links
from streamseg.kafka.cluster import connected
from streamseg.kafka.partitioning import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan

CONTACT: Final = b"c"
LAYOUT: Final = b"l"
Key = TypeVar("Key", int, bytes)


class State(msgspec.Struct):
    """The state of a contact in one partition: bytes at rest, and the partition's layouts."""

    partition: int
    value: bytes
    layouts: dict[int, bytes]


class AtRest(msgspec.Struct):
    """What the changelog has of one contact: its state, its links, a grave, and in which
    ``partitions`` these are. Where keys may lie anywhere that may be several.
    """

    states: list[State] = []
    links: Links = msgspec.field(default_factory=Links)
    grave: Grave | None = None
    partitions: list[int] = []

    @property
    def ids(self) -> list[str]:
        """The ids that led to the contact."""
        return sorted(self.links.ids)

    @property
    def partition(self) -> int | None:
        """Where the contact is; None where nothing of it is known."""
        return self.partitions[0] if self.partitions else None


async def at_rest(settings: Settings, contact: str, scan: Scan) -> AtRest:
    """Read what is committed of a contact."""
    found: dict[int, dict[bytes, bytes]] = {}  # by partition and the kind of a key
    layouts: dict[int, dict[int, bytes]] = {}
    raw = contact.encode()
    grave = pseudonym(contact, settings.pseudonym_key).encode()
    keys = {CONTACT + raw, LINKS + raw, GRAVE + grave}
    async with aclosing(scan.read(await _changelogs(settings, contact))) as polls:
        async for records in polls:
            for record in records:
                if record.key[:1] == LAYOUT:
                    known = layouts.setdefault(record.partition, {})
                    _set(known, int(record.key[1:]), record.value)
                elif record.key in keys:
                    _set(found.setdefault(record.partition, {}), record.key[:1], record.value)
    rest = AtRest()
    for partition, kinds in sorted(found.items(), key=_states_first):
        if kinds:
            rest.partitions.append(partition)
        if CONTACT in kinds:
            rest.states.append(State(partition, kinds[CONTACT], layouts.get(partition, {})))
        if LINKS in kinds:
            rest.links = rest.links.joined(decode_links(raw, kinds[LINKS]))
        if GRAVE in kinds:
            dug = decode_grave(grave, kinds[GRAVE])
            rest.grave = dug if rest.grave is None or dug.at > rest.grave.at else rest.grave
    return rest


def _states_first(found: tuple[int, dict[bytes, bytes]]) -> tuple[bool, int]:
    partition, kinds = found
    return CONTACT not in kinds, partition


class Person(NamedTuple):
    """An id and the contact that it leads to: the ids on the way there (``passed``, the contact
    itself the last), and what the changelog has of the id and of the contact. ``elsewhere`` are ids
    that were merged into the contact, and lead to it no longer.
    """

    passed: list[str]
    own: AtRest
    keeper: AtRest
    elsewhere: tuple[str, ...] = ()

    @property
    def merged(self) -> list[str]:
        """The ids that lead to the contact."""
        return [one for one in self.keeper.ids if one not in self.elsewhere]

    @property
    def ids(self) -> list[str]:
        """The id, the contact, and all ids that lead there."""
        return list(dict.fromkeys([*self.passed, *self.merged]))


async def person_of(settings: Settings, contact: str, new_scan: Callable[[], Scan]) -> Person:
    """Read who an id is by now. Raises KafkaError."""
    own = rest = await at_rest(settings, contact, new_scan())
    passed = [contact]
    while (into := rest.links.leads_to) is not None and into not in passed:
        passed.append(into)
        rest = await at_rest(settings, into, new_scan())
    others = [one for one in rest.ids if one not in passed]
    if not others:
        return Person(passed, own, rest)
    leads = await _leads(settings, others, new_scan())
    mine = {*passed, *others}
    elsewhere = tuple(one for one in others if leads[one] not in mine)
    return Person(passed, own, rest, elsewhere)


async def _leads(settings: Settings, ids: list[str], scan: Scan) -> dict[str, str | None]:
    """Which id each one leads to; None where it is no stub."""
    found: dict[str, dict[int, bytes]] = {one: {} for one in ids}
    keys = {LINKS + one.encode(): one for one in ids}
    async with aclosing(scan.read(await _changelogs(settings, *ids))) as polls:
        async for records in polls:
            for record in records:
                if record.key in keys:
                    _set(found[keys[record.key]], record.partition, record.value)
    leads: dict[str, str | None] = {}
    for one, values in found.items():
        links = Links()
        for value in values.values():
            links = links.joined(decode_links(one.encode(), value))
        leads[one] = links.leads_to
    return leads


def _set(known: dict[Key, bytes], key: Key, value: bytes | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value


async def _changelogs(settings: Settings, *ids: str) -> list[TopicPartition]:
    """The partitions of the changelog that contacts can be in."""
    topic = settings.topic("changelog")
    async with connected(settings.connection(), settings.request_timeout_ms) as cluster:
        there = await cluster.topics([topic])
    count = len(there[topic].leaders) if topic in there else 0
    numbers = set(range(count))
    if count and settings.partitioner != "any":
        numbers = {partition_of(one.encode(), count) for one in ids}
    return [TopicPartition(topic, number) for number in sorted(numbers)]
