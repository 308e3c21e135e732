"""The letters that are there now, and which of them were sent again."""

from __future__ import annotations

from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition

from streamseg.core.errors import StreamsegError
from streamseg.formats.dead_letters import Letter, Place, letter_of, note_of
from streamseg.stream.clients import new_cluster, new_reader, stop_quietly

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamseg.settings import Settings

PATIENCE_SECONDS: Final = 60.0  # without a record: an open transaction holds up what follows


class LettersError(StreamsegError):
    """The dead letters cannot be read or sent, and why."""


class Letters:
    """Reads the topic of dead letters from its beginning to its end as of now.

    What is behind an open transaction is waited for: a note that stands there counts.
    """

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self.topic = topic

    async def resent(self) -> set[Place]:
        """The places of the letters that were sent again. Raises LettersError, KafkaError."""
        noted = [note_of(record) async for record in self._records()]
        return {place for place in noted if place is not None}

    async def letters(self) -> AsyncGenerator[Letter, None]:
        """All letters, by partition and offset within a poll. Raises LettersError, KafkaError."""
        async with aclosing(self._records()) as records:
            async for record in records:
                if note_of(record) is None:
                    yield letter_of(record)

    async def _records(self) -> AsyncGenerator[Any, None]:
        ends = await self._ends()
        consumer = new_reader(self._settings)
        try:
            await consumer.start()
            consumer.assign(list(ends))
            await consumer.seek_to_beginning(*ends)
            waited = 0.0  # for Kafka, and not for whoever reads the letters
            while await _behind(consumer, ends):
                asked = monotonic()
                polled = await consumer.getmany(timeout_ms=200)
                waited = 0.0 if polled else waited + monotonic() - asked
                for records in polled.values():
                    for record in records:
                        yield record
                if waited > PATIENCE_SECONDS:
                    raise LettersError(
                        f"{self.topic} has records behind a transaction that has been open for "
                        f"{PATIENCE_SECONDS:.0f} s; `streamseg doctor` tells which"
                    )
        finally:
            await stop_quietly(consumer)

    async def _ends(self) -> dict[TopicPartition, int]:
        cluster = new_cluster(self._settings)
        reader = new_reader(self._settings, committed=False)
        try:
            await cluster.start()
            found = await cluster.topics([self.topic])
            if self.topic not in found:
                raise LettersError(
                    f"no topic {self.topic}; make the topics with: streamseg topics apply"
                )
            await reader.start()
            tps = [
                TopicPartition(self.topic, number) for number in sorted(found[self.topic].leaders)
            ]
            ends: dict[TopicPartition, int] = await reader.end_offsets(tps)
            return ends
        finally:
            await stop_quietly(reader)
            await stop_quietly(cluster)


async def _behind(consumer: Any, ends: dict[TopicPartition, int]) -> bool:
    for tp, end in ends.items():
        if await consumer.position(tp) < end:
            return True
    return False
