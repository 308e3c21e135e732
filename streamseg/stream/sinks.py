"""How a cycle's records and offsets reach Kafka: in one transaction, or at least once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from aiokafka.structs import OffsetAndMetadata

from streamseg.stream.errors import CommitAbortedError, ProducerUnsoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import TopicPartition

    from streamseg.stream.outbox import Outbox

ABORT_SECONDS: Final = 5.0


class Sink(Protocol):
    """Where the cycle commits."""

    producer: Any

    async def commit(self, outbox: Outbox, offsets: Mapping[TopicPartition, int]) -> None:
        """Send it all and commit. Raises CommitAbortedError or ProducerUnsoundError."""


class TransactionSink:
    """Everything of a cycle in one Kafka transaction.

    ``metadata`` goes with every committed offset and names the writer (see ownership).
    """

    def __init__(self, producer: Any, group: str, metadata: str) -> None:
        self.producer = producer
        self._group = group
        self._metadata = metadata

    async def commit(self, outbox: Outbox, offsets: Mapping[TopicPartition, int]) -> None:
        """One transaction. Raises CommitAbortedError or ProducerUnsoundError."""
        producer = self.producer
        futures: list[asyncio.Future[Any]] = []
        try:
            await producer.begin_transaction()
            # the offsets first, and awaited: otherwise the broker makes each transaction wait
            await producer.send_offsets_to_transaction(
                {tp: OffsetAndMetadata(offset, self._metadata) for tp, offset in offsets.items()},
                self._group,
            )
            await outbox.send(producer, futures)
            # a commit can succeed after a batch was rejected, so each future is asked
            await _all(futures)
        except Exception as error:  # noqa: BLE001 - whatever it is, the batch did not get through
            await self._abort(futures, error)
        try:
            await producer.commit_transaction()
        except Exception as error:
            raise ProducerUnsoundError(f"the commit failed: {error!r}") from error

    async def _abort(self, futures: list[asyncio.Future[Any]], cause: Exception) -> None:
        with suppress(Exception):
            await asyncio.wait_for(_all(futures), ABORT_SECONDS)
        try:
            await asyncio.wait_for(self.producer.abort_transaction(), ABORT_SECONDS)
        except Exception as error:  # noqa: BLE001 - after fencing even AssertionError
            raise ProducerUnsoundError(f"{cause!r}, and the abort failed: {error!r}") from cause
        raise CommitAbortedError(f"{cause!r}") from cause


class AtLeastOnceSink:
    """Outputs, then state and offsets, without transactions: ids let consumers drop repeats."""

    def __init__(self, producer: Any, consumer: Any, metadata: str) -> None:
        self.producer = producer
        self._consumer = consumer
        self._metadata = metadata

    async def commit(self, outbox: Outbox, offsets: Mapping[TopicPartition, int]) -> None:
        """Outputs first: a crash in between repeats them. Raises ProducerUnsoundError."""
        try:
            for state in (False, True):
                futures: list[asyncio.Future[Any]] = []
                await outbox.send(self.producer, futures, state=state)
                await _all(futures)
            await self._consumer.commit(
                {tp: OffsetAndMetadata(offset, self._metadata) for tp, offset in offsets.items()}
            )
        except Exception as error:
            raise ProducerUnsoundError(f"{error!r}") from error


async def _all(futures: list[asyncio.Future[Any]]) -> None:
    """Await every future, then raise the first error among them."""
    for result in await asyncio.gather(*futures, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
