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


class Side:
    """The figures of the worker with requests, or without, by round."""

    def __init__(self) -> None:
        self.shares: dict[str, list[float]] = {"p50": [], "p99": []}
        self.cpu_ms: list[float] = []  # of the worker, a second

    async def measure(self, load: Load, options: Any) -> None:
        """One round."""
        assert load.process is not None
        began, cpu = time.perf_counter(), load.process.cpu_seconds()
        latencies, _ = await measure(load, options.rate, options.seconds)
        for name, values in self.shares.items():
            values.append(percentile(latencies, int(name[1:]) / 100))
        used = load.process.cpu_seconds() - cpu
        self.cpu_ms.append(1000 * used / (time.perf_counter() - began))


async def compare(bootstrap: str, options: Any, report: Report) -> None:
    """The same worker in turns without and with requests."""
    quiet, asked = Side(), Side()
    taken: list[float] = []
    async with station(bootstrap, "streamseg", options.partitions) as load:
        await measure(load, options.rate, options.seconds)
        for _ in range(options.rounds):
            await quiet.measure(load, options)
            asking = asyncio.create_task(ask(_url(load), options.requests, taken))
            try:
                await asked.measure(load, options)
            finally:
                await stop(asking)
    for name, without in quiet.shares.items():
        report.put(f"{name} without requests, ms", Spread.of(without), form=".1f")
        figures = Spread.of(asked.shares[name])
        report.put(f"{name} with {options.requests}/s, ms", figures, form=".1f")
        times = ratios(asked.shares[name], without)
        report.put(f"{name}: with : without", times)
        report.judge(f"{name}: with : without, median", times.median, at_most=BOUND)
    report.put("processor time without requests, ms a second", Spread.of(quiet.cpu_ms), form=".0f")
    name = f"processor time with {options.requests}/s, ms a second"
    report.put(name, Spread.of(asked.cpu_ms), form=".0f")
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
