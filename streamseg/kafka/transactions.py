"""Transactions that are open in partitions, and those among them that nobody will end.

A coordinator may believe that a transaction is over while a partition never got its marker: after
a start Kafka takes partitions whose leader it does not know yet for deleted, and skips them. Such
a transaction stays open for ever, and readers of committed records wait before it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from streamseg.kafka.cluster import check
from streamseg.kafka.protocol import (
    AbortRequest,
    DescribeProducersRequest,
    ListTransactionsRequest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamseg.kafka.cluster import Cluster

_GOING_ON: Final = ("Ongoing", "PrepareCommit", "PrepareAbort", "PrepareEpochFence")


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction that is open in a partition; its records begin at `start`.

    `last_ms` is the timestamp of its last record, ms since 1970.
    """

    tp: TopicPartition
    producer_id: int
    epoch: int
    coordinator_epoch: int
    start: int
    last_ms: int

    def __str__(self) -> str:
        return (
            f"{self.tp.topic}-{self.tp.partition} from offset {self.start} on, by producer "
            f"{self.producer_id} (epoch {self.epoch})"
        )


async def find_hanging(
    cluster: Cluster, partitions: Iterable[TopicPartition]
) -> list[OpenTransaction]:
    """The transactions that are open in these partitions, and that no coordinator will end.

    Who may not describe a transactional id gets its transaction among them while it goes on.
    Raises KafkaError, IncompatibleBrokerVersion for a Kafka before 3.0.
    """
    tps = list(partitions)
    before = await find_open(cluster, tps)
    if not before:
        return []
    known = await _going_on(cluster, {each.producer_id for each in before})
    # a coordinator forgets a transaction after its markers are written: what was over meanwhile
    # is not open any more
    after = {(each.tp, each.producer_id, each.start) for each in await find_open(cluster, tps)}
    return [
        each
        for each in before
        if each.producer_id not in known and (each.tp, each.producer_id, each.start) in after
    ]


async def find_open(
    cluster: Cluster, partitions: Iterable[TopicPartition]
) -> list[OpenTransaction]:
    """All transactions that are open in these partitions. Raises KafkaError."""
    tps = list(partitions)
    topics = await cluster.topics({tp.topic for tp in tps})
    by_leader: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for tp in tps:
        if tp.topic in topics:
            by_leader[topics[tp.topic].leaders[tp.partition]][tp.topic].append(tp.partition)
    answers = await asyncio.gather(
        *(cluster.ask(node, DescribeProducersRequest(asked)) for node, asked in by_leader.items())
    )
    found = []
    for answer in answers:
        for topic in answer.to_object()["topics"]:
            for partition in topic["partitions"]:
                tp = TopicPartition(topic["name"], partition["partition_index"])
                check(partition["error_code"], tp.topic, partition["error_message"])
                found += [
                    OpenTransaction(
                        tp,
                        each["producer_id"],
                        each["producer_epoch"],
                        max(0, each["coordinator_epoch"]),
                        each["current_txn_start_offset"],
                        each["last_timestamp"],
                    )
                    for each in partition["active_producers"]
                    if each["current_txn_start_offset"] >= 0
                ]
    return found


async def _going_on(cluster: Cluster, producers: set[int]) -> set[int]:
    """Those of the producers whose transaction a coordinator will end, or their own writer."""
    request = ListTransactionsRequest(sorted(producers))
    answers = await asyncio.gather(*(cluster.ask(node, request) for node in cluster.brokers()))
    found = set()
    for answer in answers:
        check(answer.error_code, "transactions")
        for each in answer.to_object()["transaction_states"]:
            if each["transaction_state"] in _GOING_ON:
                found.add(each["producer_id"])
    return found


async def abort(cluster: Cluster, transaction: OpenTransaction) -> None:
    """Write an abort marker into the partition, whatever a coordinator believes.

    The user needs the right `Alter` or `ClusterAction` on the cluster. Raises KafkaError.
    """
    tp = transaction.tp
    topics = await cluster.topics([tp.topic])
    request = AbortRequest(
        tp.topic,
        tp.partition,
        transaction.producer_id,
        transaction.epoch,
        transaction.coordinator_epoch,
    )
    answer = await cluster.ask(topics[tp.topic].leaders[tp.partition], request)
    for marker in answer.to_object()["markers"]:
        for topic in marker["topics"]:
            for partition in topic["partitions"]:
                check(partition["error_code"], str(transaction))
