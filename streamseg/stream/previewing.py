"""Looks at all contacts in an installation's changelogs, as for a preview of quantile tables."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from streamseg.core.errors import StreamsegError
from streamseg.core.partition import Partition
from streamseg.kafka.cluster import connected
from streamseg.stream.offsets import OFFSETS_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan


async def look_at_contacts(
    settings: Settings, rules: RuleSet, look: Callable[[Partition], None], scan: Scan
) -> None:
    """Look at one partition after the other, as committed. Workers may run meanwhile.

    Raises StreamsegError, KafkaError.
    """
    topic = settings.topic("changelog")
    async with connected(settings.connection()) as cluster:
        found = await cluster.topics([topic])
    if topic not in found:
        raise StreamsegError(f"no topic {topic}; make the topics with: streamseg topics apply")
    for number in range(len(found[topic].leaders)):
        core = Partition(rules, settings.lateness_ms, settings.stale_after_ms, slice_size=1)
        async with aclosing(scan.read([TopicPartition(topic, number)])) as polls:
            async for records in polls:
                for record in records:
                    if record.key != OFFSETS_KEY:
                        core.load(record.key, record.value)
        core.ready()
        look(core)
