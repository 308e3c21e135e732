"""What reading over HTTP costs events: their latency with and without requests, in turns.

    python -m bench.api [--rate 1000] [--requests 50] [--partitions 4] [--seconds 5]

One worker, the load of `bench.latency`. While the API is asked, so many requests a second go to it:
contacts, why, and segments. 50 are as many as one token may ask.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any

import uvloop
from aiohttp import ClientSession

from bench.figures import Report, Spread, arguments, percentile, ratios
from bench.installation import BenchError
from bench.latency import CONTACTS, Load, measure, station
from streamseg.broker import local_kafka

BOUND = 1.1  # times the latency without requests
PATHS = (
    "/contacts/c-{number}",
    "/contacts/c-{number}/segments/probe/why",
    "/contacts/c-{number}",
    "/segments",
)


def _url(load: Load) -> str:
    assert load.process is not None
    found = re.search(r"(http://[\d.:]+)/metrics", load.process.log)
    if found is None:
        raise BenchError(f"it tells no address:\n{load.process.last_lines()}")
    return f"{found[1]}/api/v1"


async def ask(url: str, rate: int, taken: list[float]) -> None:
    """Ask without end; how long each answer took (s) goes into ``taken``."""
    began, number = time.perf_counter(), 0
    async with ClientSession() as session, asyncio.TaskGroup() as asking:
        while True:
            due = int((time.perf_counter() - began) * rate)
            while number < due:
                number += 1
                path = PATHS[number % len(PATHS)].format(number=number * 7_919 % CONTACTS)
                asking.create_task(_ask_once(session, url + path, taken))
            await asyncio.sleep(0.005)


async def stop(asking: asyncio.Task[None]) -> None:
    """End it, and what it asks just now. Raises what an answer was wrong by."""
    asking.cancel()
    (ended,) = await asyncio.gather(asking, return_exceptions=True)
    if isinstance(ended, BaseExceptionGroup):
        raise ended.exceptions[0]


async def _ask_once(session: ClientSession, url: str, taken: list[float]) -> None:
    began = time.perf_counter()
    async with session.get(url) as answer:
        await answer.read()
        if answer.status not in (200, 404):
            raise BenchError(f"{url} answers with {answer.status}")
    taken.append(time.perf_counter() - began)


async def compare(bootstrap: str, options: Any, report: Report) -> None:
    """The same worker in turns without and with requests."""
    quiet: dict[float, list[float]] = {0.5: [], 0.99: []}
    asked: dict[float, list[float]] = {0.5: [], 0.99: []}
    taken: list[float] = []
    async with station(bootstrap, "streamseg", options.partitions) as load:
        await measure(load, options.rate, options.seconds)
        for _ in range(options.rounds):
            latencies, _ = await measure(load, options.rate, options.seconds)
            for share, values in quiet.items():
                values.append(percentile(latencies, share))
            asking = asyncio.create_task(ask(_url(load), options.requests, taken))
            try:
                latencies, _ = await measure(load, options.rate, options.seconds)
            finally:
                await stop(asking)
            for share, values in asked.items():
                values.append(percentile(latencies, share))
    for share, without in quiet.items():
        name = f"p{share * 100:.0f}"
        report.put(f"{name} without requests, ms", Spread.of(without), form=".1f")
        report.put(f"{name} with {options.requests}/s, ms", Spread.of(asked[share]), form=".1f")
        times = ratios(asked[share], without)
        report.put(f"{name}: with : without", times)
        report.judge(f"{name}: with : without, median", times.median, at_most=BOUND)
    report.note(f"{len(taken)} answers, p50 {percentile(taken, 0.5) * 1000:.1f} ms")


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--rate", type=int, default=1_000, metavar="N", help="events a second")
    parser.add_argument("--requests", type=int, default=50, metavar="N", help="a second")
    parser.add_argument("--partitions", type=int, default=4, metavar="N")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement")
    options = parser.parse_args()
    report = Report("api", options.json)
    with local_kafka() as bootstrap:
        try:
            uvloop.run(compare(bootstrap, options, report))
        except BenchError as error:
            sys.exit(f"api: {error}")
    report.write()


if __name__ == "__main__":
    main()
