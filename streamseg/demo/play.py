"""The demo as it runs: customers into Kafka, triggers out of it, until the time is up."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from streamseg.demo.mailing import Mailing
from streamseg.demo.stage import Stage
from streamseg.produce.live import send_live
from streamseg.produce.routing import InputTopics
from streamseg.simulate import ShopPlan, encode_line, event_time_ms, simulate
from streamseg.tail.reading import Record, follow

# A small shop in a hurry: people think for a moment, and what is sold out is back in seconds.
SHOP = ShopPlan(
    seed=10, contacts=200, products=16, rate=20.0, think_s=0.8, outage_s=4.0, guests=0.1
)
_LAST_TRIGGERS_S = 1.0
_LOOK_EVERY_S = 0.5


async def play(stage: Stage, seconds: float, saw: Callable[[Record, int], None]) -> None:
    """Lets customers in for so many seconds, and tells `saw` of each record of the triggers' topic
    and the wall clock, in ms since 1970, at which it was read.

    Raises WorkerError if the worker ends meanwhile.
    """
    mailing = Mailing(stage.settings)

    def look(record: Record, seen_ms: int) -> None:
        mailing.take(record)
        saw(record, seen_ms)

    watching = [
        asyncio.ensure_future(_follow(stage, look)),
        asyncio.ensure_future(mailing.run()),
        asyncio.ensure_future(_check(stage)),
    ]
    customers = asyncio.ensure_future(_customers(stage, seconds))
    try:
        done, _ = await asyncio.wait([customers, *watching], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (customers, *watching):
            task.cancel()
        await asyncio.gather(customers, *watching, return_exceptions=True)


async def _customers(stage: Stage, seconds: float) -> None:
    settings = stage.settings
    topics = InputTopics.named(settings.topic)
    plan = replace(SHOP, start_ms=time.time_ns() // 1_000_000)
    lines = (
        (event_time_ms(event), encode_line(event).rstrip())
        for event in simulate(plan, seconds=seconds)
    )
    await send_live(lines, settings.connection(), topics, lambda _: None)
    await asyncio.sleep(_LAST_TRIGGERS_S)


async def _follow(stage: Stage, saw: Callable[[Record, int], None]) -> None:
    records = follow(
        stage.settings.connection(), stage.settings.topic("triggers"), from_beginning=True
    )
    async with aclosing(records):
        async for record in records:
            saw(record, time.time_ns() // 1_000_000)


async def _check(stage: Stage) -> None:
    while True:
        stage.worker.check()
        await asyncio.sleep(_LOOK_EVERY_S)
