"""Records into Kafka, in batches that the caller fills and flushes.

`producer.send` costs some 20 µs a record, a batch of one's own less than 1 µs. A key lands in the
partition where every Kafka client puts it: the murmur2 hash of the Java client.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.kafka.cluster import connected
from streamseg.kafka.failures import find_failure
from streamseg.kafka.partitioning import partition_of

_BATCH_BYTES = 900_000

Headers = list[tuple[str, bytes]]


class SendError(StreamsegError):
    """Kafka cannot be reached, lacks a topic, or did not take a batch."""


class Sender:
    """An idempotent producer of keyed records; each key's records keep their order.

        async with Sender(settings.connection()) as sender:
            await sender.find(["streamseg.events"])
            sender.add("streamseg.events", b"c-17", line)
            await sender.flush()

    Raises SendError.
    """

    def __init__(self, connection: Mapping[str, Any], client_id: str = "streamseg-produce") -> None:
        self._connection = connection
        self._bootstrap = connection["bootstrap_servers"]
        self._client_id = client_id
        self._counts: dict[str, int] = {}
        self._batches: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            **self._connection,
            client_id=self._client_id,
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=_BATCH_BYTES,
            retry_backoff_ms=20,
        )
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise await self._failed(error) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._producer.stop()

    async def find(self, topics: Sequence[str]) -> None:
        """Learns how many partitions the topics have; they can be sent to from then on."""
        try:
            async with connected(self._connection) as cluster:
                found = await cluster.topics(topics)
        except KafkaError as error:
            raise await self._failed(error) from error
        missing = [topic for topic in topics if topic not in found]
        if missing:
            raise SendError(
                f"no topic {', '.join(missing)} at {self._bootstrap}; "
                "make the topics with: streamseg topics apply"
            )
        self._counts.update((topic, len(found[topic].leaders)) for topic in topics)

    async def _failed(self, error: KafkaError) -> SendError:
        return SendError((await find_failure(self._connection, error)).message)

    def add(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> None:
        """Puts a record into the batch of its partition, which is that of its key unless given;
        without a key it is the first one.
        """
        if partition is None:
            partition = 0 if key is None else partition_of(key, self._counts[topic])
        batches = self._batches[topic, partition]
        if batches and _append(batches[-1], key, value, headers or []):
            return
        batches.append(self._producer.create_batch())
        _append(batches[-1], key, value, headers or [])

    async def flush(self) -> None:
        """Sends all batches; returns when Kafka has them."""
        pending, self._batches = self._batches, defaultdict(list)
        sending = [self._send(*place, batches) for place, batches in pending.items()]
        results = await asyncio.gather(*sending, return_exceptions=True)
        for result in results:
            if result is not None:
                raise result

    async def _send(self, topic: str, partition: int, batches: list[Any]) -> None:
        try:
            for batch in batches:
                await (await self._producer.send_batch(batch, topic, partition=partition))
        except KafkaError as error:
            why = (await find_failure(self._connection, error)).message
            raise SendError(f"{topic}-{partition} did not take a batch: {why}") from error


def _append(batch: Any, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
    # None says that the record was not taken, and that the batch is closed.
    return batch.append(timestamp=None, key=key, value=value, headers=headers) is not None
