"""Proofs of erasures: the last record of each, and their completion once nothing is left."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import TopicPartition

from streamseg.core.identity.graves import pseudonym
from streamseg.formats.erasures import verified
from streamseg.kafka.cluster import connected
from streamseg.stream.clients import new_producer, stop_quietly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan


async def proofs_of(settings: Settings, ids: Iterable[str], scan: Scan) -> dict[str, list[Any]]:
    """The proofs of each id, an erasure after the other by their times: of each its last record.
    An id without one under the present key is left out.

    Raises KafkaError.
    """
    names = {one: pseudonym(one, settings.pseudonym_key).encode() for one in ids}
    last = await _last(settings, set(names.values()), scan)
    found: dict[str, list[Any]] = {}
    for one, name in names.items():
        own = sorted((at, record) for (key, at), record in last.items() if key == name)
        if own:
            found[one] = [record for _, record in own]
    return found


async def note_verified(settings: Settings, proofs: Iterable[list[Any]], now_ms: int) -> list[str]:
    """Write it for the proofs of these ids, where nobody has before. Their hashes.

    The proof of an id's last erasure stays its last record. Raises KafkaError.
    """
    open_ = [
        record
        for own in proofs
        if not _is_verified(own[-1])
        for record in own
        if not _is_verified(record)
    ]
    if open_:
        producer = new_producer(settings, None)
        try:
            await producer.start()
            for record in open_:
                await producer.send_and_wait(
                    record.topic,
                    verified(orjson.loads(record.value), now_ms),
                    key=record.key,
                    partition=record.partition,
                )
        finally:
            await stop_quietly(producer)
    return list(dict.fromkeys(record.key.decode() for record in open_))


def _is_verified(record: Any) -> bool:
    return orjson.loads(record.value)["verified_at"] is not None


async def _last(settings: Settings, names: set[bytes], scan: Scan) -> dict[tuple[bytes, str], Any]:
    """The last record of each of these hashes, by hash and time of the erasure."""
    topic = settings.topic("erasures")
    async with connected(settings.connection(), settings.request_timeout_ms) as cluster:
        there = await cluster.topics([topic])
    tps = [TopicPartition(topic, number) for number in there[topic].leaders] if there else []
    last: dict[tuple[bytes, str], Any] = {}
    async with aclosing(scan.read(tps)) as polls:
        async for records in polls:
            for record in records:
                if record.key in names:
                    last[record.key, orjson.loads(record.value)["erased_at"]] = record
    return last
