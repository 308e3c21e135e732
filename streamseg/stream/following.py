"""Follows triggers and decisions for listeners: one reader of the topics for all listeners, while
there are any.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streamseg.stream.clients import new_reader, stop_quietly
from streamseg.web.source import Message, Positions
from streamseg.web.streaming import PING_SECONDS, TOPICS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from streamseg.settings import Settings

log = logging.getLogger(__name__)

KEPT: Final = 1_000  # messages for listeners that are slow
POLL_MS: Final = 200
AGAIN_SECONDS: Final = 1.0
KAFKA_AWAY: Final = (KafkaError, OSError, TimeoutError)


class Following:
    """Follows triggers and decisions. ``count_of`` gives how many partitions a topic has."""

    def __init__(self, settings: Settings, count_of: Callable[[str], int]) -> None:
        self._settings = settings
        self._count_of = count_of
        self._messages: deque[tuple[str, int, int, Message]] = deque(maxlen=KEPT)
        self._number = 0  # of messages so far; the last of them is in the deque
        self._positions: Positions = {}
        self._news = asyncio.Event()
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def follow(
        self, topics: frozenset[str], seen: Positions
    ) -> AsyncGenerator[Message | None, None]:
        """The messages from now on, or where ``seen`` is not empty from there on; yields None when
        none came for some time.
        """
        async with self._listening():
            number = self._number
            if seen:
                try:
                    async with aclosing(self._missed(topics, seen)) as missed_before:
                        async for message in missed_before:
                            yield message
                except KAFKA_AWAY as error:  # a listener that asks again continues there
                    log.info("What was told cannot be read just now: %r", error)
                    return
            while True:
                # What is new is taken at once: more comes while it is sent.
                missed = self._number - len(self._messages) - number
                new, number = self._since(number), self._number
                if missed > 0:
                    yield Message("gap", orjson.dumps({"missed": missed}))
                for topic, partition, offset, message in new:
                    if topic in topics and offset >= seen.get((topic, partition), 0):
                        yield message
                if not await self._wait(number):
                    yield None

    def _since(self, number: int) -> list[tuple[str, int, int, Message]]:
        new = self._number - number
        return list(self._messages)[-new:] if new > 0 else []

    async def _wait(self, number: int) -> bool:
        """Wait for news; False where there were none."""
        if self._number > number:
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), PING_SECONDS)
        return self._number > number

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        self._listeners += 1
        if self._task is None:
            self._ready.clear()
            self._positions = {}  # a new listener does not get what came when nobody listened
            self._task = asyncio.create_task(self._run())
        try:
            await self._ready.wait()
            yield
        finally:
            self._listeners -= 1
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None
                self._messages.clear()

    async def _run(self) -> None:
        """Read for as long as somebody listens; start over where Kafka is away."""
        while True:
            reader = new_reader(self._settings)
            try:
                await reader.start()
                await self._read(reader)
            except KAFKA_AWAY as error:
                log.info("What is told cannot be followed just now: %r", error)
                await asyncio.sleep(AGAIN_SECONDS)
            finally:
                await stop_quietly(reader)

    async def _read(self, reader: Any) -> None:
        tps = self._partitions()
        if not tps:  # a worker that has just started does not know the partitions yet
            raise TimeoutError("the topics' partitions are not known yet")
        reader.assign(list(tps))
        if not self._positions.keys() >= set(tps.values()):
            ends = await reader.end_offsets(list(tps))
            self._positions = {tps[tp]: end for tp, end in ends.items()}
        for tp, place in tps.items():
            reader.seek(tp, self._positions[place])
        self._ready.set()
        while True:
            for tp, records in (await reader.getmany(timeout_ms=POLL_MS)).items():
                topic, partition = tps[tp]
                for record in records:
                    self._positions[topic, partition] = record.offset + 1
                    message = _message(topic, record, self._positions)
                    self._messages.append((topic, partition, record.offset, message))
                    self._number += 1
                self._news.set()
                self._news = asyncio.Event()

    async def _missed(
        self, topics: frozenset[str], seen: Positions
    ) -> AsyncGenerator[Message | None, None]:
        """The messages after some positions, up to now; moves ``seen`` on with them."""
        tps = {tp: place for tp, place in self._partitions().items() if place in seen}
        reader = new_reader(self._settings)
        try:
            await reader.start()
            begins = await reader.beginning_offsets(list(tps))
            ends = await reader.end_offsets(list(tps))
            for tp, place in tps.items():  # a topic that was made anew begins at 0 again
                seen[place] = min(seen[place], ends[tp])
            left = [tp for tp, place in tps.items() if seen[place] < ends[tp]]
            reader.assign(left)
            for tp in left:
                reader.seek(tp, max(begins[tp], seen[tps[tp]]))
            while left:
                for tp, records in (await reader.getmany(*left, timeout_ms=POLL_MS)).items():
                    topic, partition = tps[tp]
                    for record in records:
                        seen[topic, partition] = record.offset + 1
                        if topic in topics:
                            yield _message(topic, record, seen)
                left = [tp for tp in left if await reader.position(tp) < ends[tp]]
        finally:
            await stop_quietly(reader)

    def _partitions(self) -> dict[TopicPartition, tuple[str, int]]:
        return {
            TopicPartition(self._settings.topic(topic), number): (topic, number)
            for topic in TOPICS
            for number in range(self._count_of(topic))
        }


def _message(topic: str, record: Any, positions: Positions) -> Message:
    """A record as a message; its place in the topic is in it."""
    try:
        value = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        value = {}
    if not isinstance(value, dict):
        value = {}
    place = f"{record.topic}-{record.partition}@{record.offset}"
    is_line = value and b"\n" not in record.value and b"\r" not in record.value
    told = record.value if is_line else orjson.dumps(value)
    told = b'{"place":' + orjson.dumps(place) + b',"value":' + told + b"}"
    return Message(topic, told, _id_of(positions), value.get("contact"), value.get("segment"))


def _id_of(positions: Positions) -> str:
    """Positions as an event's id: `triggers-0:12,triggers-1:4`."""
    return ",".join(f"{topic}-{number}:{offset}" for (topic, number), offset in positions.items())
