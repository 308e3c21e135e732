"""Draining a backlog: Streamseg, exactly once, against stock Faust and Quix Streams with a table.

    python -m bench.drain [--events 300000] [--shop-events 100000] [--faust-events 16000]
                          [--spread-events 100000]

Each round makes topics anew, fills them with the same simulated shop, and lets the real worker, a
Faust worker and (where `make bench` has installed it) a Quix application drain them one after the
other on one broker. The same work for all are the events of the shop's contacts; the worker drains
the whole shop besides, where every change of stock goes to all partitions. The second backlog is
that of `bench.spread`, whose events hardly ever find their contact in memory decoded, and which
drains under four rules with many outcomes. The rate is that between a tenth and nine tenths of the
contacts' events, told by an observer of committed offsets or of the changelog's growth; start-up
is left out.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from bench.figures import Report, Spread, arguments, ratios
from bench.installation import (
    ROOT,
    BenchError,
    CommittedProgress,
    Installation,
    Pace,
    WrittenProgress,
    admin,
    installed,
    reader,
    running,
    steady_pace,
    watch,
)
from bench.rules import CORE_THREE
from bench.spread import RULES as SPREAD_RULES
from bench.spread import spread_lines
from streamseg.broker import local_kafka
from streamseg.produce.sender import Sender
from streamseg.simulate import ShopPlan, encode_line, simulate

PARTITIONS = 8
PRODUCTS = 2_000
RATE = 2.0  # events a second of the shop's time
EVENTS_PER_CONTACT = 6  # of the shop's contacts; those who come at all have more
DRAIN_SECONDS = 150.0
MOST_EVENTS = 2_000_000
FLUSH_EVERY = 20_000
QUIX_PYTHON = ROOT / "build" / "bench" / "venv" / "bin" / "python"
BOUND = 25.0  # times as fast as Faust

Line = tuple[str, bytes, bytes]  # topic's short name, key, value
Drain = Callable[[Installation, int], Awaitable[Pace]]


def shop(events: int, *, whole: bool) -> list[Line]:
    """A backlog with so many events of contacts; if `whole`, with those of products among them.

    Its shape does not depend on its length: contacts come equally often. It ends before now, and
    not so long ago that anybody has been silent for long.
    """
    lasts_s = events / RATE
    plan = ShopPlan(
        seed=3,
        contacts=max(1, events // EVENTS_PER_CONTACT),
        products=PRODUCTS,
        start_ms=time.time_ns() // 1_000_000 - round(lasts_s * 1_200),
        rate=RATE,
    )
    lines: list[Line] = []
    left = events
    for event in simulate(plan):
        value = encode_line(event).rstrip()
        if "contact" in event:
            lines.append(("events", event["contact"].encode(), value))
            left -= 1
            if not left:
                break
        elif whole:
            lines.append(("products", event["product"].encode(), value))
    return lines


async def fill(installation: Installation, lines: list[Line]) -> int:
    """Write a backlog; returns how many events of contacts it has."""
    topics = {short: installation.topic(short) for short in ("events", "products")}
    async with Sender(installation.connection) as sender:
        await sender.find(list(topics.values()))
        for first in range(0, len(lines), FLUSH_EVERY):
            for short, key, value in lines[first : first + FLUSH_EVERY]:
                sender.add(topics[short], key, value)
            await sender.flush()
    return sum(1 for line in lines if line[0] == "events")


async def drain_streamseg(installation: Installation, total: int, rules: str = CORE_THREE) -> Pace:
    """The pace of `streamseg worker`, by the offsets committed in its transactions."""
    with installation.worker(rules) as worker:
        async with admin(installation.bootstrap) as client:
            progress = CommittedProgress(client, installation.name, installation.topic("events"))
            return steady_pace(await watch(progress, total, worker, DRAIN_SECONDS), total)


async def drain_spread(installation: Installation, total: int) -> Pace:
    """The pace of `streamseg worker` under the rules of `bench.spread`."""
    return await drain_streamseg(installation, total, SPREAD_RULES)


async def drain_faust(installation: Installation, total: int) -> Pace:
    """The pace of the Faust worker: each event is one record of its changelog."""
    with tempfile.TemporaryDirectory(prefix="streamseg-bench-") as folder:
        command = [sys.executable, "-m", "bench.peers.faust_table", "--datadir", folder]
        environment = {
            "BENCH_BOOTSTRAP": installation.bootstrap,
            "BENCH_NAME": installation.name,
            "BENCH_PARTITIONS": str(installation.partitions),
        }
        with running([*command, "worker", "--without-web"], environment) as worker:
            async with reader(installation.bootstrap) as consumer:
                changelog = f"{installation.name}-faust-contacts-changelog"
                progress = WrittenProgress(consumer, changelog)
                return steady_pace(await watch(progress, total, worker, DRAIN_SECONDS), total)


async def drain_quix(installation: Installation, total: int) -> Pace:
    """The pace of the Quix application, by the offsets of its checkpoints."""
    with tempfile.TemporaryDirectory(prefix="streamseg-bench-") as folder:
        environment = {
            "BENCH_BOOTSTRAP": installation.bootstrap,
            "BENCH_NAME": installation.name,
            "BENCH_FOLDER": folder,
            "PYTHONPATH": str(ROOT),
        }
        command = [str(QUIX_PYTHON), "-m", "bench.peers.quix"]
        with running(command, environment) as worker:
            async with admin(installation.bootstrap) as client:
                group = f"{installation.name}-quix"
                progress = CommittedProgress(client, group, installation.topic("events"))
                return steady_pace(await watch(progress, total, worker, DRAIN_SECONDS), total)


async def measure(bootstrap: str, lines: list[Line], drain: Drain) -> Pace:
    """One drain of a backlog of its own."""
    async with installed(bootstrap, PARTITIONS) as installation:
        return await drain(installation, await fill(installation, lines))


DRAINS: dict[str, Drain] = {
    "streamseg": drain_streamseg,
    "faust": drain_faust,
    "quix": drain_quix,
    "streamseg, whole shop": drain_streamseg,
    "streamseg, spread": drain_spread,
    "faust, spread": drain_faust,
}


def backlog(name: str, size: int) -> list[Line]:
    """What is drained under a name of `DRAINS`."""
    if "spread" in name:
        return [("events", key, value) for key, value in spread_lines(size)]
    return shop(size, whole="whole" in name)


async def compare(bootstrap: str, sizes: dict[str, int], rounds: int, report: Report) -> None:
    """All rounds, interleaved."""
    backlogs = {name: backlog(name, min(size, MOST_EVENTS)) for name, size in sizes.items()}
    paces: dict[str, list[Pace]] = {name: [] for name in backlogs}
    for turn in range(rounds):
        for name, lines in backlogs.items():
            pace = await measure(bootstrap, lines, DRAINS[name])
            paces[name].append(pace)
            report.note(
                f"round {turn + 1}, {name}: {pace.rate:,.0f} events/s, "
                f"{pace.cpu_us:.0f} µs of processor time each"
            )
    tell(paces, report)


def tell(paces: dict[str, list[Pace]], report: Report) -> None:
    """Report rates, costs and ratios."""
    rates = {name: [pace.rate for pace in some] for name, some in paces.items()}
    costs = {name: [pace.cpu_us for pace in some] for name, some in paces.items()}
    for name in paces:
        report.put(f"{name}, events/s (min / median / max)", Spread.of(rates[name]), form=",.0f")
        report.put(f"{name}, µs of processor time an event", Spread.of(costs[name]), form=",.0f")
    for ours in [name for name in paces if "streamseg" in name]:
        for peer in [name for name in paces if "streamseg" not in name]:
            if ("spread" in ours) != ("spread" in peer):
                continue
            report.put(f"{ours} : {peer}, rate", ratios(rates[ours], rates[peer]), form=".1f")
            cheaper = ratios(costs[peer], costs[ours])
            report.put(f"{peer} : {ours}, processor time", cheaper, form=".1f")
    if "faust" in paces:
        times = ratios(rates["streamseg"], rates["faust"]).median
        report.judge("streamseg : faust, rate, median", times, at_least=BOUND)


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="the worker's backlog")
    parser.add_argument("--shop-events", type=int, default=100_000, help="the whole shop's")
    parser.add_argument("--faust-events", type=int, default=16_000, help="Faust's")
    parser.add_argument("--quix-events", type=int, default=200_000, help="Quix's")
    parser.add_argument(
        "--spread-events", type=int, default=100_000, help="the worker's; Faust gets a twentieth"
    )
    options = parser.parse_args()
    report = Report("drain", options.json)
    sizes = {
        "streamseg": options.events,
        "faust": options.faust_events,
        "quix": options.quix_events if QUIX_PYTHON.exists() else 0,
        "streamseg, whole shop": options.shop_events,
        "streamseg, spread": options.spread_events,
        "faust, spread": options.spread_events // 20,
    }
    with local_kafka() as bootstrap:
        try:
            chosen = {name: size for name, size in sizes.items() if size}
            asyncio.run(compare(bootstrap, chosen, options.rounds, report))
        except BenchError as error:
            sys.exit(f"drain: {error}")
    report.write()


if __name__ == "__main__":
    main()
