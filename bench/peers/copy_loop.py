"""The worker's cycle without an engine: consume, copy in a transaction with the offsets, again.

    BENCH_BOOTSTRAP=… BENCH_NAME=… python -m bench.peers.copy_loop

Every record of `events` goes to the same partition of `changelog`, and those whose key marks them
as probes to `triggers` besides, as the worker would write state and triggers. Clients, their
settings and the order of a cycle are those of the worker; nothing is decoded.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from time import monotonic, time
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

PROBE = b"probe"  # what the key of a probe begins with
MIN_CYCLE_SECONDS = 0.010
IDLE_MS = 50
SECOND_MS = 5
MOST_RECORDS = 50_000
MIB = 1 << 20
TRIGGERS_PARTITIONS = 8

Records = dict[TopicPartition, list[Any]]


async def poll(consumer: AIOKafkaConsumer, last_begin: float) -> Records:
    """What has arrived, with a second look for what came during the last commit."""
    wait = last_begin + MIN_CYCLE_SECONDS - monotonic()
    if wait > 0:
        await asyncio.sleep(wait)
    records: Records = {}
    for timeout_ms in (IDLE_MS, SECOND_MS):
        got = await consumer.getmany(timeout_ms=timeout_ms, max_records=MOST_RECORDS)
        for tp, more in got.items():
            records.setdefault(tp, []).extend(more)
        if not records:
            break
    return records


def pack(producer: AIOKafkaProducer, name: str, records: Records) -> list[tuple[Any, str, int]]:
    """The batches of a cycle: builder, topic, partition."""
    batches: list[tuple[Any, str, int]] = []
    for tp, some in records.items():
        probes = [record for record in some if record.key.startswith(PROBE)]
        batches += _fill(producer, some, f"{name}.changelog", tp.partition)
        batches += _fill(producer, probes, f"{name}.triggers", tp.partition % TRIGGERS_PARTITIONS)
    return batches


def _fill(
    producer: AIOKafkaProducer, records: list[Any], topic: str, partition: int
) -> list[tuple[Any, str, int]]:
    now_ms = int(time() * 1000)
    builders: list[Any] = []
    for record in records:
        taken = builders and builders[-1].append(
            timestamp=now_ms, key=record.key, value=record.value
        )
        if not taken:  # the batch is full, or it is the first
            builders.append(producer.create_batch())
            builders[-1].append(timestamp=now_ms, key=record.key, value=record.value)
    return [(builder, topic, partition) for builder in builders]


async def copy(consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, name: str) -> None:
    """Cycles without end."""
    last_begin = 0.0
    while True:
        records = await poll(consumer, last_begin)
        if not records:
            continue
        batches = pack(producer, name, records)
        offsets = {tp: some[-1].offset + 1 for tp, some in records.items()}
        last_begin = monotonic()
        await producer.begin_transaction()
        await producer.send_offsets_to_transaction(offsets, f"{name}-copy")
        futures = [
            await producer.send_batch(builder, topic, partition=partition)
            for builder, topic, partition in batches
        ]
        await asyncio.gather(*futures)
        await producer.commit_transaction()


async def main() -> None:
    """Copy until stopped."""
    bootstrap, name = os.environ["BENCH_BOOTSTRAP"], os.environ["BENCH_NAME"]
    consumer = AIOKafkaConsumer(
        f"{name}.events",
        bootstrap_servers=bootstrap,
        group_id=f"{name}-copy",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=MIB,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=f"{name}-copy",
        linger_ms=0,
        max_batch_size=900_000,
        compression_type="zstd",
        retry_backoff_ms=5,
    )
    await producer.start()
    await consumer.start()
    copying = asyncio.ensure_future(copy(consumer, producer, name))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, copying.cancel)
    try:
        await copying
    except asyncio.CancelledError:
        pass
    finally:
        await consumer.stop()
        await producer.stop()


if __name__ == "__main__":
    gc.set_threshold(200_000, 20, 100)  # as in a worker
    uvloop.run(main())
