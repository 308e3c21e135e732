"""Latency from producing an event to its trigger being readable, against an engine-free copy loop.

    python -m bench.latency [--rates 1000 10000] [--partitions 4 16] [--seconds 5]

Events of a shop come at a steady rate; one in N is a probe that an `on:` rule fires at. A
`read_committed` consumer in the process that sends them notes when a probe's trigger arrives. The
worker runs the core three templates besides. The copy loop (`bench.peers.copy_loop`) does the same
cycle and the same transactions without an engine. Both are up together, each with topics of its
own, and get the load in turns of some seconds, so that they meet the same machine.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.figures import Report, Spread, arguments, percentile, ratios
from bench.installation import BenchError, Installation, Process, installed, reader, running
from bench.rules import CORE_THREE
from streamseg.broker import local_kafka
from streamseg.kafka.partitioning import partition_of

RULES = CORE_THREE + "  - {name: probe, on: bench_probe}\n"
TICK_SECONDS = 0.010
PARTITIONS_A_TICK = 4  # in turn, as producers with other keys would
PROBES_A_SECOND = 100
CONTACTS = 100_000
WARM_UP_SECONDS = 1.5
START_SECONDS = 60.0
LAST_SECONDS = 15.0
BOUND = 2.0  # times the copy loop's, and times that with fewer partitions
SYSTEMS = ("streamseg", "copy loop")
PROBE_NAME = re.compile(rb"probe-event-(\d+)")

Figures = dict[tuple[str, int, int, str], list[float]]  # system, rate, partitions, share

_PRODUCTS = [f"p-{number}" for number in range(500)]


@dataclass
class Probes:
    """When each probe was sent and its trigger read (perf_counter, s)."""

    sent: list[float] = field(default_factory=list)
    read: dict[int, float] = field(default_factory=dict)

    def next(self) -> int:
        """The number of a probe that is sent now."""
        self.sent.append(time.perf_counter())
        return len(self.sent) - 1

    def latencies_ms(self, first: int, last: int) -> list[float]:
        """Of the probes from `first` up to `last`. Raises BenchError if one is missing."""
        lost = [number for number in range(first, last) if number not in self.read]
        if lost:
            raise BenchError(f"{len(lost)} of {last - first} probes never came back")
        return [(self.read[number] - self.sent[number]) * 1000 for number in range(first, last)]


def _event(number: int, contact: str, now_ms: int) -> bytes:
    """Mostly views, some additions to carts."""
    product = _PRODUCTS[number * 7 % len(_PRODUCTS)]
    kind = "cart_item_added" if number % 8 == 0 else "product_viewed"
    return (
        b'{"id":"e-%d","type":"%s","contact":"%s","time":%d,"data":{"product":"%s",'
        b'"category":"bags","brand":"Cove","price":199.0}}'
        % (number, kind.encode(), contact.encode(), now_ms, product.encode())
    )


def _probe(number: int, contact: str, now_ms: int) -> bytes:
    return b'{"id":"probe-event-%d","type":"bench_probe","contact":"%s","time":%d}' % (
        number,
        contact.encode(),
        now_ms,
    )


def _by_partition(prefix: str, count: int, partitions: int) -> list[list[str]]:
    """So many names, by the partition that they belong to."""
    names: list[list[str]] = [[] for _ in range(partitions)]
    for number in range(count):
        name = f"{prefix}{number}"
        names[partition_of(name.encode(), partitions)].append(name)
    return names


class Load:
    """Sends events, each to the partition of its contact."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, partitions: int) -> None:
        self.probes = Probes()
        self.process: Process | None = None  # the system that it goes to
        self._producer = producer
        self._topic = topic
        self._partitions = partitions
        self._contacts = _by_partition("c-", CONTACTS, partitions)
        self._probed = _by_partition("probe-c-", CONTACTS, partitions)
        self._number = 0
        self._turn = 0
        self._sending: set[asyncio.Future[Any]] = set()

    async def send(self, count: int, probe_every: int) -> None:
        """Send `count` events now, each `probe_every`-th of all a probe."""
        now_ms = time.time_ns() // 1_000_000
        places = self._next_partitions()
        builders = {place: self._producer.create_batch() for place in places}
        for _ in range(count):
            self._number += 1
            place = places[self._number % len(places)]
            is_probe = self._number % probe_every == 0
            names = self._probed[place] if is_probe else self._contacts[place]
            contact = names[self._number * 7_919 % len(names)]
            if is_probe:
                value = _probe(self.probes.next(), contact, now_ms)
            else:
                value = _event(self._number, contact, now_ms)
            builders[place].append(timestamp=now_ms, key=contact.encode(), value=value)
        for place, builder in builders.items():
            if builder.record_count():
                future = await self._producer.send_batch(builder, self._topic, partition=place)
                self._sending.add(future)
                future.add_done_callback(self._sending.discard)

    def _next_partitions(self) -> list[int]:
        first = self._turn = (self._turn + PARTITIONS_A_TICK) % self._partitions
        count = min(PARTITIONS_A_TICK, self._partitions)
        return [(first + step) % self._partitions for step in range(count)]

    async def run(self, rate: int, seconds: float) -> float:
        """Send at `rate` events a second; returns the rate that came of it."""
        began = time.perf_counter()
        sent = 0
        while (elapsed := time.perf_counter() - began) < seconds:
            due = int(elapsed * rate) - sent
            await self.send(due, max(1, rate // PROBES_A_SECOND))
            sent += due
            await asyncio.sleep(TICK_SECONDS)
        return sent / (time.perf_counter() - began)

    async def finish(self) -> None:
        """Return when Kafka has all of it."""
        await asyncio.gather(*self._sending)


async def note_arrivals(consumer: AIOKafkaConsumer, probes: Probes) -> None:
    """Note when triggers of probes can be read; without end."""
    while True:
        for records in (await consumer.getmany(timeout_ms=1_000)).values():
            now = time.perf_counter()
            for record in records:
                found = PROBE_NAME.search(record.value)
                if found:
                    probes.read.setdefault(int(found[1]), now)


def _system(name: str, installation: Installation) -> AbstractContextManager[Process]:
    if name == "streamseg":
        return installation.worker(RULES)
    environment = {"BENCH_BOOTSTRAP": installation.bootstrap, "BENCH_NAME": installation.name}
    return running([sys.executable, "-m", "bench.peers.copy_loop"], environment)


async def wait_until_first(load: Load, process: Process) -> None:
    """Return when a probe comes back: the system is up. Raises BenchError."""
    deadline = time.monotonic() + START_SECONDS
    while not load.probes.read:
        process.check()
        if time.monotonic() > deadline:
            raise BenchError(f"no trigger in {START_SECONDS:.0f} s:\n{process.last_lines()}")
        await load.send(1, 1)
        await asyncio.sleep(0.1)


async def wait_until_last(load: Load, count: int) -> None:
    """Return when `count` probes came back, or too much time has passed."""
    deadline = time.monotonic() + LAST_SECONDS
    while len(load.probes.read) < count and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


@asynccontextmanager
async def station(bootstrap: str, system: str, partitions: int) -> AsyncIterator[Load]:
    """A system with topics of its own, that has told its first trigger; its load can begin."""
    async with (
        installed(bootstrap, partitions) as installation,
        reader(bootstrap, isolation_level="read_committed", fetch_max_wait_ms=100) as consumer,
    ):
        triggers = installation.catalogue["triggers"]
        consumer.assign([TopicPartition(triggers.name, one) for one in range(triggers.partitions)])
        await consumer.seek_to_beginning()
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks=1, max_batch_size=900_000)
        await producer.start()
        load = Load(producer, installation.topic("events"), partitions)
        noting = asyncio.ensure_future(note_arrivals(consumer, load.probes))
        try:
            with _system(system, installation) as process:
                load.process = process
                await wait_until_first(load, process)
                yield load
                process.check()
        finally:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            await producer.stop()


async def measure(load: Load, rate: int, seconds: float) -> tuple[list[float], float]:
    """Latencies in ms under a rate, and the rate that was reached."""
    gc.collect()
    await load.run(rate, WARM_UP_SECONDS)
    first = len(load.probes.sent)
    reached = await load.run(rate, seconds)
    last = len(load.probes.sent)
    await load.finish()
    await wait_until_last(load, last)
    return load.probes.latencies_ms(first, last), reached


async def compare(bootstrap: str, options: Any, report: Report) -> None:
    """Both systems are up together, and get the load in turns."""
    figures: Figures = {}
    for partitions in options.partitions:
        async with AsyncExitStack() as stack:
            loads = {
                system: await stack.enter_async_context(station(bootstrap, system, partitions))
                for system in SYSTEMS
            }
            for load in loads.values():  # Kafka compiles its code while it is first used
                await measure(load, max(options.rates), options.seconds)
            for rate in options.rates:
                for _ in range(options.rounds):
                    for system, load in loads.items():
                        latencies, reached = await measure(load, rate, options.seconds)
                        _keep(figures, report, (system, rate, partitions), latencies, reached)
    tell(figures, options, report)


def _keep(
    figures: Figures,
    report: Report,
    place: tuple[str, int, int],
    latencies: list[float],
    reached: float,
) -> None:
    system, rate, partitions = place
    p50, p99 = percentile(latencies, 0.5), percentile(latencies, 0.99)
    figures.setdefault((*place, "p50"), []).append(p50)
    figures.setdefault((*place, "p99"), []).append(p99)
    report.note(
        f"{rate:,}/s ({reached:,.0f} reached), {partitions} partitions, {system}: "
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    )


def tell(figures: Figures, options: Any, report: Report) -> None:
    """Report what came of it."""
    for (system, rate, partitions, share), values in figures.items():
        name = f"{rate:,}/s, {partitions} partitions, {share}, {system}, ms"
        report.put(name, Spread.of(values), form=".1f")
    for rate, partitions, share in _shares(options):
        ours, theirs = (figures[system, rate, partitions, share] for system in SYSTEMS)
        times = ratios(ours, theirs)
        name = f"{rate:,}/s, {partitions} partitions, {share}: streamseg : copy loop"
        report.put(name, times)
        report.judge(name + ", median", times.median, at_most=BOUND)
    fewest, most = min(options.partitions), max(options.partitions)
    if most == fewest:
        return
    for rate in options.rates:
        for share in ("p50", "p99"):
            few, many = (figures["streamseg", rate, one, share] for one in (fewest, most))
            name = f"{rate:,}/s, {share}: {most} : {fewest} partitions, median"
            report.judge(name, ratios(many, few).median, at_most=BOUND)


def _shares(options: Any) -> Iterator[tuple[int, int, str]]:
    for rate in options.rates:
        for partitions in options.partitions:
            for share in ("p50", "p99"):
                yield rate, partitions, share


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--rates", type=int, nargs="+", default=[1_000, 10_000], metavar="N")
    parser.add_argument("--partitions", type=int, nargs="+", default=[4, 16], metavar="N")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement")
    options = parser.parse_args()
    report = Report("latency", options.json)
    with local_kafka() as bootstrap:
        try:
            uvloop.run(compare(bootstrap, options, report))
        except BenchError as error:
            sys.exit(f"latency: {error}")
    report.write()


if __name__ == "__main__":
    main()
