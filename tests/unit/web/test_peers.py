"""A request goes to the worker that has the contact, once; counts are those of all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession

from streamseg.core.identity.identity_state import LINKS
from streamseg.core.identity.links import Links
from streamseg.core.identity.mail import Merge
from streamseg.core.partition import Partition
from streamseg.kafka.partitioning import partition_of
from streamseg.web import peers

from .serving import T0, Shop, event, get, serving


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy answers, too."""
    monkeypatch.setattr(peers, "GATHER_SECONDS", 20.0)


ANN, BOB = (
    next(name for name in ("ann", "bob", "cy", "dan") if partition_of(name.encode(), 2) == number)
    for number in (0, 1)
)


def two(asking: Callable[[Shop, Shop, ClientSession], Awaitable[None]]) -> None:
    """Two workers, each with one of two partitions, who know each other; the first is asked."""

    async def run() -> None:
        first, second = Shop(2, (0,)), Shop(2, (1,))
        first.feed(event("cart_item_added", T0, contact=ANN, product="p"), partition=0)
        second.feed(event("cart_item_added", T0, contact=BOB, product="p"), partition=1)
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(serving(first))
            await stack.enter_async_context(serving(second))
            assert first.server is not None
            assert second.server is not None
            first.owners[1] = str(second.server.url)
            second.owners[0] = str(first.server.url)
            await asking(first, second, session)

    asyncio.run(run())


def test_a_contact_is_answered_by_whoever_has_it() -> None:
    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        for name in (ANN, BOB):
            status, told = await get(session, f"/contacts/{name}?raw=0")
            assert (status, told["contact"]) == (200, name)
            status, told = await get(session, f"/contacts/{name}/segments/cart_left/why")
            assert (status, told["truth"]) == (200, "false")
        status, told = await get(session, f"/contacts/{BOB}/segments/nothing/why")
        assert (status, told["code"]) == (404, "no_segment")

    two(asking)


def test_counts_are_those_of_all_workers() -> None:
    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        first.stats.fired["keen"] += 2
        second.stats.fired["keen"] += 3
        _, told = await get(session, "/segments/keen")
        assert told["fired"] == 5
        _, told = await get(session, "/segments")
        assert told["partitions"] == {"answered": 2, "of": 2}
        _, told = await get(session, "/workers")
        assert (len(told["workers"]), told["silent"]) == (2, [])

    two(asking)


def test_f27_an_owner_that_is_dead_is_a_moving_partition() -> None:
    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        first.owners[1] = "http://127.0.0.1:9"
        async with session.get(f"/api/v1/contacts/{BOB}") as answer:
            told = await answer.json(content_type=None)
            assert (answer.status, told["code"]) == (503, "partition_moving")
            assert answer.headers["Retry-After"] == "1"
        assert first.asked_anew == 1
        _, told = await get(session, "/workers")
        assert told["silent"] == ["http://127.0.0.1:9"]
        assert told["partitions"] == {"answered": 1, "of": 2}

    two(asking)


def test_f22_a_partition_that_nobody_has_is_moving() -> None:
    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        del first.owners[1]
        async with session.get(f"/api/v1/contacts/{BOB}") as answer:
            told = await answer.json(content_type=None)
            assert (answer.status, told["code"]) == (503, "partition_moving")
            assert answer.headers["Retry-After"] == "1"

    two(asking)


def test_f29_a_request_is_passed_on_once_only() -> None:
    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        assert second.server is not None
        second.owners[1] = str(second.server.url)
        second.tasks.clear()  # it has lost the partition, and nobody has it
        status, told = await get(session, f"/contacts/{BOB}")
        assert (status, told["code"]) == (503, "partition_moving")
        assert first.server is not None
        assert first.server.api is not None
        own = first.server.api.peers.name
        status, told = await get(session, f"/contacts/{BOB}", **{"x-streamseg-hop": own})
        assert (status, told["code"]) == (508, "loop")
        status, told = await get(session, f"/contacts/{BOB}", **{"x-streamseg-hop": "other"})
        assert (status, told["code"]) == (421, "wrong_owner")

    two(asking)


def test_a_contact_that_was_merged_into_another_workers_is_followed_there() -> None:
    gone = next(
        name for name in ("x1", "x2", "x3", "x4", "x5") if partition_of(name.encode(), 2) == 1
    )

    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        core = Partition(second.rules)
        stub = Merge(T0, ANN, gone)
        core.load(LINKS + gone.encode(), Links([stub]).encode())
        core.ready()
        second.tasks[1].core = core
        status, told = await get(session, f"/contacts/{gone}")
        assert (status, told["contact"], told["merged_into"]) == (200, ANN, ANN)
        assert second.server is not None
        async with ClientSession(second.server.url) as other:
            status, told = await get(other, f"/contacts/{gone}")
            assert (status, told["contact"], told["merged_into"]) == (200, ANN, ANN)

    two(asking)


def test_a_contact_that_was_merged_where_it_is_is_followed_by_whoever_has_it() -> None:
    gone, kept = [f"y{n}" for n in range(20) if partition_of(f"y{n}".encode(), 2) == 1][:2]

    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        merged = event("contact_merged", T0 + 1, contact=kept) | {"data": {"from": gone}}
        viewed = event("product_viewed", T0, contact=gone, product="p")
        second.feed(viewed, merged, partition=1)
        status, told = await get(session, f"/contacts/{gone}")
        assert (status, told["contact"], told["merged_into"]) == (200, kept, kept)

    two(asking)


@pytest.mark.parametrize("where", [0, 1])
def test_of_a_keeper_without_state_it_is_said_who_was_merged_into_it(where: int) -> None:
    names = [f"z{n}" for n in range(20)]
    gone = next(one for one in names if partition_of(one.encode(), 2) == 1)
    kept = next(one for one in names if partition_of(one.encode(), 2) == where and one != gone)

    async def asking(first: Shop, second: Shop, session: ClientSession) -> None:
        core = Partition(second.rules)
        core.load(LINKS + gone.encode(), Links([Merge(T0, kept, gone)]).encode())
        core.ready()
        second.tasks[1].core = core
        told = f"{gone} was merged into {kept}: {kept} was never seen, was erased, or is forgotten"
        assert second.server is not None
        async with ClientSession(second.server.url) as other:
            for asked in (session, other):
                status, problem = await get(asked, f"/contacts/{gone}")
                assert (status, problem["code"], problem["detail"]) == (404, "no_state", told)
        status, problem = await get(session, f"/contacts/{kept}")
        assert problem["detail"] == told.partition(": ")[2]

    two(asking)
