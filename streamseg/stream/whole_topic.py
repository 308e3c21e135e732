"""A topic read from its beginning to its end as of now."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition

from streamseg.core.errors import StreamsegError
from streamseg.stream.clients import new_cluster, new_reader, stop_quietly

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamseg.settings import Settings

PATIENCE_SECONDS: Final = 60.0  # without a record


class TopicError(StreamsegError):
    """A topic cannot be read to its end, and why."""


async def whole_topic(
    settings: Settings, topic: str, *, waits: bool = False
) -> AsyncGenerator[Any, None]:
    """All committed records, by partition and offset within a poll.

    What is behind an open transaction is left out, or, where it ``waits``, waited for. Raises
    TopicError, KafkaError.
    """
    ends = await _ends(settings, topic, written=waits)
    reader = new_reader(settings)
    try:
        await reader.start()
        reader.assign(list(ends))
        await reader.seek_to_beginning(*ends)
        waited = 0.0  # for Kafka, and not for whoever takes the records
        while await _behind(reader, ends):
            asked = monotonic()
            polled = await reader.getmany(timeout_ms=200)
            waited = 0.0 if polled else waited + monotonic() - asked
            for records in polled.values():
                for record in records:
                    yield record
            if waited > PATIENCE_SECONDS:
                raise TopicError(_stuck(topic, waits=waits))
    finally:
        await stop_quietly(reader)


def _stuck(topic: str, *, waits: bool) -> str:
    if not waits:
        return (
            f"Kafka has given no record of {topic} for {PATIENCE_SECONDS:.0f} s, and there are some"
        )
    return (
        f"{topic} has records behind a transaction that has been open for "
        f"{PATIENCE_SECONDS:.0f} s; `streamseg doctor` tells which"
    )


async def _ends(settings: Settings, topic: str, *, written: bool) -> dict[TopicPartition, int]:
    """Where partitions end: before the first open transaction, or after all that is written."""
    cluster = new_cluster(settings)
    reader = new_reader(settings, committed=not written)
    try:
        await cluster.start()
        found = await cluster.topics([topic])
        if topic not in found:
            raise TopicError(f"no topic {topic}; make the topics with: streamseg topics apply")
        await reader.start()
        tps = [TopicPartition(topic, number) for number in sorted(found[topic].leaders)]
        ends: dict[TopicPartition, int] = await reader.end_offsets(tps)
        return ends
    finally:
        await stop_quietly(reader)
        await stop_quietly(cluster)


async def _behind(reader: Any, ends: dict[TopicPartition, int]) -> bool:
    for tp, end in ends.items():
        if await reader.position(tp) < end:
            return True
    return False
