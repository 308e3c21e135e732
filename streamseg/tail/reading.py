"""The records of a topic as they are committed."""

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from operator import attrgetter
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
    """A record as a reader sees it; headers are in their order, and a name may come twice.

    `partitions` is how many the topic had when the reading began.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partitions: int = 0


async def follow(
    connection: Mapping[str, Any],
    topic: str,
    *,
    from_beginning: bool = False,
    until_idle_s: float | None = None,
    arrival: Callable[[Record], int] = attrgetter("timestamp_ms"),
) -> AsyncGenerator[Record, None]:
    """Yields the committed records of all partitions of the topic, without end or until nothing
    has come for `until_idle_s` seconds.

    What is there already comes in the order of `arrival` (ms) over all partitions, those of one in
    their own. It belongs to no consumer group and leaves no trace in Kafka. `connection` are the
    options of aiokafka's clients. Raises FollowError.
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
        if from_beginning:
            async for record in _in_order(consumer, partitions, arrival):
                yield record
        quiet_since = time.monotonic()
        while until_idle_s is None or time.monotonic() - quiet_since < until_idle_s:
            polled = await consumer.getmany(timeout_ms=100)
            for records in polled.values():
                for record in records:
                    yield _record(record, len(partitions))
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


async def _in_order(
    consumer: AIOKafkaConsumer,
    partitions: list[TopicPartition],
    arrival: Callable[[Record], int],
) -> AsyncGenerator[Record, None]:
    """What stands in the partitions now: always the first of one of them, that arrived first."""
    ends = await consumer.end_offsets(partitions)
    left: dict[TopicPartition, deque[tuple[int, Record]]] = {tp: deque() for tp in partitions}
    while left:
        short = [tp for tp, records in left.items() if not records]
        if not short:
            _, record = left[min(left, key=lambda tp: left[tp][0][0])].popleft()
            yield record
            continue
        for tp, polled in (await consumer.getmany(*short, timeout_ms=100)).items():
            records = [_record(one, len(partitions)) for one in polled]
            left[tp].extend((arrival(one), one) for one in records)
        for tp in short:
            if not left[tp] and await consumer.position(tp) >= ends[tp]:
                del left[tp]


def _record(record: ConsumerRecord, partitions: int) -> Record:
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
        partitions,
    )
