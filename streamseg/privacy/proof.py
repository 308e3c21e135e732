"""Completes the proof of an erasure: its last record again, with when nothing was left."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import TopicPartition

from streamseg.core.graves import pseudonym
from streamseg.formats.erasures import verified
from streamseg.kafka.cluster import connected
from streamseg.stream.clients import new_producer, stop_quietly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan


async def proofs_of(settings: Settings, ids: Iterable[str], scan: Scan) -> dict[str, Any]:
    """The last proof of each id; an id without one under the present key is left out.

    Raises KafkaError.
    """
    names = {one: pseudonym(one, settings.pseudonym_key) for one in ids}
    last = await _last(settings, set(names.values()), scan)
    return {one: last[key] for one, name in names.items() if (key := name.encode()) in last}


async def note_verified(settings: Settings, proofs: Iterable[Any], now_ms: int) -> list[str]:
    """Write it for these proofs, where nobody has before. Those hashes.

    Raises KafkaError.
    """
    open_ = [
        (record, value)
        for record in proofs
        if (value := orjson.loads(record.value))["verified_at"] is None
    ]
    if open_:
        producer = new_producer(settings, None)
        try:
            await producer.start()
            for record, value in open_:
                await producer.send_and_wait(
                    record.topic,
                    verified(value, now_ms),
                    key=record.key,
                    partition=record.partition,
                )
        finally:
            await stop_quietly(producer)
    return [record.key.decode() for record, _ in open_]


async def _last(settings: Settings, names: set[str], scan: Scan) -> dict[bytes, Any]:
    """The last proof of each of these hashes."""
    topic, keys = settings.topic("erasures"), {name.encode() for name in names}
    async with connected(settings.connection(), settings.request_timeout_ms) as cluster:
        there = await cluster.topics([topic])
    tps = [TopicPartition(topic, number) for number in there[topic].leaders] if there else []
    last: dict[bytes, Any] = {}
    async with aclosing(scan.read(tps)) as polls:
        async for records in polls:
            for record in records:
                if record.key in keys:
                    last[record.key] = record
    return last
