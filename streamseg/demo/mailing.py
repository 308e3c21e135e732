"""The sender of the demo: answers triggers with messages, and reports them to Kafka, as a shop's
own sender would.
"""

import asyncio
import heapq
import time

from streamseg.produce.routing import InputTopics, route
from streamseg.produce.sender import Sender
from streamseg.settings import Settings
from streamseg.simulate import encode_line, event_time_ms, messages
from streamseg.tail.reading import Record
from streamseg.tail.rendering import message_of

_SHARE = 0.8  # of the triggers that get a message
_THINK_S = 1.0


class Mailing:
    """Takes records of the triggers' topic, and tells what becomes of the messages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._records: asyncio.Queue[Record] = asyncio.Queue()
        self._events: list[tuple[int, bytes]] = []  # a heap, by time

    def take(self, record: Record) -> None:
        """A trigger is there."""
        self._records.put_nowait(record)

    async def run(self) -> None:
        """Send events of messages, each when its time comes, until this is cancelled."""
        topics = InputTopics.named(self._settings.topic)
        async with Sender(self._settings.connection(), "streamseg-demo-mail") as sender:
            await sender.find([topics.events, topics.products])
            while True:
                await self._take_until_due()
                while self._events and self._events[0][0] <= _now_ms():
                    _, line = heapq.heappop(self._events)
                    stream, key = route(line)
                    sender.add(topics.of(stream), key, line)
                await sender.flush()

    async def _take_until_due(self) -> None:
        """Take triggers until the time of an event has come."""
        while not self._events or self._events[0][0] > _now_ms():
            ahead_s = (self._events[0][0] - _now_ms()) / 1000 if self._events else None
            try:
                record = await asyncio.wait_for(self._records.get(), ahead_s)
            except TimeoutError:
                return
            for event in messages([message_of(record) or {}], _SHARE, _THINK_S):
                heapq.heappush(self._events, (event_time_ms(event), encode_line(event).rstrip()))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
