"""Watches the partition counts of the topics while a session lasts."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.stream.errors import PartitionsChangedError
from streamseg.stream.setup_checks import read_partition_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiokafka import TopicPartition

    from streamseg.kafka.cluster import Cluster
    from streamseg.stream.topic_names import TopicNames

CONFIRM_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class PartitionCounts:
    """Asks for the counts every ``seconds``, and when told to ``look``.

    An answer counts when a second one, a little later, agrees: a broker that has just started may
    not know all topics. When they are no longer ``counts``, ``on_change`` gets the error, once: a
    SetupError where they do not fit each other, as at a start, else PartitionsChangedError.
    """

    def __init__(
        self,
        cluster: Cluster,
        topics: TopicNames,
        counts: dict[str, int],
        seconds: float,
        on_change: Callable[[Exception], None],
    ) -> None:
        self._cluster = cluster
        self._topics = topics
        self._counts = counts
        self._seconds = seconds
        self._on_change = on_change
        self._asked = asyncio.Event()
        self._watching = asyncio.create_task(self._watch())

    def look(self, assigned: Iterable[TopicPartition]) -> None:
        """Ask at once. Raises PartitionsChangedError where one of these was not there before."""
        self._asked.set()
        for tp in assigned:
            if tp.partition >= self._counts[tp.topic]:
                raise PartitionsChangedError(
                    f"{tp.topic} has a partition {tp.partition}, and had "
                    f"{self._counts[tp.topic]} before"
                )

    def stop(self) -> None:
        """Ask no more."""
        self._watching.cancel()

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), self._seconds)
            self._asked.clear()
            change = await self._find_change()
            if change is not None:
                await asyncio.sleep(CONFIRM_SECONDS)
                change = await self._find_change()
            if change is not None:
                self._on_change(change)
                return

    async def _find_change(self) -> Exception | None:
        try:
            counts = await read_partition_counts(self._cluster, self._topics)
        except StreamsegError as error:
            return error
        except (KafkaError, OSError, TimeoutError) as error:
            log.debug("The partition counts cannot be asked for: %r", error)  # others tell it
            return None
        changed = [
            f"{topic} has {count} partitions, not {self._counts[topic]} as before"
            for topic, count in counts.items()
            if count != self._counts[topic]
        ]
        return PartitionsChangedError("; ".join(changed)) if changed else None
