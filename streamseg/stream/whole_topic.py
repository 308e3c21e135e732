"""A topic read from its beginning to its end as of now."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from streamseg.stream.clients import new_cluster, stop_quietly
from streamseg.stream.scanning import Scan, TopicError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamseg.settings import Settings


async def whole_topic(
    settings: Settings, topic: str, *, waits: bool = False
) -> AsyncGenerator[Any, None]:
    """All committed records, by partition and offset within a poll.

    What is behind an open transaction is left out, or, where it ``waits``, waited for. Raises
    TopicError, KafkaError.
    """
    scan = Scan(settings, waits=waits)
    async with aclosing(scan.read(await _partitions(settings, topic))) as polls:
        async for records in polls:
            for record in records:
                yield record


async def _partitions(settings: Settings, topic: str) -> list[TopicPartition]:
    cluster = new_cluster(settings)
    try:
        await cluster.start()
        found = await cluster.topics([topic])
    finally:
        await stop_quietly(cluster)
    if topic not in found:
        raise TopicError(f"no topic {topic}; make the topics with: streamseg topics apply")
    return [TopicPartition(topic, number) for number in sorted(found[topic].leaders)]
