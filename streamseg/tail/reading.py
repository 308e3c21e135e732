"""The records of a topic as they are committed."""

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.kafka.cluster import connected
from streamseg.kafka.failures import find_failure
from streamseg.kafka.header_keys import tolerate_any_header_keys


class FollowError(StreamsegError):
    """Kafka cannot be reached, or lacks the topic."""


class Record(NamedTuple):
    """A record as a reader sees it; headers are in their order, and a name may come twice."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


async def follow(
    connection: Mapping[str, Any],
    topic: str,
    *,
    from_beginning: bool = False,
    until_idle_s: float | None = None,
) -> AsyncGenerator[Record, None]:
    """Yields the committed records of all partitions of the topic, without end or until nothing
    has come for `until_idle_s` seconds.

    It belongs to no consumer group and leaves no trace in Kafka. `connection` are the options of
    aiokafka's clients. Raises FollowError.
    """
    partitions = await _partitions(connection, topic)
    tolerate_any_header_keys()
    consumer = AIOKafkaConsumer(
        **connection,
        client_id="streamseg-tail",
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        await _start_at(consumer, partitions, from_beginning)
        quiet_since = time.monotonic()
        while until_idle_s is None or time.monotonic() - quiet_since < until_idle_s:
            polled = await consumer.getmany(timeout_ms=100)
            for records in polled.values():
                for record in records:
                    yield _record(record)
            if polled:
                quiet_since = time.monotonic()
    except KafkaError as error:
        raise FollowError((await find_failure(connection, error)).message) from error
    finally:
        await consumer.stop()


async def _partitions(connection: Mapping[str, Any], topic: str) -> list[TopicPartition]:
    """All partitions of the topic."""
    try:
        async with connected(connection) as cluster:
            found = await cluster.topics([topic])
    except KafkaError as error:
        raise FollowError((await find_failure(connection, error)).message) from error
    if topic not in found:
        raise FollowError(f"no topic {topic}; make the topics with: streamseg topics apply")
    return [TopicPartition(topic, number) for number in sorted(found[topic].leaders)]


async def _start_at(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], from_beginning: bool
) -> None:
    consumer.assign(partitions)
    if from_beginning:
        await consumer.seek_to_beginning(*partitions)
        return
    await consumer.seek_to_end(*partitions)
    # Seeking is lazy: asking for the position pins the end as it is now.
    for partition in partitions:
        await consumer.position(partition)


def _record(record: ConsumerRecord) -> Record:
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
    )
