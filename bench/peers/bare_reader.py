"""Only reads a changelog to its end: the floor of what a restore can take.

    BENCH_BOOTSTRAP=… BENCH_TOPIC=… python -m bench.peers.bare_reader

Client and settings are those of the worker's restore; nothing is kept. Prints seconds and records.
"""

from __future__ import annotations

import gc
import os
from time import monotonic

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

CHUNK_RECORDS = 5_000
FETCH_BYTES = 4 << 20


async def main() -> None:
    """Read once."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=os.environ["BENCH_BOOTSTRAP"],
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    topic = os.environ["BENCH_TOPIC"]
    cluster = await consumer._client.fetch_all_metadata()
    todo = {TopicPartition(topic, one) for one in cluster.partitions_for_topic(topic) or ()}
    ends = await consumer.end_offsets(list(todo))
    consumer.assign(list(todo))
    await consumer.seek_to_beginning()
    records = 0
    began = monotonic()
    while todo:
        got = await consumer.getmany(*todo, timeout_ms=200, max_records=CHUNK_RECORDS)
        records += sum(map(len, got.values()))
        for tp in list(todo):
            if await consumer.position(tp) >= ends[tp]:
                todo.discard(tp)
    print(monotonic() - began, records, flush=True)
    await consumer.stop()


if __name__ == "__main__":
    gc.disable()  # as in a restore
    uvloop.run(main())
