"""Looks up where logs begin and end, by a consumer of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamseg.stream.clients import new_reader, stop_quietly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import TopicPartition

    from streamseg.settings import Settings


class LogEnds:
    """Looks up the first and last offsets of partitions."""

    def __init__(self, settings: Settings) -> None:
        self._stable = new_reader(settings)
        self._written = new_reader(settings, committed=False)

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        await asyncio.gather(self._stable.start(), self._written.start())

    async def stop(self) -> None:
        """Disconnect, within a time limit."""
        await asyncio.gather(stop_quietly(self._stable), stop_quietly(self._written))

    async def first(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset of the oldest record that is still there."""
        found: dict[TopicPartition, int] = await self._written.beginning_offsets(list(partitions))
        return found

    async def stable(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset up to which everything is committed or aborted."""
        found: dict[TopicPartition, int] = await self._stable.end_offsets(list(partitions))
        return found

    async def written(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset of the next record to be written, open transactions included."""
        found: dict[TopicPartition, int] = await self._written.end_offsets(list(partitions))
        return found
