"""Reads the latest records of the topic of statistics."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from streamseg.core.errors import StreamsegError
from streamseg.kafka.cluster import connected
from streamseg.stream.clients import new_reader, stop_quietly

if TYPE_CHECKING:
    from streamseg.settings import Settings

PATIENCE_SECONDS: Final = 30.0  # without a record


async def read_latest(settings: Settings) -> list[bytes]:
    """The value of the latest committed record of each key. Raises StreamsegError, KafkaError."""
    topic = settings.topic("stats")
    async with connected(settings.connection()) as cluster:
        found = await cluster.topics([topic])
    if topic not in found:
        raise StreamsegError(f"no topic {topic}; make the topics with: streamseg topics apply")
    latest: dict[bytes, bytes] = {}
    reader = new_reader(settings)
    await reader.start()
    try:
        tps = [TopicPartition(topic, number) for number in sorted(found[topic].leaders)]
        reader.assign(tps)
        await reader.seek_to_beginning(*tps)
        ends = await reader.end_offsets(tps)
        progress = monotonic()
        while any([await reader.position(tp) < ends[tp] for tp in tps]):
            polled = await reader.getmany(timeout_ms=200)
            for records in polled.values():
                for record in records:
                    if record.value is None:
                        latest.pop(record.key, None)
                    else:
                        latest[record.key] = record.value
            if polled:
                progress = monotonic()
            if monotonic() - progress > PATIENCE_SECONDS:
                raise StreamsegError(
                    f"{topic} could not be read on for {PATIENCE_SECONDS:.0f} s; `streamseg "
                    "doctor` tells whether a transaction is in the way"
                )
    finally:
        await stop_quietly(reader)
    return list(latest.values())
