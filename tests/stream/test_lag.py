"""The lag is what operators trust first: it counts what waits, whoever holds it up."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from streamseg.simulate import encode_line

from .conftest import Install
from .installation import Installation, Worker, wait_for
from .scraping import scraped
from .shop import simulated

pytestmark = pytest.mark.stream


def lag(shop: Installation, worker: Worker, what: str = "records") -> float:
    """The lag of the only partition of the events."""
    topic = shop.topic("events")
    return scraped(worker, f'streamseg_lag_{what}{{topic="{topic}",partition="0"}}')


async def _open_transaction(shop: Installation, worker: Worker, records: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap, transactional_id=shop.name)
    await producer.start()
    try:
        await producer.begin_transaction()
        for event in [event for event in simulated(4_000) if "contact" in event][:records]:
            key = event["contact"].encode()
            await producer.send_and_wait(shop.topic("events"), encode_line(event), key=key)
        await asyncio.to_thread(
            wait_for,
            lambda: lag(shop, worker, "unstable_records") == records,
            10,
            "the lag to show",
        )
        assert lag(shop, worker) == records
        await producer.commit_transaction()
        await asyncio.to_thread(wait_for, lambda: lag(shop, worker) == 0, 10, "nothing to wait")
        assert lag(shop, worker, "unstable_records") == 0
    finally:
        await producer.stop()


def test_records_behind_an_open_transaction_are_lag(install: Install) -> None:
    shop = install(partitions=1)
    worker = shop.worker()
    worker.wait_running()
    asyncio.run(_open_transaction(shop, worker, 40))


def test_the_lag_falls_to_0_and_never_shows_it_while_records_wait(install: Install) -> None:
    shop = install(partitions=1)
    shop.produce(simulated(6_000))
    total = shop.count("events")
    worker = shop.worker(batch_max_records="40", min_cycle="200ms")
    wait_for(lambda: "/metrics" in worker.log and lag(shop, worker) > 0, 30, "a lag to show")
    seen = []
    while shop.committed_events() < total / 2:
        seen.append(lag(shop, worker))
    assert seen
    assert 0 not in seen
    assert seen == sorted(seen, reverse=True)
