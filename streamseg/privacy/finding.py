"""Reads all topics from their first records for those that name a contact."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka import TopicPartition

from streamseg.core.errors import StreamsegError
from streamseg.formats.naming import Naming
from streamseg.kafka.cluster import connected
from streamseg.privacy.search import Search
from streamseg.topics.catalogue import load_catalogue

if TYPE_CHECKING:
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan
    from streamseg.topics.catalogue import Topic

_OPAQUE: Final = "opaque"
TOLD_BY_PSEUDONYM: Final = ("decisions", "membership")


class Found(NamedTuple):
    """A record that names a contact, and the parts of it that do.

    ``is_last``: no later record has its key, so a compacted topic keeps it.
    """

    topic: Topic
    record: Any
    parts: tuple[str, ...]
    is_last: bool

    @property
    def place(self) -> str:
        """As `topic-partition@offset`."""
        return f"{self.record.topic}-{self.record.partition}@{self.record.offset}"


async def find(settings: Settings, search: Search, scan: Scan) -> list[Found]:
    """All records that name one of the ids of a search, by topic, partition and offset. Topics that
    may have pseudonyms are searched for these, too; proofs of erasures are not.
    """
    topics = await _existing(settings)
    naming = Naming(key=settings.pseudonym_key)
    by_any_name = Search(name for one in search.ids for name in naming.all_of(one))
    found: list[tuple[Topic, Any, tuple[str, ...]]] = []
    last: dict[tuple[str, int, bytes], int] = {}  # by key of a record that was found
    tps = [
        TopicPartition(name, number)
        for name, (_, count) in topics.items()
        for number in range(count)
    ]
    async with aclosing(scan.read(tps)) as polls:
        async for records in polls:
            for record in records:
                topic = topics[record.topic][0]
                wanted = by_any_name if topic.short in TOLD_BY_PSEUDONYM else search
                parts = wanted.parts(
                    record.key, record.value, record.headers, is_opaque=topic.key == _OPAQUE
                )
                place = record.topic, record.partition, record.key
                if parts:
                    found.append((topic, record, parts))
                    last[place] = record.offset
                elif place in last:
                    last[place] = record.offset
    order = {name: number for number, name in enumerate(topics)}
    found.sort(key=lambda one: (order[one[1].topic], one[1].partition, one[1].offset))
    return [
        Found(
            topic, record, parts, last[record.topic, record.partition, record.key] == record.offset
        )
        for topic, record, parts in found
    ]


async def _existing(settings: Settings) -> dict[str, tuple[Topic, int]]:
    """The topics that are there, in the order of the catalogue, and their partitions."""
    catalogue = load_catalogue(settings.topic_prefix)
    async with connected(settings.connection(), settings.request_timeout_ms) as cluster:
        there = await cluster.topics([topic.name for topic in catalogue.topics])
    if not there:
        raise StreamsegError(
            f"no topic {settings.topic_prefix}* is there; STREAMSEG_TOPIC_PREFIX and "
            "STREAMSEG_BOOTSTRAP tell where to look"
        )
    return {
        topic.name: (topic, len(there[topic.name].leaders))
        for topic in catalogue.topics
        if topic.name in there
    }
