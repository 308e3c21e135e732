"""Streams of what is told: who gets what, that the line stays open, and how many there may be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

from streamseg.core.identity.graves import pseudonym
from streamseg.formats.naming import Naming
from streamseg.settings import Settings
from streamseg.stream.following import Following
from streamseg.web.source import Message
from streamseg.web.streaming import MOST_STREAMS

from .serving import asked, left_cart

KEY = b"k" * 32


class Told(Following):
    """What is told by hand, instead of by Kafka; ``made`` is the last one."""

    made: Told

    def __init__(self, *_: Any) -> None:
        super().__init__(Settings(), lambda _: 1)
        Told.made = self

    async def _run(self) -> None:
        self._ready.set()
        await asyncio.Event().wait()

    @property
    def listeners(self) -> int:
        return self._listeners

    def tell(self, kind: str, contact: str, segment: str) -> None:
        value = json.dumps({"contact": contact, "segment": segment}).encode()
        number = self._number
        message = Message(kind, value, f"{kind}-0:{number + 1}", contact, segment)
        self._messages.append((kind, 0, number, message))
        self._number += 1
        self._news.set()
        self._news = asyncio.Event()


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamseg.stream.answering.Following", Told)


@asynccontextmanager
async def listening(session: ClientSession, query: str = "") -> AsyncIterator[Any]:
    """The lines of a stream, from where it is open on."""
    before = Told.made.listeners
    async with session.get(f"/api/v1/stream{query}") as answer:
        assert answer.status == 200
        assert (await answer.content.readline()) == b"retry: 1000\n"
        assert (await answer.content.readline()) == b"\n"
        while Told.made.listeners == before:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)
        yield answer.content


async def messages(lines: Any, count: int) -> list[tuple[str, Any]]:
    """So many messages: kind and value."""
    found: list[tuple[str, Any]] = []
    kind = ""
    while len(found) < count:
        line = (await asyncio.wait_for(lines.readline(), 5)).decode()
        name, _, value = line.rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            found.append((kind, json.loads(value)))
    return found


def test_a_stream_has_what_its_listener_asks_for() -> None:
    async def asking(session: ClientSession) -> None:
        async with (
            listening(session) as everything,
            listening(session, "?contact=ann") as of_ann,
            listening(session, "?topics=decisions&segment=keen&contact=ann") as few,
        ):
            tell = Told.made.tell
            tell("triggers", "ann", "keen")
            tell("triggers", "bob", "keen")
            tell("decisions", "ann", "left")
            tell("decisions", "ann", "keen")
            assert len(await messages(everything, 4)) == 4
            kinds = [kind for kind, _ in await messages(of_ann, 3)]
            assert kinds == ["triggers", "decisions", "decisions"]
            assert await messages(few, 1) == [("decisions", {"contact": "ann", "segment": "keen"})]

    asked(left_cart(), asking)


def test_a_contact_is_followed_by_the_pseudonym_that_topics_have_for_it() -> None:
    shop = left_cart()
    shop.naming = Naming(("decisions",), KEY)

    async def asking(session: ClientSession) -> None:
        async with listening(session, "?contact=ann") as lines:
            Told.made.tell("decisions", pseudonym("bob", KEY), "keen")
            Told.made.tell("decisions", pseudonym("ann", KEY), "keen")
            Told.made.tell("triggers", "ann", "keen")
            (one, other) = await messages(lines, 2)
            assert one[1]["contact"] == pseudonym("ann", KEY)
            assert other[1]["contact"] == "ann"

    asked(shop, asking)


def test_a_line_comes_while_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamseg.stream.following.PING_SECONDS", 0.05)

    async def asking(session: ClientSession) -> None:
        async with listening(session) as lines:
            for _ in range(2):
                assert await asyncio.wait_for(lines.readline(), 5) == b": ping\n"
                assert await lines.readline() == b"\n"

    asked(left_cart(), asking)


def test_a_line_comes_also_while_only_others_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamseg.web.streaming.PING_SECONDS", 0.05)

    async def asking(session: ClientSession) -> None:
        async with listening(session, "?contact=ann") as lines:
            heard = asyncio.ensure_future(lines.readline())
            while not heard.done():
                Told.made.tell("triggers", "bob", "keen")
                await asyncio.sleep(0.01)
            assert await heard == b": ping\n"

    asked(left_cart(), asking)


def test_so_many_streams_are_open_at_once_and_no_more() -> None:
    async def asking(session: ClientSession) -> None:
        opened = []
        for number in range(MOST_STREAMS):
            opened.append(await session.get("/api/v1/stream"))
            assert opened[-1].status == 200, number
            await asyncio.sleep(0.02)  # not more than 50 requests a second
        async with session.get("/api/v1/stream") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert (await answer.json(content_type=None))["code"] == "too_many_streams"
        opened.pop().close()
        while Told.made.listeners == MOST_STREAMS:
            Told.made.tell("triggers", "ann", "keen")  # who has left is noticed as they are told
            await asyncio.sleep(0.01)
        async with listening(session):
            pass
        for one in opened:
            one.close()

    asked(left_cart(), asking)


@pytest.mark.parametrize(
    ("last_id", "named"),
    [
        ("nonsense", "'nonsense'"),
        ("triggers-0:12,decisions-x:3", "'decisions-x:3'"),
        ("events-0:12", "'events-0:12'"),
        ("triggers-0:-1", "'triggers-0:-1'"),
        ("triggers-0:12,", "''"),
        ("triggers-0:" + "9" * 30, "'triggers-0:999"),
    ],
)
def test_an_id_that_no_stream_has_given_is_named_and_not_taken_for_now(
    last_id: str, named: str
) -> None:
    async def asking(session: ClientSession) -> None:
        async with session.get("/api/v1/stream", headers={"Last-Event-ID": last_id}) as answer:
            told = await answer.json(content_type=None)
            assert (answer.status, told["code"]) == (400, "bad_parameter")
            assert told["detail"].startswith("Last-Event-ID: ")
            assert named in told["detail"]

    asked(left_cart(), asking)


def test_an_empty_id_is_none() -> None:
    async def asking(session: ClientSession) -> None:
        async with session.get("/api/v1/stream", headers={"Last-Event-ID": ""}) as answer:
            assert answer.status == 200

    asked(left_cart(), asking)
