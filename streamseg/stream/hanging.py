"""Finds hanging transactions: open ones that nobody will end, where reading does not get on.

The last stable offset of a partition stands before an open transaction. It stands for long only
if its writer is gone and no coordinator knows of it (see kafka/transactions.py): readers of
committed records, this worker among them, then wait for ever.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    IncompatibleBrokerVersion,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from streamseg.kafka.transactions import OpenTransaction, find_hanging

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamseg.kafka.cluster import Cluster
    from streamseg.observe.stats import WorkerStats
    from streamseg.stream.log_ends import LogEnds
    from streamseg.stream.topic_names import TopicNames

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 20.0  # no writer of ours has a transaction open for so long
FOREIGN_SECONDS: Final = 900.0  # others write here, whose ids this user may not be shown
_NOT_TOLD: Final = (
    ClusterAuthorizationFailedError,
    IncompatibleBrokerVersion,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)


class HangingTransactions:
    """Follows last stable offsets, and tells once of each transaction that holds one up."""

    def __init__(
        self, cluster: Cluster, ends: LogEnds, topics: TopicNames, stats: WorkerStats
    ) -> None:
        self._cluster = cluster
        self._ends = ends
        self._topics = topics
        self._stats = stats
        self._stands: dict[TopicPartition, tuple[int, float]] = {}  # at, and since (monotonic)
        self._told: set[tuple[TopicPartition, int]] = set()  # with the offset where it stands

    async def look(self, partitions: Iterable[TopicPartition]) -> None:
        """One look at these partitions. Raises KafkaError."""
        tps = list(partitions)
        stable, written = await self._ends.stable(tps), await self._ends.written(tps)
        now, stuck = monotonic(), []
        for tp in tps:
            at, since = self._stands.get(tp, (-1, now))
            if stable[tp] >= written[tp] or stable[tp] != at:
                self._stands[tp] = (stable[tp], now)
            elif now - since >= self._patience(tp):
                stuck.append(tp)
        await self._tell(stuck)

    def _patience(self, tp: TopicPartition) -> float:
        foreign = tp.topic in (self._topics.events, self._topics.products)
        return FOREIGN_SECONDS if foreign else PATIENCE_SECONDS

    async def _tell(self, stuck: list[TopicPartition]) -> None:
        hanging = self._stats.hanging
        hanging.clear()
        for tp in stuck:
            try:
                found = await find_hanging(self._cluster, [tp])
            except _NOT_TOLD as error:
                hanging[tp.topic, tp.partition] = 1
                self._say(
                    tp,
                    f"an open transaction holds up {tp.topic}-{tp.partition} at offset "
                    f"{self._stands[tp][0]}; whose it is may not be asked ({error}). "
                    "`streamseg doctor` tells, with a user who may",
                )
                continue
            if found:
                hanging[tp.topic, tp.partition] = len(found)
                self._say(tp, describe(found[0]))

    def _say(self, tp: TopicPartition, line: str) -> None:
        place = (tp, self._stands[tp][0])
        if place not in self._told:
            self._told.add(place)
            log.error("%s", line)


def describe(hanging: OpenTransaction) -> str:
    """One line: where it is, whose it is, and how to end it."""
    tp = hanging.tp
    last = datetime.fromtimestamp(hanging.last_ms / 1000, UTC).isoformat(timespec="seconds")
    return (
        f"a transaction that nobody will end holds up {hanging}, last written {last}: readers of "
        "committed records wait before it. End it with `streamseg doctor --abort`, or "
        f"`kafka-transactions.sh --bootstrap-server HOST:PORT abort --topic {tp.topic} "
        f"--partition {tp.partition} --start-offset {hanging.start}`"
    )


def watched(topics: TopicNames, owned: Iterable[TopicPartition], counts: dict[str, int]) -> list[
    TopicPartition
]:  # fmt: skip
    """The partitions to look at: inputs and changelogs of the partitions owned, and outputs."""
    found = []
    for tp in owned:
        contacts = tp.topic == topics.events
        with_it = (topics.signals, topics.changelog) if contacts else (topics.catalog,)
        found += [tp, *(TopicPartition(topic, tp.partition) for topic in with_it)]
    told = (topics.triggers, topics.membership, topics.decisions, topics.dlq)
    found += [TopicPartition(topic, index) for topic in told for index in range(counts[topic])]
    return found
