"""Leaves a transaction behind in a partition that no coordinator knows of.

It needs a broker that does not verify who writes (`guarded.py`): the coordinator is never told of
the partition. A Kafka that loses the markers of a transaction leaves the same behind.
"""

from __future__ import annotations

import asyncio
import uuid

from aiokafka import AIOKafkaProducer, TopicPartition


def leave_transaction(bootstrap: str, topic: str, partition: int, value: bytes = b"{}") -> None:
    """Write one record in a transaction that is then forgotten."""

    async def leave() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, transactional_id=f"stuck-{uuid.uuid4().hex}"
        )
        await producer.start()
        await producer.begin_transaction()
        # as if the coordinator had been asked to take the partition in
        producer._txn_manager._txn_partitions.add(TopicPartition(topic, partition))
        await producer.send_and_wait(topic, value, key=b"c", partition=partition)
        # stop() would end the transaction
        await producer._sender.close()
        await producer.client.close()
        producer._closed = True

    asyncio.run(leave())
