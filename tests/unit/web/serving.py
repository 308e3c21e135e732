"""A worker's API over a real engine, without Kafka: one partition of contacts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import ClientSession

from streamseg.core.partition import Partition
from streamseg.formats.canonical import decode
from streamseg.formats.naming import IN_CLEAR
from streamseg.observe.stats import WorkerStats
from streamseg.rules import parse_rules
from streamseg.settings import Settings
from streamseg.stream.answering import WorkerSource
from streamseg.stream.partition_task import PartitionTask
from streamseg.stream.topic_names import TopicNames
from streamseg.web.access import Access
from streamseg.web.api import Api
from streamseg.web.server import WebServer
from streamseg.web.tokens import Tokens

T0 = 1_795_255_200_000
HOUR = 3_600_000
RULES = """\
version: 1
segments:
- {name: cart_left, use: abandoned_cart, with: {after: [1h, 24h]}, trigger: {cooldown: 7d}}
- {name: back, use: back_in_stock}
- {name: searched, on: searched}
- name: keen
  when: {all: [{did: product_viewed, at_least: 2, within: 1d}, {not: {did: order_placed}}]}
  trigger: {limit: 1}
"""


class Shop:
    """A partition with what is under way to it, as a session has it."""

    def __init__(
        self, partitions: int = 1, here: tuple[int, ...] = (0,), rules: str = RULES
    ) -> None:
        self.settings = Settings(lateness_ms=0)
        self.naming = IN_CLEAR
        self.rules = parse_rules(rules)
        self.stats = WorkerStats()
        self.stats.expect([one.name for one in self.rules.segments])
        topics = TopicNames.of(self.settings)
        self.cores = {number: Partition(self.rules) for number in here}
        self.tasks = {
            number: PartitionTask(core, number, topics, self.stats)
            for number, core in self.cores.items()
        }
        for core in self.cores.values():
            core.ready()
        self.owners: dict[int, str] = {}
        self.asked_anew = 0
        self.session: Any = SimpleNamespace(
            running=lambda: self.tasks, counts={topics.events: partitions}, directory=self
        )

    async def owner(self, partition: int, *, anew: bool = False) -> str | None:
        self.asked_anew += anew
        return self.owners.get(partition)

    async def members(self) -> dict[str, int]:
        return dict.fromkeys(self.owners.values(), 1)

    def feed(self, *events: dict[str, Any], commit: bool = True, partition: int = 0) -> None:
        core = self.cores[partition]
        for event in events:
            core.apply(decode(json.dumps(event).encode()), None)
        if commit:
            self.commit(partition)

    def commit(self, partition: int = 0) -> None:
        self.cores[partition].take()
        self.cores[partition].install()

    def api(self, tokens: Path | None = None, *, is_local: bool = True) -> Api:
        read = None if tokens is None else Tokens(tokens)
        self.server: WebServer | None = None
        source = WorkerSource(
            self.settings,
            self.rules,
            self.stats,
            lambda: self.session,
            lambda: None if self.server is None else self.server.url,
            naming=self.naming,
        )
        return Api(source, Access(read, is_local=is_local), self.naming)


@asynccontextmanager
async def serving(shop: Shop, api: Api | None = None) -> AsyncIterator[ClientSession]:
    """The shop's server on a free port."""
    server = WebServer(shop.stats, api=shop.api() if api is None else api)
    await server.start()
    shop.server = server
    try:
        assert server.url is not None
        async with ClientSession(server.url) as session:
            yield session
    finally:
        await server.stop()


def asked(shop: Shop, asking: Callable[[ClientSession], Awaitable[None]], **options: Any) -> None:
    """Let `asking` ask the shop's API."""

    async def run() -> None:
        async with serving(shop, shop.api(**options)) as session:
            await asking(session)

    asyncio.run(run())


async def get(session: ClientSession, path: str, **headers: str) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    async with session.get(f"/api/v1{path}", headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


def event(kind: str, at: int, contact: str = "ann", **data: Any) -> dict[str, Any]:
    return {"type": kind, "contact": contact, "time": at, "data": data}


def left_cart() -> Shop:
    """Ann has left a cart, and Bob has come in the half hour after."""
    shop = Shop()
    shop.feed(
        event("cart_item_added", T0, product="p", price=199),
        event("contact_updated", T0 + 1, country="PL"),
        event("session_started", T0 + HOUR // 2, contact="bob"),
    )
    return shop
