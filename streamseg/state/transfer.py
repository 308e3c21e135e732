"""Reads a document of state out of an installation's changelogs, and writes one into them.

What is imported is complete with its last records, the offsets; until then no worker starts on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition

from streamseg.core.errors import StateError
from streamseg.kafka.cluster import connected
from streamseg.state.document import Reader, Writer
from streamseg.stream.clients import new_producer, new_reader, stop_quietly
from streamseg.stream.groups import find_workers
from streamseg.stream.offsets import OFFSETS_KEY, UNFINISHED, Reached
from streamseg.stream.scanning import Scan
from streamseg.stream.topic_names import TopicNames

if TYPE_CHECKING:
    from streamseg.settings import Settings

_AT_ONCE: Final = 5_000  # records that are on their way to Kafka


async def export(settings: Settings, write: Callable[[bytes], object]) -> None:
    """Write the lines of an installation whose workers are stopped.

    Raises StateError where its state is not whole: an input has records that it does not include.
    """
    topics = TopicNames.of(settings)
    counts = await _counts(settings, topics)
    writer = Writer()
    write(writer.begin())
    async for index, records in _changelogs(settings, topics.changelog, counts[topics.changelog]):
        await _check_inputs(
            settings, records, {"events": topics.events, "signals": topics.signals}, index
        )
        for line in writer.partition(index, records):
            write(line)
    async for index, records in _changelogs(settings, topics.catalog, counts[topics.catalog]):
        await _check_inputs(settings, records, {"products": topics.products}, index)
        for line in writer.catalog(records):
            write(line)
    write(writer.end())


async def import_(settings: Settings, lines: Iterable[bytes], *, from_beginning: bool) -> None:
    """Write a document into an installation that has no state.

    Workers read the inputs on from their ends as of now, or ``from_beginning``. Raises StateError.
    """
    topics = TopicNames.of(settings)
    counts = await _counts(settings, topics)
    targets = {topics.changelog: ("events", "signals"), topics.catalog: ("products",)}
    every = {
        topic: [TopicPartition(topic, index) for index in range(counts[topic])]
        for topic in topics.all()
        if topic in counts
    }
    await _check_empty(settings, [tp for topic in targets for tp in every[topic]])
    inputs = [tp for topic in topics.inputs for tp in every[topic]]
    positions = await _bounds(settings, inputs, is_end=not from_beginning)
    producer = new_producer(settings, None)
    await producer.start()
    try:
        sending = _Sending(producer)
        for topic in targets:
            for tp in every[topic]:
                await sending.send(tp, OFFSETS_KEY, Reached({}).encode(UNFINISHED))
        reader = Reader(counts[topics.changelog], counts[topics.catalog])
        for record in reader.records(lines):
            topic = topics.catalog if record.is_catalog else topics.changelog
            await sending.send(TopicPartition(topic, record.partition), record.key, record.value)
        await sending.finish()
        for topic, names in targets.items():
            for tp in every[topic]:
                offsets = {
                    name: positions[TopicPartition(settings.topic(name), tp.partition)]
                    for name in names
                }
                await sending.send(tp, OFFSETS_KEY, Reached(offsets).encode())
        await sending.finish()
    finally:
        await stop_quietly(producer)


class _Sending:
    """Sends records, and never has more than so many on their way."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self._sent: list[Any] = []

    async def send(self, tp: TopicPartition, key: bytes, value: bytes) -> None:
        self._sent.append(
            await self._producer.send(tp.topic, value, key=key, partition=tp.partition)
        )
        if len(self._sent) >= _AT_ONCE:
            await self.finish()

    async def finish(self) -> None:
        """Wait until all that was sent is written. Raises KafkaError."""
        await asyncio.gather(*self._sent)
        self._sent = []


async def _counts(settings: Settings, topics: TopicNames) -> dict[str, int]:
    """The partitions of each topic. Raises StateError where one is missing, or workers run."""
    async with connected(settings.connection()) as cluster:
        running = await find_workers(cluster, topics, settings.app_id)
        if running:
            groups = ", ".join(f"{count} in the group {name}" for name, count in running.items())
            raise StateError(f"workers are running ({groups}): stop them first")
        found = await cluster.topics(topics.all())
    missing = [topic for topic in topics.all() if topic not in found]
    if missing:
        raise StateError(
            f"no topic {', '.join(missing)}; make the topics with: streamseg topics apply"
        )
    return {topic: len(info.leaders) for topic, info in found.items()}


async def _changelogs(
    settings: Settings, topic: str, count: int
) -> AsyncIterator[tuple[int, dict[bytes, bytes]]]:
    """The compacted partitions of a changelog, one after the other."""
    scan = Scan(settings)
    for index in range(count):
        records: dict[bytes, bytes] = {}
        async for polled in scan.read([TopicPartition(topic, index)]):
            for record in polled:
                if record.value is None:
                    records.pop(record.key, None)
                else:
                    records[record.key] = record.value
        yield index, records


async def _check_inputs(
    settings: Settings, records: dict[bytes, bytes], topics: dict[str, str], index: int
) -> None:
    """Raises StateError where an input has records that the state does not include."""
    written = records.pop(OFFSETS_KEY, None)
    reached = Reached({}) if written is None else Reached.decode(written)
    offsets = {
        TopicPartition(topic, index): reached.offsets[name]
        for name, topic in topics.items()
        if name in reached.offsets
    }
    tps = [TopicPartition(topic, index) for topic in topics.values()]
    async with aclosing(Scan(settings).read(tps, offsets=offsets)) as polls:
        async for polled in polls:
            for record in polled:
                raise StateError(
                    f"the state does not include {record.topic}-{index} from offset "
                    f"{record.offset} on: let the workers read what is there, stop them, and "
                    "export then"
                )


async def _check_empty(settings: Settings, tps: list[TopicPartition]) -> None:
    """Raises StateError where there is state already."""
    first = await _bounds(settings, tps, is_end=False)
    for tp, end in (await _bounds(settings, tps, is_end=True)).items():
        if end > first[tp]:
            raise StateError(
                f"{tp.topic}-{tp.partition} has records already: import into topics that were "
                "never used (delete both changelogs, and make them with: streamseg topics apply)"
            )


async def _bounds(
    settings: Settings, tps: list[TopicPartition], *, is_end: bool
) -> dict[TopicPartition, int]:
    reader = new_reader(settings)
    await reader.start()
    try:
        found = await (reader.end_offsets(tps) if is_end else reader.beginning_offsets(tps))
        return dict(found)
    finally:
        await stop_quietly(reader)
