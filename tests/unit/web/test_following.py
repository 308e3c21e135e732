"""Listeners of what is told: none misses what comes while others are sent."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

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
        async with aclosing(told.follow(ALL, {})) as messages:
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
        async with aclosing(told.follow(ALL, {})) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await listening()
            told.tell(KEPT + 7)
            return await waiting, await anext(messages)

    gap, message = asyncio.run(listen())
    assert gap is not None
    assert message is not None
    assert (gap.kind, gap.value) == ("gap", b'{"missed":7}')
    assert message.value == b"7"


class Topics:
    """What is in the topics; a reader of them as aiokafka's. ``away``: Kafka does not answer."""

    def __init__(self) -> None:
        self.records: dict[TopicPartition, list[bytes]] = {}
        self.away = False

    def write(self, *values: bytes) -> None:
        self.records.setdefault(TopicPartition("streamseg.triggers", 0), []).extend(values)

    def reader(self, _: Settings) -> Reader:
        return Reader(self)


class Reader:
    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._at: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        if self._topics.away:
            raise KafkaConnectionError("away")

    async def stop(self) -> None:
        pass

    def assign(self, tps: list[TopicPartition]) -> None:
        self._at = dict.fromkeys(tps, 0)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._at[tp] = offset

    async def position(self, tp: TopicPartition) -> int:
        return self._at[tp]

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 0)

    async def end_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: len(self._topics.records.get(tp, ())) for tp in tps}

    async def getmany(self, *_: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0)
        got = {}
        for tp, at in self._at.items():
            values = self._topics.records.get(tp, [])[at:]
            if values:
                self._at[tp] = at + len(values)
                got[tp] = [
                    SimpleNamespace(topic=tp.topic, partition=0, offset=n, value=value)
                    for n, value in enumerate(values, start=at)
                ]
        return got


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> Topics:
    topics = Topics()
    monkeypatch.setattr("streamseg.stream.following.new_reader", topics.reader)
    return topics


async def first_after(following: Following, topics: Topics, *values: bytes) -> list[str]:
    """The ids in what a new listener is told, up to the last of what is written after it came."""
    told: list[str] = []
    async with aclosing(following.follow(ALL, {})) as messages:
        waiting = asyncio.ensure_future(anext(messages))
        await listening()
        topics.write(*values)
        while not told or told[-1] != json.loads(values[-1])["id"]:
            message = await waiting
            assert message is not None
            told.append(json.loads(message.value)["value"].get("id"))
            waiting = asyncio.ensure_future(anext(messages))
            await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
    return told


def test_a_listener_is_told_nothing_of_the_time_when_nobody_listened(topics: Topics) -> None:
    async def listen() -> tuple[list[str], list[str]]:
        following = Following(Settings(), lambda _: 1)
        one = await first_after(following, topics, b'{"id":"a"}')
        topics.write(b'{"id":"b"}')
        return one, await first_after(following, topics, b'{"id":"c"}')

    assert asyncio.run(asyncio.wait_for(listen(), 10)) == (["a"], ["c"])


@pytest.mark.parametrize("foreign", [b"[1]", b"7", b"no JSON", b"\xff"])
def test_a_record_that_is_none_of_ours_does_not_end_the_stream(
    topics: Topics, foreign: bytes
) -> None:
    following = Following(Settings(), lambda _: 1)
    told = first_after(following, topics, foreign, b'{"id":"a"}')
    assert asyncio.run(asyncio.wait_for(told, 10)) == [None, "a"]


def test_a_record_in_several_lines_is_one_line_of_the_stream(topics: Topics) -> None:
    async def listen() -> bytes:
        following = Following(Settings(), lambda _: 1)
        async with aclosing(following.follow(ALL, {})) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await listening()
            topics.write(b'{"id":\r"a"}')
            message = await waiting
            assert message is not None
            return message.value

    value = asyncio.run(asyncio.wait_for(listen(), 10))
    assert not {b"\r", b"\n"} & {value[n : n + 1] for n in range(len(value))}


def test_where_kafka_is_away_while_it_catches_up_the_stream_ends(topics: Topics) -> None:
    async def listen() -> list[Message | None]:
        following = Told()
        topics.away = True
        return [one async for one in following.follow(ALL, {("triggers", 0): 3})]

    assert asyncio.run(asyncio.wait_for(listen(), 10)) == []


def test_an_id_of_a_topic_that_was_made_anew_hides_nothing(topics: Topics) -> None:
    async def listen() -> bytes:
        following = Following(Settings(), lambda _: 1)
        topics.write(b'{"id":"a"}')
        async with aclosing(following.follow(ALL, {("triggers", 0): 50})) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await listening()
            for _ in range(20):
                await asyncio.sleep(0)
            topics.write(b'{"id":"b"}')
            message = await waiting
            assert message is not None
            return message.value

    assert b'"id":"b"' in asyncio.run(asyncio.wait_for(listen(), 5))
