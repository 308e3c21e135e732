"""Listeners of what is told: none misses what comes while others are sent."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from streamseg.settings import Settings
from streamseg.stream.following import KEPT, Following
from streamseg.web.source import Message

ALL = frozenset({"triggers", "decisions"})


class Told(Following):
    """What is told by hand, instead of by Kafka."""

    def __init__(self) -> None:
        super().__init__(Settings(), lambda _: 1)
        self.offset = 0

    async def _run(self) -> None:
        self._ready.set()
        await asyncio.Event().wait()

    def tell(self, count: int = 1) -> None:
        for _ in range(count):
            message = Message("triggers", str(self.offset).encode())
            self._messages.append(("triggers", 0, self.offset, message))
            self.offset += 1
            self._number += 1
        self._news.set()
        self._news = asyncio.Event()


async def listening() -> None:
    """Let a listener come to where it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_what_comes_while_others_are_sent_is_sent_too() -> None:
    async def listen() -> list[bytes]:
        told, heard = Told(), []
        async with aclosing(told.follow(ALL, None)) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await listening()
            told.tell(2)
            first = await waiting
            assert first is not None
            heard.append(first.value)
            told.tell(3)  # the listener has not taken the second yet
            for _ in range(4):
                message = await anext(messages)
                assert message is not None
                heard.append(message.value)
        return heard

    assert asyncio.run(listen()) == [b"0", b"1", b"2", b"3", b"4"]


def test_who_is_too_slow_is_told_how_much_was_missed() -> None:
    async def listen() -> tuple[Message | None, Message | None]:
        told = Told()
        async with aclosing(told.follow(ALL, None)) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await listening()
            told.tell(KEPT + 7)
            return await waiting, await anext(messages)

    gap, message = asyncio.run(listen())
    assert gap is not None
    assert message is not None
    assert (gap.kind, gap.value) == ("gap", b'{"missed":7}')
    assert message.value == b"7"
