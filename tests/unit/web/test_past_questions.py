"""Questions about the past over HTTP: one at a time, and only as long as there is time."""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections.abc import AsyncGenerator, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from streamseg.core.values.timestamps import format_time

from .serving import HOUR, RULES, T0, Shop, asked, event, get, left_cart

AT = "2026-11-21T10:30:00.000Z"


class Reading:
    """Stands for a scan of the topics: ``records`` come, then `then` is waited for."""

    records: tuple[dict[str, Any], ...] = ()
    is_in_time = True

    def __init__(self, *_: Any) -> None:
        self.first: dict[Any, int] = {}
        self.complete = True
        self.is_up = not self.is_in_time

    async def then(self) -> None:
        self.complete = self.is_in_time

    async def read(self, tps: list[Any]) -> AsyncGenerator[list[Any], None]:
        if tps[0].topic.endswith("events"):
            yield [
                SimpleNamespace(
                    topic=tps[0].topic,
                    partition=tps[0].partition,
                    offset=number,
                    key=one["contact"].encode(),
                    value=json.dumps(one).encode(),
                    timestamp=one["time"],
                )
                for number, one in enumerate(self.records)
            ]
        await self.then()


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Reading]], None]:
    def use(reading: type[Reading]) -> None:
        monkeypatch.setattr("streamseg.stream.answering.Scan", reading)

    return use


def path_of(contact: str, segment: str, **query: str) -> str:
    given = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"/contacts/{quote(contact, safe='')}/segments/{segment}/why?{given}"


@pytest.mark.parametrize("records", [(), (event("product_viewed", T0, "o'ann; ls", product="p"),)])
def test_where_time_is_up_the_command_is_told_that_asks_the_same(
    scanned: Callable[[type[Reading]], None], records: tuple[dict[str, Any], ...]
) -> None:
    class Slow(Reading):
        is_in_time = False

    Slow.records = records
    scanned(Slow)

    async def asking(session: ClientSession) -> None:
        status, told = await get(session, path_of("o'ann; ls", "back", key="a b", at=AT))
        assert (status, told["code"]) == (504, "too_long")
        command = told["detail"].partition("ask by: ")[2]
        assert shlex.split(command) == [
            *("streamseg", "why", "o'ann; ls", "back", "--key", "a b", "--at", AT),
            *("--rules", "F"),  # without it the command would ask the worker again
        ]
        status, told = await get(session, path_of("ann", "kean", at=AT))
        assert (status, told["code"]) == (404, "no_segment")  # no topic is read for that
        _, told = await get(session, path_of("ann", "keen", at=AT))
        assert told["detail"].endswith(f"ask by: streamseg why ann keen --at {AT} --rules F")

    asked(left_cart(), asking)


def test_what_is_still_to_come_is_no_past() -> None:
    async def asking(session: ClientSession) -> None:
        status, told = await get(session, path_of("ann", "keen", at="2200-01-01T00:00:00Z"))
        assert (status, told["code"]) == (400, "bad_parameter")
        assert told["detail"].startswith("at: 2200-01-01T00:00:00.000Z is still to come")

    asked(left_cart(), asking)


def test_an_event_of_a_sender_whose_clock_is_ahead_is_of_the_past(
    scanned: Callable[[type[Reading]], None],
) -> None:
    ahead = int(time.time() * 1000) + 120_000
    viewed = event("product_viewed", ahead, product="p")

    class Ahead(Reading):
        records = (viewed,)

    scanned(Ahead)
    shop = Shop()
    shop.feed(viewed)

    async def asking(session: ClientSession) -> None:
        status, told = await get(session, path_of("ann", "keen", at=format_time(ahead)))
        assert (status, told["tree"]["parts"][0]["saw"]["count"]) == (200, 1)
        assert (await get(session, path_of("ann", "keen", at=format_time(ahead + 1))))[0] == 400

    asked(shop, asking)


def test_time_is_up_also_while_what_was_read_is_played(
    scanned: Callable[[type[Reading]], None],
) -> None:
    class Late(Reading):
        records = tuple(event("product_viewed", T0 + number, product="p") for number in range(100))

        async def then(self) -> None:
            self.is_up = True  # when all is read, and nothing is played

    scanned(Late)

    async def asking(session: ClientSession) -> None:
        status, told = await get(session, path_of("ann", "keen", at=AT))
        assert (status, told["code"]) == (504, "too_long")

    asked(left_cart(), asking)


def test_a_question_beside_one_that_reads_topics_is_told_to_come_again(
    scanned: Callable[[type[Reading]], None],
) -> None:
    class Held(Reading):
        records = (event("cart_item_added", T0, product="p"),)
        begun, goes_on = asyncio.Event(), asyncio.Event()

        async def then(self) -> None:
            self.begun.set()
            await self.goes_on.wait()

    scanned(Held)
    paths = [
        path_of("ann", "keen", at=AT),
        path_of("ann", "keen", links="1"),
        "/contacts/ann/timeline",
        "/dlq",
    ]

    async def asking(session: ClientSession) -> None:
        first = asyncio.ensure_future(get(session, path_of("ann", "cart_left", at=AT)))
        await Held.begun.wait()
        for path in paths:
            async with session.get(f"/api/v1{path}") as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (409, "1")
                assert (await answer.json(content_type=None))["code"] == "busy"
        assert (await get(session, "/contacts/ann/segments/keen/why"))[0] == 200  # reads none
        Held.goes_on.set()
        assert (await first)[0] == 200
        assert (await get(session, paths[0]))[0] == 200

    shop = Shop(rules=RULES)
    shop.feed(event("cart_item_added", T0, product="p"), event("page_viewed", T0 + HOUR))
    asked(shop, asking)
